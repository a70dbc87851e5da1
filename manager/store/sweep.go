package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/kept"
	"gsw/platform"
)

// Sweep removes what killed processes left behind, and calls Refresh(program) if one died before it could, or if
// `go install` made or the user removed a tool since. What a living process works on is let be: that one holds a lock.
// Where there is nothing to do it reads three folders and asks each GOBIN for its time. Of more than 64 versions it
// remembers that nothing else lies beside them, and asks the GOBINs that commands are found in here.
//
// guard, if there is one, is called where a tool came or went, before the links count it as seen. If it fails nothing
// counts as seen, and the links stay as they are.
//
// doubtful are the toolchains, also of the system-wide store, that were installed without flushing under another boot
// than this one: their files may have been lost. They are for Recheck.
func (s Store) Sweep(ctx context.Context, program string, guard func() error) (doubtful []Toolchain, err error) {
	names, many, err := s.unswept()
	if err != nil {
		return nil, fmt.Errorf("looking for leftovers: %w", err)
	}
	var errs []error
	var marked []Toolchain
	stale := false
	for _, name := range names {
		if !strings.HasPrefix(name, ".") {
			continue
		}
		if v, ok := parseHidden(name); ok {
			errs = append(errs, s.sweepTree(name, v))
		} else if of, ok := platform.Leftover(name); ok {
			if v, ok := parseTag(of); ok {
				errs = append(errs, s.restore(name, v))
			}
		} else if v, ok := parseMark(name); ok {
			marked = append(marked, s.toolchain(s.home, v))
		} else if name == staleName {
			stale = true
		}
	}
	errs = append(errs, s.sweepAnchor())
	changed := program != "" && s.toolsChanged(names, many)
	if changed && guard != nil {
		if err := guard(); err != nil {
			errs = append(errs, err)
			stale, changed = false, false
		}
	}
	if stale || changed {
		errs = append(errs, s.Refresh(ctx, program))
	}
	for _, t := range append(marked, s.systemMarks()...) {
		if s.Doubtful(t) {
			doubtful = append(doubtful, t)
		} else if _, err := os.Lstat(t.Dir); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, s.sweepMark(t))
		}
	}
	return doubtful, errors.Join(errs...)
}

// few is how many versions every command looks at one by one.
const few = 64

// unswept names what lies in versions/, of many versions only if the folder is not as it was when they were alone there.
func (s Store) unswept() (names []string, many bool, err error) {
	at := s.folderTime(s.home)
	if text, ok := kept.Read(s.cleanFile(), cleanTitle); ok && at != "" && text == at {
		return nil, true, nil
	}
	if names, err = namesIn(s.versions()); err != nil {
		return nil, false, err
	}
	many = len(names) > few
	if many && at != "" && !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, ".") }) {
		_ = kept.Write(s.cleanFile(), cleanTitle, at)
	}
	return names, many, nil
}

const cleanTitle = "gsw versions 1"

func (s Store) cleanFile() string { return filepath.Join(s.home, "cache", "versions") }

// sweepMark removes the mark of a toolchain that did not come to be.
func (s Store) sweepMark(t Toolchain) error {
	return s.ifFree(s.versionLock(t.Version), func() error {
		if _, err := os.Lstat(t.Dir); err == nil {
			return nil
		}
		err := s.unmark(t)
		s.at("sweep: mark removed")
		if err != nil {
			return fmt.Errorf("sweeping: %w", err)
		}
		return nil
	})
}

// sweepTree deletes a hidden folder of v, if nobody works on v. What is in use stays for another time.
func (s Store) sweepTree(name string, v gover.Version) error {
	return s.ifFree(s.versionLock(v), func() error {
		err := s.finish(name, v)
		s.at("sweep: tree deleted")
		if err != nil {
			return fmt.Errorf("sweeping: %w", err)
		}
		return nil
	})
}

// restore brings back the toolchain that a process had in its hands when it was killed while it swapped two folders
// without the help of the system. If the other one got into its place, this one is deleted.
func (s Store) restore(name string, v gover.Version) error {
	path, place := filepath.Join(s.versions(), name), s.toolchain(s.home, v).Dir
	return s.ifFree(s.versionLock(v), func() error {
		_, err := os.Lstat(place)
		if errors.Is(err, fs.ErrNotExist) {
			err = s.trees.Whole(path, place)
		} else {
			_, err = s.trees.Clear(path)
		}
		s.at("sweep: tree restored")
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // who had the lock was alive and put it away
			return fmt.Errorf("sweeping: %w", err)
		}
		return nil
	})
}

// sweepAnchor removes the links that were to become the anchor.
func (s Store) sweepAnchor() error {
	left, err := leftovers(s.home, func(of string) bool { return of == filepath.Base(s.Anchor()) })
	if err != nil || len(left) == 0 {
		return err
	}
	return s.ifFree(s.anchorLock(), func() error {
		if err := s.removeFiles(left); err != nil {
			return fmt.Errorf("sweeping: %w", err)
		}
		return nil
	})
}

// leftovers names the half-made files and links in dir that were to become one of those that ours knows.
func leftovers(dir string, ours func(of string) bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for leftovers: %w", err)
	}
	var left []string
	for _, e := range entries {
		if of, ok := platform.Leftover(e.Name()); ok && !e.IsDir() && ours(of) {
			left = append(left, filepath.Join(dir, e.Name()))
		}
	}
	return left, nil
}

func (s Store) removeFiles(paths []string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.at("file removed")
	}
	return nil
}

func (s Store) ifFree(lock string, do func() error) error {
	unlock, ok, err := platform.TryLock(lock)
	if err != nil {
		return fmt.Errorf("sweeping: %w", err)
	}
	if !ok {
		return nil
	}
	return errors.Join(do(), unlock())
}
