package platform

import (
	"os"
	"path/filepath"
	"testing"
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
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Logf("no links here: %v", err)
	} else if err := os.Symlink("none", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	for i, got := range Look(dir, names) {
		var want Seen
		if info, err := os.Stat(filepath.Join(dir, names[i])); err == nil {
			want = Seen{There: true, Time: info.ModTime().UnixNano(), Size: info.Size()}
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
