package unpack

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// needed skips a test that this machine can't do, unless everything is required.
func needed(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// disk makes a file system of that kind for as long as the test runs.
func disk(t *testing.T, kind string, options ...string) string {
	t.Helper()
	image := filepath.Join(mountTmpfs(t, ""), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 400<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs."+kind, append(options, "-q", image)...).CombinedOutput(); err != nil {
		needed(t, "mkfs.%s: %v %s", kind, err, out)
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		needed(t, "mounting %s: %v %s", kind, err, out)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
	return dir
}

func TestShareByClones(t *testing.T) {
	for kind, options := range map[string][]string{"xfs": {"-mreflink=1"}, "btrfs": nil} {
		t.Run(kind, func(t *testing.T) {
			dir := disk(t, kind, options...)
			eachFormat(t, func(t *testing.T, format string) {
				a, b := filepath.Join(dir, format, "a"), filepath.Join(dir, format, "b")
				unpacked(t, format, older(), may, a)
				res := unpacked(t, format, newer(), june, b, Share(Sharing{GOROOT: a}))
				if want := newer().equalBytes(older(), false); res.Shared.Bytes != want {
					t.Errorf("%d bytes are shared, want %d", res.Shared.Bytes, want)
				}
				// Everything is as without sharing: its own time, its own permissions, and its own file.
				for name := range newer() {
					path := filepath.Join(b, name)
					info, err := os.Stat(path)
					if err != nil {
						t.Fatal(err)
					}
					if !info.ModTime().Equal(june) || info.Mode().Perm()&0o222 == 0 || info.Sys().(*syscall.Stat_t).Nlink != 1 {
						t.Errorf("%s: %v, %v", name, info.Mode(), info.ModTime())
					}
				}
				overwrite(t, filepath.Join(b, "src/a/large.go"))
				older().check(t, a)
				overwrite(t, filepath.Join(a, "src/b/huge.go"))
				want := newer()
				want["src/a/large.go"] = "written" + want["src/a/large.go"][len("written"):]
				want.check(t, b)
			})
		})
	}
}

// overwrite changes a file in place.
func overwrite(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("written"); err != nil {
		t.Fatal(err)
	}
}

// Where nothing can be shared, files are written.
func TestShareBetweenVolumes(t *testing.T) {
	eachFormat(t, func(t *testing.T, format string) {
		a, b := filepath.Join(mountTmpfs(t, ""), "a"), mountTmpfs(t, "")
		unpacked(t, format, older(), may, a)
		for name, s := range map[string]Sharing{"links": {GOROOT: a, Link: true}, "clones": {GOROOT: a}} {
			if res := unpacked(t, format, newer(), june, filepath.Join(b, name), Share(s)); res.Shared != (Shared{}) {
				t.Errorf("%s: %+v is shared", name, res.Shared)
			}
		}
	})
}
