package manager

import (
	"context"
	"strconv"

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

// Tools are the names of what stands in a toolchain's GOBIN.
func (m Manager) Tools(t store.Toolchain) ([]string, error) { return t.Tools() }

// Uninstall removes a toolchain and the tools built with it. The default is
// refused with *store.ActiveError and a running one with *RunningError, unless
// force says otherwise.
func (m Manager) Uninstall(ctx context.Context, t store.Toolchain, force bool) error {
	if !force {
		processes, err := platform.Running(t.Dir)
		if err == nil && len(processes) > 0 {
			return &RunningError{Version: t.Version, Processes: processes}
		}
	}
	waiting := func() { m.Report.Note("waiting for another gsw that works on " + t.Version.Tag()) }
	if err := m.Store.Remove(ctx, t.Version, force, waiting); err != nil {
		return err
	}
	return m.Settle(ctx)
}

func itoa(n int) string { return strconv.Itoa(n) }
