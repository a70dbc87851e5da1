package command

import (
	"context"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/gover"
)

func (s *session) useCommand() *cli.Command {
	return &cli.Command{
		Name:      "use",
		Aliases:   []string{"default", "global", "pin", "local", "shell"},
		Category:  categorySwitch,
		Usage:     "switch to a toolchain: everywhere, in this project, or in this shell",
		ArgsUsage: "[SPEC]",
		Description: "Moves the default by one rename; GOROOT and GOBIN move together.\n" +
			"Without SPEC: what this directory asks for.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "project", Aliases: []string{"p"}, Usage: "write .go-version here instead of moving the default"},
			&cli.BoolFlag{Name: "shell", Aliases: []string{"s"}, Usage: "this shell only (needs the hook)"},
			&cli.BoolFlag{Name: "install", Aliases: []string{"i"}, Usage: "install it first if it is missing"},
		},
		Action: s.use,
	}
}

func (s *session) use(c *cli.Context) error {
	if c.Args().Len() > 1 {
		return usagef("use takes one SPEC, not %d", c.Args().Len())
	}
	if c.Bool("shell") {
		return &NeedsHookError{What: "use --shell"}
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	var spec gover.Spec
	if c.Args().Present() {
		spec, err = m.ParseSpec(c.Args().First())
	} else {
		spec, err = m.Asked()
	}
	if err != nil {
		return err
	}
	if c.Bool("install") {
		if _, err := m.Store.Find(spec); err != nil {
			if _, err := m.Install(c.Context, manager.InstallOrder{Spec: spec}); err != nil {
				return err
			}
		}
	}
	if c.Bool("project") {
		file, err := m.Pin(spec)
		if err != nil {
			return err
		}
		s.note("%s asks for %s now", s.tilde(file), spec)
		return nil
	}
	t, err := m.Store.Find(spec)
	if err != nil {
		return err
	}
	return s.switchTo(c.Context, m, t.Version)
}

// switchTo moves the default and tells what that means here.
func (s *session) switchTo(ctx context.Context, m manager.Manager, v gover.Version) error {
	before, err := m.Use(ctx, v)
	if err != nil {
		return err
	}
	switch {
	case before == v:
		s.note("%s is the default already", v)
	case before.IsZero():
		s.note("%s is the default now", v)
	default:
		s.note("%s is the default now (it was %s)", v, before)
	}
	if here, err := m.Resolve(""); err == nil && !here.Default() && here.Version != v {
		s.note("in this directory %s goes on: %s", here.Version, here.Reason())
	}
	return nil
}

// NeedsHookError is a command that only the shell itself can carry out.
type NeedsHookError struct{ What string }

func (e *NeedsHookError) Error() string {
	return e.What + " changes the shell it is typed in, and this shell has no gsw hook"
}
