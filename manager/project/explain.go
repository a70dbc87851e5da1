package project

import "gsw/platform"

// Step is one line of the numbered decision that `gsw why` shows.
type Step struct {
	Text  string
	Taken bool // it decided something, rather than having been looked at and passed over
}

// Explain is Choose that goes on to the end of the way and tells everything it looked at, also what a nearer pin
// overrules. The choice and the error are those of Choose. What follows from the choice is told by Choice.Explain.
func Explain(h platform.Host, argument string, alias func(name string) (string, bool)) ([]Step, Choice, error) {
	var steps []Step
	s := search{alias: alias, steps: &steps}
	choice, err := s.choose(h, argument)
	switch {
	case err != nil || choice.Origin.Kind == Argument || choice.Origin.Kind == Variable:
		return steps, choice, err
	case choice.Spec.IsZero():
		s.note("no folder from %s upwards pins a version", place(h.Dir, 0))
	}
	if choice.Minimum.IsZero() {
		s.note("no go line asks for a minimum")
	} else {
		s.note("%s asks for go %s or newer", choice.MinimumOrigin.Place(), choice.Minimum)
	}
	return steps, choice, nil
}

// Explain tells how Decide comes from c to the Go that runs, or to none.
func (c Choice) Explain(in Installed) []Step {
	var steps []Step
	s := search{steps: &steps}
	d, err := c.Decide(in)
	settle := s.decide
	if err != nil || d.Raised {
		settle = s.note
	}
	exact, named := c.Spec.Exact()
	picked, installed := c.Spec.Pick(in.Versions)
	switch {
	case c.Spec.IsZero() && !in.Active.IsZero():
		settle("the default is %s", in.Active)
	case c.Spec.IsZero() || c.Spec.System():
		if c.Spec.IsZero() {
			s.note("there is no default")
		}
		switch {
		case !in.HasSystem:
			s.note("the system has no Go")
		case in.SystemVersion.IsZero():
			settle("the system has a Go of a version that is not known")
		default:
			settle("the system has %s", in.SystemVersion)
		}
	case named && installed:
		settle("%s is installed", exact)
	case named:
		s.note("%s is not installed", exact)
	case installed:
		settle("%s is %s, the newest that is installed", c.Spec, picked)
	default:
		s.note("nothing that is installed is %s", c.Spec)
	}
	switch {
	case d.Raised:
		s.decide("that is older than go %s: %s is the newest installed that satisfies it", c.Minimum, d.Version)
	case err == nil && d.short(in):
		s.note("that is older than go %s, which nothing installed satisfies", c.Minimum)
	}
	return steps
}

// short reports whether d's Go is known not to satisfy the go line.
func (d Decision) short(in Installed) bool {
	v := d.Version
	if d.System {
		v = in.SystemVersion
	}
	return !v.IsZero() && !d.Choice.Minimum.Allows(v)
}
