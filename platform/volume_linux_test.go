package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestExchangeTreesIsAtomic(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, path := range []string{a, b} {
		write(t, filepath.Join(mkdir(t, path), "file"), "")
	}
	if atomic, err := ExchangeTrees(a, b); err != nil || !atomic {
		skip(t, "this file system does not exchange folders: %v", err)
	}
	observe(t, 2, func() error {
		_, err := os.Stat(filepath.Join(a, "file"))
		return err
	}, func() {
		for range 1000 {
			if atomic, err := ExchangeTrees(a, b); err != nil || !atomic {
				t.Errorf("atomic %v, %v", atomic, err)
			}
		}
	})
}

func TestBootID(t *testing.T) {
	if id := BootID(); len(id) != 36 || id != BootID() {
		t.Errorf("got %q", id)
	}
}

// mounted mounts a file system for as long as the test runs.
func mounted(t *testing.T, source, kind, options string) string {
	t.Helper()
	dir := t.TempDir()
	var flags uintptr
	if err := syscall.Mount(source, dir, kind, flags, options); err != nil {
		skip(t, "mounting a %s: %v", kind, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	dir := mounted(t, "tmpfs", "tmpfs", "size=64k")
	path := filepath.Join(dir, "file")
	write(t, path, "old")
	for name, replace := range map[string]func(string, []byte, fs.FileMode) error{"ReplaceFile": ReplaceFile, "WriteDurable": WriteDurable} {
		if err := replace(path, make([]byte, 1<<20), 0o666); !DiskFull(err) || !StorageFault(err) {
			t.Errorf("%s: %v", name, err)
		}
		if read(t, path) != "old" {
			t.Errorf("%s damaged what was there", name)
		}
		noLeftovers(t, dir)
	}
	if err := FlushTree(dir); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyVolume(t *testing.T) {
	dir := mounted(t, "tmpfs", "tmpfs", "")
	for _, name := range []string{"a", "b", "locks"} {
		mkdir(t, filepath.Join(dir, name))
	}
	write(t, filepath.Join(dir, "old.lock"), "")
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"ReplaceFile":   func() error { return ReplaceFile(filepath.Join(dir, "x"), nil, 0o666) },
		"PointDir":      func() error { return PointDir(filepath.Join(dir, "x"), "a") },
		"RenameTree":    func() error { return RenameTree(filepath.Join(dir, "a"), filepath.Join(dir, "c")) },
		"ExchangeTrees": func() error { _, err := ExchangeTrees(filepath.Join(dir, "a"), filepath.Join(dir, "b")); return err },
		"RemoveTree":    func() error { return RemoveTree(filepath.Join(dir, "a")) },
		"Lock":          func() error { _, err := Lock(t.Context(), filepath.Join(dir, "new", "x.lock"), nil); return err },
	} {
		if err := try(); !StorageFault(err) || DiskFull(err) {
			t.Errorf("%s: %v is no storage fault", name, err)
		}
	}
	unlock, ok, err := TryLock(filepath.Join(dir, "old.lock"))
	if !ok || err != nil {
		t.Fatalf("a lock that is there: %v, %v", ok, err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

// disk is an ext4 file system in a file, mounted by a loop device. What the file holds at a moment is everything that
// the file system has handed to the device until then, whichever way the device writes it: a copy of it is what a
// machine finds that lost its power at that moment, because what only ext4's own caches hold is not in it. The cache
// inside a drive is not modelled; flushes counts the commands that empty it.
type disk struct {
	t      *testing.T
	image  string
	device string
	dir    string
	copies int
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	for _, tool := range []string{"mkfs.ext4", "losetup"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, "%v", err)
		}
	}
	if os.Geteuid() != 0 {
		skip(t, "only root can mount a loop file system")
	}
	// In memory: what the test shows does not depend on the machine's own disk, which may be slow to flush.
	d := &disk{t: t, image: filepath.Join(mounted(t, "tmpfs", "tmpfs", ""), "disk")}
	write(t, d.image, "")
	if err := os.Truncate(d.image, 48<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", d.image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v\n%s", err, out)
	}
	d.device, d.dir = attach(t, d.image)
	return d
}

// attach mounts an image for as long as the test runs.
func attach(t *testing.T, image string) (device, dir string) {
	t.Helper()
	out, err := exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		skip(t, "no loop device: %v %s", err, out)
	}
	device = strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "--detach", device).CombinedOutput(); err != nil {
			t.Errorf("losetup --detach %s: %v %s", device, err, out)
		}
	})
	return device, mounted(t, device, "ext4", "")
}

// flushes counts the commands by which the device was told to empty its cache.
func (d *disk) flushes() string {
	d.t.Helper()
	fields := strings.Fields(read(d.t, filepath.Join("/sys/block", filepath.Base(d.device), "stat")))
	if len(fields) < 16 {
		skip(d.t, "this kernel counts no flushes: %v", fields)
	}
	return fields[15]
}

// afterPowerLoss gives the folder in which the disk is seen after its power failed now and came back.
func (d *disk) afterPowerLoss() string {
	d.t.Helper()
	d.copies++
	image := fmt.Sprint(d.image, d.copies)
	if out, err := exec.Command("cp", "--sparse=always", d.image, image).CombinedOutput(); err != nil {
		d.t.Fatalf("cp: %v %s", err, out)
	}
	_, dir := attach(d.t, image)
	return dir
}

