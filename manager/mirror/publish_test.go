package mirror

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Tiles and heads stay, whatever is removed; a tile that is not what it was goes, and is not missed for ever.
func TestTilesStay(t *testing.T) {
	tree := Open(filepath.Join(t.TempDir(), "m"))
	unlock, err := tree.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	good, bad, latest := DatabasePath("tile/8/0/001"), DatabasePath("tile/8/0/002"), DatabasePath("latest")
	first, err := tree.Publish(t.Context(), State{}, Change{Documents: map[string][]byte{good: []byte("good"), bad: []byte("bad"), latest: []byte("head")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tree.file(bad), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	second, err := tree.Publish(t.Context(), first, Change{Documents: map[string][]byte{}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{good: true, latest: true, bad: false} {
		_, err := os.Lstat(tree.file(name))
		if _, known := second.Files[name]; known != want || errors.Is(err, os.ErrNotExist) == want {
			t.Errorf("%s: known %v, %v", name, known, err)
		}
	}
	read, err := tree.State()
	if err != nil || len(read.Files) != 2 {
		t.Errorf("%v, %v", read.Files, err)
	}
}

// What gsw did not make is neither replaced nor removed.
func TestForeignFiles(t *testing.T) {
	tree := Open(filepath.Join(t.TempDir(), "m"))
	unlock, err := tree.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	mine := ArchivePath("go1.22.3.linux-amd64.tar.gz")
	for _, dir := range []string{filepath.Dir(tree.file(mine)), filepath.Dir(tree.Staged(mine))} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(file, content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	change := Change{Payload: map[string]Staged{mine: {Size: 4, SHA256: sum([]byte("good"))}}, Documents: map[string][]byte{}}
	write(tree.file(mine), "else")
	write(tree.Staged(mine), "good")
	var foreign *ForeignError
	if _, err := tree.Publish(t.Context(), State{}, change); !errors.As(err, &foreign) || foreign.File != tree.file(mine) {
		t.Errorf("%v", err)
	}
	write(tree.file(mine), "good") // the same, but not ours
	state, err := tree.Publish(t.Context(), State{}, change)
	if err != nil || !state.Files[mine].Found {
		t.Errorf("%+v, %v", state.Files, err)
	}
	if _, err := tree.Publish(t.Context(), state, Change{Documents: map[string][]byte{}}); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(tree.file(mine)); err != nil {
		t.Errorf("removed: %v", err)
	}
}
