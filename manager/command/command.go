// Package command is gsw's command line: words in, words out.
//
// It turns arguments into calls of manager's verbs, answers into text or JSON
// on stdout, events into lines on stderr, and errors into a message, a hint and
// an exit code. stdout carries the answer and nothing else.
package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/config"
	"gsw/platform"
)

// Main runs one command line and returns the exit code of DESIGN's table.
func Main(host platform.Host, outside Outside) int {
	ctx, stop := platform.Interrupts(context.Background())
	defer stop()
	s := &session{ctx: ctx, host: host, outside: outside}
	app := s.app()
	args, err := permute(app, host.Args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	return s.finish(ctx, err)
}

// session is one run of the program: its settings once the flags are read,
// and the manager once a command asks for it.
type session struct {
	ctx     context.Context // ends with Ctrl-C
	host    platform.Host
	outside Outside
	json    bool
	quiet   bool
	color   bool
	offline bool
	code    int // of a child or of findings; used when there is no error
}

// app declares the command line. Each command lives in a file of its own.
func (s *session) app() *cli.App {
	app := &cli.App{
		Name:                   "gsw",
		Usage:                  "install, prove and switch Go toolchains",
		UsageText:              "gsw COMMAND [ARGUMENTS] [FLAGS]\ngsw +SPEC CMD [ARGUMENTS]     run CMD under another Go",
		HideVersion:            true,
		HideHelpCommand:        true,
		UseShortOptionHandling: true,
		EnableBashCompletion:   true,
		Writer:                 s.host.Stdout,
		ErrWriter:              s.host.Stderr,
		Reader:                 s.host.Stdin,
		CustomAppHelpTemplate:  appHelp,
		ExitErrHandler:         func(*cli.Context, error) {}, // Main reports, once
		OnUsageError:           usageError,
		Before:                 s.begin,
		Action:                 s.summary,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "answer as one JSON object"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "nothing on stderr but errors"},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "answer every question with yes"},
			&cli.BoolFlag{Name: "offline", Usage: "use what is on this machine; ask no server", EnvVars: []string{offlineVariable}},
			&cli.StringFlag{Name: "color", Usage: "`WHEN` to colour: auto, always, never", Value: "auto"},
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
			s.verifyCommand(),
			s.lockCommand(),
			s.aliasCommand(),
			s.configCommand(),
			s.cacheCommand(),
			s.completionCommand(),
			s.versionCommand(),
		},
	}
	for _, c := range app.Commands {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
		if c.CustomHelpTemplate == "" {
			c.CustomHelpTemplate = commandHelp
		}
	}
	return app
}

// begin reads the flags that hold for every command.
func (s *session) begin(c *cli.Context) error {
	s.json, s.quiet, s.offline = c.Bool("json"), c.Bool("quiet"), c.Bool("offline")
	switch when := c.String("color"); when {
	case "auto":
		_, no := s.host.Env.Lookup("NO_COLOR")
		s.color = !no && platform.Terminal(s.host.Stdout)
	case "always", "never":
		s.color = when == "always"
	default:
		return usagef("--color %s: it takes auto, always or never", when)
	}
	return nil
}

// manager wires the concrete types for the commands that need them, and clears
// away what a killed process may have left.
func (s *session) manager() (manager.Manager, error) {
	c, err := config.Read(s.host.Home)
	if err != nil {
		return manager.Manager{}, err
	}
	m, err := s.wire(c)
	if err != nil {
		return manager.Manager{}, err
	}
	if err := m.Sweep(s.ctx); err != nil && !platform.StorageFault(err) {
		return manager.Manager{}, err // a store that may not be written can still be read
	}
	return m, nil
}

// UsageError is a command line that gsw does not understand.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

func usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// usageError keeps urfave/cli from printing help over the one line that matters.
func usageError(_ *cli.Context, err error, _ bool) error {
	text := strings.TrimPrefix(err.Error(), "flag provided but not defined: ")
	if text != err.Error() {
		return usagef("there is no flag %s", text)
	}
	return &UsageError{Message: text}
}
