package manager

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gsw/manager/config"
	"gsw/manager/store"
	"gsw/manager/tools"
	"gsw/manager/workshop"
)

// Guard moves tools aside that would hide a command of the system, and tells.
// Sweep does it where a tool came or went.
func (m Manager) Guard(ctx context.Context) error {
	found, err := tools.Guard(ctx, m.Host, m.Store, m.Config.Allow)
	m.tell(found)
	return err
}

func (m Manager) tell(found tools.Found) {
	for _, line := range found.Lines() {
		m.Report.Note(line)
	}
}

// SyncTools builds the tools of one version under another: those named, or all that it lacks.
func (m Manager) SyncTools(ctx context.Context, from, to store.Toolchain, names []string) ([]workshop.Result, error) {
	results, err := m.builder().Sync(ctx, from, to, names)
	return results, errors.Join(err, m.Settle(context.WithoutCancel(ctx)))
}

// RebuildTools builds tools of a version anew: those named, or the stale ones.
func (m Manager) RebuildTools(ctx context.Context, t store.Toolchain, names []string) ([]workshop.Result, error) {
	results, err := m.builder().Rebuild(ctx, t, names)
	return results, errors.Join(err, m.Settle(context.WithoutCancel(ctx)))
}

func (m Manager) builder() workshop.Builder {
	return workshop.Builder{Host: m.Host, Store: m.Store, Config: m.Config, Report: m.Report}
}

// RemoveTools deletes tools from a version's GOBIN, and gives the files.
func (m Manager) RemoveTools(ctx context.Context, t store.Toolchain, names []string) ([]string, error) {
	files, err := tools.Remove(t, names)
	if err != nil {
		return files, err
	}
	return files, m.Settle(ctx)
}

// AllowTools lets tools hide the commands of the system that are called so, and brings back what was moved aside under
// these names. It gives the files it brought back.
func (m Manager) AllowTools(ctx context.Context, names []string) (back []string, err error) {
	allowed := slices.Clone(m.Config.Allow)
	for _, name := range names {
		if !tools.Allowed(allowed, name) {
			allowed = append(allowed, name)
		}
	}
	if err := config.Set(ctx, m.Host.Home, "allow", strings.Join(allowed, ",")); err != nil {
		return nil, err
	}
	m.Config.Allow = allowed
	list, err := m.Store.List()
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		for _, name := range names {
			file, err := tools.Release(t, name)
			if err != nil {
				return back, err
			}
			if file != "" {
				back = append(back, file)
			}
		}
	}
	return back, m.Settle(ctx)
}
