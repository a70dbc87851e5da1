// Package selection is the one road from a directory to a Go that can run:
// what is asked for (project), what is there (store), what it needs around it
// (activation). The command line, the hooks' fallback and the shims all take it,
// so they cannot disagree. It uses no network, takes no lock and changes nothing.
package selection

import (
	"errors"

	"gsw/manager/config"
	"gsw/manager/project"
	"gsw/manager/store"
	"gsw/platform"
)

// Selection is the Go that a directory gets, and why.
type Selection struct {
	project.Decision
	Toolchain store.Toolchain // zero when the system's Go was chosen
	GOROOT    string          // of the toolchain, or of the system's Go
}

// Default tells whether the anchor itself was chosen, so that a later
// `gsw use` moves what this selection made.
func (s Selection) Default() bool {
	return !s.System && s.Choice.Origin.Kind == project.Default && !s.Raised
}

// Select finds the Go for host.Dir. argument is what the user named
// explicitly, or empty.
// Errors: *gover.SpecError, *project.PinError, *project.MissingError,
// *project.NoGoError, *config.ConfigError, *store.BrokenAnchorError.
func Select(host platform.Host, s store.Store, c config.Config, argument string) (Selection, error) {
	choice, err := project.Choose(host, argument, c.Alias)
	if err != nil {
		return Selection{}, err
	}
	if t, ok := plainly(s, choice); ok {
		return Selection{Decision: project.Decision{Version: t.Version, Choice: choice}, Toolchain: t, GOROOT: t.GOROOT()}, nil
	}
	installed, err := Installed(host, s)
	if err != nil {
		return Selection{}, err
	}
	decision, err := choice.Decide(installed)
	if err != nil {
		return Selection{}, err
	}
	if decision.System {
		goroot, _ := SystemGo(host)
		decision.Version, _ = VersionOf(goroot) // a distribution's own build does not say
		return Selection{Decision: decision, GOROOT: goroot}, nil
	}
	t, err := s.Get(decision.Version)
	return Selection{Decision: decision, Toolchain: t, GOROOT: t.GOROOT()}, err
}

// plainly answers the choices that need no look at everything there is: what is asked for is installed, or the default
// is, and no go line lifts it. An exact pin so costs a shim one stat, and a store of 500 toolchains is not listed; nor is
// a Go of the system looked for on PATH.
func plainly(s store.Store, c project.Choice) (t store.Toolchain, ok bool) {
	var err error
	switch {
	case c.Spec.System():
		return t, false
	case c.Spec.IsZero():
		t, err = s.Active()
	default:
		t, err = s.Find(c.Spec)
	}
	return t, err == nil && c.Minimum.Allows(t.Version)
}

// Installed lists what a decision may pick from. A machine without a default is no error.
func Installed(host platform.Host, s store.Store) (project.Installed, error) {
	toolchains, err := s.List()
	if err != nil {
		return project.Installed{}, err
	}
	var in project.Installed
	for _, t := range toolchains {
		in.Versions = append(in.Versions, t.Version)
	}
	active, err := s.Active()
	var none *store.NoDefaultError
	switch {
	case err == nil:
		in.Active = active.Version
	case !errors.As(err, &none):
		return project.Installed{}, err
	}
	if goroot, ok := SystemGo(host); ok {
		in.HasSystem = true
		in.SystemVersion, _ = VersionOf(goroot)
	}
	return in, nil
}
