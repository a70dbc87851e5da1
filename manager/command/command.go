// Package command is gsw's command line: words in, words out.
//
// It turns arguments into calls of manager's verbs, answers into text or JSON
// on stdout, events into lines on stderr, and errors into a message, a hint and
// an exit code. stdout carries the answer and nothing else.
package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/everyday"
	"gsw/manager/local"
	"gsw/manager/terminal"
	"gsw/platform"
)

// Main runs one command line and returns the exit code of DESIGN's table. server carries out what servers are to do.
func Main(host platform.Host, outside Outside, server Serve) int {
	if len(host.Args) == 2 && host.Args[1] == platform.ConfinedWord {
		return platform.Confined()
	}
	ctx, stop := platform.Interrupts(context.Background())
	defer stop()
	s := &session{ctx: ctx, host: host, outside: outside, server: server, voice: terminal.New(host)}
	s.stdout.to, s.voice.Stdout = host.Stdout, &s.stdout
	app := s.app()
	if len(host.Args) > 2 && host.Args[1] == completeWord {
		s.pressed = true
		s.complete(app, host.Args[2:])
		return 0
	}
	if len(host.Args) == 2 && host.Args[1] == promptWord {
		return s.prompt()
	}
	if code, over := s.succeed(); over {
		return code
	}
	line, err := permute(app, host.Args)
	if line.command != nil {
		s.command = line.command.Name
	}
	if err != nil {
		s.json = slices.Contains(host.Args, "--json") // nobody has read the flags yet
		return s.finish(ctx, err)
	}
	return s.finish(ctx, s.run(ctx, line))
}

// session is one run of the program: its settings once the flags are read,
// and the manager once a command asks for it.
type session struct {
	ctx     context.Context // ends with Ctrl-C
	host    platform.Host
	outside Outside
	server  Serve
	json    bool
	offline bool
	closed  bool         // the profile that holds here asks no server
	mirror  string       // places that are asked instead of go.dev
	goEnv   platform.Env // the environment, with the profile that holds here
	voice   terminal.Voice
	stdout  answered // where voice writes the answer
	command string   // as it was typed, for hints
	pressed bool     // a key was pressed, for words to complete: nothing may take its time
	fetched bool     // a download began
	code    int      // of a child or of findings; used when there is no error
}

// app declares the command line. Each command lives in a file of its own.
func (s *session) app() *cli.App {
	return &cli.App{
		Name:      "gsw",
		Usage:     "install, prove and switch Go toolchains",
		UsageText: "gsw COMMAND [ARGUMENTS] [FLAGS]\ngsw +SPEC CMD [ARGUMENTS]     run CMD under another Go",
		Before:    s.begin,
		Action:    s.summary,
		Flags: []cli.Flag{
			toggle("json", "answer as one JSON object"),
			toggle("quiet", "nothing on stderr but errors", "q"),
			toggle("yes", "accepted for scripts; gsw asks nothing", "y"),
			toggle("offline", "use what is on this machine; ask no server"),
			&cli.StringFlag{Name: "color", Usage: "`WHEN` to colour: auto, always, never", Value: "auto"},
			cli.HelpFlag,
		},
		Commands: []*cli.Command{
			s.installCommand(),
			s.useCommand(),
			s.uninstallCommand(),
			s.pruneCommand(),
			s.listCommand(),
			s.listRemoteCommand(),
			s.currentCommand(),
			s.whyCommand(),
			s.whichCommand(),
			s.whereCommand(),
			s.execCommand(),
			s.envCommand(),
			s.initCommand(),
			s.ideCommand(),
			s.verifyCommand(),
			s.lockCommand(),
			s.sumdbCommand(),
			s.bundleCommand(),
			s.doctorCommand(),
			s.toolsCommand(),
			s.profileCommand(),
			s.importCommand(),
			s.mirrorCommand(),
			s.aliasCommand(),
			s.configCommand(),
			s.cacheCommand(),
			s.completionCommand(),
			s.versionCommand(),
			s.selfCommand(),
			s.helpCommand(),
		},
	}
}

// toggle is a flag that is there or not.
func toggle(name, usage string, short ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Aliases: short, Usage: usage, DisableDefaultText: true}
}

// begin reads the flags that hold for every command.
func (s *session) begin(c *cli.Context) error {
	s.json, s.voice.Quiet = c.Bool("json"), c.Bool("quiet")
	switch s.host.Env.Get(offlineVariable) {
	case "", "0", "false":
		s.offline = c.Bool("offline")
	default:
		s.offline = true
	}
	switch when := c.String("color"); when {
	case "auto":
		s.voice = s.voice.Automatic(s.host)
	case "always", "never":
		s.voice.Colour.Stdout = when == "always"
		s.voice.Colour.Stderr = when == "always"
	default:
		return usagef("--color %s: it takes auto, always or never", when)
	}
	return nil
}

// local is what needs no network: no setting that says where to ask can be wrong for it.
func (s *session) local() (local.Verbs, error) {
	if s.pressed {
		return local.Open(s.host)
	}
	complete := func(l local.Verbs) manager.Manager { return manager.Manager{Verbs: l, Report: progress{s}} }
	l, doubtful, err := everyday.Open(s.ctx, s.host, s.voice, func(l local.Verbs) error { return complete(l).Guard(s.ctx) })
	if err != nil {
		return l, err
	}
	return l, complete(l).Recheck(s.ctx, doubtful)
}

// manager wires the concrete types for the commands that need them.
func (s *session) manager() (manager.Manager, error) {
	m, err := s.local()
	if err != nil {
		return manager.Manager{}, err
	}
	return s.wire(m)
}

// UsageError is a command line that gsw does not understand.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

func usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}
