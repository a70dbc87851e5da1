package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/store"
	"gsw/manager/trust"
	"gsw/manager/unpack"
	"gsw/platform"
)

// InstallOrder is what `gsw install` was told about one toolchain.
type InstallOrder struct {
	Spec       gover.Spec
	Arch       string // the architecture, where not this machine's best; one that it runs
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
// flushed unless NoFlush says otherwise, then visible by one rename. Several processes may install the same
// version at once: one fetches, all succeed. The first toolchain becomes the default.
//
// Errors keep their type: *NoSourceError when no source had it, those of trust
// and unpack when what was fetched is not Go.
func (m Manager) Install(ctx context.Context, order InstallOrder) (Installed, error) {
	boundMemory()
	if order.Spec.System() {
		return Installed{}, &NotInstallableError{Spec: order.Spec}
	}
	m, err := m.ordered(order)
	if err != nil {
		return Installed{}, err
	}
	if v, exact := order.Spec.Exact(); exact && !order.Force {
		if got, there, err := m.there(ctx, order, v); there {
			return got, err
		}
	}
	if order.From != "" {
		return m.installFile(ctx, order)
	}
	failed := &NoSourceError{Spec: order.Spec, Target: m.Host.Target}
	got, err := m.installRelease(ctx, order, failed)
	if err != error(failed) || failed.Absent() || order.Force || ctx.Err() != nil {
		return got, err
	}
	// Offline, a line that is installed is better than no answer.
	if t, err := m.Store.Find(order.Spec); err == nil {
		m.Report.Warn(fmt.Sprintf("%v; %s is installed and fits %s", failed, t.Version, order.Spec))
		return m.already(ctx, order, t)
	}
	return got, err
}

// goMemory is what Go's heap, stacks and tables may take in an install; the program itself comes to that.
const goMemory = 18 << 20

// boundMemory has the collector keep the process within goMemory where it would wait for twice as much as is in use,
// and keep some for each core. It is no hard limit: an archive of a format with large windows gets what it takes.
// GOMEMLIMIT goes before.
func boundMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(goMemory)
	}
}

// installRelease installs what an order names from the sources it may use. Its
// error is failed, with what each source said, if none could serve.
func (m Manager) installRelease(ctx context.Context, order InstallOrder, failed *NoSourceError) (Installed, error) {
	pick, err := m.choose(ctx, order, failed)
	if err != nil {
		return Installed{}, err
	}
	m = m.toward(pick.version)
	if !order.Force {
		if got, there, err := m.there(ctx, order, pick.version); there {
			if err == nil {
				pick.recency.warn(ctx, m, got.Toolchain)
			}
			return got, err
		}
	}
	sources := provable(pick.version, pick.sources)
	for i, source := range sources {
		got, err := m.installFrom(ctx, order, pick.version, source)
		if err == nil {
			pick.recency.warn(ctx, m, got.Toolchain)
		}
		if err == nil || !worthAnother(err) || ctx.Err() != nil {
			return got, err
		}
		m.failed(failed, source, err)
		if i+1 < len(sources) {
			m.Report.Note(fmt.Sprintf("%v; trying %s", err, sources[i+1].Place()))
		}
	}
	return Installed{}, failed
}

// picked is the release that an order means, and who may have it.
type picked struct {
	version gover.Version
	sources []Source // those that did not fail yet
	recency *recency // nil where the user named the release
}

// choose finds the release that an order means: by the first source that knows one.
func (m Manager) choose(ctx context.Context, order InstallOrder, failed *NoSourceError) (picked, error) {
	sources := m.sources(order.Via)
	if v, exact := order.Spec.Exact(); exact {
		return picked{version: v, sources: sources}, nil
	}
	for i, source := range sources {
		v, versions, err := m.pick(ctx, source, order.Spec)
		if err == nil {
			m.Report.Phase(fmt.Sprintf("%s is %s", order.Spec, v))
			return picked{version: v, sources: sources[i:], recency: m.watch(ctx, source, versions, sources[i+1:])}, nil
		}
		if !worthAnother(err) || ctx.Err() != nil {
			return picked{}, err
		}
		m.failed(failed, source, err)
		if i+1 < len(sources) {
			m.Report.Note(fmt.Sprintf("%v; trying %s", err, sources[i+1].Place()))
		}
	}
	return picked{}, failed
}

