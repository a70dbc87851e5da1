package manager

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/store"
	"gsw/manager/trust"
	"gsw/manager/unpack"
)

// InstallOrder is what `gsw install` was told about one toolchain.
type InstallOrder struct {
	Spec       gover.Spec
	Via        string // source to ask, "" for all in order
	From       string // file or URL of an archive; Spec may then be zero
	SHA256     string // what the archive must hash to, lower-case hex
	Unverified bool   // install even what nobody vouches for
	Force      bool   // install over what is there
	Use        bool   // it becomes the default; the caller sees to that
}

// Installed is a toolchain in the store after an order.
type Installed struct {
	store.Toolchain
	Receipt receipt.Receipt
	Already bool // it was there before; nothing was fetched
}

// Install puts the toolchain of an order into the store: fetched, proved,
// flushed, then visible by one rename. Several processes may install the same
// version at once: one fetches, all succeed. The first toolchain becomes the default.
//
// Errors keep their type: *NoSourceError when no source had it, those of trust
// and unpack when what was fetched is not Go.
func (m Manager) Install(ctx context.Context, order InstallOrder) (Installed, error) {
	if order.Spec.System() {
		return Installed{}, &NotInstallableError{Spec: order.Spec}
	}
	if v, exact := order.Spec.Exact(); exact && !order.Force {
		if t, err := m.Store.Get(v); err == nil {
			return already(t)
		}
	}
	if order.From != "" {
		return m.installFile(ctx, order)
	}
	failed := &NoSourceError{Spec: order.Spec, Target: m.Host.Target}
	sources := m.sources(order)
	for i, source := range sources {
		got, err := m.installFrom(ctx, order, source)
		if err == nil || !worthAnother(err) || ctx.Err() != nil {
			return got, err
		}
		failed.add(source.Name(), err)
		if i+1 < len(sources) {
			m.Report.Note(fmt.Sprintf("%v; trying %s", err, sources[i+1].Place()))
		}
	}
	// Offline, a line that is installed is better than no answer.
	if t, err := m.Store.Find(order.Spec); err == nil && !order.Force {
		m.Report.Warn(fmt.Sprintf("%v; %s is installed and fits %s", failed, t.Version, order.Spec))
		return already(t)
	}
	return Installed{}, failed
}

// sources are those an order may use, in the order to ask them.
//
// The archives of go1.20 and older were not built together with their modules,
// so the public log can prove only the modules: for those they come first.
func (m Manager) sources(order InstallOrder) []Source {
	sources := slices.Clone(m.Sources)
	if order.Via != "" {
		return slices.DeleteFunc(sources, func(s Source) bool { return s.Name() != order.Via })
	}
	if v, exact := order.Spec.Exact(); exact && !trust.ArchivesRecorded(v) {
		slices.SortStableFunc(sources, func(a, b Source) int { return rank(a) - rank(b) })
	}
	return sources
}

func rank(s Source) int {
	if s.Name() == trust.SourceModule {
		return 0
	}
	return 1
}

// installFrom installs what one source has for an order.
func (m Manager) installFrom(ctx context.Context, order InstallOrder, source Source) (got Installed, err error) {
	v, exact := order.Spec.Exact()
	if !exact {
		if v, err = m.pick(ctx, source, order.Spec); err != nil {
			return Installed{}, err
		}
	}
	if !order.Force {
		if t, err := m.Store.Get(v); err == nil {
			return already(t)
		}
	}
	err = source.Each(ctx, v, m.Host.Target, func(a dist.Archive) error {
		got, err = m.installArchive(ctx, order, a)
		return err
	})
	return got, err
}

// pick finds the release that a source has for a spec that names none.
func (m Manager) pick(ctx context.Context, source Source, spec gover.Spec) (gover.Version, error) {
	releases, err := source.Releases(ctx, m.Host.Target)
	if err != nil {
		return gover.Version{}, err
	}
	versions := dist.Versions(releases, m.Host.Target)
	m.rememberNewest(versions)
	v, found := spec.Pick(versions)
	if !found {
		return gover.Version{}, &NoMatchError{Spec: spec, Target: m.Host.Target}
	}
	m.Report.Phase(fmt.Sprintf("%s is %s", spec, v))
	return v, nil
}

// worthAnother tells whether another source may do better after err: where this
// one could not be reached, not where what it gave is not Go.
func worthAnother(err error) bool {
	var absent *dist.NotPublishedError
	return errors.As(err, &absent) || unreachable(err)
}

