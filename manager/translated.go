package manager

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// ordered is m for the platform that an order names, or else its release needs.
func (m Manager) ordered(order InstallOrder) (Manager, error) {
	if order.Arch == "" {
		v, exact := order.Spec.Exact()
		if !exact {
			return m, nil
		}
		return m.toward(v), nil
	}
	want := platform.Target{OS: m.Host.OS, Arch: order.Arch}
	if !slices.Contains(m.Host.Targets(), want) {
		return m, &ForeignArchError{Arch: order.Arch, Runs: m.Host.Targets()}
	}
	m.Host.Target, m.Host.Also = want, platform.Target{}
	return m, nil
}

// toward is m for one release: where that is older than the first for this machine's own processor, m looks for the one
// that the machine translates. It is not taken for want of one that a source lacks: there, the right one exists.
func (m Manager) toward(v gover.Version) Manager {
	if also := m.Host.Also; also != (platform.Target{}) && !v.ReleasedFor(m.Host.OS, m.Host.Arch) {
		m.Host.Target, m.Host.Also, m.instead = also, platform.Target{}, m.Host.Target
	}
	return m
}

// tellInstead says once that a toolchain for another processor is taken, and why.
func (m Manager) tellInstead(v gover.Version) {
	if m.instead != (platform.Target{}) {
		m.Report.Note(fmt.Sprintf("%s was never released for %s: taking the one for %s, which %s translates", v, m.instead, m.Host.Target, m.Host.Translator()))
	}
}

// older are the releases that a source has, newest first, from before the first for this machine's own processor, for the
// one that the machine translates.
func (m Manager) older(ctx context.Context, source Source) []gover.Version {
	if m.Host.Also == (platform.Target{}) {
		return nil
	}
	versions, err := source.Versions(ctx, m.Host.Also)
	if err != nil {
		return nil // what it has for this processor it said; more is not to be had
	}
	return slices.DeleteFunc(versions, func(v gover.Version) bool { return v.ReleasedFor(m.Host.OS, m.Host.Arch) })
}

// ForeignArchError is an architecture whose programs do not run here.
type ForeignArchError struct {
	Arch string
	Runs []platform.Target
}

func (e *ForeignArchError) Error() string {
	var runs []string
	for _, t := range e.Runs {
		runs = append(runs, t.Arch)
	}
	return fmt.Sprintf("--arch %s: this machine runs toolchains for %s", e.Arch, strings.Join(runs, " and "))
}

// OtherArchError is an installed toolchain where one for another architecture was asked for.
type OtherArchError struct {
	Version    gover.Version
	Want, Have string // platforms
}

func (e *OtherArchError) Error() string {
	return fmt.Sprintf("%s is installed for %s, not for %s; one of them can be", e.Version, e.Have, e.Want)
}
