package platform

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"gsw/platform/platformtest"
)

// Look sees what os.Stat sees.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("some text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "folder", "inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	names := []string{"file", "none", filepath.Join("folder", "inner"), filepath.Join("file", "below"), "link", "dangling"}
	if platformtest.Symlink(t, "file", filepath.Join(dir, "link")) {
		platformtest.Symlink(t, "none", filepath.Join(dir, "dangling"))
	}
	for i, got := range Look(dir, names) {
		var want Seen
		if info, err := os.Stat(filepath.Join(dir, names[i])); err == nil {
			want = Seen{There: true, Time: info.ModTime().UnixNano(), Size: info.Size(), Changed: got.Changed}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", names[i], got, want)
		}
	}
	for _, got := range Look(filepath.Join(dir, "none"), []string{"file"}) {
		if got.There {
			t.Error("there is a file in a folder that is not there")
		}
	}
	if len(Look(dir, nil)) != 0 {
		t.Error("nothing was asked")
	}
}

// Peek says what OwnedByAnother and os.Stat say, or nothing.
func TestPeek(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		dir       string
		names     []string
		holds, ok bool
	}{
		{dir, []string{"a", "file"}, true, true},
		{dir, []string{"a", "b"}, false, true},
		{dir, nil, false, true},
		{filepath.Join(dir, "none"), []string{"a"}, false, false},
		{filepath.Join(dir, "file"), []string{"a"}, false, false},
	} {
		foreign, holds, ok := Peek(test.dir, test.names)
		if runtime.GOOS == "windows" {
			test.holds, test.ok = false, false
		}
		if foreign || holds != test.holds || ok != test.ok {
			t.Errorf("%s, %q: %v, %v, %v", test.dir, test.names, foreign, holds, ok)
		}
	}
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if foreign, _, ok := Peek(dir, []string{"file"}); !foreign || !ok {
		t.Error("another user's folder is not told")
	}
}
