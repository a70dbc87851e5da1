package manager

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

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
		unlock, failure := s.tree.Lock()
		if failure != nil {
			return report, failure
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
	shelf           *shelf             // nil: no index answered
	unlisted        error              // why not
	unlistedModules error              // why there is no list of modules
	modules         *ModuleSource      // nil: there is none
	silence         *trust.SilentError // why the checksum database can't be asked
	wanted          []*wanted          // newest first
	partly          []string           // archives of which no proof covers every byte
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
	listed  *dist.Archive // nil: by nobody
	got     bool          // something of it came in this run
	size    [2]int64      // that archive and module would have, where the run is dry
	gaps    []MirrorGap
}

func (w *wanted) gap(what string, err error) { w.gaps = append(w.gaps, MirrorGap{what, err}) }

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
		if s.shelf != nil {
			s.look(w)
		}
	}
	for _, old := range s.state.Toolchains {
		if !slices.ContainsFunc(s.wanted, func(w *wanted) bool { return w.version == old.Version && w.target == old.Target }) {
			s.dropped = append(s.dropped, old)
		}
	}
	return nil
}

// look finds the archive that is listed. Not all that there are modules of was published as archives: that is a gap only where nothing
// else is selected.
func (s *mirroring) look(w *wanted) {
	if a, found := dist.Find(s.shelf.releases, w.version, w.target); found {
		w.listed = &a
		return
	}
	if w.archive && !s.selection.Modules {
		w.gap("archive", &dist.NotPublishedError{Version: w.version, Target: w.target, Where: s.shelf.Place()})
	}
	w.archive = false
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
