package manager

import (
	"context"
	"fmt"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// Only finds the one installed toolchain that a spec fits. Where one is removed
// a guess would be rude: several are an *AmbiguousError.
func (m Manager) Only(spec gover.Spec) (store.Toolchain, error) {
	newest, err := m.Store.Find(spec)
	if err != nil {
		return store.Toolchain{}, err
	}
	toolchains, err := m.Store.List()
	if err != nil {
		return store.Toolchain{}, err
	}
	var fits []store.Toolchain
	for _, t := range toolchains {
		if spec.Matches(t.Version) {
			fits = append(fits, t)
		}
	}
	if len(fits) > 1 {
		return store.Toolchain{}, &AmbiguousError{Spec: spec, Fits: fits}
	}
	return newest, nil
}

// Removable tells whether Uninstall would refuse now, so that several can be
// looked at before the first is gone.
func (m Manager) Removable(t store.Toolchain, force bool) error {
	if force {
		return nil
	}
	if active, err := m.Store.Active(); err == nil && active.Version == t.Version {
		return &store.ActiveError{Version: t.Version}
	}
	if processes, err := t.Running(); err == nil && len(processes) > 0 {
		return &RunningError{Version: t.Version, Processes: processes}
	}
	return nil
}

// Uninstall removes a toolchain and the tools built with it. The default is
// refused with *store.ActiveError and a running one with *RunningError, unless
// force says otherwise: then it is told what runs on.
func (m Manager) Uninstall(ctx context.Context, t store.Toolchain, force bool) error {
	if err := m.Removable(t, force); err != nil {
		return err
	}
	waiting := func() { m.Report.Note("waiting for another gsw that works on " + t.Version.Tag()) }
	runs := m.programsOf(t)
	if err := m.Store.Remove(ctx, t.Version, force, waiting); err != nil {
		return err
	}
	m.tellRuns(t.Version, runs, "without "+t.Version.Tag())
	return m.Settle(ctx)
}

// programsOf are the programs that run out of t, as far as the system tells.
func (m Manager) programsOf(t store.Toolchain) []platform.Process {
	processes, err := t.Running()
	if err != nil {
		return nil // what runs nobody is told then; nothing else depends on it
	}
	return processes
}

// tellRuns warns, in one line, of programs that go on after v was taken from under them, and of what Windows holds because
// of them.
func (m Manager) tellRuns(v gover.Version, runs []platform.Process, with string) {
	const most = 5
	var names []string
	for _, p := range runs[:min(most, len(runs))] {
		names = append(names, p.String())
	}
	if len(runs) > most {
		names = append(names, fmt.Sprintf("%d more", len(runs)-most))
	}
	who, held := strings.Join(names, ", "), m.Host.OS == "windows" && m.Store.Lingers(v)
	switch {
	case held && who == "":
		m.Report.Warn("another program holds files of " + v.Tag() + " that was here; a later gsw command deletes them")
	case held:
		m.Report.Warn(who + " runs on " + with + "; Windows keeps its files until it ends, and a later gsw command deletes them")
	case who != "":
		m.Report.Warn(who + " runs on " + with)
	}
}