// installArchive fetches, proves and commits one archive of a source.
func (m Manager) installArchive(ctx context.Context, order InstallOrder, a dist.Archive) (Installed, error) {
	staging, err := m.begin(ctx, a.Version)
	if err != nil {
		return Installed{}, err
	}
	defer staging.Abort()
	if !order.Force { // another process may have been faster
		if t, err := m.Store.Get(a.Version); err == nil {
			return already(t)
		}
	}
	go m.warmLog(ctx, a.Version) // the record is there by the time the bytes are
	fetched, err := m.fetch(ctx, a, staging, order.SHA256)
	if err != nil {
		return Installed{}, err
	}
	defer fetched.close()
	subject := trust.Subject{
		Version: a.Version, Target: a.Target, Source: a.Source,
		SHA256: fetched.SHA256, Size: fetched.Size,
		Tree: fetched.Manifest.Hash(a.Version, a.Target),
	}
	return m.proveAndCommit(ctx, order, staging, subject, fetched, &a)
}

// installFile installs an archive that the user has, or names by URL.
func (m Manager) installFile(ctx context.Context, order InstallOrder) (Installed, error) {
	file, remove, err := m.localFile(ctx, order)
	if err != nil {
		return Installed{}, err
	}
	v, exact := order.Spec.Exact()
	if !exact {
		if v, err = versionOfName(order.From, m.Host.Target); err != nil {
			return Installed{}, err
		}
		if !order.Spec.IsZero() && !order.Spec.Matches(v) {
			return Installed{}, &trust.StructureError{What: "VERSION", Want: order.Spec.String(), Have: v.Tag()}
		}
	}
	if !order.Force {
		if t, err := m.Store.Get(v); err == nil {
			return already(t)
		}
	}
	staging, err := m.begin(ctx, v)
	if err != nil {
		return Installed{}, err
	}
	defer staging.Abort()
	m.Report.Phase("unpacking " + filepath.Base(file))
	result, err := unpack.File(ctx, file, staging.Go())
	if err != nil {
		return Installed{}, fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
	}
	subject := trust.Subject{
		Version: v, Target: m.Host.Target, Source: trust.SourceFile,
		SHA256: result.SHA256, Size: result.Size,
		Tree: result.Manifest.Hash(v, m.Host.Target),
	}
	got, err := m.proveAndCommit(ctx, order, staging, subject, fetched{Result: result, url: order.From, file: file}, nil)
	if err == nil {
		remove()
	}
	return got, err
}

func (m Manager) begin(ctx context.Context, v gover.Version) (*store.Staging, error) {
	return m.Store.Begin(ctx, v, func() {
		m.Report.Note("waiting for another gsw that works on " + v.Tag())
	})
}

// proveAndCommit makes a measured toolchain visible if it is proved.
func (m Manager) proveAndCommit(ctx context.Context, order InstallOrder, staging *store.Staging, subject trust.Subject, f fetched, a *dist.Archive) (Installed, error) {
	m.Report.Phase("proving " + subject.String())
	if err := trust.Structure(staging.Go(), subject.Version, subject.Target); err != nil {
		return Installed{}, err
	}
	verdict, err := m.prove(ctx, order, subject, f, a)
	if err != nil {
		return Installed{}, err
	}
	var left []string
	if !order.Unverified {
		if left, err = leaveOutUnproved(staging.Go(), &f, verdict.Proofs); err != nil {
			return Installed{}, err
		}
	}
	r := m.receipt(subject, f, verdict)
	r.Notes = append(r.Notes, left...)
	if err := os.WriteFile(staging.ManifestFile(), f.Manifest.Text(), 0o644); err != nil {
		return Installed{}, err
	}
	m.Report.Phase("flushing " + subject.Version.Tag() + " to disk")
	t, err := staging.Commit(ctx, r)
	if err != nil {
		return Installed{}, err
	}
	f.discard()
	if err := m.Memory.Append(ctx, r); err != nil {
		m.Report.Warn(fmt.Sprintf("the record of installs could not be written: %v", err))
	}
	if err := m.Settle(ctx); err != nil {
		return Installed{}, err
	}
	var none *store.NoDefaultError
	if _, err := m.Store.Active(); errors.As(err, &none) && !order.Use {
		if err := m.Store.Activate(ctx, t.Version); err != nil {
			return Installed{}, err
		}
		m.Report.Note(t.Version.Tag() + " is the first toolchain here, so it is the default")
	}
	return Installed{Toolchain: t, Receipt: r}, nil
}

// Settle makes what is derived from the store fit it: links, shims, resolve files.
func (m Manager) Settle(ctx context.Context) error {
	program, err := m.Program()
	if err != nil {
		return err
	}
	m.RefreshHooks()
	return errors.Join(m.tellHooks(m.Config), m.Store.Refresh(ctx, program))
}

func already(t store.Toolchain) (Installed, error) {
	r, err := t.Receipt()
	return Installed{Toolchain: t, Receipt: r, Already: true}, err
}