// sources are those of one name, or all, in the order to ask them. Only by name
// is one asked that the user has turned off. One that could not be reached for
// an earlier order of this run comes last: a filtered network takes ten seconds
// to say so, and would take them for every toolchain named.
func (m Manager) sources(via string) []Source {
	sources := slices.DeleteFunc(slices.Clone(m.Sources), func(s Source) bool {
		module, is := s.(ModuleSource)
		return via == "" && is && module.Proxies.Off() || via != "" && s.Name() != via
	})
	late := func(s Source) int {
		if m.Unreached[s.Place()] {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(sources, func(a, b Source) int { return late(a) - late(b) })
	return sources
}

// failed notes what a source said, and whether it could be reached at all.
func (m Manager) failed(all *NoSourceError, source Source, err error) {
	all.add(source.Name(), err)
	if unreachable(err) && m.Unreached != nil {
		m.Unreached[source.Place()] = true
	}
}

// provable puts the sources first whose word for v can be proved: the archives
// of go1.20 and older were not built together with their modules, so the public
// log knows only the modules.
func provable(v gover.Version, sources []Source) []Source {
	sources = slices.Clone(sources)
	if !trust.ArchivesRecorded(v) {
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

// installFrom installs v from one source: from the first of its places that has it.
// What a place has but is not Go ends the search, whatever GOPROXY says about
// going on: it is to be reported, not passed over.
func (m Manager) installFrom(ctx context.Context, order InstallOrder, v gover.Version, source Source) (got Installed, err error) {
	var final error
	err = source.Each(ctx, v, m.Host.Target, func(a dist.Archive) error {
		var err error
		if got, err = m.installArchive(ctx, order, a); err == nil || worthAnother(err) {
			return err
		}
		final = err
		return nil
	})
	return got, cmp.Or(final, err)
}

// pick finds the release that a source has for a spec that names none. versions
// are all it has, newest first.
func (m Manager) pick(ctx context.Context, source Source, spec gover.Spec) (v gover.Version, versions []gover.Version, err error) {
	versions, err = source.Versions(ctx, m.Host.Target)
	if err != nil {
		return gover.Version{}, nil, err
	}
	v, found := spec.Pick(versions)
	if !found {
		v, found = spec.Pick(m.older(ctx, source))
	}
	if !found {
		return gover.Version{}, nil, &NoMatchError{Spec: spec, Target: m.Host.Target}
	}
	return v, versions, nil
}

// worthAnother tells whether another source may do better after err: where this
// one has no such release or could not be reached, not where what it gave is not Go.
func worthAnother(err error) bool {
	var absent *dist.NotPublishedError
	var noMatch *NoMatchError
	return !wrongBytes(err) && (errors.As(err, &absent) || errors.As(err, &noMatch) || unreachable(err))
}

// installArchive fetches, proves and commits one archive of a source.
func (m Manager) installArchive(ctx context.Context, order InstallOrder, a dist.Archive) (Installed, error) {
	staging, err := m.begin(ctx, a.Version)
	if err != nil {
		return Installed{}, err
	}
	defer staging.Abort()
	if !order.Force { // another process may have been faster
		if t, err := m.Have(a.Version); err == nil {
			return m.already(ctx, order, t)
		}
	}
	m.tellInstead(a.Version)
	log := m.askLog(ctx, a.Version) // the record is there by the time the bytes are
	return m.untilWhole(staging, m.sharing(a.Version, order, staging), func(with []unpack.Option) (Installed, *fetched, error) {
		f, err := m.fetch(ctx, a, staging.Go(), order.SHA256, with)
		if err != nil {
			return Installed{}, f, err
		}
		subject := trust.Subject{
			Version: a.Version, Target: a.Target, Source: a.Source,
			SHA256: f.SHA256, Size: f.Size, Tree: f.Manifest.Hash(a.Version, a.Target),
		}
		got, err := m.proveAndCommit(ctx, order, staging, log, subject, f, &a)
		return got, f, err
	})
}

// installFile installs an archive that the user has, or names by URL.
func (m Manager) installFile(ctx context.Context, order InstallOrder) (Installed, error) {
	v, err := m.versionOf(order)
	if err != nil {
		return Installed{}, err
	}
	m = m.toward(v)
	if !order.Force {
		if got, there, err := m.there(ctx, order, v); there {
			return got, err
		}
	}
	staging, err := m.begin(ctx, v)
	if err != nil {
		return Installed{}, err
	}
	defer staging.Abort()
	if !order.Force {
		if t, err := m.Have(v); err == nil {
			return m.already(ctx, order, t)
		}
	}
	m.tellInstead(v)
	log := m.askLog(ctx, v)
	return m.untilWhole(staging, m.sharing(v, order, staging), func(with []unpack.Option) (Installed, *fetched, error) {
		f, err := m.bring(ctx, order, staging, with)
		if err != nil {
			return Installed{}, f, err
		}
		subject := trust.Subject{
			Version: v, Target: m.Host.Target, Source: trust.SourceFile,
			SHA256: f.SHA256, Size: f.Size, Tree: f.Manifest.Hash(v, m.Host.Target),
		}
		order.Spec = gover.Only(v)
		got, err := m.proveAndCommit(ctx, order, staging, log, subject, f, nil)
		return got, f, err
	})
}

// versionOf is the release that --from is about: the one that was named, else
// the one the file is named after. The archive must agree.
func (m Manager) versionOf(order InstallOrder) (gover.Version, error) {
	if v, exact := order.Spec.Exact(); exact {
		return v, nil
	}
	v, err := versionOfName(order.From, m.Host.Target)
	if err == nil && !order.Spec.IsZero() && !order.Spec.Matches(v) {
		err = &UnnamedError{Name: archiveName(order.From), Target: m.Host.Target, Spec: order.Spec}
	}
	return v, err
}

func (m Manager) begin(ctx context.Context, v gover.Version) (*store.Staging, error) {
	return m.Store.Begin(ctx, v, func() {
		m.Report.Note("waiting for another gsw that works on " + v.Tag())
	})
}

// proveAndCommit makes a measured toolchain visible if it is proved.
func (m Manager) proveAndCommit(ctx context.Context, order InstallOrder, staging *store.Staging, log trust.Party, subject trust.Subject, f *fetched, a *dist.Archive) (Installed, error) {
	m.Report.Phase("proving " + subject.String())
	if err := trust.Structure(staging.Go(), subject.Version, subject.Target); err != nil {
		return Installed{}, err
	}
	verdict, err := m.prove(ctx, order, log, subject, f, a)
	if err != nil {
		return Installed{}, err
	}
	if f.Shared.Unread > 0 && !provesTree(verdict.Proofs) {
		return Installed{}, errUnread
	}
	var left []string
	if !order.Unverified {
		if left, err = leaveOutUnproved(staging.Go(), f, verdict.Proofs); err != nil {
			return Installed{}, err
		}
	}
	r := m.receipt(subject, f, verdict)
	r.Notes = append(r.Notes, left...)
	if err := os.WriteFile(staging.ManifestFile(), f.Manifest.Text(), 0o644); err != nil {
		return Installed{}, err
	}
	commit := staging.CommitUnflushed
	if !m.NoFlush {
		m.Report.Phase("flushing " + subject.Version.Tag() + " to disk")
		commit = staging.Commit
	}
	var runs []platform.Process
	if old, err := m.Store.Get(subject.Version); err == nil && !old.System {
		runs = m.programsOf(old)
	}
	t, err := commit(ctx, r)
	if err != nil {
		return Installed{}, err
	}
	m.tellRuns(t.Version, runs, "with the "+t.Version.Tag()+" that was here before")
	f.discard()
	if err := m.committed(ctx, t, r, order.Use); err != nil {
		return Installed{}, err
	}
	return Installed{Toolchain: t, Receipt: r}, nil
}

// committed does what a new toolchain in the store entails: the record of it, that the first one is the default, unless
// the caller sees to the default, and the links to it. Those come last: should they fail, or this process be killed while
// it makes them, any later command does the same, and none would make a toolchain that is there the default.
func (m Manager) committed(ctx context.Context, t store.Toolchain, r receipt.Receipt, use bool) error {
	if err := m.Memory.Append(ctx, r); err != nil {
		m.Report.Warn(fmt.Sprintf("the record of installs could not be written: %v", err))
	}
	var none *store.NoDefaultError
	if _, err := m.Store.Active(); errors.As(err, &none) && !use {
		err := m.Store.Activate(ctx, t.Version)
		if unlinked, ok := errors.AsType[*store.AnchorError](err); ok {
			m.Report.Warn(unlinked.Error())
		} else if err != nil {
			return err
		}
		m.Report.Note(t.Version.Tag() + " is the first toolchain here, so it is the default")
	}
	return m.Settle(ctx)
}

// Settle makes what is derived from the store fit it: links, shims, resolve files.
func (m Manager) Settle(ctx context.Context) error {
	program, err := m.Program(ctx)
	if err != nil {
		return err
	}
	m.RefreshHooks()
	return errors.Join(m.tellHooks(m.Config), m.Guard(ctx), m.Store.Refresh(ctx, program))
}

// there gives v if it is installed, and does not go while it is looked at: another process may be removing it.
func (m Manager) there(ctx context.Context, order InstallOrder, v gover.Version) (got Installed, there bool, err error) {
	t, err := m.present(ctx, v)
	if err != nil {
		return Installed{}, false, nil
	}
	got, err = m.already(ctx, order, t)
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := m.Have(v); gone != nil {
			return Installed{}, false, nil
		}
	}
	return got, true, err
}

// already gives a toolchain that is there. Where the shims are gone, or never were (a CI cache that keeps only the
// toolchains), they are made.
func (m Manager) already(ctx context.Context, order InstallOrder, t store.Toolchain) (Installed, error) {
	r, err := t.Receipt()
	if want := m.Host.Target.String(); order.Arch != "" && err == nil && r.Target != want {
		return Installed{}, &OtherArchError{Version: t.Version, Want: want, Have: r.Target}
	}
	if err == nil && r.Tree != "" { // what was installed before the lock was there, or elsewhere
		locked, err := m.locked(t.Version, trust.TargetOf(t.GOROOT(), m.Host.Targets()), r.Tree)
		if locked != nil {
			err = locked
		}
		if err != nil {
			return Installed{}, err
		}
	}
	if _, err := os.Lstat(filepath.Join(m.Store.Shims(), m.Host.Target.Exe("go"))); errors.Is(err, fs.ErrNotExist) {
		if err := m.Settle(ctx); err != nil {
			return Installed{}, err
		}
	}
	return Installed{Toolchain: t, Receipt: r, Already: true}, err
}
