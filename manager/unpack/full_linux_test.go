package unpack

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gsw/platform"
)

// TestDiskFull unpacks into file systems without room, or that may not be written to. The
// system's reason comes through.
func TestDiskFull(t *testing.T) {
	data, _ := goodTarGz(t)
	small := mountTmpfs(t, "size=256k")
	_, err := TarGz(t.Context(), bytes.NewReader(data), small)
	if !errors.Is(err, syscall.ENOSPC) || !platform.DiskFull(err) || !strings.HasPrefix(err.Error(), "writing ") {
		t.Errorf("a full disk: %v", err)
	}
	few := mountTmpfs(t, "nr_inodes=5")
	_, err = TarGz(t.Context(), bytes.NewReader(data), few)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("no inode left: %v", err)
	}
	z := packZip(t, zipped("go/large", strings.Repeat("content", 1<<20), 0o644))
	_, err = Zip(t.Context(), bytes.NewReader(z), int64(len(z)), mountTmpfs(t, "size=256k"))
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk, zip: %v", err)
	}
	fixed := mountTmpfs(t, "ro")
	_, err = TarGz(t.Context(), bytes.NewReader(data), fixed)
	if !errors.Is(err, syscall.EROFS) || !platform.StorageFault(err) {
		t.Errorf("a read-only file system: %v", err)
	}
}

func TestNotPermitted(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	data, _ := goodTarGz(t)
	dir := jail(t)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := TarGz(t.Context(), bytes.NewReader(data), dir); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that may not be written to: %v", err)
	}
}

func mountTmpfs(t *testing.T, options string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mnt")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var flags uintptr
	if options == "ro" {
		flags, options = syscall.MS_RDONLY, ""
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		if os.Getenv("GSW_TEST_REQUIRE") == "all" {
			t.Fatal(err)
		}
		t.Skipf("may not mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}
