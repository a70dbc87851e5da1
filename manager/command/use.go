package command

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/platform"
	"gsw/scripts"
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
			&cli.BoolFlag{Name: "project", Aliases: []string{"p"}, Usage: "write .go-version here instead of moving the default"},
			&cli.BoolFlag{Name: "shell", Aliases: []string{"s"}, Usage: "this shell only (needs the hook)"},
			&cli.BoolFlag{Name: "unset", Usage: "with --shell: back to what the directory asks for"},
			&cli.BoolFlag{Name: "install", Aliases: []string{"i"}, Usage: "install it first if it is missing"},
		},
		Action: s.use,
	}
}

func (s *session) use(c *cli.Context) error {
	if c.Args().Len() > 1 {
		return usagef("use takes one SPEC, not %d", c.Args().Len())
	}
	if c.Bool("project") && c.Bool("shell") {
		return usagef("--project and --shell are two places: take one")
	}
	if c.Bool("shell") && s.host.Env.Get(hookShellVariable) == "" {
		return &NeedsHookError{What: "use --shell"}
	}
	if c.Bool("unset") {
		if !c.Bool("shell") || c.Args().Present() {
			return usagef("--unset goes with --shell alone")
		}
		return s.export(s.host.Env.Without(specVariable))
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	spec, err := s.wanted(c, m)
	if err != nil {
		return err
	}
	if spec.System() && !c.Bool("project") && !c.Bool("shell") {
		return s.useSystem(c.Context, m)
	}
	if c.Bool("install") && !spec.System() {
		if _, err := m.Store.Find(spec); err != nil {
			if _, err := m.Install(c.Context, manager.InstallOrder{Spec: spec}); err != nil {
				return err
			}
		}
	}
	if c.Bool("shell") {
		if _, err := m.Resolve(spec.String()); err != nil {
			return err
		}
		return s.export(s.host.Env.With(specVariable, spec.String()))
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

// wanted is the spec that use is about: the argument, else what this directory asks for.
func (s *session) wanted(c *cli.Context, m manager.Manager) (gover.Spec, error) {
	if c.Args().Present() {
		return m.ParseSpec(c.Args().First())
	}
	return m.Asked()
}

// export prints the way to an environment for the hook that called, which
// evaluates it.
func (s *session) export(env platform.Env) error {
	shell, err := scripts.Find(s.host.Env.Get(hookShellVariable))
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.host.Stdout, shell.Export(s.host.Env.Changes(env)))
	return err
}

// useSystem takes the default away, so that a Go which gsw did not install is meant.
func (s *session) useSystem(ctx context.Context, m manager.Manager) error {
	goroot, found := selection.SystemGo(s.host)
	if !found {
		return &project.MissingError{Choice: project.Choice{Spec: systemSpec(), Origin: project.Origin{Kind: project.Argument}}}
	}
	if err := m.Store.Deactivate(ctx); err != nil {
		return err
	}
	s.note("the Go in %s is the default now", s.tilde(goroot))
	return nil
}

func systemSpec() gover.Spec {
	spec, _ := gover.ParseSpec("system", nil) // a word of gover's own
	return spec
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
