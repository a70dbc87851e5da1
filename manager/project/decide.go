package project

import "gsw/manager/gover"

// Installed is what there is to decide between.
type Installed struct {
	Versions      []gover.Version
	Active        gover.Version // the default: where the anchor points; zero: nowhere
	HasSystem     bool          // there is a Go that is not gsw's
	SystemVersion gover.Version // its version, zero if that is not known
}

// Decision is the Go that runs, and why.
type Decision struct {
	Version gover.Version // zero if System: who finds that Go knows its version
	System  bool
	Choice  Choice
	Raised  bool          // Version is newer than what was chosen, for the sake of the go line
	Before  gover.Version // if Raised: what was chosen
}

// MissingError says that nothing installed is what was asked for.
type MissingError struct{ Choice Choice }

func (e *MissingError) Error() string {
	if e.Choice.Spec.System() {
		return "there is no Go of the system (" + e.Choice.Origin.String() + ")"
	}
	if v, ok := e.Choice.Spec.Exact(); ok {
		return v.Tag() + " is not installed (" + e.Choice.Origin.String() + ")"
	}
	return "no installed Go is " + e.Choice.Spec.String() + " (" + e.Choice.Origin.String() + ")"
}

// NoGoError says that nothing asks for a version and that there is none to fall back to.
type NoGoError struct{ Installed int } // how many toolchains there are, none of them the default

func (e *NoGoError) Error() string {
	if e.Installed > 0 {
		return "there is no default Go"
	}
	return "there is no Go: none is installed, and the system has none"
}

// Decide finds the Go that runs. What is pinned counts, else the default, else a Go of the system. If that is older
// than the go line asks for, the newest release that is installed and satisfies it takes its place; a pre-release does
// if there is no release. If none satisfies it, the choice stays: the go command knows best what it can't do.
//
// The error is a *MissingError or a *NoGoError.
func (c Choice) Decide(in Installed) (Decision, error) {
	d := Decision{Choice: c}
	switch {
	case c.Spec.System() || c.Spec.IsZero() && in.Active.IsZero():
		if !in.HasSystem && c.Spec.System() {
			return Decision{}, &MissingError{Choice: c}
		}
		if !in.HasSystem {
			return Decision{}, &NoGoError{Installed: len(in.Versions)}
		}
		if c.Spec.IsZero() {
			d.Choice.Origin.Kind = System
		}
		d.System = true
		return d.raise(in, in.SystemVersion), nil
	case c.Spec.IsZero():
		d.Version = in.Active
		return d.raise(in, in.Active), nil
	}
	if v, ok := c.Spec.Pick(in.Versions); ok {
		d.Version = v
		return d.raise(in, v), nil
	}
	// An exact pin older than the go line would be raised if it were there, so that it is not there changes nothing.
	if v, ok := c.Spec.Exact(); ok {
		if d = d.raise(in, v); d.Raised {
			return d, nil
		}
	}
	return Decision{}, &MissingError{Choice: c}
}

// raise replaces d's Go, whose version is v, if the go line rules it out. A zero v, not known, is left alone.
func (d Decision) raise(in Installed, v gover.Version) Decision {
	minimum := d.Choice.Minimum
	if v.IsZero() || minimum.Allows(v) {
		return d
	}
	var best gover.Version
	for _, w := range in.Versions {
		better := best.IsZero() || best.Prerelease() && !w.Prerelease() || best.Prerelease() == w.Prerelease() && w.Compare(best) > 0
		if minimum.Allows(w) && better {
			best = w
		}
	}
	if best.IsZero() {
		return d
	}
	d.Version, d.System, d.Raised, d.Before = best, false, true, v
	return d
}

// Reason completes "(…)" after the version: "set by /p/.go-version:1".
func (d Decision) Reason() string {
	if !d.Raised {
		return d.Choice.Origin.String()
	}
	return "go " + d.Choice.Minimum.String() + " in " + d.Choice.MinimumOrigin.Place() + " rules out " + d.Before.Tag() + ", " +
		d.Choice.Origin.String()
}
