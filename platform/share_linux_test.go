package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir)
	write(t, filepath.Join(dir, "file"), "content")
	mkdir(t, filepath.Join(dir, "folder"))
	if err := errors.Join(os.Symlink("file", filepath.Join(dir, "link")), os.Symlink("folder", filepath.Join(dir, "way")),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"none", "folder", "link", "pipe", "../x", ""} {
		if old, err := f.Open(name); err == nil {
			old.Close()
			t.Errorf("opened %q", name)
		}
	}
	for _, name := range []string{"none", "file", "way", "..", "folder/x"} {
		if sub, err := f.Look(name); err == nil {
			sub.Close()
			t.Errorf("looked into %q", name)
		}
	}
	old := openedFile(t, f, "file")
	buf := make([]byte, 4)
	if err := old.ReadAt(buf, 3); err != nil || string(buf) != "tent" || old.Size != 7 {
		t.Errorf("%q, %v, %d bytes", buf, err, old.Size)
	}
	if err := old.ReadAt(buf, 4); err == nil {
		t.Error("read behind the end")
	}
	if err := old.Protect(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "file")); err != nil || info.Mode()&0o222 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestLink: what gets the second name is the file that was opened, and nobody may write to it.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir)
	path := func(name string) string { return filepath.Join(dir, name) }
	fresh := func() OldFile {
		os.Remove(path("new"))
		os.Remove(path("old"))
		write(t, path("old"), "content")
		old := openedFile(t, f, "old")
		if err := old.Protect(); err != nil {
			t.Fatal(err)
		}
		return old
	}
	if err := f.Link(fresh(), "new"); err != nil || read(t, path("new")) != "content" {
		t.Error(err)
	}
	for name, spoil := range map[string]func() error{
		"replaced": func() error {
			return errors.Join(os.WriteFile(path("other"), []byte("CONTENT"), 0o444), os.Rename(path("other"), path("old")))
		},
		"replaced by a link": func() error {
			return errors.Join(os.Rename(path("old"), path("moved")), os.Symlink("moved", path("old")))
		},
		"removed":       func() error { return os.Remove(path("old")) },
		"made writable": func() error { return os.Chmod(path("old"), 0o644) },
	} {
		old := fresh()
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if err := f.Link(old, "new"); err == nil {
			t.Errorf("%s: linked", name)
		}
		if _, err := os.Lstat(path("new")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something is there, %v", name, err)
		}
	}
	old := fresh()
	write(t, path("new"), "before")
	if err := f.Link(old, "new"); !errors.Is(err, fs.ErrExist) || read(t, path("new")) != "before" {
		t.Errorf("over what is there: %v", err)
	}
	if err := opened(t, mounted(t, "tmpfs", "tmpfs", "")).Link(old, "new"); !errors.Is(err, syscall.EXDEV) {
		t.Errorf("to another volume: %v", err)
	}
}

// TestLinksRunOut: ext4 gives a file 65,000 names.
func TestLinksRunOut(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 65,000 links")
	}
	dir := newDisk(t).dir
	f := opened(t, dir)
	write(t, filepath.Join(dir, "old"), "content")
	old := openedFile(t, f, "old")
	if err := old.Protect(); err != nil {
		t.Fatal(err)
	}
	for i := range 70_000 {
		err := f.Link(old, fmt.Sprint(i))
		if err == nil {
			continue
		}
		if !errors.Is(err, syscall.EMLINK) {
			t.Fatal(err)
		}
		if _, err := os.Lstat(filepath.Join(dir, fmt.Sprint(i))); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		return
	}
	t.Error("there was no end")
}

// reflinks is a file system that makes clones.
func reflinks(t *testing.T, kind string, options ...string) string {
	t.Helper()
	image := filepath.Join(mounted(t, "tmpfs", "tmpfs", ""), "disk")
	write(t, image, "")
	if err := os.Truncate(image, 400<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs."+kind, append(options, "-q", image)...).CombinedOutput(); err != nil {
		skip(t, "mkfs.%s: %v %s", kind, err, out)
	}
	out, err := exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		skip(t, "no loop device: %v %s", err, out)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "--detach", device).CombinedOutput(); err != nil {
			t.Errorf("losetup --detach %s: %v %s", device, err, out)
		}
	})
	return mounted(t, device, kind, "")
}

// cloning is a folder whose file system makes clones.
func cloning(t *testing.T) string { return reflinks(t, "xfs", "-mreflink=1") }

func TestClone(t *testing.T) {
	for kind, options := range map[string][]string{"xfs": {"-mreflink=1"}, "btrfs": nil} {
		t.Run(kind, func(t *testing.T) {
			dir := reflinks(t, kind, options...)
			if !Clones(dir) {
				t.Fatal("it does not clone")
			}
			noLeftovers(t, dir)
			content := strings.Repeat("content ", 100_000)
			write(t, filepath.Join(dir, "old"), content)
			f := opened(t, dir)
			old := openedFile(t, f, "old")
			clone, err := f.Clone(old, "new", 0o755)
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, len(content))
			if err := clone.ReadAt(buf, 0); err != nil || string(buf) != content {
				t.Errorf("it holds something else: %v", err)
			}
			if err := errors.Join(clone.Cut(8000), clone.Write([]byte("mine")), clone.Finish(time.Unix(1e9, 0))); err != nil {
				t.Fatal(err)
			}
			if read(t, filepath.Join(dir, "old")) != content || read(t, filepath.Join(dir, "new")) != content[:8000]+"mine" {
				t.Error("a write reached the other one, or none")
			}
			if info, err := os.Stat(filepath.Join(dir, "new")); err != nil || info.ModTime().Unix() != 1e9 || info.Mode().Perm() != 0o755 {
				t.Errorf("%v, %v", info, err)
			}
			if _, err := f.Clone(old, "new", 0o644); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over what is there: %v", err)
			}
			away := t.TempDir()
			if _, err := opened(t, away).Clone(old, "new", 0o644); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("to another volume: %v", err)
			}
			if left, err := os.ReadDir(away); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestWithoutClones: tmpfs makes none, and trying leaves nothing.
func TestWithoutClones(t *testing.T) {
	dir := mounted(t, "tmpfs", "tmpfs", "")
	if Clones(dir) {
		t.Skip("tmpfs clones by now")
	}
	write(t, filepath.Join(dir, "old"), "content")
	f := opened(t, dir)
	if _, err := f.Clone(openedFile(t, f, "old"), "new", 0o644); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestSafeLinks: they are safe from a user, not from root.
func TestSafeLinks(t *testing.T) {
	if os.Getenv("GSW_TEST_SAFE_LINKS") != "" {
		fmt.Println(SafeLinks(os.Getenv("GSW_TEST_SAFE_LINKS")))
		return
	}
	if os.Geteuid() != 0 {
		if err := SafeLinks(t.TempDir()); err != nil {
			t.Error(err)
		}
		skip(t, "only root can see both sides")
	}
	dir := mounted(t, "tmpfs", "tmpfs", "mode=777")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := SafeLinks(dir); err == nil || !strings.Contains(err.Error(), "may write to read-only files") {
		t.Errorf("root: %v", err)
	}
	for above := filepath.Dir(dir); above != "/"; above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if err == nil && info.Mode()&0o005 != 0o005 {
			err = os.Chmod(above, info.Mode().Perm()|0o055)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "test")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := CopyFile(self, program, false); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestSafeLinks$", "-test.v")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GSW_TEST_SAFE_LINKS="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "<nil>") {
		t.Errorf("a user: %v, %s", err, out)
	}
	noLeftovers(t, dir)
}
