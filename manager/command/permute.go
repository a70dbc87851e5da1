package command

import (
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"
)

// permute puts flags where urfave/cli v2 reads them, which stops at the first
// argument: global flags before the command, its own right after it. Users type
// `gsw install 1.22.3 --json`. What follows `--` is left alone, and so is what
// follows the first argument of a command that runs another.
//
// `gsw +1.21.6 go build` is `gsw exec 1.21.6 -- go build`.
func permute(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return []string{app.Name}, nil
	}
	var global, own, rest []string
	var command *cli.Command
	words := args[1:]
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--":
			rest = append(rest, words[i:]...)
			i = len(words)
		case command == nil && len(word) > 1 && word[0] == '+':
			own = append(own, "exec")
			rest = append([]string{word[1:], "--"}, words[i+1:]...)
			return join(args[0], global, own, rest), nil
		case len(word) > 1 && word[0] == '-' && !isNumber(word):
			flag, where := find(app, command, word)
			into := &own
			if command == nil || where == isGlobal {
				into = &global
			}
			*into = append(*into, word)
			if flag != nil && takesValue(flag) && !strings.Contains(word, "=") && i+1 < len(words) {
				i++
				*into = append(*into, words[i])
			}
		case command == nil:
			command = app.Command(word)
			if command == nil {
				return nil, unknownCommand(app, word)
			}
			own = append(own, word)
		default:
			rest = append(rest, word)
			if command.Name == "exec" {
				rest = append(rest, words[i+1:]...)
				i = len(words)
			}
		}
	}
	return join(args[0], global, own, rest), nil
}

func join(name string, parts ...[]string) []string {
	all := []string{name}
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

type place int

const (
	isOwn place = iota
	isGlobal
)

// find looks a flag up, the command's own first.
func find(app *cli.App, command *cli.Command, word string) (cli.Flag, place) {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	if command != nil {
		if f := named(command.Flags, name); f != nil {
			return f, isOwn
		}
	}
	if f := named(app.Flags, name); f != nil {
		return f, isGlobal
	}
	return nil, isOwn
}

func named(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// isNumber keeps `--unused -1` and the like from being read as a flag.
func isNumber(word string) bool {
	return len(word) > 1 && word[1] >= '0' && word[1] <= '9'
}

// unknownCommand says what the user may have meant.
func unknownCommand(app *cli.App, word string) error {
	best, likeness := "", 0.8 // below that a suggestion surprises
	for _, c := range app.Commands {
		for _, name := range c.Names() {
			if l := smetrics.JaroWinkler(word, name, 0.7, 4); l > likeness {
				best, likeness = c.Name, l
			}
		}
	}
	if best == "" {
		return usagef("there is no command %q", word)
	}
	return usagef("there is no command %q; did you mean %s?", word, best)
}
