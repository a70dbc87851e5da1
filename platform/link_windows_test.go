package platform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

func onWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

// hopeful tries where the volume said that there is no sense in it.
type hopeful struct{ ntfs }

func (hopeful) supported(string) error { return nil }

// TestNothingIsBelieved: Windows makes a link; Wine refuses the junction's call and says of a symbolic link that it was
// made, which is no link all the same. Neither leaves anything half made.
func TestNothingIsBelieved(t *testing.T) {
	dir := t.TempDir()
	target := mkdir(t, filepath.Join(dir, "target"))
	err := pointReparse(hopeful{}, filepath.Join(dir, "link"), target)
	if !onWine() {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	want := "neither a junction (the volume has none: unsupported operation) nor a symbolic link (the system reported success and made none)"
	if !errors.Is(err, errors.ErrUnsupported) || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("there are %v, %v", entries, err)
	}
}

// TestVolumeWithoutLinks is Wine's volume, and a memory stick with FAT.
func TestVolumeWithoutLinks(t *testing.T) {
	if !onWine() {
		t.Skip("this volume has links")
	}
	dir := t.TempDir()
	err := PointDir(filepath.Join(dir, "link"), mkdir(t, filepath.Join(dir, "target")))
	if !errors.Is(err, errors.ErrUnsupported) || !strings.HasSuffix(err.Error(), ": the volume has no links to folders: unsupported operation") {
		t.Error(err)
	}
}

func TestPatiently(t *testing.T) {
	for _, refused := range []error{windows.ERROR_ACCESS_DENIED, windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION} {
		tries := 0
		err := patiently(10*time.Second, func() error {
			if tries++; tries < 3 {
				return &os.PathError{Op: "open", Path: "x", Err: refused}
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("%v: gave up after %d tries: %v", refused, tries, err)
		}
		if err := patiently(20*time.Millisecond, func() error { return refused }); !errors.Is(err, refused) {
			t.Errorf("never gave up: %v", err)
		}
	}
	tries := 0
	err := patiently(10*time.Second, func() error { tries++; return windows.ERROR_FILE_NOT_FOUND })
	if !errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || tries != 1 {
		t.Errorf("%d tries, %v", tries, err)
	}
}

// TestRenameWhatIsHeld: the file is open in a way that Windows lets nobody rename, nor its folder.
func TestRenameWhatIsHeld(t *testing.T) {
	if onWine() {
		t.Skip("Wine renames a folder in which a file is open")
	}
	dir := t.TempDir()
	old, new := mkdir(t, filepath.Join(dir, "old")), filepath.Join(dir, "new")
	write(t, filepath.Join(old, "file"), "text")
	f, err := os.Open(filepath.Join(old, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var heldBy *HeldError
	if err := RenameTree(old, new); !errors.As(err, &heldBy) {
		t.Errorf("got %v", err)
	}
	if err := MoveTree(old, new); err != nil {
		t.Error(err)
	}
	if read(t, filepath.Join(new, "file")) != "text" {
		t.Error("another text")
	}
}

// TestRemoveReadOnly: the module cache's files are.
func TestRemoveReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	file := filepath.Join(mkdir(t, dir), "file")
	write(t, file, "text")
	if err := os.Chmod(file, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := RemoveTree(dir); err != nil {
		t.Error(err)
	}
}

// TestRemoveWaits: somebody has a file open and closes it soon.
func TestRemoveWaits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	file := filepath.Join(mkdir(t, dir), "file")
	write(t, file, "text")
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 1)
	go func() {
		// Once the first attempt was refused, whatever of the tree is gone by then.
		refused <- os.Remove(file)
		f.Close()
	}()
	if err := RemoveTree(dir); err != nil {
		t.Error(err)
	}
	if err := <-refused; err == nil {
		t.Error("a file that is open was removed: this test shows nothing")
	}
}

// TestRenameLog: what rotates logs renames and removes the file that is written to.
func TestRenameLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := OpenToAppend(path, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, step := range []func() error{
		func() error { _, err := f.WriteString("one\n"); return err },
		func() error { return os.Rename(path, path+".1") },
		func() error { _, err := f.WriteString("two\n"); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, path+".1"); got != "one\ntwo\n" {
		t.Errorf("got %q", got)
	}
	if err := os.Remove(path + ".1"); err != nil {
		t.Error(err)
	}
}
