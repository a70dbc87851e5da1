package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/platform"
)

// Names of folders in versions/ that nobody has seen yet, or nobody sees any more: prefix, version, dash, random
// number. Whoever may touch one holds the version's lock.
const (
	stagedPrefix = ".new-"
	gonePrefix   = ".gone-"
)

// Staging is a toolchain in the making: a private folder beside the place it will have, and the lock of its version.
type Staging struct {
	store   Store
	version gover.Version
	dir     string
	unlock  func() error // nil once it was called
}

// Begin waits for the lock of v, calling waiting once if it has to, and makes a private folder for it. Who had the lock
// before may have installed v: look again. The caller owes an Abort, which after Commit does nothing.
func (s Store) Begin(ctx context.Context, v gover.Version, waiting func()) (*Staging, error) {
	if v.IsZero() {
		return nil, errors.New("preparing a toolchain: no version")
	}
	unlock, err := s.lockVersion(ctx, v, waiting)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", v, err)
	}
	s.at("begin: locked")
	dir, err := s.stage(v)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preparing %s: %w", v, err), unlock())
	}
	s.at("begin: made")
	return &Staging{store: s, version: v, dir: dir, unlock: unlock}, nil
}

// stage makes the folders by hand, because os.MkdirTemp's are closed to everybody else, for ever.
func (s Store) stage(v gover.Version) (dir string, err error) {
	if err := os.MkdirAll(s.versions(), 0o755); err != nil {
		return "", err
	}
	dir = s.hidden(stagedPrefix, v)
	for _, d := range []string{dir, filepath.Join(dir, "go"), filepath.Join(dir, "bin")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return "", errors.Join(err, platform.RemoveTree(dir))
		}
	}
	// Before anything is fetched: without links nothing that is installed could be used.
	if err := platform.Linkable(dir); err != nil {
		if _, none := errors.AsType[*platform.NoLinksError](err); none {
			err = &platform.NoLinksError{Dir: s.home}
		}
		return "", errors.Join(err, platform.RemoveTree(dir))
	}
	return dir, nil
}

func (s Store) hidden(prefix string, v gover.Version) string {
	return filepath.Join(s.versions(), fmt.Sprintf("%s%s-%016x", prefix, v.Tag(), rand.Uint64()))
}

// parseHidden is the version that a folder made by stage, or by Remove, belongs to.
func parseHidden(name string) (gover.Version, bool) {
	for _, prefix := range []string{stagedPrefix, gonePrefix, outPrefix, oldPrefix} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			tag, _, ok := strings.Cut(rest, "-")
			v, is := parseTag(tag)
			return v, ok && is
		}
	}
	return gover.Version{}, false
}

// Dir is the private folder. Its bin/ is there already.
func (st *Staging) Dir() string { return st.dir }

// Go is the private folder's go/, which is there and empty: what will be GOROOT.
func (st *Staging) Go() string { return filepath.Join(st.dir, "go") }

// ManifestFile is where the hashes of the files may be kept.
func (st *Staging) ManifestFile() string { return filepath.Join(st.dir, manifestName) }

// Commit makes the toolchain visible, by one rename, once everything in it is on stable storage. A toolchain of that
// version that is there already is replaced, the tools in its bin/ stay; on Windows also one that runs, see replaceHeld.
// After an error the old state stands, unless it is one of flushing the rename itself; Abort then clears up. Refresh is
// still to be called.
//
// A killed process or a power loss leaves the old state or the new one. One exception: where the file system can't swap
// two folders in one step, a replaced version can be missing until the next Sweep, which brings it back.
func (st *Staging) Commit(ctx context.Context, r receipt.Receipt) (Toolchain, error) {
	r.BootID = ""
	return st.end(ctx, r)
}

// CommitUnflushed is Commit without waiting for the disk: a killed process leaves the old state or the new one, but a
// power loss may leave files that are empty. The receipt gets the boot's name, and the toolchain a mark, by which Sweep
// finds it under any other boot. Where the system names no boot it is Commit.
func (st *Staging) CommitUnflushed(ctx context.Context, r receipt.Receipt) (Toolchain, error) {
	r.BootID = st.store.bootID()
	return st.end(ctx, r)
}

