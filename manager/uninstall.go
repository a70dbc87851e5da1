package manager

import (
	"context"

	"gsw/manager/gover"
	"gsw/manager/store"
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
// force says otherwise.
func (m Manager) Uninstall(ctx context.Context, t store.Toolchain, force bool) error {
	if err := m.Removable(t, force); err != nil {
		return err
	}
	waiting := func() { m.Report.Note("waiting for another gsw that works on " + t.Version.Tag()) }
	if err := m.Store.Remove(ctx, t.Version, force, waiting); err != nil {
		return err
	}
	return m.Settle(ctx)
}
