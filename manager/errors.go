package manager

import (
	"errors"
	"strings"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// NoSourceError is an order that no source could fill.
type NoSourceError struct {
	Spec     gover.Spec
	Target   platform.Target
	Failures []SourceFailure // in the order the sources were asked
}

// SourceFailure is what one source said.
type SourceFailure struct {
	Source string
	Err    error
}

func (f SourceFailure) Error() string { return f.Err.Error() }

func (e *NoSourceError) add(source string, err error) {
	e.Failures = append(e.Failures, SourceFailure{source, err})
}

func (e *NoSourceError) Error() string {
	said := make([]string, len(e.Failures))
	for i, f := range e.Failures {
		said[i] = f.Err.Error()
	}
	if len(said) == 1 {
		return said[0]
	}
	return "no source has " + e.Spec.String() + " for " + e.Target.String() + ": " + strings.Join(said, "; ")
}

// Unwrap gives every failure to errors.Is and errors.As.
func (e *NoSourceError) Unwrap() []error {
	all := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		all[i] = f.Err
	}
	return all
}

// Absent tells whether the sources answered that there is no such release. One
// that the user has turned off could not have had it.
func (e *NoSourceError) Absent() bool {
	answered := false
	for _, f := range e.Failures {
		switch {
		case errors.Is(f.Err, dist.ErrProxyOff):
		case unreachable(f.Err):
			return false
		default:
			answered = true
		}
	}
	return answered
}

// NoMatchError is a spec that no published release fits.
type NoMatchError struct {
	Spec   gover.Spec
	Target platform.Target
}

func (e *NoMatchError) Error() string {
	return "no published release is " + e.Spec.String() + " for " + e.Target.String()
}

// NotInstallableError is a spec that names nothing to install.
type NotInstallableError struct{ Spec gover.Spec }

func (e *NotInstallableError) Error() string {
	return e.Spec.String() + " is the Go that gsw did not install; there is nothing to install"
}

// UnnamedError is an archive whose name does not say which release it holds, or
// says another one than Spec.
type UnnamedError struct {
	Name   string
	Target platform.Target
	Spec   gover.Spec // zero: any would do
}

func (e *UnnamedError) Error() string {
	if !e.Spec.IsZero() {
		return e.Name + " does not name a release that is " + e.Spec.String()
	}
	return e.Name + " does not name a release for " + e.Target.String()
}

// AmbiguousError is a spec that fits several installed toolchains where one is meant.
type AmbiguousError struct {
	Spec gover.Spec
	Fits []store.Toolchain
}

func (e *AmbiguousError) Error() string {
	var names []string
	for _, t := range e.Fits {
		names = append(names, t.Version.Tag())
	}
	return e.Spec.String() + " could be " + strings.Join(names, " or ")
}

// RunningError is a toolchain that is in use by running programs.
type RunningError struct {
	Version   gover.Version
	Processes []platform.Process
}

func (e *RunningError) Error() string {
	var names []string
	for _, p := range e.Processes {
		names = append(names, p.String())
	}
	return e.Version.Tag() + " is running: " + strings.Join(names, ", ")
}
