package manager

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/adopt"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/store"
	"gsw/manager/tree"
	"gsw/manager/trust"
	"gsw/platform"
)

// ImportOrder is what `gsw import` was told.
type ImportOrder struct {
	Link       bool // the toolchain stays where it is, and the store has a link to it
	Unverified bool // adopt even what nobody vouches for, or what differs from the release
}

// Appraisal is a toolchain that was found, and what hashing it showed.
type Appraisal struct {
	adopt.Tree
	Installed   bool // the store has this version; it was not hashed
	Proofs      []receipt.Proof
	Fault       string            // why nobody vouches for it; "" if somebody does
	Evidence    string            // what shows it, where the fault does not say
	Differs     bool              // it is not the release: somebody who knows says otherwise
	Unreachable bool              // those who could know could not be asked
	Differences []tree.Difference // as far as they are known
	Beside      []string          // files that are no part of a release: a copy leaves them out, and no proof is about them

	notes    []string
	manifest tree.Manifest
	links    bool // it has files that are none, so that it can't be copied
}

// Adoptable tells whether Adopt would take it.
func (a Appraisal) Adoptable(order ImportOrder) bool {
	return a.Why == "" && !a.Installed && (a.Fault == "" || order.Unverified && (order.Link || !a.links))
}

// Appraise hashes the toolchains that were found and asks who vouches for them, as an install would. What is installed
// already, and what is no release for this platform, is not looked at.
func (m Manager) Appraise(ctx context.Context, found []adopt.Tree) ([]Appraisal, error) {
	all := make([]Appraisal, len(found))
	logs := map[gover.Version]trust.Party{} // asked at once: one that hangs is waited for once
	for i, t := range found {
		all[i] = Appraisal{Tree: t}
		if t.Why != "" {
			continue
		}
		if _, err := m.Have(t.Version); err == nil {
			all[i].Installed = true
		} else if logs[t.Version] == nil {
			logs[t.Version] = m.toward(t.Version).askLog(ctx, t.Version)
		}
	}
	for i := range all {
		a := &all[i]
		if a.Why != "" || a.Installed {
			continue
		}
		m.Report.Note(fmt.Sprintf("hashing %s (%d of %d)", a.GOROOT, i+1, len(found)))
		if err := m.appraise(ctx, a, logs[a.Version]); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if !platform.StorageFault(err) {
				return nil, fmt.Errorf("proving %s: %w", a.GOROOT, err)
			}
			a.Fault = err.Error()
		}
	}
	compare(all)
	return all, nil
}

// appraise fills in what the files show. An error is one of reading them, or of a party that was lied to.
func (m Manager) appraise(ctx context.Context, a *Appraisal, log trust.Party) error {
	measured, err := tree.Measure(ctx, a.GOROOT)
	var irregular *tree.IrregularError
	if err != nil && !errors.As(err, &irregular) {
		return err
	}
	a.manifest, irregular, a.Beside = apart(released(measured, a.Cached), irregular)
	a.links = irregular != nil
	subject := trust.Subject{Version: a.Version, Target: a.Target, Source: trust.SourceImport, Tree: a.manifest.Hash(a.Version, a.Target)}
	verdict, err := m.vouch(ctx, log, subject)
	var contradiction *trust.ContradictionError
	var refused *trust.RefusedError
	switch {
	case irregular != nil:
		a.Differs, a.Fault = true, irregular.Error()+": no release has one"
		for _, f := range irregular.Files {
			a.Differences = append(a.Differences, tree.Difference(f))
		}
	case err == nil:
		a.Proofs = verdict.Proofs
	case errors.As(err, &contradiction):
		a.Differs = true
		a.Fault, a.Differences = m.differs(a.manifest, subject, contradiction)
		a.Evidence = contradiction.Error()
	case errors.As(err, &refused):
		a.Fault, a.Unreachable = silence(refused), unanswered(log)
	default:
		return err
	}
	return nil
}

