package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// Resolved notes in resolve/ that spec means goroot at present, so that a hook finds it without a process. From then on
// Refresh keeps the note right, and removes it when nothing fits any more. Notes are not made for what Find would not
// answer the same way, for a spec whose text makes no file name, or while somebody else changes the store: a hook
// without a note asks again.
func (s Store) Resolved(spec gover.Spec, goroot string) (err error) {
	name := spec.String()
	if !s.noteName(name) || !noteText(goroot) {
		return nil
	}
	if have, err := os.ReadFile(filepath.Join(s.resolve(), name)); err == nil && string(have) == goroot+"\n" {
		return nil
	}
	unlock, ok, err := platform.TryLock(s.anchorLock())
	if err != nil {
		return fmt.Errorf("noting what %q means: %w", name, err)
	}
	if !ok {
		return nil
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// Under the lock: goroot may have been removed since the caller found it, and nobody would remove the note.
	if t, err := s.Find(spec); err != nil || t.GOROOT() != goroot {
		return nil
	}
	if err := os.MkdirAll(s.resolve(), 0o755); err != nil {
		return fmt.Errorf("noting what %q means: %w", name, err)
	}
	return s.note(name, goroot)
}

// refreshResolve keeps a note for every release line that is installed, and for every spec somebody used.
func (s Store) refreshResolve(list []Toolchain) error {
	left, err := leftovers(s.resolve(), func(string) bool { return true })
	if err != nil {
		return err
	}
	errs := []error{s.removeFiles(left)}
	entries, err := os.ReadDir(s.resolve())
	if err != nil {
		return fmt.Errorf("noting what specs mean: %w", err)
	}
	var versions []gover.Version
	names := map[string]bool{}
	goroots := map[gover.Version]string{}
	for _, t := range list {
		versions = append(versions, t.Version)
		names[t.Version.Line()] = true
		goroots[t.Version] = t.GOROOT()
	}
	for _, e := range entries {
		if e.Type().IsRegular() && s.noteName(e.Name()) {
			names[e.Name()] = true
		}
	}
	for name := range names {
		spec, err := gover.ParseSpec(name, nil)
		if err != nil {
			continue // no note of gsw's
		}
		v, ok := spec.Pick(versions)
		if ok && noteText(goroots[v]) {
			errs = append(errs, s.note(name, goroots[v]))
		} else if err := os.Remove(filepath.Join(s.resolve(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("noting what specs mean: %w", err))
		}
		s.at("resolve: noted")
	}
	return errors.Join(errs...)
}

// note writes one file of resolve/, unless it says so already.
func (s Store) note(name, goroot string) error {
	path, text := filepath.Join(s.resolve(), name), goroot+"\n"
	if have, err := os.ReadFile(path); err == nil && string(have) == text {
		return nil
	}
	if err := platform.ReplaceFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("noting what %q means: %w", name, err)
	}
	return nil
}

// noteName tells whether the text of a spec can be the name of a file that a hook opens: `$GSW_HOME/resolve/$spec`.
func (s Store) noteName(spec string) bool {
	const longest = 64
	allowed := ".^~=-<>, "
	if s.target.OS == "windows" {
		allowed = ".^~=-" // no file there is called >=1.21, and none ends in a blank
	}
	if spec == "" || len(spec) > longest || spec[0] == '.' {
		return false
	}
	for i := range len(spec) {
		if c := spec[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || strings.IndexByte(allowed, c) >= 0) {
			return false
		}
	}
	return true
}

// noteText tells whether the path can be read as one line.
func noteText(goroot string) bool {
	return filepath.IsAbs(goroot) && !strings.ContainsAny(goroot, "\r\n")
}
