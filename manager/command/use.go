package command

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/everyday"
	"gsw/manager/gover"
	"gsw/manager/local"
	"gsw/manager/selection"
	"gsw/manager/store"
)

func (s *session) useCommand() *cli.Command {
	return &cli.Command{
		Name:      "use",
		Aliases:   []string{"default", "global"},
		Category:  categorySwitch,
		Usage:     "switch to a toolchain: everywhere, in this project, or in this shell",
		ArgsUsage: "[SPEC]",
		Description: "Moves the default by one rename; GOROOT and GOBIN move together.\n" +
			"Without SPEC: what this directory asks for.",
		Flags: []cli.Flag{
			toggle("project", "write .go-version here instead of moving the default", "p"),
			toggle("shell", "this shell only (needs the hook)", "s"),
			toggle("unset", "with --shell: back to what the directory asks for"),
			toggle("install", "install it first if it is missing", "i"),
		},
		Action: s.use,
	}
}

func (s *session) use(c *cli.Context) error {
	if err := s.usable(c); err != nil {
		return err
	}
	m, err := s.local()
	if err != nil {
		return err
	}
	spec, err := s.wanted(c, m)
	if err != nil {
		return err
	}
	if c.Bool("install") && !spec.System() {
		if err := s.haveInstalled(c.Context, m, spec); err != nil {
			return err
		}
	}
	switch {
	case c.Bool("project"):
		return s.usePin(m, spec)
	case spec.System():
		return s.useSystem(c.Context, m)
	}
	return s.useHere(c.Context, m, spec)
}

// haveInstalled installs what spec asks for if it is missing.
func (s *session) haveInstalled(ctx context.Context, l local.Verbs, spec gover.Spec) error {
	if _, err := l.Store.Find(spec); err == nil {
		return nil
	}
	m, err := s.wire(l)
	if err == nil {
		_, err = m.Install(ctx, manager.InstallOrder{Spec: spec})
	}
	return err
}

// useHere moves the default to what is installed.
func (s *session) useHere(ctx context.Context, m local.Verbs, spec gover.Spec) error {
	t, err := everyday.Use(ctx, m, s.voice, spec)
	if absent, ok := errors.AsType[*store.NotInstalledError](err); ok {
		return &hinted{absent, "gsw use --install " + selection.Word(spec.String())}
	}
	if err != nil {
		return err
	}
	return s.used(usedJSON{Version: t.Version.Tag(), GOROOT: t.GOROOT()})
}

// usable refuses flags that contradict each other, and what a shell without
// the hook cannot do.
func (s *session) usable(c *cli.Context) error {
	shell := c.Bool("shell")
	switch {
	case c.Args().Len() > 1:
		return atMost(c, 1, "SPEC")
	case c.Bool("project") && shell:
		return usagef("--project and --shell are two places: take one")
	case c.Bool("unset") && (!shell || c.Args().Present()):
		return usagef("--unset goes with --shell alone")
	case shell && s.json:
		return usagef("--json does not go with --shell, which only a shell's hook can do")
	case shell: // the hook's function does it, and never comes here
		return &NeedsHookError{What: "use --shell"}
	}
	return nil
}

// usedJSON is the answer of `use --json`; for people stderr says it all.
type usedJSON struct {
	Version string `json:"version"` // "" for the system's Go, and for a pin that fits nothing installed
	GOROOT  string `json:"goroot"`
	File    string `json:"file"` // that was written, if it was .go-version
}

func (s *session) used(answer usedJSON) error {
	if s.json {
		return s.answerJSON(answer)
	}
	return nil
}

// wanted is the spec that use is about: the argument, else what this directory asks for.
func (s *session) wanted(c *cli.Context, m local.Verbs) (gover.Spec, error) {
	if c.Args().Present() {
		return m.ParseSpec(c.Args().First())
	}
	return m.Asked()
}

// usePin writes .go-version. A Go that is not installed can be pinned: the file
// is for others, too.
func (s *session) usePin(m local.Verbs, spec gover.Spec) error {
	file, err := m.Pin(spec)
	if err != nil {
		return err
	}
	s.note("%s asks for %s now", s.tilde(file), spec)
	answer := usedJSON{File: file}
	here, err := m.Resolve("")
	switch {
	case err != nil:
		s.note("%s", s.tilde(err.Error()))
		if hint, _ := s.advice(err); hint != "" {
			s.note("hint: %s", hint)
		}
	case here.Choice.Origin.File != file:
		everyday.Overridden(s.voice, here)
	}
	if err == nil {
		answer.Version, answer.GOROOT = here.Version.Tag(), here.GOROOT
	}
	return s.used(answer)
}

// useSystem takes the default away, so that a Go which gsw did not install is meant.
func (s *session) useSystem(ctx context.Context, m local.Verbs) error {
	goroot, err := everyday.UseSystem(ctx, m, s.voice)
	if err != nil {
		return err
	}
	return s.used(usedJSON{GOROOT: goroot})
}

// NeedsHookError is a command that only the shell itself can carry out.
type NeedsHookError struct{ What string }

func (e *NeedsHookError) Error() string {
	return e.What + " changes the shell it is typed in, and this shell has no gsw hook"
}