// apart takes from what was measured the files that are known to be no part of a release, and names them.
func apart(measured tree.Manifest, irregular *tree.IrregularError) (files tree.Manifest, left *tree.IrregularError, beside []string) {
	no := func(name string) bool {
		if adopt.Added(name) {
			beside = append(beside, name)
			return true
		}
		return false
	}
	files = slices.DeleteFunc(measured, func(e tree.Entry) bool { return no(e.Name) })
	if irregular != nil {
		if kept := slices.DeleteFunc(slices.Clone(irregular.Files), func(f tree.Irregular) bool { return no(f.Name) }); len(kept) > 0 {
			left = &tree.IrregularError{Files: kept}
		}
	}
	slices.Sort(beside)
	return files, left, beside
}

// vouch asks those who may know what the files of a release hash to. There is no archive that others could know.
func (m Manager) vouch(ctx context.Context, log trust.Party, subject trust.Subject) (trust.Verdict, error) {
	_, lock, err := m.lockFile()
	if err != nil {
		return trust.Verdict{}, err
	}
	policy := trust.Policy{Parties: []trust.Party{log, m.Memory}, Accept: m.Config.Trust}
	if len(lock.Entries) > 0 {
		policy.Parties = append(policy.Parties, trust.Lock{File: lock})
	}
	return policy.Check(ctx, subject)
}

// silence says in a line why nobody vouches.
func silence(refused *trust.RefusedError) string {
	var said []string
	for _, s := range refused.Silences {
		if s.Party != trust.PartyMemory { // it never vouches
			said = append(said, s.Error())
		}
	}
	return "nobody vouches for it: " + strings.Join(said, "; ")
}

// unanswered tells whether the log, which Vouch was called of, could not be asked.
func unanswered(log trust.Party) bool {
	early, is := log.(*earlyLog)
	if !is {
		return false
	}
	var silent *trust.SilentError
	return errors.As(early.err, &silent) && !silent.Absent
}

// released gives the files under the names they have in a release. In the module cache the go command keeps each go.mod
// twice: as _go.mod, the name in the module, and under its own once it has run.
func released(measured tree.Manifest, cached bool) tree.Manifest {
	if !cached {
		return measured
	}
	var files tree.Manifest
	seen := map[tree.Entry]bool{} // twice and alike; two that differ stay, and no hash fits them
	for _, e := range measured {
		if folder, ok := strings.CutSuffix(e.Name, "_go.mod"); ok && (folder == "" || strings.HasSuffix(folder, "/")) {
			e.Name = folder + "go.mod"
		}
		if !seen[e] {
			seen[e] = true
			files = append(files, e)
		}
	}
	return files
}

// goEnvFile holds a release's defaults of the go command's settings. Distributions write their own into it.
const goEnvFile = "go.env"

// goEnvSum is the SHA-256 of go.env in every release from go1.21.0 on that has been looked at, go1.26.8 the newest.
const goEnvSum = "98fcab78e155e9fa0c36b18874add30724d04c2452078117c78618107ebfbc9e"

// differs says in a line how files differ from the release, as far as a hash of all of them can tell: with the release's
// own go.env in place of this one they have the right hash, or they haven't.
func (m Manager) differs(have tree.Manifest, s trust.Subject, c *trust.ContradictionError) (string, []tree.Difference) {
	for _, sum := range m.goEnvSums(have) {
		if with := replaced(have, sum); with.Hash(s.Version, s.Target) == c.Want {
			return "go.env differs from the release (the distribution's own defaults)", with.Compare(have)
		}
	}
	return "it differs from the release", nil
}

// goEnvSums are those that go.env may have: known ones, and those of the proved toolchains in the store.
func (m Manager) goEnvSums(have tree.Manifest) [][32]byte {
	known, _ := tree.ParseManifest([]byte(goEnvSum + "  " + goEnvFile + "\n"))
	installed, _ := m.Store.List()
	for _, t := range installed {
		if r, err := t.Receipt(); err != nil || !r.Verified() {
			continue
		}
		if listed, err := readManifest(t); err == nil {
			known = append(known, listed...)
		}
	}
	var sums [][32]byte
	for _, e := range known {
		if e.Name == goEnvFile && !slices.Contains(sums, e.Sum) && !slices.Contains(have, e) {
			sums = append(sums, e.Sum)
		}
	}
	return sums
}

