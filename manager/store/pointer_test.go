package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"gsw/platform"
)

// pointed is a store as on Windows, where a file names the default. Links are those of the system of the test.
func pointed(t *testing.T, tags ...string) Store {
	t.Helper()
	s := open(t)
	s.target.OS = "windows"
	mustInstall(t, s, tags...)
	return s
}

func TestPointer(t *testing.T) {
	s := pointed(t, "go1.22.3", "go1.21.6")
	ctx := t.Context()
	if _, err := s.Active(); !isType[*NoDefaultError](err) {
		t.Errorf("before the first: %v", err)
	}
	if err := s.Activate(ctx, v("go1.22.3")); err != nil && !isType[*AnchorError](err) {
		t.Fatal(err)
	}
	linked := s.Unlinked() == nil // where this system has links
	text, err := os.ReadFile(s.pointer())
	if want := filepath.Join("versions", "go1.22.3") + "\n"; err != nil || string(text) != want {
		t.Errorf("the pointer is %q, %v, want %q", text, err, want)
	}

	// The pointer counts, wherever the link leads.
	if linked {
		if err := platform.PointDir(s.Anchor(), filepath.Join("versions", "go1.21.6")); err != nil {
			t.Fatal(err)
		}
		if u := s.Unlinked(); u == nil || !u.Misleads {
			t.Errorf("a link to another version: %v", u)
		}
	}
	if active, err := s.Active(); err != nil || active.Version != v("go1.22.3") {
		t.Errorf("the default is %v, %v", active.Version, err)
	}
	// What the link that was left behind names goes, and the link with it.
	if err := s.Remove(ctx, v("go1.21.6"), false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(s.Anchor()); err == nil {
		t.Error("the link names what was removed")
	}
	if err := s.Remove(ctx, v("go1.22.3"), false, nil); !isType[*ActiveError](err) {
		t.Errorf("the default was removed: %v", err)
	}

	// Of a damaged one it is told what it says, and the next Activate mends it.
	for _, text := range []string{"", "\n", "versions/go1.20", "../../etc", "versions\n"} {
		write(t, s.pointer(), text, 0o644)
		if _, err := s.Active(); !isType[*BrokenAnchorError](err) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := s.Activate(ctx, v("go1.22.3")); err != nil && !isType[*AnchorError](err) {
		t.Fatal(err)
	}
	if err := s.Deactivate(ctx); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{s.pointer(), s.Anchor()} {
		if _, err := os.Lstat(left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left", left)
		}
	}
}

// TestPointerWithoutLink: a folder of the user's has the link's place. It stays, the switch is done, and every switch says
// so, since editors would take it for the default.
func TestPointerWithoutLink(t *testing.T) {
	s := pointed(t, "go1.22.3", "go1.21.6")
	mine := filepath.Join(s.Anchor(), "mine")
	if err := os.MkdirAll(mine, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"go1.22.3", "go1.21.6", "go1.21.6"} {
		err := s.Activate(t.Context(), v(tag))
		if unlinked, ok := errors.AsType[*AnchorError](err); !ok || !unlinked.Misleads {
			t.Errorf("%s: %v", tag, err)
		}
		if active, err := s.Active(); err != nil || active.Version != v(tag) {
			t.Errorf("the default is %v, %v", active.Version, err)
		}
	}
	if err := s.Remove(t.Context(), v("go1.21.6"), true, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
	if _, err := s.Active(); !isType[*NoDefaultError](err) {
		t.Errorf("after the default was removed: %v", err)
	}
}
