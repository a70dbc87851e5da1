//go:build linux || darwin

package platform

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func opened(t *testing.T, dir string) Folder {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func openedFile(t *testing.T, f Folder, name string) OldFile {
	t.Helper()
	old, err := f.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { old.Close() })
	return old
}

// attributes are extended attributes that must stay where they are: on macOS the one that keeps programs from starting;
// on Linux one that anybody may set, and an access list, which lets another user write.
func attributes() map[string][]byte {
	if runtime.GOOS == "darwin" {
		return map[string][]byte{"com.apple.quarantine": []byte("0081;00000000;Safari;")}
	}
	// Version 2, then tag, permissions and id of each entry (linux/posix_acl_xattr.h): owner, user 65534, group, mask, others.
	list := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range [][3]uint32{{1, 6, ^uint32(0)}, {2, 7, 65534}, {4, 4, ^uint32(0)}, {16, 7, ^uint32(0)}, {32, 4, ^uint32(0)}} {
		list = binary.LittleEndian.AppendUint16(list, uint16(e[0]))
		list = binary.LittleEndian.AppendUint16(list, uint16(e[1]))
		list = binary.LittleEndian.AppendUint32(list, e[2])
	}
	return map[string][]byte{"user.gsw": []byte("x"), "system.posix_acl_access": list}
}

// marked writes a file with those attributes.
func marked(t *testing.T, path string) {
	t.Helper()
	write(t, path, "content")
	for name, value := range attributes() {
		if err := unix.Setxattr(path, name, value, 0); err != nil {
			skip(t, "setting %s: %v", name, err)
		}
	}
}

// unmarked tells which attributes a file has nevertheless.
func unmarked(t *testing.T, what, path string) {
	t.Helper()
	for name := range attributes() {
		if _, err := unix.Getxattr(path, name, nil); err == nil {
			t.Errorf("%s: the new file has %s", what, name)
		}
	}
}

// TestAttributesStay: no new file has the attributes of the one that it was made from.
func TestAttributesStay(t *testing.T) {
	dir := cloning(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	marked(t, path("old"))
	if err := CopyFile(path("old"), path("copy"), false); err != nil {
		t.Fatal(err)
	}
	unmarked(t, "CopyFile", path("copy"))
	// Over a file that has them: the new one is another file.
	marked(t, path("old"))
	marked(t, path("over"))
	if err := CopyFile(path("old"), path("over"), false); err != nil {
		t.Fatal(err)
	}
	unmarked(t, "CopyFile over another", path("over"))
	if _, err := CopyPlain(path("old"), path("plain"), true); err != nil {
		t.Fatal(err)
	}
	unmarked(t, "CopyPlain", path("plain"))

	f := opened(t, dir)
	old := openedFile(t, f, "old")
	clone, err := f.Clone(old, "clone", 0o755)
	if err != nil {
		skip(t, "cloning: %v", err)
	}
	if err := clone.Close(); err != nil {
		t.Fatal(err)
	}
	unmarked(t, "Clone", path("clone"))
	if err := os.Chmod(path("old"), 0o444); err != nil {
		t.Fatal(err)
	}
	// A second name is the same file: what is in quarantine gets none.
	old = openedFile(t, f, "old")
	if err := f.Link(old, "link"); runtime.GOOS == "darwin" && err == nil {
		t.Error("what is in quarantine got a second name")
	}
	if Quarantined(path("old")) != (runtime.GOOS == "darwin") || Quarantined(path("clone")) || Quarantined(path("none")) {
		t.Error("Quarantined tells something else")
	}
}

// TestProgramsAreNewFiles: macOS remembers a program's signature by its inode and kills one that was written to in place.
func TestProgramsAreNewFiles(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	write(t, from, "new")
	for what, replace := range map[string]func() error{
		"CopyFile":    func() error { return CopyFile(from, to, false) },
		"ReplaceFile": func() error { return ReplaceFile(to, []byte("new"), 0o755) },
		"CopyPlain":   func() error { _, err := CopyPlain(from, to, true); return err },
	} {
		write(t, to, "old")
		running, err := os.Open(to)
		if err != nil {
			t.Fatal(err)
		}
		before, err := running.Stat()
		if err != nil {
			t.Fatal(err)
		}
		err = replace()
		after, statErr := os.Stat(to)
		if statErr != nil {
			t.Fatal(statErr)
		}
		switch {
		case what == "CopyPlain": // it is for new files
			if !errors.Is(err, os.ErrExist) || !os.SameFile(before, after) {
				t.Errorf("%s over what is there: %v", what, err)
			}
		case err != nil || os.SameFile(before, after):
			t.Errorf("%s wrote to the file that was there: %v", what, err)
		}
		old := make([]byte, 8)
		if n, _ := running.ReadAt(old, 0); string(old[:n]) != "old" {
			t.Errorf("%s: who had it open reads %q", what, old[:n])
		}
		running.Close()
	}
}

// TestInside: a folder by another name is the same folder; one that begins with the same letters is not.
func TestInside(t *testing.T) {
	dir := t.TempDir()
	home := mkdir(t, filepath.Join(dir, "home"))
	mkdir(t, filepath.Join(home, "bin"))
	mkdir(t, filepath.Join(dir, "home2"))
	if err := os.Symlink("home", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"home": true, "home/bin": true, "home/bin/none": true, "link": true, "link/bin/none": true, "home/../link/bin": true,
		"home2": false, "home2/none": false, "": false, "none": false, "link/..": false,
	} {
		if got := Inside(strings.TrimSuffix(dir+"/"+path, "/"), home); got != want {
			t.Errorf("Inside(%q): %v", path, got)
		}
	}
	if Inside("/", filepath.Join(dir, "none")) || !Inside(filepath.Join(dir, "none", "x"), filepath.Join(dir, "none")) {
		t.Error("of a folder that is not there only names tell")
	}
}
