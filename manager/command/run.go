package command

import (
	"context"
	"flag"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// run reads the flags of a sorted line, and calls the command's action.
//
// It stands where urfave/cli's own App.Run would: that reaches text/template for its help, which finds methods by
// name at run time, so that the linker has to keep every method of every type in the program: 5 MB of 22.
func (s *session) run(ctx context.Context, line commandLine) error {
	if line.help {
		return s.showHelp(line.app, line.command)
	}
	root, err := parsed(line.app, &cli.Context{Context: ctx}, line.app.Flags, line.global)
	if err != nil {
		return err
	}
	if err := line.app.Before(root); err != nil {
		return err
	}
	if line.command == nil {
		return line.app.Action(root)
	}
	c, err := parsed(line.app, root, line.command.Flags, slices.Concat(line.own, []string{"--"}, line.rest))
	if err != nil {
		return err
	}
	c.Command = line.command
	return line.command.Action(c)
}

// parsed is the context of an action whose flags have the values that words give them. The words name each flag by its
// first name: see commandLine.flag.
func parsed(app *cli.App, parent *cli.Context, flags []cli.Flag, words []string) (*cli.Context, error) {
	set := flag.NewFlagSet(app.Name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, f := range flags {
		if err := f.Apply(set); err != nil {
			return nil, err
		}
	}
	if err := set.Parse(words); err != nil {
		return nil, &UsageError{Message: strings.Replace(err.Error(), "for flag -", "for --", 1)}
	}
	return cli.NewContext(app, set, parent), nil
}
