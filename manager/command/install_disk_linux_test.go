package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// mounted mounts a file system for as long as the test runs.
func mounted(t *testing.T, source, kind, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount(source, dir, kind, 0, options); err != nil {
		disttest.Need(t, "mounting a %s: %v", kind, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
	return dir
}

// TestFullDisk: the disk is full in the middle of an installation.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	tree := large(t, "1.22.3")
	for _, args := range [][]string{
		{"install", "1.22.3"},
		{"install", "--via", "module", "1.22.3"},
		{"install", "--from", "FILE"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			for _, room := range []int{3, 11, 17} { // megabytes: for a part of the archive, for a part of the tree, for all but gsw
				home := mounted(t, "tmpfs", "tmpfs", fmt.Sprintf("size=%dm", room))
				h := newHouseAt(t, filepath.Join(home, ".gsw"), disttest.NewServer(t, tree))
				h.extra = []string{"GOPROXY=" + h.server.Proxy()}
				line := slices.Clone(args)
				if i := slices.Index(line, "FILE"); i > 0 {
					line[i] = filepath.Join(h.dir, tree.ArchiveName())
					if err := os.WriteFile(line[i], tree.Archive(t), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				_, stderr, code := h.run(line...)
				if code != exitStorage || !strings.Contains(stderr, "no space left on device") || !strings.Contains(stderr, "gsw: hint: ") {
					t.Errorf("%d MB: exit %d: %s", room, code, stderr)
				}
				// Where there was room for all of it but not for gsw's own copy, it is there, marked for the next gsw to link.
				if left := h.visible(); len(left) > 0 && fmt.Sprint(left) != "[.stale go1.22.3]" {
					t.Errorf("%d MB: left %v", room, left)
				}
				if left := h.parts(); len(left) > 0 {
					t.Errorf("%d MB: the disk stays full: %v", room, left)
				}
				h.must("list")
			}
		})
	}
}

// TestReadOnlyHome: what is installed can be used and proved, and the rest says why it can't be.
func TestReadOnlyHome(t *testing.T) {
	t.Parallel()
	home := mounted(t, "tmpfs", "tmpfs", "")
	h := newHouseAt(t, filepath.Join(home, ".gsw"), disttest.NewServer(t, disttest.Fake(t, "1.22.3", disttest.Host()), disttest.Fake(t, "1.21.6", disttest.Host())))
	h.must("install", "1.22.3")
	if err := syscall.Mount("", home, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{{"install", "1.21.6"}, {"install", "--force", "1.22.3"}, {"uninstall", "--force", "1.22.3"}, {"install", "latest", "--force"}} {
		_, stderr, code := h.run(line...)
		if code != exitStorage || !strings.Contains(stderr, "read-only file system") || !strings.Contains(stderr, "gsw: hint: ") {
			t.Errorf("gsw %s: exit %d: %s", strings.Join(line, " "), code, stderr)
		}
	}
	for _, line := range [][]string{{"install", "1.22.3"}, {"list"}, {"verify", "1.22.3"}, {"current"}, {"exec", "1.22.3", "--", "go", "version"}} {
		h.must(line...)
	}
	if got := fmt.Sprint(h.visible()); got != "[go1.22.3]" {
		t.Error(got)
	}
}

// TestPowerLoss installs on an ext4 file system in a file and looks, again and again, at a copy of that file: what a
// machine finds that lost its power at that moment. The toolchain is absent or whole, and gsw goes on from there.
// (What a drive's own cache may lose is not modelled; that it is told to empty it, platform's tests show.)
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		disttest.Need(t, "it mounts a dozen file systems: not with -short")
	}
	server := disttest.NewServer(t, large(t, "1.22.3"), disttest.Fake(t, "1.21.6", disttest.Host()))
	image := newDisk(t)
	disk := attach(t, image)
	h := newHouseAt(t, filepath.Join(disk, ".gsw"), server)
	h.must("install", "1.21.6")
	syscall.Sync()

	failures := 0
	lost := func(wants ...string) string {
		t.Helper()
		failures++
		copied := fmt.Sprint(image, failures)
		still(t, image, copied)
		defer os.Remove(copied)
		after := newHouseAt(t, filepath.Join(attach(t, copied), ".gsw"), server)
		return afterwards(t, after, wants)
	}

	// While it installs, at moments spread over it, and at once when it says that it is done.
	const absent, there = "go1.21.6", "go1.21.6 go1.22.3"
	server.Lie("/files/go1.22.3*", disttest.Slow(12<<20))
	c := h.command("install", "1.22.3")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	seen := map[string]int{}
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		case <-time.After(20 * time.Millisecond):
			c.Process.Signal(syscall.SIGSTOP)
			seen[lost(absent, there)]++
			c.Process.Signal(syscall.SIGCONT)
		}
	}
	if got := lost(there); got != there {
		t.Errorf("it said it was done, and after a power loss there is %s", got)
	}
	h.must("install", "--force", "1.22.3")
	lost(there)
	h.must("uninstall", "1.22.3")
	lost(absent)
	t.Logf("%d power failures; during the installation %v", failures, seen)
}