// replaced is a manifest with another go.env.
func replaced(m tree.Manifest, sum [32]byte) tree.Manifest {
	with := slices.DeleteFunc(slices.Clone(m), func(e tree.Entry) bool { return e.Name == goEnvFile })
	return append(with, tree.Entry{Name: goEnvFile, Sum: sum})
}

// compare finds the files that differ where another tree of the same version is proved. What no proof covers is not
// compared.
func compare(all []Appraisal) {
	for i := range all {
		a := &all[i]
		if !a.Differs || a.Differences != nil {
			continue
		}
		j := slices.IndexFunc(all, func(b Appraisal) bool { return len(b.Proofs) > 0 && b.Version == a.Version })
		if j >= 0 {
			a.Differences = covered(all[j].manifest).Compare(covered(a.manifest))
		}
	}
}

func covered(m tree.Manifest) tree.Manifest {
	return slices.DeleteFunc(slices.Clone(m), func(e tree.Entry) bool { return !tree.Covered(e.Name) })
}

// Have gives an installed toolchain. One that is a link to where nothing is any more counts as none, and can be installed
// in its own place.
func (m Manager) Have(v gover.Version) (store.Toolchain, error) {
	t, err := m.Store.Get(v)
	if err == nil && t.Linked() {
		if _, gone := os.Stat(t.Go()); gone != nil {
			return store.Toolchain{}, &store.NotInstalledError{Spec: gover.Only(v)}
		}
	}
	return t, err
}

// Adopt puts a toolchain that was appraised into the store: a copy, or a link to where it lies. It becomes visible by
// one rename, as an installed one does; interrupted, nothing is left of it. A proof is one of the copy, not of what was
// hashed before it. The module cache is copied from, always: it is the go command's to clear.
func (m Manager) Adopt(ctx context.Context, a Appraisal, order ImportOrder) (Installed, error) {
	if !a.Adoptable(order) {
		return Installed{}, fmt.Errorf("adopting %s: %s", a.GOROOT, a.Why+a.Fault)
	}
	staging, err := m.begin(ctx, a.Version)
	if err != nil {
		return Installed{}, err
	}
	defer staging.Abort()
	if t, err := m.Have(a.Version); err == nil {
		return m.already(ctx, InstallOrder{}, t)
	}
	bring := m.copyTree
	if order.Link && !a.Cached {
		bring = m.linkTree
	}
	if err := bring(ctx, staging, &a); err != nil {
		return Installed{}, fmt.Errorf("adopting %s: %w", a.GOROOT, err)
	}
	if err := trust.Structure(staging.Go(), a.Version, a.Target); err != nil {
		return Installed{}, fmt.Errorf("adopting %s: %w", a.GOROOT, err)
	}
	r, err := m.adopted(ctx, staging.Go(), a, order)
	if err != nil {
		return Installed{}, fmt.Errorf("adopting %s: %w", a.GOROOT, err)
	}
	if err := os.WriteFile(staging.ManifestFile(), a.manifest.Text(), 0o644); err != nil {
		return Installed{}, err
	}
	commit := staging.CommitUnflushed
	if !m.NoFlush {
		m.Report.Phase("flushing " + a.Version.Tag() + " to disk")
		commit = staging.Commit
	}
	t, err := commit(ctx, r)
	if err != nil {
		return Installed{}, err
	}
	return Installed{Toolchain: t, Receipt: r}, m.committed(ctx, t, r, false)
}

// adopted is the receipt of a tree that was brought into the store.
func (m Manager) adopted(ctx context.Context, goroot string, a Appraisal, order ImportOrder) (receipt.Receipt, error) {
	subject := trust.Subject{Version: a.Version, Target: a.Target, Source: trust.SourceImport, Tree: a.manifest.Hash(a.Version, a.Target)}
	r := trust.ReceiptOf(subject, a.Proofs)
	r.URL, r.Imported, r.Linked = a.GOROOT, a.GOROOT, order.Link && !a.Cached
	r.TreeFiles = len(a.manifest)
	bytes, err := sizeOf(ctx, goroot)
	if err != nil {
		return receipt.Receipt{}, err
	}
	r.TreeBytes = bytes
	r.InstalledAt, r.GSWVersion = m.Host.Now().UTC(), m.Edition
	r.Notes = append(r.Notes, a.notes...)
	for _, name := range a.Beside {
		r.Notes = append(r.Notes, name+" was beside the release's files: no proof is about it")
	}
	if a.Fault != "" {
		r.Notes = append(r.Notes, a.Fault)
	}
	if a.Evidence != "" {
		r.Notes = append(r.Notes, a.Evidence)
	}
	if a.Proofs != nil && slices.ContainsFunc(a.manifest, func(e tree.Entry) bool { return !tree.Covered(e.Name) }) {
		r.Notes = append(r.Notes, "the proof covers no file in api, doc, misc and test")
	}
	return r, nil
}

