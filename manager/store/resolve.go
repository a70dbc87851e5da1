package store

import (
	"errors"
	"fmt"
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
	if s.noted(name, goroot) {
		return nil
	}
	unlock, ok, err := platform.TryLock(s.anchorLock())
	if err != nil {
		return fmt.Errorf("noting what %q means: %w", name, err)
	}
	if !ok {
		return nil // a hook without a note asks again
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// Under the lock: goroot may have been removed since the caller found it, and nobody would remove the note.
	if t, err := s.Find(spec); err != nil || t.GOROOT() != goroot {
		return nil
	}
	if err := os.MkdirAll(s.resolve(), 0o755); err != nil {
		return fmt.Errorf("noting what %q means: %w", name, err)
	}
	if err := s.note(name, goroot); err != nil {
		return fmt.Errorf("noting what %q means: %w", name, err)
	}
	return nil
}

// refreshResolve keeps a note for every release line that is installed, and for every spec somebody used.
func (s Store) refreshResolve(list []Toolchain) error {
	// What else lies there for the hooks is written without this lock, and may be in the making.
	left, err := leftovers(s.resolve(), func(of string) bool { return !strings.HasPrefix(of, ".") })
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(s.resolve())
	if err != nil {
		return fmt.Errorf("noting what specs mean: %w", err)
	}
	var versions []gover.Version
	names := map[string]bool{} // true: there is a note
	var errs []error
	goroots := map[gover.Version]string{}
	for _, t := range list {
		versions = append(versions, t.Version)
		names[t.Version.Line()] = false
		goroots[t.Version] = t.GOROOT()
	}
	for _, e := range entries {
		if e.Type().IsRegular() && s.noteName(e.Name()) {
			names[e.Name()] = true
		}
	}
	for name, exists := range names {
		spec, err := gover.ParseSpec(name, nil)
		if err != nil {
			continue // no note of gsw's
		}
		if v, ok := spec.Pick(versions); !ok || !noteText(goroots[v]) {
			if exists {
				left = append(left, filepath.Join(s.resolve(), name))
			}
		} else if !s.noted(name, goroots[v]) {
			errs = append(errs, s.change(func() error { return s.note(name, goroots[v]) }))
		}
	}
	return errors.Join(append(errs, s.clear(left))...)
}

func (s Store) noted(name, goroot string) bool {
	have, err := platform.ReadFile(filepath.Join(s.resolve(), name))
	return err == nil && string(have) == goroot+"\n"
}

func (s Store) note(name, goroot string) error {
	return platform.ReplaceFile(filepath.Join(s.resolve(), name), []byte(goroot+"\n"), 0o644)
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
