package manager

import (
	"context"
	"errors"
	"os"
	"slices"

	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/tree"
	"gsw/manager/trust"
	"gsw/platform"
)

// Verification is what hashing an installed tree again showed.
type Verification struct {
	GOROOT      string
	Version     gover.Version
	Target      platform.Target
	Tree        string // "h1:…", as measured
	Intact      bool
	Claim       string            // by what it was judged, or what it should have been
	Differences []tree.Difference // by name; empty where only the sum is known
}

// Verify hashes every file of a GOROOT and compares with the checksum
// database's record, which needs no network once it is cached. For a toolchain
// the log never proved, the receipt's own hash is the measure, and Claim says so.
// What the project's gsw.lock names has to match as well.
// One that was not flushed and is intact is flushed, and no longer in doubt.
func (m Manager) Verify(ctx context.Context, goroot string) (Verification, error) {
	version, err := selection.VersionOf(goroot)
	if err != nil {
		if t, ours := m.placed(goroot); ours { // more than a file is gone: a finding, and no reason to look at no other
			return Verification{GOROOT: goroot, Version: t.Version, Target: m.Host.Target, Claim: err.Error()}, nil
		}
		return Verification{}, err
	}
	t, r, owned := m.owner(goroot, version)
	measured, err := tree.Measure(ctx, goroot)
	var irregular *tree.IrregularError
	if err != nil && !errors.As(err, &irregular) {
		return Verification{}, err
	}
	if owned && r.Linked { // as when it was proved: in a link's folder there may be more than the release
		measured, irregular, _ = apart(measured, irregular)
	}
	target := trust.TargetOf(goroot, m.Host.Targets())
	v := Verification{GOROOT: goroot, Version: version, Target: target, Tree: measured.Hash(version, target)}
	want, claim, err := m.expected(ctx, v, r, owned)
	if err != nil {
		return Verification{}, err
	}
	v.Claim = claim
	v.Intact = v.Tree == want && irregular == nil
	if owned {
		if listed, err := readManifest(t); err == nil {
			v.Differences = listed.Compare(measured)
			v.Intact = v.Intact && len(v.Differences) == 0 // the folders no record covers, too
		}
	}
	if irregular != nil {
		for _, f := range irregular.Files {
			v.Differences = append(v.Differences, tree.Difference(f))
		}
	}
	if v.Tree != want {
		v.Claim = claim + ", but the files hash to " + v.Tree
	}
	locked, err := m.locked(version, target, v.Tree)
	if err != nil {
		return Verification{}, err
	}
	if locked != nil {
		v.Intact = false
		v.Claim = locked.Source + " names " + locked.Want + ", but the files hash to " + v.Tree
	}
	if v.Intact && owned && r.BootID != "" {
		if err := m.Store.Confirm(ctx, t, r); err != nil {
			m.Report.Warn(err.Error())
		}
	}
	return v, nil
}

// expected is what a release's files must hash to, and who says so.
func (m Manager) expected(ctx context.Context, v Verification, r receipt.Receipt, owned bool) (tree, claim string, err error) {
	if owned && r.Tree != "" && !provedBy(r, trust.PartyLog) {
		return r.Tree, "the receipt says " + r.Tree + "; the log never vouched for it", nil
	}
	h1, id, size, err := m.Log.Record(ctx, v.Version, v.Target)
	var silent *trust.SilentError
	switch {
	case err == nil:
		return h1, m.Log.Claim(v.Version, v.Target, h1, id, size), nil
	case errors.As(err, &silent) && owned && r.Tree != "":
		return r.Tree, "the receipt says " + r.Tree + "; the log could not be asked", nil
	}
	return "", "", err
}

// placed finds the toolchain whose GOROOT a folder is, whatever is left of it.
func (m Manager) placed(goroot string) (store.Toolchain, bool) {
	toolchains, _ := m.Store.List()
	i := slices.IndexFunc(toolchains, func(t store.Toolchain) bool { return t.GOROOT() == goroot })
	if i < 0 {
		return store.Toolchain{}, false
	}
	return toolchains[i], true
}

// owner finds the toolchain whose GOROOT a folder is.
func (m Manager) owner(goroot string, v gover.Version) (store.Toolchain, receipt.Receipt, bool) {
	t, err := m.Store.Get(v)
	if err != nil || !sameFolder(t.GOROOT(), goroot) {
		return store.Toolchain{}, receipt.Receipt{}, false
	}
	r, err := t.Receipt()
	return t, r, err == nil
}

func sameFolder(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func readManifest(t store.Toolchain) (tree.Manifest, error) {
	text, err := os.ReadFile(t.ManifestFile())
	if err != nil {
		return nil, err
	}
	return tree.ParseManifest(text)
}

func provedBy(r receipt.Receipt, party string) bool {
	for _, p := range r.Proofs {
		if p.Party == party {
			return true
		}
	}
	return false
}
