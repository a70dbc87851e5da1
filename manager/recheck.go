package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/manager/tree"
	"gsw/manager/trust"
)

// Recheck verifies the toolchains that a sweep found in doubt, one by one, before
// anybody trusts them. What stands in the way of finding out is told, and stands
// in nobody's way: the error is ctx's alone.
func (m Manager) Recheck(ctx context.Context, doubtful []store.Toolchain) error {
	for _, t := range doubtful {
		if err := m.recheck(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// recheck verifies a toolchain that was installed without flushing under another
// boot than this one, before anybody trusts it: a power loss may have taken its
// files. A damaged one is removed. No party is asked: what was proved once is
// written down beside the toolchain.
func (m Manager) recheck(ctx context.Context, t store.Toolchain) error {
	if t.System {
		m.Report.Warn(fmt.Sprintf("%s of the system-wide store was not flushed when it was installed, and this machine has been started since; "+
			"any gsw command with GSW_HOME=%s verifies it", t.Version, m.Store.SystemHome()))
		return nil
	}
	var damage string
	settled, err := m.Store.Recheck(ctx, t, func() {
		m.Report.Note("waiting for another gsw that works on " + t.Version.Tag())
	}, func() (whole bool, err error) {
		damage, err = m.damage(ctx, t)
		return damage == "", err
	})
	if err == nil && settled.Removed {
		m.Report.Warn(removedText(t.Version, settled, damage))
		err = m.Store.Refresh(ctx, m.ProgramInPlace())
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		m.Report.Warn(fmt.Sprintf("verifying %s, which was not flushed before this machine was started: %v", t.Version, err))
	}
	return nil
}

// removedText says what is gone, why, and how to get it again.
func removedText(v gover.Version, settled store.Settled, damage string) string {
	again := "gsw install "
	was := ""
	if settled.Default {
		again, was = again+"--use ", ", the default,"
	}
	tools := ""
	if len(settled.Tools) > 0 {
		tools = " with its tools " + strings.Join(settled.Tools, ", ")
	}
	return fmt.Sprintf("%s%s was installed without flushing and did not survive a power loss or crash (%s): removed%s; `%s%s` installs it again",
		v, was, damage, tools, again, gover.Only(v))
}

// damage says what a power loss took from a toolchain, by its own manifest and
// receipt; "" if it is whole. What was added since, as old releases do to their
// own pkg folder, was not lost. An error says that this could not be found out now.
func (m Manager) damage(ctx context.Context, t store.Toolchain) (string, error) {
	r, err := t.Receipt()
	if err != nil {
		return "its receipt is damaged", nil
	}
	listed, err := readManifest(t)
	if err != nil || len(listed) != r.TreeFiles || listed.Hash(t.Version, trust.Measured(r).Target) != r.Tree {
		return "its manifest is damaged", nil
	}
	measured, err := tree.Measure(ctx, t.GOROOT())
	var irregular *tree.IrregularError
	if err != nil && !errors.As(err, &irregular) {
		return "", err
	}
	lost := slices.DeleteFunc(listed.Compare(measured), func(d tree.Difference) bool { return d.Kind == tree.Added })
	switch len(lost) {
	case 0:
		return "", nil
	case 1:
		return fmt.Sprintf("%s is %s", lost[0].Name, lost[0].Kind), nil
	}
	return fmt.Sprintf("%s is %s, and %d more files", lost[0].Name, lost[0].Kind, len(lost)-1), nil
}

// present gives an installed toolchain, verified if it was in doubt.
func (m Manager) present(ctx context.Context, v gover.Version) (store.Toolchain, error) {
	t, err := m.Have(v)
	if err != nil || t.System || !m.Store.Doubtful(t) {
		return t, err
	}
	if err := m.recheck(ctx, t); err != nil {
		return store.Toolchain{}, err
	}
	return m.Have(v)
}