const files = 400

func contentOf(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "file %d\n", i), 100+i) }

func nameOf(i int) string {
	return filepath.Join(fmt.Sprintf("folder%d", i%20), fmt.Sprintf("file%d", i))
}

// stage writes a tree as an installation does.
func (d *disk) stage() string {
	staging := filepath.Join(d.dir, ".new")
	for i := range files {
		path := filepath.Join(staging, nameOf(i))
		mkdir(d.t, filepath.Dir(path))
		write(d.t, path, string(contentOf(i)))
	}
	return staging
}

// wrong counts the files of the tree that are absent or not as they were written.
func wrong(tree string) int {
	n := 0
	for i := range files {
		if text, err := os.ReadFile(filepath.Join(tree, nameOf(i))); err != nil || !bytes.Equal(text, contentOf(i)) {
			n++
		}
	}
	return n
}

// TestPowerLoss cuts the power after each step of making a tree visible: it is absent or whole, and once FlushDir has
// returned it is there.
func TestPowerLoss(t *testing.T) {
	for name, flush := range map[string]func(string) error{
		"FlushTree": FlushTree,
		// What systems without syncfs do.
		"each file": func(dir string) error { return flushEach(dir, flushPath) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			visible := filepath.Join(d.dir, "go1.22.3")
			absentOrWhole := func(after string) (whole bool) {
				tree := filepath.Join(d.afterPowerLoss(), "go1.22.3")
				if _, err := os.Stat(tree); errors.Is(err, fs.ErrNotExist) {
					return false
				}
				if n := wrong(tree); n > 0 {
					t.Errorf("after %s %d of %d files are wrong", after, n, files)
				}
				return true
			}
			staging := d.stage()
			absentOrWhole("writing")
			before := d.flushes()
			if err := flush(staging); err != nil {
				t.Fatal(err)
			}
			if d.flushes() == before {
				t.Error("the drive was not told to empty its cache")
			}
			if n := wrong(filepath.Join(d.afterPowerLoss(), ".new")); n > 0 {
				t.Errorf("after flushing %d of %d files are wrong", n, files)
			}
			if err := RenameTree(staging, visible); err != nil {
				t.Fatal(err)
			}
			absentOrWhole("the rename")
			if err := FlushDir(d.dir); err != nil {
				t.Fatal(err)
			}
			if !absentOrWhole("flushing the folder") {
				t.Error("the tree is gone after flushing its folder")
			}
		})
	}
}

// TestPowerLossWithoutFlush shows that TestPowerLoss can fail: the same steps without FlushTree leave a tree of empty
// files under the visible name.
func TestPowerLossWithoutFlush(t *testing.T) {
	d := newDisk(t)
	visible := filepath.Join(d.dir, "go1.22.3")
	if err := RenameTree(d.stage(), visible); err != nil {
		t.Fatal(err)
	}
	if err := FlushDir(d.dir); err != nil {
		t.Fatal(err)
	}
	if n := wrong(visible); n > 0 {
		t.Fatalf("before the power loss %d files are wrong", n)
	}
	tree := filepath.Join(d.afterPowerLoss(), "go1.22.3")
	if _, err := os.Stat(tree); err != nil {
		t.Errorf("the rename was lost, which proves nothing: %v", err)
	}
	if wrong(tree) == 0 {
		t.Error("all files survived, which makes TestPowerLoss worthless")
	}
}

func TestPowerLossOfOneFile(t *testing.T) {
	d := newDisk(t)
	old, durable := filepath.Join(d.dir, "old"), filepath.Join(d.dir, "receipt.json")
	if err := WriteDurable(old, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two", strings.Repeat("three", 10000)} {
		if err := WriteDurable(durable, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(d.afterPowerLoss(), "receipt.json")); got != text {
			t.Errorf("after a power loss %d bytes, want %d", len(got), len(text))
		}
	}
	// ReplaceFile promises less: not that the new content is there, but never a mixture.
	if err := ReplaceFile(old, []byte("new"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(d.afterPowerLoss(), "old")); got != "old" && got != "new" && got != "" {
		t.Errorf("after a power loss %q", got)
	}
}

// TestPowerLossOfALink: PointDir with FlushDir lasts, and is never half done before.
func TestPowerLossOfALink(t *testing.T) {
	d := newDisk(t)
	link := filepath.Join(d.dir, "current")
	for _, text := range []string{"versions/go1.21.6", strings.Repeat("long/", 40)} {
		if err := PointDir(link, text); err != nil {
			t.Fatal(err)
		}
		if err := FlushDir(d.dir); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadDirLink(filepath.Join(d.afterPowerLoss(), "current")); got != text {
			t.Errorf("after a power loss the link names %q, %v", got, err)
		}
	}
	if err := PointDir(link, "unflushed"); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadDirLink(filepath.Join(d.afterPowerLoss(), "current")); err != nil || got != strings.Repeat("long/", 40) && got != "unflushed" {
		t.Errorf("after a power loss the link names %q, %v", got, err)
	}
}
