package command

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/scripts"
)

func (s *session) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Category:  categorySettings,
		Usage:     "the shell hook: switch with the directory",
		ArgsUsage: "SHELL",
		Description: "Prints the hook: eval \"$(gsw init bash)\" in .bashrc, with zsh in .zshrc.\n" +
			"--write does it for good: it puts one line into each of the shell's start-up files and shows them.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "write", Usage: "put the lines into the start-up files"},
			&cli.BoolFlag{Name: "remove", Usage: "take them out again"},
			&cli.BoolFlag{Name: "goroot", Usage: "export GOROOT, too: the anchor; for programs that insist"},
		},
		Action: s.init,
	}
}

func (s *session) init(c *cli.Context) error {
	if c.Args().Len() != 1 {
		return usagef("init for which shell? %s", shellNames())
	}
	shell, ok := scripts.Find(c.Args().First())
	if !ok {
		return usagef("init %s: gsw knows %s", c.Args().First(), shellNames())
	}
	if c.Bool("write") && c.Bool("remove") {
		return usagef("--write and --remove are opposites: take one")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	if !c.Bool("write") && !c.Bool("remove") {
		_, err := fmt.Fprint(s.host.Stdout, m.Hook(shell, c.Bool("goroot")))
		return err
	}
	var changes []manager.FileChange
	if c.Bool("write") {
		changes, err = m.InitWrite(shell, c.Bool("goroot"))
	} else {
		changes, err = m.InitRemove(shell)
	}
	if err != nil {
		return err
	}
	for _, change := range changes {
		s.note("%s", s.tilde(change.Path))
		for _, line := range change.Diff {
			s.note("  %s", s.tilde(line))
		}
	}
	if len(changes) == 0 {
		s.note("nothing to change")
	} else if c.Bool("write") {
		s.note("new shells have it; in this one: %s", s.tilde(m.SourceLine(shell)))
	}
	return nil
}
