package command

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"gsw/manager/gover"
	"gsw/manager/selection"
)

// permute sorts a command line, flags from arguments, wherever they stand: users
// type `gsw install 1.22.3 --json`. What follows `--` is left alone, and so is what
// follows the first argument of exec: that is another program's command line.
//
// `gsw +1.21.6 go build` is `gsw exec 1.21.6 -- go build`.
func permute(app *cli.App, args []string) (commandLine, error) {
	l := commandLine{app: app}
	for rest := args[min(1, len(args)):]; len(rest) > 0; {
		n, err := l.take(rest)
		if err != nil {
			return l, err
		}
		rest = rest[n:]
	}
	return l, l.empty()
}

// commandLine is what was typed, sorted.
type commandLine struct {
	app     *cli.App
	command *cli.Command // nil: not named yet
	global  []string     // flags of every command, each a word --NAME or --NAME=VALUE with its first name
	own     []string     // flags of this one
	rest    []string     // arguments, as they were typed
	help    bool         // --help, which makes everything else not matter
}

// take sorts the next word, with what belongs to it, and tells how many words that was.
func (l *commandLine) take(words []string) (int, error) {
	word := words[0]
	switch {
	case l.command == nil && word == "--version":
		word = "version"
		fallthrough
	case l.command == nil && word != "--" && !isFlag(word):
		if len(word) > 1 && word[0] == '+' {
			l.command = l.app.Command("exec")
			l.rest = append([]string{word[1:], "--"}, words[1:]...)
			return len(words), nil
		}
		if l.command = l.app.Command(word); l.command == nil {
			return 0, unknownCommand(l.app, word)
		}
		return 1, nil
	case l.command == nil && word == "--":
		return 0, usagef("-- stands behind a command")
	case l.runs() && len(l.rest) == 0 && len(words) > 1 && isFlag(words[1]) && words[1] != "--" && isSpec(word):
		l.rest = append(l.rest, word) // no command begins with a dash: the flags behind SPEC are gsw's
		return 1, nil
	case l.runs() && (word == "--" || !isFlag(word)):
		l.rest = append(l.rest, words...)
		return len(words), nil
	case word == "--":
		l.rest = append(l.rest, words[1:]...)
		return len(words), nil
	case isFlag(word):
		return l.flag(words)
	}
	l.rest = append(l.rest, word)
	return 1, nil
}

// empty refuses an argument without text: "$VERSION" of a script that forgot to set it names no version, and must not
// pass for the default. Behind exec's SPEC, and as the value of a setting, it may be meant.
func (l *commandLine) empty() error {
	words := l.rest
	switch {
	case l.command == nil, l.command.Name == "config", l.command.Name == "profile":
		return nil
	case l.runs():
		words = words[:min(1, len(words))]
	}
	if slices.Contains(words, "") {
		return usagef("%s has an empty argument", l.command.Name)
	}
	return nil
}

// runs tells whether the arguments are another program's command line.
func (l *commandLine) runs() bool { return l.command != nil && l.command.Name == "exec" }

// flag sorts a flag and its value.
func (l *commandLine) flag(words []string) (int, error) {
	name, value, joined := strings.Cut(strings.TrimLeft(words[0], "-"), "=")
	if letters := words[0][1:]; words[0][1] != '-' && len(letters) > 1 && !joined {
		if parts, ok := l.cluster(letters); ok {
			for _, part := range parts {
				if _, err := l.flag([]string{part}); err != nil {
					return 0, err
				}
			}
			return 1, nil
		}
	}
	flag, into := l.find(name)
	switch {
	case flag == nil:
		return 0, l.unknownFlag(words[0])
	case slices.Contains(cli.HelpFlag.Names(), name):
		l.help = true
		return 1, nil
	case !takesValue(flag) && joined && value != "true" && value != "false":
		return 0, usagef("%s takes no value", strings.TrimSuffix(words[0], "="+value))
	case takesValue(flag) && (joined && value == "" || !joined && len(words) > 1 && words[1] == ""):
		return 0, usagef("%s needs a value", strings.TrimSuffix(words[0], "="))
	case !takesValue(flag) || joined:
		*into = append(*into, "--"+flag.Names()[0]+strings.TrimPrefix(strings.TrimLeft(words[0], "-"), name))
		return 1, nil
	case len(words) == 1:
		return 0, usagef("%s needs a value", words[0])
	}
	*into = append(*into, "--"+flag.Names()[0]+"="+words[1])
	return 2, nil
}

// cluster parts -pi into -p and -i, if every letter is a flag without a value.
func (l *commandLine) cluster(letters string) (flags []string, ok bool) {
	if whole, _ := l.find(letters); whole != nil {
		return nil, false
	}
	for _, letter := range letters {
		if flag, _ := l.find(string(letter)); flag == nil || takesValue(flag) {
			return nil, false
		}
		flags = append(flags, "-"+string(letter))
	}
	return flags, true
}

// find looks a flag up, the command's own first, and says where it belongs.
func (l *commandLine) find(name string) (cli.Flag, *[]string) {
	if l.command != nil {
		if f := named(l.command.Flags, name); f != nil {
			return f, &l.own
		}
	}
	return named(l.app.Flags, name), &l.global
}

func named(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// isFlag tells a flag from an argument; a dash alone and a negative number are none.
func isFlag(word string) bool {
	return len(word) > 1 && word[0] == '-' && (word[1] < '0' || '9' < word[1])
}

// isSpec tells a spec, which no alias is here, from a command.
func isSpec(word string) bool {
	_, err := gover.ParseSpec(word, nil)
	return err == nil
}

// unknownCommand says what the user may have meant.
func unknownCommand(app *cli.App, word string) error {
	var names []string
	for _, c := range app.Commands {
		if !c.Hidden {
			names = append(names, c.Names()...)
		}
	}
	err := usagef("there is no command %q%s", word, meant(word, "", names))
	if isSpec(word) {
		return &hinted{err, "gsw use " + selection.Word(word)}
	}
	if word == "go" || word == "gofmt" {
		return &hinted{err, "gsw exec -- " + word}
	}
	return err
}

func (l *commandLine) unknownFlag(word string) error {
	flags := l.app.Flags
	if l.command != nil {
		flags = append(slices.Clone(l.command.Flags), flags...)
	}
	var names []string
	for _, f := range flags {
		names = append(names, f.Names()[0])
	}
	return usagef("there is no flag %s%s", word, meant(strings.TrimLeft(word, "-"), "--", names))
}

// meant proposes the name that is nearest to a mistyped one.
func meant(typed, prefix string, names []string) string {
	best, likeness := "", 0.8 // below that a suggestion surprises
	for _, name := range names {
		if l := smetrics.JaroWinkler(typed, name, 0.7, 4); l > likeness {
			best, likeness = name, l
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + prefix + best + "?"
}
