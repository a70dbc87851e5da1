package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gsw/manager/gover"
	"gsw/platform"
)

// Active is the toolchain that the anchor names: *NoDefaultError if there is no anchor, *BrokenAnchorError if it names
// no installed toolchain.
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
			return Toolchain{}, &BrokenAnchorError{Link: s.Anchor(), Target: target}
		}
	}
}

// Activate makes v the default, by one atomic rename, or says *NotInstalledError. The rename is not flushed: after a
// power loss the default is the old one or v, both of which are there.
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
	if err := platform.PointDir(s.Anchor(), s.anchorText(t)); err != nil {
		return fmt.Errorf("making %s the default: %w", v, err)
	}
	s.at("activate: done")
	return nil
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
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.Remove(s.Anchor())
	}
	if err != nil {
		return fmt.Errorf("removing the default: %w", err)
	}
	return nil
}

func (s Store) readAnchor() (target string, err error) {
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
