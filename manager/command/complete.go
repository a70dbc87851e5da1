package command

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/scripts"
)

// completeWord begins the command line by which the completion scripts ask:
// the words after it are those that were typed, the last of them not finished.
const completeWord = "__complete"

// complete prints what the last word can become, one candidate a line, with a
// tab before what it does. It never fails: a shell would show that in the
// middle of the user's line.
func (s *session) complete(app *cli.App, words []string) {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "=" }) // bash parts --via=dl there
	current := words[len(words)-1]
	l := commandLine{app: app}
	before := words[:len(words)-1]
	for len(before) > 0 {
		n, err := l.take(before)
		if err != nil {
			if flag, _ := l.find(strings.TrimLeft(before[0], "-")); flag != nil && len(before) == 1 {
				name := flag.Names()[0]
				if name == "from" && l.command.Name == "tools" {
					name = "spec" // install has one, too, and there it is a file
				}
				s.offer(current, s.flagValues(name)) // its value is missing yet
			}
			return
		}
		before = before[n:]
	}
	switch {
	case strings.HasPrefix(current, "-") && (!l.runs() || len(l.rest) == 0):
		s.offer(current, flagNames(&l))
	case l.command == nil && strings.HasPrefix(current, "+"):
		s.offer(current, prefixed("+", s.installed()))
	case l.command == nil:
		s.offer(current, commandNames(app))
	default:
		s.offer(current, s.arguments(&l))
	}
}

// offer prints the candidates that begin with what is typed.
func (s *session) offer(typed string, candidates []string) {
	for _, c := range candidates {
		if strings.HasPrefix(c, typed) {
			s.answer("%s", c)
		}
	}
}

func commandNames(app *cli.App) []string {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name+"\t"+c.Usage)
	}
	return names
}

func flagNames(l *commandLine) []string {
	flags := l.app.Flags
	if l.command != nil {
		flags = append(slices.Clone(l.command.Flags), flags...)
	}
	var names []string
	for _, f := range flags {
		usage := f.(cli.DocGenerationFlag).GetUsage()
		names = append(names, "--"+f.Names()[0]+"\t"+strings.ReplaceAll(usage, "`", ""))
	}
	return names
}

// flagValues are the words a flag takes; none for files and free text.
func (s *session) flagValues(flag string) []string {
	switch flag {
	case "via":
		return []string{"dl", "module"}
	case "trust":
		return []string{"none"}
	case "arch":
		var all []string
		for _, t := range s.host.Targets() {
			all = append(all, t.Arch)
		}
		return all
	case "color":
		return []string{"auto", "always", "never"}
	case "shell":
		return shells()
	case "format":
		return envFormats()
	case "spec", "to":
		return s.installed()
	case "versions":
		return append([]string{"latest", "oldstable"}, s.published()...)
	case "platform", "platforms":
		return []string{"all", s.host.OS + "/" + s.host.Arch}
	}
	return nil
}

// arguments are what a command's next argument can be.
func (s *session) arguments(l *commandLine) []string {
	first := len(l.rest) == 0
	switch l.command.Name {
	case "install", "lock":
		return append([]string{"latest", "oldstable"}, s.published()...)
	case "list-remote":
		return s.published()
	case "uninstall":
		return s.installed()
	case "use", "where", "env", "verify", "why", "exec":
		if first {
			return append(s.installed(), "system")
		}
	case "init":
		return hooked()
	case "ide":
		if first {
			return []string{"goland", "vscode"}
		}
	case "completion":
		return scripts.Completions()
	case "alias":
		if m, err := s.manager(); err == nil && first {
			return slices.Sorted(maps.Keys(m.Config.Aliases))
		}
	case "config":
		return settingWords(l.rest)
	case "which":
		return s.toolsHere()
	case "tools":
		return s.toolWords(l.rest)
	case "sumdb":
		if first {
			return sumdbVerbNames()
		}
	case "mirror":
		if first { // then a folder, which the shell knows
			return mirrorVerbNames()
		}
	case "bundle":
		if first { // then a file, or specs
			return bundleVerbNames()
		}
	case "self":
		if first {
			return selfVerbNames()
		}
	case "profile":
		return s.profileWords(l.rest)
	case "help":
		return append(commandNames(l.app), topicNames()...)
	}
	return nil
}

