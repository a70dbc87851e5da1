package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gsw/manager/gover"
	"gsw/platform"
)

// Remove makes the toolchain v disappear by one rename, then the links to it, and deletes it, its bin/ included. The
// lock of v is waited for, as in Begin. The default is refused with *ActiveError unless force: then there is no default
// afterwards. *SystemError for a toolchain that only the system-wide store has, else *NotInstalledError; a folder of
// that name that is no complete toolchain is removed too.
//
// Windows: a toolchain that is in use is *platform.HeldError, with force it goes in pieces: see takeApart.
//
// A killed process leaves the old state or the new one; with force, between them, the version without its being the
// default. What could not be deleted is left to Sweep and no error; Lingers tells.
func (s Store) Remove(ctx context.Context, v gover.Version, force bool, waiting func()) (err error) {
	// The zero version's folder would be versions/ itself. What is not there needs no lock file.
	if _, err := os.Lstat(s.toolchain(s.home, v).Dir); err != nil || v.IsZero() {
		return s.notMine(v)
	}
	unlock, err := s.lockVersion(ctx, v, waiting)
	if err != nil {
		return fmt.Errorf("removing %s: %w", v, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	s.at("remove: locked")
	gone, err := s.hide(ctx, v, force)
	if err != nil {
		return err
	}
	if kept, _ := s.discard(gone, s.toolchain(s.home, v)); kept && !force {
		_ = platform.RemoveTree(gone) // nothing runs: who holds a file lets go of it soon
	}
	s.at("remove: deleted")
	return nil
}

// hide is the part under the anchor's lock.
func (s Store) hide(ctx context.Context, v gover.Version, force bool) (hidden string, err error) {
	unlock, err := s.lockAnchor(ctx)
	if err != nil {
		return "", fmt.Errorf("removing %s: %w", v, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	t := s.toolchain(s.home, v)
	if _, err := os.Lstat(t.Dir); err != nil {
		return "", s.notMine(v)
	}
	released, err := s.release(t, force)
	if err != nil {
		return "", err
	}
	if err := s.markStale(); err != nil {
		return "", fmt.Errorf("removing %s: %w", v, err)
	}
	s.at("remove: marked")
	if hidden, err = s.away(t, force); err != nil {
		if released {
			err = errors.Join(err, s.point(t))
		}
		return "", fmt.Errorf("removing %s: %w", v, err)
	}
	s.at("remove: renamed")
	if err := platform.FlushDir(s.versions()); err != nil {
		return "", fmt.Errorf("removing %s: %w", v, err)
	}
	_ = s.unmark(t) // or the next Sweep does
	// Deleting takes a second or more: until then no link should lead nowhere. What goes wrong here Refresh does again,
	// and says; the mark still stands.
	_ = s.refresh("")
	s.at("remove: links gone")
	return hidden, nil
}

// away takes t from its place, by one rename if Windows allows that.
func (s Store) away(t Toolchain, force bool) (hidden string, err error) {
	hidden = s.hidden(gonePrefix, t.Version)
	err = s.trees.Whole(t.Dir, hidden)
	if _, held := errors.AsType[*platform.HeldError](err); !held || !force {
		return hidden, err
	}
	hidden, apart := s.takeApart(t)
	if apart != nil {
		return "", errors.Join(err, apart)
	}
	return hidden, nil
}

// release takes the anchor off t, before t disappears: it never dangles.
func (s Store) release(t Toolchain, force bool) (released bool, err error) {
	target, err := s.readAnchor()
	if err != nil {
		return false, nil // no anchor, or something that names no toolchain
	}
	if active, ok := s.named(target); !ok || active.Dir != t.Dir {
		return false, s.unlink(t)
	}
	if !force {
		return false, &ActiveError{Version: t.Version}
	}
	if err := s.removeAnchor(); err != nil {
		return false, err
	}
	s.at("remove: anchor gone")
	return true, platform.FlushDir(s.home)
}

// unlink removes an anchor that did not follow the default and names t still.
func (s Store) unlink(t Toolchain) error {
	if !s.pointed() {
		return nil
	}
	target, err := platform.ReadDirLink(s.Anchor())
	if err != nil {
		return nil
	}
	if named, ok := s.named(target); !ok || named.Dir != t.Dir {
		return nil
	}
	return os.Remove(s.Anchor())
}

func (s Store) notMine(v gover.Version) error {
	if t, err := s.Get(v); err == nil && t.System {
		return &SystemError{Version: v, Dir: t.Dir}
	}
	return &NotInstalledError{Spec: gover.Only(v)}
}
