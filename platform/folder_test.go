package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gsw/platform/platformtest"
)

// eachFolder runs a test on the Folder of this system and on the one of systems without descriptors.
func eachFolder(t *testing.T, test func(t *testing.T, dir string, f Folder)) {
	for name, open := range map[string]func(string) (folder, error){"this system's": openFolder, "os.Root": openRootFolder} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			body, err := open(dir)
			if err != nil {
				t.Fatal(err)
			}
			f := Folder{body}
			defer f.Close()
			test(t, dir, f)
			if _, err := open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a folder that is not there: %v", err)
			}
		})
	}
}

func TestFolder(t *testing.T) {
	eachFolder(t, func(t *testing.T, dir string, f Folder) {
		day := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
		for range 2 { // the second finds it
			sub, err := f.Sub("sub", 0o755)
			if err != nil {
				t.Fatal(err)
			}
			defer sub.Close()
		}
		sub, err := f.Sub("sub", 0o755)
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		large := strings.Repeat("content", 1<<20)
		for name, parts := range map[string][]string{"empty": nil, "small": {"one", "", "two"}, "large": {large, large}} {
			n, err := sub.Create(name, 0o755)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range parts {
				if err := n.Write([]byte(part)); err != nil {
					t.Fatal(err)
				}
			}
			if err := n.Finish(day); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "sub", name)
			if read(t, path) != strings.Join(parts, "") {
				t.Errorf("%s holds something else", name)
			}
			info, err := os.Stat(path)
			if err != nil || !info.ModTime().Equal(day) {
				t.Errorf("%s is of %v, want %v (%v)", name, info.ModTime(), day, err)
			}
			if runtime.GOOS != "windows" && info.Mode().Perm()&0o100 == 0 {
				t.Errorf("%s has mode %v", name, info.Mode())
			}
		}
		n, err := f.Create("now", 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Finish(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, "now")); err != nil || time.Since(info.ModTime()) > time.Hour {
			t.Errorf("a file without a time of its own: %v, %v", info.ModTime(), err)
		}
	})
}

// TestFolderStaysInside: whatever the name, nothing is made outside, and nothing that is there is opened.
func TestFolderStaysInside(t *testing.T) {
	eachFolder(t, func(t *testing.T, dir string, f Folder) {
		inside, err := f.Sub("inside", 0o755)
		if err != nil {
			t.Fatal(err)
		}
		defer inside.Close()
		names := []string{"", ".", "..", "/", "../x", "a/b", "/tmp/x", "a\x00b", "x/../../y"}
		if runtime.GOOS == "windows" {
			names = append(names, `..\x`, `a\b`, `C:x`, `x:stream`, "NUL", "con", "COM1", "LPT9", "CONIN$", "nul.txt", "nul ", "NUL:")
		}
		for _, name := range names {
			if n, err := inside.Create(name, 0o644); err == nil {
				n.Close()
				t.Errorf("made a file %q", name)
			}
			if sub, err := inside.Sub(name, 0o755); err == nil {
				sub.Close()
				t.Errorf("opened a folder %q", name)
			}
		}
		write(t, filepath.Join(dir, "inside", "file"), "before")
		outside := t.TempDir()
		links := map[string]string{"away": outside, "dangling": filepath.Join(outside, "new"), "beside": "."}
		for name, target := range links {
			platformtest.NeedSymlink(t, target, filepath.Join(dir, "inside", name))
		}
		for name := range links {
			if sub, err := inside.Sub(name, 0o755); err == nil {
				sub.Close()
				t.Errorf("went through the link %s", name)
			}
		}
		for _, name := range []string{"file", "away", "dangling", "beside"} {
			if n, err := inside.Create(name, 0o644); !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s, which is there: %v", name, err)
				if err == nil {
					n.Close()
				}
			}
		}
		if sub, err := inside.Sub("file", 0o755); err == nil {
			sub.Close()
			t.Error("opened a file as a folder")
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
			t.Errorf("outside there is %v, %v", entries, err)
		}
		if read(t, filepath.Join(dir, "inside", "file")) != "before" {
			t.Error("a file that was there has changed")
		}
	})
}

// TestFolderMoved: what is made lies in the folder that was opened, not in what has its path now.
func TestFolderMoved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not rename a folder that is open")
	}
	eachFolder(t, func(t *testing.T, dir string, f Folder) {
		sub, err := f.Sub("sub", 0o755)
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		outside := t.TempDir()
		if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "moved")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, filepath.Join(dir, "sub")); err != nil {
			t.Fatal(err)
		}
		n, err := sub.Create("file", 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Finish(time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "moved", "file")); err != nil {
			t.Error(err)
		}
		if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
			t.Errorf("outside there is %v, %v", entries, err)
		}
	})
}
