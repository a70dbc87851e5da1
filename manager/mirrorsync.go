package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/mirror"
	"gsw/manager/trust"
	"gsw/platform"
)

// MirrorOrder is what `gsw mirror sync` was told.
type MirrorOrder struct {
	Dir       string
	Selection *mirror.Selection // nil: that of the last time; at first the newest patch of the two newest lines, for this platform
	Keep      bool              // what is no longer selected stays
	Exact     bool              // every byte that is there is read again
	DryRun    bool
}

// MirrorReport is what a mirror holds, or would hold, and what became of it.
type MirrorReport struct {
	Dir        string
	Selection  mirror.Selection
	Toolchains []Mirrored // newest first
	TreeSize   int64      // of the checksum database's tree by which all is proved; 0: none
	Fetched    int64      // bytes of archives and zips that came, or would come as far as their size is known
	Removed    int64      // bytes that went, or would go
}

// Mirrored is one release for one platform.
type Mirrored struct {
	Version gover.Version
	Target  platform.Target
	State   string // MirrorFetched, …
	Archive int64  // size; 0: the mirror has none, −1: not known before it is fetched
	Module  int64
	Missing []MirrorGap // what was selected and could not be had
}

// What became of a toolchain.
const (
	MirrorFetched = "fetched"
	MirrorThere   = "there"
	MirrorKept    = "kept" // no longer selected
	MirrorRemoved = "removed"
	MirrorMissing = "missing" // nothing of it could be had
)

// MirrorGap is one thing that could not be had, and why.
type MirrorGap struct {
	What string // "archive" or "module"
	Err  error
}

// Absent tells whether those that were asked answered that there is no such thing.
func (g MirrorGap) Absent() bool {
	var absent *dist.NotPublishedError
	return errors.As(g.Err, &absent)
}

