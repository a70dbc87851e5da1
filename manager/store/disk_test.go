//go:build linux

package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"gsw/platform"
)

// cannot skips a test that this machine can't do, unless everything is required.
func cannot(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf("%s: %v", what, err)
	}
	t.Skipf("%s: %v", what, err)
}

// mount gives a folder that is a file system of its own.
func mount(t *testing.T, source, kind, options string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", kind, "-o", options, source, dir).CombinedOutput(); err != nil {
		cannot(t, "mounting needs root", errors.Join(err, errors.New(string(out))))
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestReadOnlyHome(t *testing.T) {
	dir := mount(t, "none", "tmpfs", "size=1m")
	s := Open(host(dir))
	write(t, filepath.Join(dir, "bin", "gsw"), "x", 0o755)
	plant(t, dir, "go1.22.3", "1", "gopls")
	plant(t, dir, "go1.21.6", "1")
	if err := errors.Join(s.Activate(t.Context(), v("go1.22.3")), s.Refresh(t.Context(), program)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	refused(t, s)
	if got, err := state(s); err != nil || got != "go1.21.6 1 []; go1.22.3 1 [gopls]; default go1.22.3" {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := s.Sweep(t.Context(), program); err != nil {
		t.Errorf("Sweep, with nothing to do: %v", err)
	}
}

// The folder is root's: the same, seen by a user who may not write there.
func TestForbiddenHome(t *testing.T) {
	if os.Getuid() == 0 {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestForbiddenHome$", "-test.v")
		cmd.Env = append(os.Environ(), "TMPDIR=/tmp", "HOME=/tmp")
		cmd.Dir = "/tmp"
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if cmd.Path = filepath.Join(public(t), "test"); exec.Command("cp", self, cmd.Path).Run() != nil {
			t.Fatal("copying the test")
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS: TestForbiddenHome") {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	s := open(t)
	plant(t, s.home, "go1.22.3", "1")
	plant(t, s.home, "go1.21.6", "1")
	if err := s.Activate(t.Context(), v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{s.home, s.versions(), filepath.Join(s.home, "locks")} {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(dir, 0o755) })
	}
	if err := os.Chmod(filepath.Join(s.home, "locks", "anchor.lock"), 0o444); err != nil {
		t.Fatal(err)
	}
	refused(t, s)
	if got, err := state(s); err != nil || got != "go1.21.6 1 []; go1.22.3 1 []; default go1.22.3" {
		t.Errorf("%s, %v", got, err)
	}
}

// public is a folder that other users may enter; those of t.TempDir they may not.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "gsw-store-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func refused(t *testing.T, s Store) {
	t.Helper()
	_, begun := s.Begin(t.Context(), v("go1.23.1"), nil)
	for name, err := range map[string]error{
		"Begin":      begun,
		"Activate":   s.Activate(t.Context(), v("go1.21.6")),
		"Deactivate": s.Deactivate(t.Context()),
		"Remove":     s.Remove(t.Context(), v("go1.21.6"), false, nil),
		"Resolved":   s.Resolved(spec(t, "^1.21"), filepath.Join(s.versions(), "go1.22.3", "go")),
	} {
		if !platform.StorageFault(err) {
			t.Errorf("%s: %v, which is not recognised as the file system's fault", name, err)
		}
	}
}

func TestDiskFull(t *testing.T) {
	dir := mount(t, "none", "tmpfs", "size=256k")
	s := Open(host(dir))
	plant(t, dir, "go1.22.3", "1", "gopls")
	st, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(st.Dir(), "go1.22.3", "2"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(st.Go(), "big"), make([]byte, 1<<20), 0o644); !platform.DiskFull(err) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if _, err := st.Commit(t.Context(), receiptFor("go1.22.3", "2")); !platform.DiskFull(err) || !platform.StorageFault(err) {
		t.Errorf("Commit: %v", err)
	}
	st.Abort()
	if got, err := state(s); err != nil || got != "go1.22.3 1 [gopls]" {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := install(s, "go1.22.3", "3"); err != nil { // Abort made room
		t.Error(err)
	}
}

// A copy of the disk, taken while the file system is in use, is what a power loss leaves. Whatever Commit, Activate and
// Remove said was done has to be there, whole.
func TestPowerLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("makes file systems")
	}
	image := filepath.Join(t.TempDir(), "disk")
	if err := errors.Join(os.WriteFile(image, nil, 0o644), os.Truncate(image, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
		cannot(t, "making a file system", errors.Join(err, errors.New(string(out))))
	}
	// Nothing is written by itself for a long time: only what was flushed is on the disk.
	s := Open(host(mount(t, image, "ext4", "loop,commit=300")))
	write(t, filepath.Join(s.home, "bin", "gsw"), "x", 0o755)
	check := func(moment, want string) {
		t.Helper()
		crashed := filepath.Join(t.TempDir(), "crashed")
		if out, err := exec.Command("cp", "--sparse=always", image, crashed).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		after := Open(host(mount(t, crashed, "ext4", "loop")))
		if got, err := state(after); err != nil || got != want {
			t.Errorf("after a power loss %s: %s, %v; want %s", moment, got, err, want)
		}
		if _, err := after.Sweep(t.Context(), program); err != nil {
			t.Error(err)
		}
		if got, err := state(after); err != nil || got != want {
			t.Errorf("after a power loss %s, and a Sweep: %s, %v; want %s", moment, got, err, want)
		}
	}
	s.step = func(point string) {
		switch point {
		case "commit: tools kept":
			check("before the flush", "")
		case "commit: marked":
			check("before the rename", "")
		}
	}
	mustInstall(t, s, "go1.22.3")
	s.step = nil
	check("after installing", "go1.22.3 1 []")

	write(t, filepath.Join(s.versions(), "go1.22.3", "bin", "gopls"), "x", 0o755)
	if _, err := install(s, "go1.22.3", "2"); err != nil {
		t.Fatal(err)
	}
	check("after installing anew", "go1.22.3 2 [gopls]")

	if err := s.Activate(t.Context(), v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	mustInstall(t, s, "go1.21.6") // which flushes
	check("after switching", "go1.21.6 1 []; go1.22.3 2 [gopls]; default go1.22.3")

	s.step = func(point string) {
		if point == "remove: links gone" {
			check("before deleting", "go1.21.6 1 []")
		}
	}
	if err := s.Remove(t.Context(), v("go1.22.3"), true, nil); err != nil {
		t.Fatal(err)
	}
}

// Linux swaps two folders in one step: while a toolchain is installed anew it is there at every moment, whole.
func TestInstallingAnewUnderReaders(t *testing.T) {
	s := open(t)
	mustInstall(t, s, "go1.22.3")
	end := make(chan bool)
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				if _, err := s.Get(v("go1.22.3")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 15 {
		if _, err := install(s, "go1.22.3", "2"); err != nil {
			t.Error(err)
		}
	}
	close(end)
	readers.Wait()
}