// TestPowerLossUnflushed loses the power right after an install that did not wait for the disk: the files are empty
// then, and the next gsw removes them. What was flushed, by gsw or by the system meanwhile, stays. It runs alone: another
// test's sync would write all.
func TestPowerLossUnflushed(t *testing.T) {
	if testing.Short() {
		disttest.Need(t, "it mounts file systems: not with -short")
	}
	server := disttest.NewServer(t, large(t, "1.22.3"), disttest.Fake(t, "1.21.6", disttest.Host()))
	for _, test := range []struct {
		name, flush string
		sync        bool // the system writes everything before the power goes
		damaged     bool
	}{
		{"not flushed", "off", false, true},
		{"not flushed, but written", "off", true, false},
		{"flushed", "on", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			image := newDisk(t)
			h := newHouseAt(t, filepath.Join(attach(t, image), ".gsw"), server)
			h.must("install", "1.21.6")
			syscall.Sync()
			h.extra = []string{"GSW_FLUSH=" + test.flush, testBoot + "=before"}
			h.must("install", "1.22.3")
			if test.sync {
				syscall.Sync()
			}
			still(t, image, image+"-after")
			after := newHouseAt(t, filepath.Join(attach(t, image+"-after"), ".gsw"), server)
			after.extra = []string{testBoot + "=before"}
			if _, _, code := after.run("verify", "1.22.3"); test.damaged && code == 0 {
				t.Error("the power loss did no harm: the test shows nothing")
			}
			after.extra = []string{testBoot + "=after"}
			want := "go1.21.6 go1.22.3"
			if test.damaged {
				want = "go1.21.6"
			}
			_, stderr, code := after.run("list")
			if got := strings.Join(after.visible(), " "); code != 0 || got != want {
				t.Errorf("exit %d, there is %q, want %q: %s", code, got, want, stderr)
			}
			if strings.Contains(stderr, "did not survive a power loss") != test.damaged {
				t.Errorf("it said %q", stderr)
			}
			if _, stderr, code := after.run("verify", "--all"); code != 0 {
				t.Errorf("not whole: %s", stderr)
			}
		})
	}
}

// newDisk makes an ext4 file system in a file.
func newDisk(t *testing.T) (image string) {
	t.Helper()
	for _, tool := range []string{"mkfs.ext4", "losetup", "cp"} {
		if _, err := exec.LookPath(tool); err != nil {
			disttest.Need(t, "%v", err)
		}
	}
	image = filepath.Join(mounted(t, "tmpfs", "tmpfs", ""), "disk")
	if err := os.WriteFile(image, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 160<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v\n%s", err, out)
	}
	return image
}

// still copies the image as it is at one moment: nobody may write to it while it is read.
func still(t *testing.T, image, copied string) {
	t.Helper()
	for range 20 {
		if out, err := exec.Command("cp", "--sparse=always", image, copied).CombinedOutput(); err != nil {
			t.Fatalf("cp: %v %s", err, out)
		}
		if exec.Command("cmp", "-s", image, copied).Run() == nil {
			return
		}
	}
	t.Fatal("the disk does not come to rest")
}

// attach mounts an image for as long as the test runs.
func attach(t *testing.T, image string) (dir string) {
	t.Helper()
	out, err := exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		disttest.Need(t, "no loop device: %v %s", err, out)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "--detach", device).CombinedOutput(); err != nil {
			t.Errorf("losetup --detach %s: %v %s", device, err, out)
		}
	})
	return mounted(t, device, "ext4", "")
}

// afterwards looks at the toolchains that a power failure left: those of one of wants, all intact.
func afterwards(t *testing.T, h *house, wants []string) string {
	t.Helper()
	h.must("list") // clears up
	state := strings.Join(h.visible(), " ")
	if !slices.Contains(wants, state) {
		t.Errorf("a power failure left %s", state)
	}
	if stdout, stderr, code := h.run("verify", "--all"); code != 0 {
		t.Errorf("not whole: %s%s", stdout, stderr)
	}
	return state
}