// linkTree makes the toolchain's go folder a link to where it lies. Not to another user's folder: a proof is of the files
// as they were, and that user can change them.
func (m Manager) linkTree(_ context.Context, staging *store.Staging, a *Appraisal) error {
	if foreign, err := platform.OwnedByAnother(a.GOROOT); err != nil {
		return err
	} else if foreign {
		return errors.New("its folder belongs to another user, who can change it; without --link it is copied")
	}
	a.notes = append(a.notes, "a link: whoever may write there can change the files after the proof")
	m.Report.Phase(fmt.Sprintf("linking %s to %s", a.Version, a.GOROOT))
	if err := os.Remove(staging.Go()); err != nil {
		return err
	}
	return platform.PointDir(staging.Go(), a.GOROOT)
}

// copyTree copies the files, with the permissions that a release has, and hashes the copy. Of a proved toolchain only
// what the proof covers is taken, as an install takes it.
func (m Manager) copyTree(ctx context.Context, staging *store.Staging, a *Appraisal) error {
	m.Report.Phase(fmt.Sprintf("copying %s from %s", a.Version, a.GOROOT))
	total, err := sizeOf(ctx, a.GOROOT)
	if err != nil {
		return err
	}
	flow := m.Report.Transfer(a.Version.Tag(), total)
	defer flow.End()
	var done int64
	left := map[string]bool{}
	var files tree.Manifest
	for _, e := range a.manifest {
		if a.Fault == "" && !tree.Covered(e.Name) {
			left[topFolder(e.Name)] = true
			continue
		}
		files = append(files, e)
		if err := ctx.Err(); err != nil {
			return err
		}
		size, err := copyReleased(a.GOROOT, staging.Go(), e.Name)
		if err != nil {
			return err
		}
		done += size
		flow.At(done)
	}
	flow.End()
	measured, err := tree.Measure(ctx, staging.Go())
	if err != nil {
		return err
	}
	if ds := files.Compare(measured); len(ds) > 0 {
		return fmt.Errorf("%s was changed while it was copied", ds[0].Name)
	}
	for top := range left {
		a.notes = append(a.notes, "left out "+top+": the record of the files does not cover that folder")
	}
	slices.Sort(a.notes)
	a.manifest = measured
	return nil
}

// copyReleased copies one file of a GOROOT, by the name it has in a release.
func copyReleased(from, to, name string) (size int64, err error) {
	source, target := filepath.Join(from, filepath.FromSlash(name)), filepath.Join(to, filepath.FromSlash(name))
	if _, err := os.Lstat(source); err != nil && strings.HasSuffix(name, "go.mod") {
		source = filepath.Join(filepath.Dir(source), "_go.mod")
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return 0, err
	}
	return platform.CopyPlain(source, target, isProgram(name))
}

// isProgram is cmd/distpack's rule for what may be executed. The module cache of older releases does not keep it.
func isProgram(name string) bool {
	if strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "pkg/tool/") {
		return true
	}
	for _, pattern := range []string{"*.bash", "*.sh", "*.pl", "*.rc", "go_?*_?*_exec"} {
		if ok, _ := filepath.Match(pattern, filepath.Base(name)); ok {
			return true
		}
	}
	return false
}

// sizeOf adds up the files of a toolchain, the one a link leads to included.
func sizeOf(ctx context.Context, goroot string) (bytes int64, err error) {
	real, err := filepath.EvalSymlinks(goroot)
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(real, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return errors.Join(err, ctx.Err())
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}