// MirrorSync makes the folder of an order a mirror of what it selects: a static tree that serves gsw, the go command and
// whatever speaks the protocol of go.dev/dl.
//
// Everything is fetched and proved first, then published together: what is forged, or what somebody contradicts, is an
// error and leaves the tree as it was. What can't be had is reported as a gap, and the rest is published. What is no
// longer selected goes, unless that would leave a platform with less than it had because what is to replace it could not be had. One process
// works on a tree at a time: the error is a *mirror.BusyError where another one does.
func (m Manager) MirrorSync(ctx context.Context, order MirrorOrder) (report MirrorReport, err error) {
	boundMemory()
	if !filepath.IsAbs(order.Dir) {
		order.Dir = filepath.Join(m.Host.Dir, order.Dir)
	}
	s := &mirroring{Manager: m, order: order, tree: mirror.Open(order.Dir)}
	if !order.DryRun {
		unlock, err := s.tree.Lock()
		if err != nil {
			return report, err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	if s.state, err = s.tree.State(); err != nil {
		return report, err
	}
	if err := s.selects(ctx); err != nil {
		return report, err
	}
	if err := s.compare(); err != nil {
		return report, err
	}
	if order.DryRun {
		s.weigh(ctx)
		return s.report(), ctx.Err()
	}
	if err := s.fetchAll(ctx); err != nil {
		return report, err
	}
	return s.publish(ctx)
}

// mirroring is one run of MirrorSync.
type mirroring struct {
	Manager
	order           MirrorOrder
	tree            *mirror.Tree
	state           mirror.State // before
	selection       mirror.Selection
	shelves         []shelf
	unlisted        error              // why there are no shelves
	unlistedModules error              // why there is no list of modules
	modules         *ModuleSource      // nil: there is none
	silence         *trust.SilentError // why the checksum database can't be asked
	wanted          []*wanted          // newest first
	next            mirror.State       // afterwards
	change          mirror.Change      // what makes it so
	dropped         []mirror.Toolchain
}

// shelf is an index that answered, with all it lists.
type shelf struct {
	IndexSource
	releases []dist.Release
}

// wanted is a release for a platform that is selected.
type wanted struct {
	version gover.Version
	target  platform.Target
	have    mirror.Toolchain // what the tree has of it, intact
	archive bool             // it is selected, and not there
	module  bool
	listed  *dist.Archive // by the first shelf that has it
	got     bool          // something of it came in this run
	size    [2]int64      // that archive and module would have, where the run is dry
	gaps    []MirrorGap
}

func (w *wanted) gap(what string, err error) { w.gaps = append(w.gaps, MirrorGap{what, err}) }

// newestTwo is what is selected where nothing else is said: the lines that the Go project supports.
func newestTwo() []string { return []string{"latest", "oldstable"} }

// selects finds the releases that the selection means, for each platform.
func (s *mirroring) selects(ctx context.Context) error {
	s.selection = s.state.Selection
	if s.order.Selection != nil {
		s.selection = *s.order.Selection
	} else if len(s.state.Selection.Versions) == 0 {
		s.selection = mirror.Selection{Archives: true, Modules: true}
	}
	if len(s.selection.Versions) == 0 {
		s.selection.Versions = newestTwo()
	}
	if len(s.selection.Platforms) == 0 { // this machine's by name: it is written down for runs on other machines
		s.selection.Platforms = []string{s.Host.Target.OS + "/" + s.Host.Target.Arch}
	}
	specs, err := s.specs()
	if err != nil {
		return err
	}
	targets, all, err := s.lockTargets(s.selection.Platforms)
	if err != nil {
		return err
	}
	if err := s.ask(ctx); err != nil {
		return err
	}
	failed := &NoSourceError{Spec: specs[0], Target: targets[0]}
	for _, target := range targets {
		pool, err := s.pool(ctx, target, specs)
		if err != nil {
			failed.add("", err)
		}
		for _, v := range s.choice(specs, pool) {
			if !all || slices.Contains(pool, v) {
				s.wanted = append(s.wanted, &wanted{version: v, target: target})
			}
		}
	}
	slices.SortStableFunc(s.wanted, func(a, b *wanted) int {
		return cmp.Or(b.version.Compare(a.version), cmp.Compare(a.target.String(), b.target.String()))
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(s.wanted) == 0 && len(failed.Failures) > 0:
		return failed
	case len(s.wanted) == 0:
		return &NoMatchError{Spec: specs[0], Target: targets[0]}
	}
	return nil
}

// specs reads the selection's versions.
func (s *mirroring) specs() (specs []gover.Spec, err error) {
	for _, text := range s.selection.Versions {
		spec, err := s.ParseSpec(text)
		if err != nil {
			return nil, err
		}
		if spec.System() {
			return nil, &NotInstallableError{Spec: spec}
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

// ask asks the sources what they have: the indexes in order, until one answers. That none does is told, and no error.
func (s *mirroring) ask(ctx context.Context) error {
	var failures []string
	for _, source := range s.Sources {
		switch source := source.(type) {
		case ModuleSource:
			source.MaxAge = 0 // what is published from here is asked about, not remembered
			s.modules = &source
		case IndexSource:
			if len(s.shelves) > 0 || !s.selection.Archives {
				continue
			}
			source.MaxAge = 0
			releases, err := source.Releases(ctx)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				failures, s.unlisted = append(failures, err.Error()), err
				continue
			}
			s.shelves = append(s.shelves, shelf{source, releases})
		}
	}
	if len(s.shelves) == 0 && len(failures) > 0 {
		s.Report.Warn("no list of archives: " + strings.Join(failures, "; "))
	}
	return nil
}

// pool is what there is for a platform, as far as anybody knows: the index, the module's list, and the tree itself. So a
// list from which something was left out makes nothing go.
func (s *mirroring) pool(ctx context.Context, target platform.Target, specs []gover.Spec) (pool []gover.Version, err error) {
	for _, shelf := range s.shelves {
		pool = append(pool, dist.Versions(shelf.releases, target)...)
	}
	named := !slices.ContainsFunc(specs, func(spec gover.Spec) bool { _, exact := spec.Exact(); return !exact })
	if s.modules != nil && s.selection.Modules && !s.modules.Proxies.Off() && !named && s.unlistedModules == nil {
		var listed []gover.Version
		listed, s.unlistedModules = s.modules.Versions(ctx, target)
		pool, s.modules.MaxAge = append(pool, listed...), time.Minute // the other platforms are in the same list
	}
	err = s.unlistedModules
	if len(pool) == 0 && err == nil {
		err = s.unlisted
	}
	for _, c := range s.state.Toolchains {
		if c.Target == target {
			pool = append(pool, c.Version)
		}
	}
	if err != nil && len(pool) > 0 && !s.Told["list of modules"] {
		s.Told["list of modules"] = true
		s.Report.Warn(fmt.Sprintf("the list of modules is missing: %v", err))
	}
	gover.Sort(pool)
	return slices.Compact(pool), err
}

// choice is every release of a pool that a spec fits, and what is named whether it is in the pool or not.
func (s *mirroring) choice(specs []gover.Spec, pool []gover.Version) []gover.Version {
	var named, fitting []gover.Version
	for _, spec := range specs {
		if v, exact := spec.Exact(); exact {
			named = append(named, v)
			continue
		}
		fits := slices.DeleteFunc(slices.Clone(pool), func(v gover.Version) bool { return !spec.Matches(v) })
		if v, found := spec.Pick(pool); found && len(fits) == 0 { // latest and its like
			fits = append(fits, v)
		}
		fitting = append(fitting, fits...)
	}
	gover.Sort(fitting)
	if s.selection.LatestPatch {
		fitting = slices.CompactFunc(fitting, func(a, b gover.Version) bool { return a.Line() == b.Line() })
	}
	all := append(named, fitting...)
	gover.Sort(all)
	return slices.Compact(all)
}

// compare finds out what of the wanted is there, and what is no longer wanted.
func (s *mirroring) compare() error {
	for _, w := range s.wanted {
		w.have = mirror.Toolchain{Version: w.version, Target: w.target}
		old, _ := s.state.Find(w.version, w.target)
		var err error
		if w.have, err = s.intact(old, w.have); err != nil {
			return err
		}
		if !s.selection.Archives && !s.order.Keep {
			w.have.Archive = nil
		}
		if !s.selection.Modules && !s.order.Keep {
			w.have.Module = nil
		}
		w.archive = s.selection.Archives && w.have.Archive == nil
		w.module = s.selection.Modules && w.have.Module == nil
		for _, shelf := range s.shelves {
			if a, found := dist.Find(shelf.releases, w.version, w.target); found && w.listed == nil {
				w.listed = &a
			}
		}
		if w.archive && w.listed == nil && len(s.shelves) > 0 {
			w.archive = false // not all that there are modules of was published as archives
			if !s.selection.Modules {
				w.gap("archive", &dist.NotPublishedError{Version: w.version, Target: w.target, Where: s.shelves[0].Place()})
			}
		}
	}
	for _, old := range s.state.Toolchains {
		if !slices.ContainsFunc(s.wanted, func(w *wanted) bool { return w.version == old.Version && w.target == old.Target }) {
			s.dropped = append(s.dropped, old)
		}
	}
	return nil
}

// intact is what of an old toolchain is still there as it was published.
func (s *mirroring) intact(old, bare mirror.Toolchain) (mirror.Toolchain, error) {
	if a := old.Archive; a != nil {
		whole, err := s.tree.Intact(s.state, s.order.Exact, mirror.ArchivePath(a.Name), mirror.ArchivePath(a.Name)+".sha256")
		if err != nil {
			return bare, err
		}
		if whole {
			bare.Archive = a
		}
	}
	if mod := old.Module; mod != nil {
		whole, err := s.tree.Intact(s.state, s.order.Exact,
			mirror.ModulePath(mod.Version, "zip"), mirror.ModulePath(mod.Version, "mod"), mirror.ModulePath(mod.Version, "info"))
		if err != nil {
			return bare, err
		}
		if whole {
			bare.Module = mod
		}
	}
	return bare, nil
}
