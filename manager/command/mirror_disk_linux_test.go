package command

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gsw/manager/dist/disttest"
)

// TestMirrorOnFullDisk: the mirror lies on another disk than the home, which is full in the middle of a run, then not to be
// written to. What was published before is served on, and the next run goes on.
func TestMirrorOnFullDisk(t *testing.T) {
	t.Parallel()
	small, big := disttest.Fake(t, "1.21.6", disttest.Host()), large(t, "1.22.3")
	for _, room := range []int{6, 13, 18} { // megabytes: for a part of the archive, of the zip, and nearly for both
		disk := mounted(t, "tmpfs", "tmpfs", fmt.Sprintf("size=%dm", room))
		dir := filepath.Join(disk, "mirror")
		h := newHouseAt(t, filepath.Join(t.TempDir(), ".gsw"), disttest.NewServer(t, small, big))
		h.extra = []string{"GOPROXY=" + h.server.Proxy()}
		h.must("mirror", "sync", dir, "--versions", "1.21.6")
		m := disttest.Mirror{Dir: dir, Key: h.server.SumDB.Key}
		before, err := m.Check()
		if err != nil || len(before) != 2 {
			t.Fatal(before, err)
		}
		m.Heads = []string{m.Head()}

		_, stderr, code := h.run("mirror", "sync", dir, "--versions", "1.21.6,1.22.3")
		if code != exitStorage || !strings.Contains(stderr, "no space left on device") || !strings.Contains(stderr, "gsw: hint: df -h "+dir) {
			t.Errorf("%d MB: exit %d: %s", room, code, stderr)
		}
		if holds, err := m.Check(); err != nil || fmt.Sprint(holds) != fmt.Sprint(before) {
			t.Errorf("%d MB: %v, %v", room, holds, err)
		}

		remount := func(flags uintptr, options string) {
			t.Helper()
			if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|flags, options); err != nil {
				t.Fatal(err)
			}
		}
		remount(syscall.MS_RDONLY, "size=64m")
		_, stderr, code = h.run("mirror", "sync", dir, "--versions", "1.21.6,1.22.3")
		if code != exitStorage || !strings.Contains(stderr, "read-only file system") {
			t.Errorf("read-only: exit %d: %s", code, stderr)
		}
		h.must("mirror", "sync", dir) // nothing is to be written
		h.must("mirror", "sync", dir, "--versions", "1.21.6,1.22.3", "-n")
		remount(0, "size=64m")
		h.must("mirror", "sync", dir, "--versions", "1.21.6,1.22.3")
		if holds, err := m.Check(); err != nil || len(holds) != 4 {
			t.Errorf("%d MB: %v, %v", room, holds, err)
		}
	}
}