// installed are the versions that are there, newest first, and the aliases.
func (s *session) installed() []string {
	m, err := s.manager()
	if err != nil {
		return nil
	}
	toolchains, err := m.Store.List()
	if err != nil {
		return nil
	}
	var words []string
	for _, t := range toolchains {
		words = append(words, t.Version.Number())
	}
	return append(words, slices.Sorted(maps.Keys(m.Config.Aliases))...)
}

// published are the releases that the cached list names: pressing a key asks no server.
func (s *session) published() []string {
	s.offline, s.voice.Quiet = true, true
	m, err := s.manager()
	if err != nil {
		return nil
	}
	rows, err := m.ListRemote(s.ctx, gover.Spec{}, true, "")
	if err != nil {
		return nil
	}
	var words []string
	for _, p := range rows {
		words = append(words, p.Version.Number())
	}
	return words
}

// settingWords are the keys, and behind a key the values it takes.
func settingWords(typed []string) []string {
	var names []string
	for _, k := range config.Keys() {
		switch {
		case len(typed) > 0 && typed[0] == k.Name:
			return k.Values
		case len(typed) == 0 && len(k.Values) > 0:
			names = append(names, k.Name+"\t"+k.Help)
		}
	}
	return names
}

func (s *session) toolsHere() []string {
	m, err := s.manager()
	if err != nil {
		return nil
	}
	here, err := m.Resolve("")
	if err != nil {
		return nil
	}
	tools, _ := here.Toolchain.Tools()
	return append([]string{"go", "gofmt"}, tools...)
}

func shells() []string {
	var names []string
	for _, shell := range scripts.Shells() {
		names = append(names, shell.Name())
	}
	return names
}

// hooked are the shells that have a hook.
func hooked() []string {
	var names []string
	for _, shell := range scripts.Shells() {
		if shell.Hook("", "") != "" {
			names = append(names, shell.Name())
		}
	}
	return names
}

func prefixed(prefix string, words []string) []string {
	for i := range words {
		words[i] = prefix + words[i]
	}
	return words
}

func (s *session) completionCommand() *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Category:    categorySettings,
		Usage:       "print the completion script for a shell",
		ArgsUsage:   "SHELL",
		Description: "It goes into the shell's start-up file:\n\n" + startUpLines("completion"),
		Action: func(c *cli.Context) error {
			if err := atMost(c, 1, "SHELL"); err != nil {
				return err
			}
			name := c.Args().First()
			text, ok := scripts.Completion(name)
			if !ok {
				return usagef("completion for %s: gsw knows %s", cmp.Or(name, "which shell"), strings.Join(scripts.Completions(), ", "))
			}
			return s.shellCode(name, text)
		},
	}
}

// shellCode prints code for a shell; in JSON it is a text among others.
func (s *session) shellCode(shell, code string) error {
	if s.json {
		return s.answerJSON(struct {
			Shell  string `json:"shell"`
			Script string `json:"script"`
		}{shell, code})
	}
	_, err := fmt.Fprint(s.voice.Stdout, code)
	return err
}

// startUpLines says for each shell how what a command prints for it gets into its start-up file.
func startUpLines(command string) string {
	var lines []string
	for _, name := range scripts.Completions() {
		if shell, err := scripts.Find(name); err == nil {
			lines = append(lines, fmt.Sprintf("  %-7s %s  in %s", name, shell.Evaluate("gsw "+command+" "+name), shell.Place()))
		}
	}
	return strings.Join(lines, "\n")
}
