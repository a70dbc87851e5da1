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
	// The common case of a shim: an exact pin that is installed and that no
	// go line lifts needs one stat, not a listing.
	if v, exact := choice.Spec.Exact(); exact && choice.Minimum.Allows(v) {
		if t, err := s.Get(v); err == nil {
			return Selection{Decision: project.Decision{Version: v, Choice: choice}, Toolchain: t, GOROOT: t.GOROOT()}, nil
		}
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
