package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/platform/platformtest"
)

// noted notes what was renamed, and whether it was.
type noted struct {
	platformtest.Busy
	root  string
	calls *[]string
}

func (n noted) Rename(old, new string) error {
	err := n.Busy.Rename(old, new)
	rel, _ := filepath.Rel(n.root, old)
	what := filepath.ToSlash(rel)
	if err != nil {
		what += "!"
	}
	*n.calls = append(*n.calls, what)
	return err
}

// below are the files and folders of a tree, folders with a slash.
func below(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || path == dir {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			rel += "/"
		}
		all = append(all, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestMoveTreeInPieces(t *testing.T) {
	tests := []struct {
		name        string
		files       string // what is there; those of "new:" are in the new place already
		calls       string // what was to be renamed; ! was refused
		left, moved string
	}{
		{
			"nothing is in use", "a/x b/y z",
			"old", "", "a/ a/x b/ b/y z",
		}, {
			"a program runs", "bin/go bin/runs.exe src/a/x src/y VERSION",
			"old! old/VERSION old/bin! old/bin/go old/bin/runs.exe old/src", "", "VERSION bin/ bin/go bin/runs.exe src/ src/a/ src/a/x src/y",
		}, {
			"a file is open", "bin/go src/a/open.go src/b VERSION",
			"old! old/VERSION old/bin old/src! old/src/a! old/src/a/open.go! old/src/b", "src/ src/a/ src/a/open.go", "VERSION bin/ bin/go src/ src/a/ src/b",
		}, {
			"somebody stands in a folder", "src/stood/x src/y",
			"old! old/src! old/src/stood! old/src/stood/x old/src/y", "src/ src/stood/", "src/ src/stood/ src/stood/x src/y",
		}, {
			"a part is there already", "bin/runs.exe src/y new:src/x new:VERSION",
			"old! old/bin! old/bin/runs.exe old/src! old/src/y", "", "VERSION bin/ bin/runs.exe src/ src/x src/y",
		}, {
			"a program and nothing else", "runs", "old! old/runs", "", "runs",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range strings.Fields(tt.files) {
				path, is := strings.CutPrefix(file, "new:")
				if path = filepath.Join(dir, "old", filepath.FromSlash(path)); is {
					path = strings.Replace(path, filepath.Join(dir, "old"), filepath.Join(dir, "new"), 1)
				}
				mkdir(t, filepath.Dir(path))
				write(t, path, file)
			}
			var calls []string
			err := MoveTreeInPieces(noted{root: dir, calls: &calls}, filepath.Join(dir, "old"), filepath.Join(dir, "new"))
			if (err != nil) != (tt.left != "") || err != nil && !errors.Is(err, platformtest.ErrInUse) {
				t.Errorf("said %v", err)
			}
			if got := strings.Join(calls, " "); got != tt.calls {
				t.Errorf("renamed %s\n   want %s", got, tt.calls)
			}
			if got := below(t, filepath.Join(dir, "old")); got != tt.left {
				t.Errorf("left %s, want %s", got, tt.left)
			}
			if _, err := os.Lstat(filepath.Join(dir, "old")); (err == nil) != (tt.left != "") {
				t.Errorf("the old folder: %v", err)
			}
			if got := below(t, filepath.Join(dir, "new")); got != tt.moved {
				t.Errorf("moved %s, want %s", got, tt.moved)
			}
		})
	}
}

// TestMoveGoesOn: stopped after any number of renames, the next call ends as if there had been one.
func TestMoveGoesOn(t *testing.T) {
	files := []string{"VERSION", "bin/go", "bin/runs.exe", "src/a/runs", "src/a/x", "src/y"}
	for most := 0; ; most++ {
		dir := t.TempDir()
		for _, file := range files {
			path := filepath.Join(dir, "old", filepath.FromSlash(file))
			mkdir(t, filepath.Dir(path))
			write(t, path, file)
		}
		stopped := &stopping{left: most}
		err := MoveTreeInPieces(stopped, filepath.Join(dir, "old"), filepath.Join(dir, "new"))
		if _, there := os.Lstat(filepath.Join(dir, "old")); there == nil {
			if err == nil {
				t.Fatalf("stopped after %d calls, it said that all was well", most)
			}
			if err := MoveTreeInPieces(platformtest.Busy{}, filepath.Join(dir, "old"), filepath.Join(dir, "new")); err != nil {
				t.Errorf("after %d calls: %v", most, err)
			}
		}
		var got []string
		for _, file := range files {
			if path := filepath.Join(dir, "new", filepath.FromSlash(file)); read(t, path) == file {
				got = append(got, file)
			}
		}
		if !slices.Equal(got, files) {
			t.Errorf("after %d calls, %v moved", most, got)
		}
		if stopped.left > 0 {
			break
		}
	}
}

// stopping refuses everything after some calls, as a process that was killed makes none.
type stopping struct {
	platformtest.Busy
	left int
}

func (s *stopping) Rename(old, new string) error {
	if s.left--; s.left < 0 {
		return platformtest.ErrInUse
	}
	return s.Busy.Rename(old, new)
}

func (s *stopping) Remove(path string) error {
	if s.left--; s.left < 0 {
		return platformtest.ErrInUse
	}
	return s.Busy.Remove(path)
}

// TestMoveLink: a link to a folder moves as a link; what it leads to stays.
func TestMoveLink(t *testing.T) {
	dir := t.TempDir()
	real := mkdir(t, filepath.Join(dir, "real"))
	write(t, filepath.Join(real, "file"), "text")
	write(t, filepath.Join(mkdir(t, filepath.Join(dir, "old")), "runs"), "")
	platformtest.NeedSymlink(t, real, filepath.Join(dir, "old", "go"))
	if err := MoveTreeInPieces(platformtest.Busy{}, filepath.Join(dir, "old"), filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(filepath.Join(dir, "new", "go")); err != nil || to != real {
		t.Errorf("%s, %v", to, err)
	}
	if read(t, filepath.Join(real, "file")) != "text" {
		t.Error("what the link leads to was touched")
	}
}

func TestClearTree(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(mkdir(t, filepath.Join(dir, "a", "b")), "file"), "text")
	for range 2 { // the second time there is nothing
		if kept, err := ClearTree(filepath.Join(dir, "a")); kept || err != nil {
			t.Errorf("%v, %v", kept, err)
		}
	}
	if got := below(t, dir); got != "" {
		t.Errorf("left %s", got)
	}
}
