package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// Active is the default: *NoDefaultError if there is none, *BrokenAnchorError if what says so names no installed
// toolchain. That is the anchor, or on Windows the pointer.
func (s Store) Active() (Toolchain, error) {
	target, err := s.readAnchor()
	for {
		if err != nil {
			return Toolchain{}, err
		}
		t, ok := s.named(target)
		if ok && t.complete() == nil {
			return t, nil
		}
		// Between the two looks the anchor may have moved on, and what it named been removed: that is no broken anchor.
		seen := target
		if target, err = s.readAnchor(); err == nil && target == seen {
			return Toolchain{}, &BrokenAnchorError{Link: s.says(), Target: target}
		}
	}
}

// Activate makes v the default, by one atomic rename, or says *NotInstalledError. The rename is not flushed: after a
// power loss the default is the old one or v, both of which are there.
//
// Windows: the pointer is what one rename replaces, and it is flushed. The anchor follows it; where it can't, v is the
// default all the same, and the error is an *AnchorError. It is given once for a place that can have no link, and
// again whenever a link that is there goes on naming another version.
func (s Store) Activate(ctx context.Context, v gover.Version) (err error) {
	unlock, err := s.lockAnchor(ctx)
	if err != nil {
		return fmt.Errorf("making %s the default: %w", v, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// Whoever removes v holds the same lock, so what is there now stays until the anchor names it.
	t, err := s.Get(v)
	if err != nil {
		return err
	}
	s.at("activate: found")
	err = s.point(t)
	if _, unlinked := errors.AsType[*AnchorError](err); err != nil && !unlinked {
		return fmt.Errorf("making %s the default: %w", v, err)
	}
	s.at("activate: done")
	return err
}

// point needs the anchor's lock.
func (s Store) point(t Toolchain) error {
	if !s.pointed() {
		return platform.PointDir(s.Anchor(), s.anchorText(t))
	}
	_, err := os.Lstat(s.pointer())
	first := err != nil
	if err := platform.WriteDurable(s.pointer(), []byte(s.anchorText(t)+"\n"), 0o644); err != nil {
		return err
	}
	s.at("activate: pointed")
	if err := platform.PointDir(s.Anchor(), s.anchorText(t)); err != nil {
		if unlinked := (&AnchorError{Link: s.Anchor(), Misleads: s.misleads(t), Err: err}); first || unlinked.Misleads {
			return unlinked
		}
	}
	return nil
}

// misleads tells whether something that is not t's has the anchor's place.
func (s Store) misleads(t Toolchain) bool {
	target, err := platform.ReadDirLink(s.Anchor())
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	named, ok := s.named(target)
	return !ok || named.Dir != t.Dir
}

// Unlinked tells what is wrong with the anchor of a system where the default does not depend on it; nil if nothing is.
func (s Store) Unlinked() *AnchorError {
	if !s.pointed() {
		return nil
	}
	t, err := s.Active()
	if err != nil {
		return nil // that is another trouble
	}
	unlinked := &AnchorError{Link: s.Anchor(), Misleads: s.misleads(t)}
	if _, err := os.Lstat(s.Anchor()); errors.Is(err, fs.ErrNotExist) {
		return unlinked
	}
	if _, unlinked.Err = platform.ReadDirLink(s.Anchor()); unlinked.Err == nil {
		_, unlinked.Err = os.Stat(s.Anchor()) // a process may be forbidden to pass through
	}
	if unlinked.Err == nil && !unlinked.Misleads {
		return nil
	}
	return unlinked
}

// Deactivate removes the anchor, so that where no pin applies the system's Go is meant. It is no error if there is
// none, and one, *platform.NotLinkError, if something else has its place.
func (s Store) Deactivate(ctx context.Context) (err error) {
	unlock, err := s.lockAnchor(ctx)
	if err != nil {
		return fmt.Errorf("removing the default: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return s.removeAnchor()
}

// removeAnchor needs the anchor's lock.
func (s Store) removeAnchor() error {
	_, err := platform.ReadDirLink(s.Anchor())
	if err == nil {
		err = os.Remove(s.Anchor())
	}
	if _, occupied := errors.AsType[*platform.NotLinkError](err); s.pointed() && (err == nil || occupied || errors.Is(err, fs.ErrNotExist)) {
		err = os.Remove(s.pointer())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the default: %w", err)
	}
	return nil
}

// readAnchor is what says which toolchain is the default.
func (s Store) readAnchor() (target string, err error) {
	if s.pointed() {
		return s.readPointer()
	}
	target, err = platform.ReadDirLink(s.Anchor())
	if err == nil {
		return target, nil
	}
	if _, ok := errors.AsType[*platform.NotLinkError](err); ok {
		return "", &BrokenAnchorError{Link: s.Anchor()}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", &NoDefaultError{}
	}
	return "", fmt.Errorf("reading the default: %w", err)
}

func (s Store) readPointer() (target string, err error) {
	text, err := platform.ReadFile(s.pointer())
	if errors.Is(err, fs.ErrNotExist) {
		return "", &NoDefaultError{}
	}
	if err != nil {
		return "", fmt.Errorf("reading the default: %w", err)
	}
	target, _, _ = strings.Cut(string(text), "\n")
	if target = strings.TrimSuffix(target, "\r"); target == "" {
		target = `""` // as it is shown
	}
	return target, nil
}

// pointed tells whether the default is what a file of one line says. On Windows there may be no links at all, and where
// there are, processes that refuse to pass through those of ordinary users (RedirectionGuard, as in sessions of OpenSSH):
// the shims must find the Go of the default without one.
func (s Store) pointed() bool { return s.target.OS == "windows" }

// pointer is the file that says it.
func (s Store) pointer() string { return filepath.Join(s.home, "default") }

// says is the file or link that tells which toolchain is the default.
func (s Store) says() string {
	if s.pointed() {
		return s.pointer()
	}
	return s.Anchor()
}

// anchorText is relative for the user's own toolchains, so that a home that moves stays whole.
func (s Store) anchorText(t Toolchain) string {
	if t.System {
		return t.Dir
	}
	return filepath.Join("versions", t.Version.Tag())
}

// named is the toolchain that a text of the anchor means, if it can mean one. It needn't be there.
func (s Store) named(target string) (Toolchain, bool) {
	v, ok := parseTag(filepath.Base(target))
	if !ok {
		return Toolchain{}, false
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(s.home, target)
	}
	for _, home := range s.homes() {
		if t := s.toolchain(home, v); t.Dir == filepath.Clean(target) {
			return t, true
		}
	}
	// The same folder by another name: a home that is reached through a link, or on Windows in other letters.
	have, err := os.Stat(target)
	if err != nil {
		return Toolchain{}, false
	}
	for _, home := range s.homes() {
		t := s.toolchain(home, v)
		if want, err := os.Stat(t.Dir); err == nil && os.SameFile(have, want) {
			return t, true
		}
	}
	return Toolchain{}, false
}
