// Package mirror keeps a static tree from which other machines install Go: a release index with its archives, a module
// proxy that has the toolchains, and the part of the checksum database that proves them.
//
// Whoever reads the tree at any moment, also after a kill or a power loss, sees documents that name only what is
// there: what is new appears by rename, what others refer to first; what goes is no longer referred to by then. It
// removes nothing that it did not make. What is worth publishing, and whether it is proved, is for the caller to say.
package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gsw/platform"
)

// private is the folder for what is nobody else's business: the state, the lock, what is being fetched.
const private = ".gsw-mirror"

// Tree is the folder of a mirror.
type Tree struct {
	dir string

	// step is called between any two changes to the disk, so that a test can kill its process there; nil otherwise.
	step func(point string)
}

// Open gives the tree in dir, an absolute path. Nothing is read or made yet.
func Open(dir string) *Tree { return &Tree{dir: dir} }

// Dir is the folder that a server serves.
func (t *Tree) Dir() string { return t.dir }

// BusyError says that another process works on the tree.
type BusyError struct{ Dir string }

func (e *BusyError) Error() string { return "another gsw is making the mirror in " + e.Dir }

// Lock makes the folder, if need be, and keeps other processes from changing it until unlock. It doesn't wait: the other
// one may take hours, and whatever starts this one by the clock would pile up. Its error is a *BusyError then.
func (t *Tree) Lock() (unlock func() error, err error) {
	dir := filepath.Join(t.dir, private)
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	unlock, ok, err := platform.TryLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("locking the mirror: %w", err)
	}
	if !ok {
		return nil, &BusyError{Dir: t.dir}
	}
	return unlock, nil
}

// Staged is where the file that is to be published as name is brought together. It outlives the process: the next one
// goes on with it. Only who holds the lock may touch it.
func (t *Tree) Staged(name string) string {
	return filepath.Join(t.dir, private, "staging", filepath.FromSlash(name))
}

// ClearStaging removes what was staged and is of no use any more: all but these files, and what a download keeps beside
// them.
func (t *Tree) ClearStaging(keep []string) error {
	staging := t.Staged("")
	kept := map[string]bool{}
	for _, name := range keep {
		kept[t.Staged(name)], kept[t.Staged(name)+".json"] = true, true
	}
	left := false
	err := filepath.WalkDir(staging, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if kept[path] {
			left = true
			return nil
		}
		return os.Remove(path)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil || left:
		return err
	}
	return platform.RemoveTree(staging)
}

// file is where a document of the tree lies.
func (t *Tree) file(name string) string { return filepath.Join(t.dir, filepath.FromSlash(name)) }

func (t *Tree) at(point string) {
	if t.step != nil {
		t.step(point)
	}
}