func (st *Staging) end(ctx context.Context, r receipt.Receipt) (Toolchain, error) {
	t := st.store.toolchain(st.store.home, st.version)
	if err := st.commit(ctx, t, r); err != nil {
		return Toolchain{}, fmt.Errorf("putting %s in its place: %w", st.version, err)
	}
	st.Abort()
	return t, nil
}

func (st *Staging) commit(ctx context.Context, t Toolchain, r receipt.Receipt) error {
	if st.unlock == nil {
		return errors.New("it was given up before")
	}
	if r.Version != st.version {
		return fmt.Errorf("the receipt is of %s", r.Version)
	}
	text, err := r.Text()
	if err != nil {
		return err
	}
	bin, oldBin := filepath.Join(st.dir, "bin"), t.GOBIN()
	if _, err := keepTools(oldBin, bin); err != nil {
		return err
	}
	st.store.at("commit: tools kept")
	if err := os.WriteFile(filepath.Join(st.dir, receipt.File), text, 0o644); err != nil {
		return err
	}
	st.store.at("commit: receipt written")
	if r.BootID == "" {
		if err := platform.FlushTree(st.dir); err != nil {
			return err
		}
		st.store.at("commit: flushed")
	}
	if err := st.show(ctx, t, r.BootID); err != nil {
		return err
	}
	// What a go install that was under way put into the old bin/ in the meantime. Nothing that went wrong here makes
	// the new toolchain wrong.
	_ = moveTools(filepath.Join(st.dir, "bin"), oldBin)
	return nil
}

// show is the part under the anchor's lock: everything is ready, and nothing slow is left to do. boot is "" for a
// toolchain that was flushed.
func (st *Staging) show(ctx context.Context, t Toolchain, boot string) (err error) {
	s := st.store
	unlock, err := s.lockAnchor(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.markStale(); err != nil {
		return err
	}
	s.at("commit: marked")
	if boot != "" {
		// What is there until the rename may be of another boot, so the mark names none yet.
		if err := s.mark(t, ""); err != nil {
			return err
		}
		s.at("commit: marked unflushed")
	}
	if err := st.rename(t, boot == ""); err != nil {
		return err
	}
	s.at("commit: renamed")
	if boot != "" {
		_ = s.mark(t, boot) // one without a name costs a verification, no more
		s.at("commit: boot named")
		return nil
	}
	if err := platform.FlushDir(s.versions()); err != nil {
		return err
	}
	s.at("commit: rename flushed")
	return s.unmark(t)
}

func (st *Staging) rename(t Toolchain, flush bool) error {
	if _, err := os.Lstat(t.Dir); err != nil {
		return st.store.trees.Show(st.dir, t.Dir)
	}
	// Flushing took its time: tools that were built since.
	bin := filepath.Join(st.dir, "bin")
	kept, err := keepTools(t.GOBIN(), bin)
	if err == nil && kept && flush {
		err = platform.FlushTree(bin)
	}
	if err != nil {
		return err
	}
	st.store.at("commit: tools kept again")
	err = st.store.trees.Exchange(t.Dir, st.dir)
	if _, held := errors.AsType[*platform.HeldError](err); !held {
		return err
	}
	old, err := st.store.replaceHeld(t, st.dir, err)
	if err == nil {
		st.dir = old
	}
	return err
}

// Abort removes the private folder and gives up the lock; what can't be removed is left to Sweep. After Commit, and
// the second time, it does nothing: made for defer.
func (st *Staging) Abort() {
	if st.unlock == nil {
		return
	}
	// After a Commit that replaced a toolchain, the private folder is the old one.
	_, _ = st.store.trees.Clear(st.dir)
	st.store.at("commit: old one removed")
	_ = st.unlock()
	st.unlock = nil
}
