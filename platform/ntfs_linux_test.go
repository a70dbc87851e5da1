package platform

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLinksOnNTFS lets a real NTFS file system judge the buffers: the driver checks them as Windows does, and resolves
// the links. Windows' own call can't be made here.
func TestLinksOnNTFS(t *testing.T) {
	for _, tool := range []string{"mkntfs", "ntfs-3g"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, "%v", err)
		}
	}
	if os.Geteuid() != 0 {
		skip(t, "only root can unmount it again")
	}
	dir := t.TempDir()
	image, volume := filepath.Join(dir, "image"), mkdir(t, filepath.Join(dir, "volume"))
	write(t, image, "")
	if err := os.Truncate(image, 16<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkntfs", "-F", "-Q", "-q", image).CombinedOutput(); err != nil {
		t.Fatalf("mkntfs: %v %s", err, out)
	}
	// Mounted anew for each look: the kernel remembers for a second that the link was a folder.
	mountedFor := func(do func()) {
		t.Helper()
		if out, err := exec.Command("ntfs-3g", image, volume, "-o", "streams_interface=xattr").CombinedOutput(); err != nil {
			skip(t, "ntfs-3g: %v %s", err, out)
		}
		defer func() {
			if err := unix.Unmount(volume, 0); err != nil {
				t.Error(err)
			}
		}()
		do()
	}
	for kind, build := range map[string]func(string) ([]byte, error){"junction": junctionBuffer, "symlink": symlinkBuffer} {
		link := filepath.Join(volume, kind)
		mountedFor(func() { mkdir(t, link) })
		for _, name := range []string{"go1.21.6", "größer 😀"} {
			buffer, err := build(`C:\versions\` + name)
			if err != nil {
				t.Fatal(err)
			}
			mountedFor(func() {
				write(t, filepath.Join(mkdir(t, filepath.Join(volume, "versions", name)), "name"), name)
				// The second time it is a link already, which this re-points in place.
				if err := unix.Lsetxattr(link, "system.ntfs_reparse_data", buffer, 0); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
			mountedFor(func() {
				if got := read(t, filepath.Join(link, "name")); got != name {
					t.Errorf("through the %s %q, want %q", kind, got, name)
				}
				buffer[4]++ // a length that is not so
				if err := unix.Lsetxattr(link, "system.ntfs_reparse_data", buffer, 0); err == nil {
					t.Error("the driver takes anything")
				}
			})
		}
	}
}
