package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/platform"
)

// Folders in versions/ that a toolchain goes to in pieces, because Windows does not rename a folder that is in use. Each has
// the receipt first, which is what makes a toolchain of a folder: from then on the place holds none, whatever is in it.
const (
	outPrefix = ".out-" // of one that is removed: the rest follows, whoever finds it
	oldPrefix = ".old-" // of one that is replaced: it comes back, unless the new one stands in its place
)

// trees are the verbs for whole folders about which Windows has manners of its own. Tests play those on every system.
type trees interface {
	platform.Pieces
	Whole(old, new string) error // platform.RenameTree
	Exchange(a, b string) error  // platform.ExchangeTrees
	Show(old, new string) error  // platform.MoveTree
	Clear(dir string) (kept bool, err error)
}

type systemTrees struct{ platform.SystemPieces }

func (systemTrees) Whole(old, new string) error { return platform.RenameTree(old, new) }

func (systemTrees) Exchange(a, b string) error {
	_, err := platform.ExchangeTrees(a, b)
	return err
}

func (systemTrees) Show(old, new string) error { return platform.MoveTree(old, new) }

func (systemTrees) Clear(dir string) (bool, error) { return platform.ClearTree(dir) }

// takeApart removes t in pieces. Its one moment is the rename of the receipt: before it t is there, after it t is gone,
// and what was not moved yet is moved by the next Sweep.
func (s Store) takeApart(t Toolchain) (out string, err error) {
	out = s.hidden(outPrefix, t.Version)
	if err := s.takeReceipt(t, out); err != nil {
		return "", err
	}
	s.at("remove: receipt out")
	_ = platform.MoveTreeInPieces(s.trees, t.Dir, out)
	s.at("remove: moved out")
	return out, nil
}

// takeReceipt makes the folder aside and moves the receipt of t there, if there is one. After an error there is no such
// folder.
func (s Store) takeReceipt(t Toolchain, aside string) error {
	if err := os.Mkdir(aside, 0o755); err != nil {
		return err
	}
	s.at("taken apart: folder made")
	err := s.trees.Whole(t.receiptFile(), filepath.Join(aside, receipt.File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.Remove(aside))
	}
	return nil
}

// replaceHeld puts the new toolchain, made in dir, in the place of t, which is in use, and gives where the old one is then.
// Where a part of that can't be moved the error is held, and t is as it was.
func (s Store) replaceHeld(t Toolchain, dir string, held error) (old string, err error) {
	old = s.hidden(oldPrefix, t.Version)
	if err := s.takeReceipt(t, old); err != nil {
		return "", errors.Join(held, err)
	}
	s.at("commit: receipt out")
	if platform.MoveTreeInPieces(s.trees, t.Dir, old) != nil {
		return "", errors.Join(held, s.putBack(old, t))
	}
	s.at("commit: old one out")
	if err := s.trees.Show(dir, t.Dir); err != nil {
		return "", errors.Join(err, s.putBack(old, t))
	}
	_ = os.Remove(filepath.Join(old, receipt.File)) // it has no place to come back to
	s.at("commit: old receipt removed")
	return old, nil
}

// putBack undoes what replaceHeld began: the receipt goes last. Stopped at any moment, it may be called again.
func (s Store) putBack(old string, t Toolchain) error {
	names, err := namesIn(old)
	if err != nil {
		return err
	}
	if err := os.Mkdir(t.Dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, name := range names {
		if name == receipt.File {
			continue
		}
		if err := platform.MoveTreeInPieces(s.trees, filepath.Join(old, name), filepath.Join(t.Dir, name)); err != nil {
			return fmt.Errorf("putting %s back: %w", t.Version, err)
		}
		s.at("put back: a piece")
	}
	err = s.trees.Whole(filepath.Join(old, receipt.File), t.receiptFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("putting %s back: %w", t.Version, err)
	}
	s.at("put back: receipt")
	return s.trees.Remove(old)
}

// finish goes on with what was removed or replaced in pieces, and clears it away as far as nothing holds it.
func (s Store) finish(name string, v gover.Version) error {
	path, t := filepath.Join(s.versions(), name), s.toolchain(s.home, v)
	if errors.Is(t.complete(), fs.ErrNotExist) {
		_, err := os.Lstat(filepath.Join(path, receipt.File))
		if err == nil && strings.HasPrefix(name, oldPrefix) {
			// Where somebody holds a piece, or a disk is full, the folder stays for the next Sweep, or until v is installed
			// again: no command should fail because of it.
			_ = s.putBack(path, t)
			return nil
		}
		if _, err := os.Lstat(t.Dir); err == nil && strings.HasPrefix(name, outPrefix) {
			_ = platform.MoveTreeInPieces(s.trees, t.Dir, path)
			s.at("sweep: moved out")
		}
	}
	_, err := s.discard(path, t)
	return err
}

// discard deletes the hidden folder path, as far as nothing holds it. While a rest of t lies in its place without a receipt
// the folder itself stays: it says what that is.
func (s Store) discard(path string, t Toolchain) (kept bool, err error) {
	_, missing := os.Lstat(t.Dir)
	if missing != nil || !strings.HasPrefix(filepath.Base(path), outPrefix) || t.complete() == nil {
		return s.trees.Clear(path)
	}
	names, err := namesIn(path)
	for _, name := range names {
		_, clearErr := s.trees.Clear(filepath.Join(path, name))
		err = errors.Join(err, clearErr)
	}
	return true, err
}

// Lingers tells whether files of a v that was removed or replaced are still there, on Windows because somebody holds them:
// a later Sweep removes them.
func (s Store) Lingers(v gover.Version) bool {
	names, err := namesIn(s.versions())
	if err != nil {
		return false
	}
	for _, name := range names {
		if of, ok := parseHidden(name); ok && of == v && !strings.HasPrefix(name, stagedPrefix) {
			return true
		}
	}
	return false
}
