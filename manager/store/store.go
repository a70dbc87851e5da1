// Package store is the toolchains on disk: versions/, the anchor that makes one of them the default, and everything
// that is derived from them. It guarantees that a toolchain is visible completely or not at all, that the anchor never
// names one that is not there, and that whatever a killed process leaves behind is swept away by the next one. A power
// loss may take files from a toolchain only if it was committed without flushing; then a mark says so.
//
// Reading (List, Get, Find, Active) takes no lock: shims do it at every call. Whatever changes a version holds that
// version's lock; whatever changes the names that others see (the folders in versions/, the anchor, the links) also
// holds the lock of the anchor, for milliseconds. Locks are taken in this order.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
)

// Store is a home folder's toolchains, and after them those of a system-wide one.
type Store struct {
	home   string
	system string // another home that is only read; "" for none
	path   []string
	target platform.Target
	now    func() time.Time
	bootID func() string
	trees  trees

	// step is called between any two changes to the disk, so that a test can kill its process there; nil otherwise.
	step func(point string)
}

// Open gives the store of h.Home. Nothing is read or made yet. A GSW_SYSTEM that is no absolute path counts as none.
func Open(h platform.Host) Store {
	s := Store{home: h.Home, path: h.Env.Path(), target: h.Target, now: h.Now, bootID: h.BootID, trees: systemTrees{}}
	if system := h.Env.Get("GSW_SYSTEM"); filepath.IsAbs(system) && filepath.Clean(system) != s.home {
		s.system = filepath.Clean(system)
	}
	return s
}

// List gives the installed toolchains, the newest first. Of a version that both stores have it is the user's own.
// Receipts are not read, only known to be there.
func (s Store) List() ([]Toolchain, error) {
	all, _, _, err := s.list()
	return all, err
}

// Get gives the toolchain of one release, or *NotInstalledError.
func (s Store) Get(v gover.Version) (Toolchain, error) {
	if v.IsZero() {
		return Toolchain{}, &NotInstalledError{}
	}
	for _, home := range s.homes() {
		t := s.toolchain(home, v)
		err := t.complete()
		if err == nil {
			return t, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !isFile(t.Dir) {
			return Toolchain{}, fmt.Errorf("looking for %s: %w", v, err)
		}
	}
	return Toolchain{}, &NotInstalledError{Spec: gover.Only(v)}
}

// Find gives the newest installed toolchain that spec asks for, or *NotInstalledError.
func (s Store) Find(spec gover.Spec) (Toolchain, error) {
	if v, ok := spec.Exact(); ok {
		return s.Get(v)
	}
	var candidates []gover.Version
	for _, home := range s.homes() {
		versions, err := versionsIn(home)
		if err != nil {
			return Toolchain{}, err
		}
		candidates = append(candidates, versions...)
	}
	for {
		v, ok := spec.Pick(candidates)
		if !ok {
			return Toolchain{}, &NotInstalledError{Spec: spec}
		}
		t, err := s.Get(v)
		if err == nil {
			return t, nil
		}
		if _, ok := errors.AsType[*NotInstalledError](err); !ok {
			return Toolchain{}, err
		}
		// A folder that is no toolchain, or one that was removed since.
		candidates = slices.DeleteFunc(candidates, func(c gover.Version) bool { return c == v })
	}
}

// isFile tells a file that is called like a release, below which nothing can be.
func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// versionsIn names what in versions/ is called like a release, complete or not.
func versionsIn(home string) ([]gover.Version, error) {
	names, err := namesIn(filepath.Join(home, "versions"))
	if err != nil {
		return nil, fmt.Errorf("listing the installed versions: %w", err)
	}
	return versionsAmong(names), nil
}

// namesIn names what is in a folder, in no order; nothing if there is no folder.
func namesIn(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func versionsAmong(names []string) []gover.Version {
	versions := make([]gover.Version, 0, len(names))
	for _, name := range names {
		if v, ok := parseTag(name); ok {
			versions = append(versions, v)
		}
	}
	return versions
}

// parseTag reads the name of a version's folder. Another spelling of a version ("1.22.3", "go1.20.0") is none.
func parseTag(name string) (gover.Version, bool) {
	v, err := gover.Parse(name)
	return v, err == nil && v.Tag() == name
}

// SystemHome is the home folder of the system-wide store; "" for none.
func (s Store) SystemHome() string { return s.system }

func (s Store) homes() []string {
	if s.system == "" {
		return []string{s.home}
	}
	return []string{s.home, s.system}
}

func (s Store) toolchain(home string, v gover.Version) Toolchain {
	return Toolchain{Version: v, Dir: filepath.Join(home, "versions", v.Tag()), System: home != s.home, target: s.target}
}

// Anchor is the link that names the default: "go" below it is the stable GOROOT of editors, "bin" the GOBIN.
func (s Store) Anchor() string { return filepath.Join(s.home, "current") }

// Bin holds the links to the default's go and gofmt, and to the go of every version under its name.
func (s Store) Bin() string { return filepath.Join(s.home, "bin") }

// Shims holds the programs that choose by directory.
func (s Store) Shims() string { return filepath.Join(s.home, "shims") }

func (s Store) versions() string { return filepath.Join(s.home, "versions") }
func (s Store) resolve() string  { return filepath.Join(s.home, "resolve") }

func (s Store) lockVersion(ctx context.Context, v gover.Version, waiting func()) (unlock func() error, err error) {
	return platform.Lock(ctx, s.versionLock(v), waiting)
}

func (s Store) versionLock(v gover.Version) string {
	return filepath.Join(s.home, "locks", v.Tag()+".lock")
}

func (s Store) lockAnchor(ctx context.Context) (unlock func() error, err error) {
	return platform.Lock(ctx, s.anchorLock(), nil)
}

func (s Store) anchorLock() string { return filepath.Join(s.home, "locks", "anchor.lock") }

func (s Store) at(point string) {
	if s.step != nil {
		s.step(point)
	}
}
