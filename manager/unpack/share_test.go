package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/tree"
	"gsw/platform"
	"gsw/platform/platformtest"
)

// release is a small toolchain: content by name. Names that end in .sh may be executed.
type release map[string]string

// older and newer are two patches of one line: most of their files are equal.
func older() release {
	noise := rand.NewChaCha8([32]byte{1})
	text := func(n int) string {
		b := make([]byte, n)
		noise.Read(b)
		return string(b)
	}
	return release{
		"VERSION": "go1.22.3\n", "LICENSE": "free", "go.env": "GOPROXY=x", "bin/go": text(9000), "pkg/tool/compile": text(9000),
		"src/a/small.go": text(700), "src/a/medium.go": text(blockSize - 1), "src/a/large.go": text(3*blockSize + 17), "src/b/huge.go": text(zipWhole*2 + 1),
		"src/b/first.go": text(5000), "src/b/last.go": text(3*blockSize + 5), "src/b/middle.go": text(2 * zipWhole), "src/b/longer.go": "x",
		"src/b/empty.go": "", "src/c/gone.go": "gone", "src/c/run.sh": "#!/bin/sh\n", "lib/zone": text(300), "test/t.go": text(400), "doc/d": "d",
	}
}

func newer() release {
	r := older()
	edit := func(name string, at int) {
		b := []byte(r[name])
		b[at] ^= 1
		r[name] = string(b)
	}
	r["VERSION"] = "go1.22.4\n" // bin/go stays equal: it is not to be shared all the same
	edit("src/b/first.go", 0)
	edit("src/b/last.go", len(r["src/b/last.go"])-1)
	edit("src/b/middle.go", zipWhole)
	r["src/b/longer.go"] = "xy"
	r["src/c/new.go"] = "new"
	delete(r, "src/c/gone.go")
	return r
}

// equalBytes is how much of newer lies in files that may be shared.
func (r release) equalBytes(old release, covered bool) (n int64) {
	for name, content := range r {
		if old[name] == content && shareable(name) && (tree.Covered(name) || !covered) {
			n += int64(len(content))
		}
	}
	return n
}

var formats = map[string]func(t *testing.T, r release, mtime time.Time, dir string, with ...Option) (Result, error){
	"tar.gz": func(t *testing.T, r release, mtime time.Time, dir string, with ...Option) (Result, error) {
		var members []member
		for name, content := range r {
			members = append(members, member{tar.Header{Name: "go/" + name, Mode: modeOf(name), ModTime: mtime}, content})
		}
		return TarGz(t.Context(), bytes.NewReader(gzipped(t, packTar(t, members...))), dir, with...)
	},
	"zip": func(t *testing.T, r release, mtime time.Time, dir string, with ...Option) (Result, error) {
		var members []zip.FileHeader
		for name, content := range r {
			m := zipped("go/"+name, content, fs.FileMode(modeOf(name)))
			m.Modified = mtime
			members = append(members, m)
		}
		data := packZip(t, members...)
		return Zip(t.Context(), bytes.NewReader(data), int64(len(data)), dir, with...)
	},
}

func modeOf(name string) int64 {
	if strings.HasSuffix(name, ".sh") || strings.HasPrefix(name, "bin/") {
		return 0o755
	}
	return 0o644
}

// unpacked unpacks r and looks at every file.
func unpacked(t *testing.T, format string, r release, mtime time.Time, dir string, with ...Option) Result {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	res, err := formats[format](t, r, mtime, dir, with...)
	if err != nil {
		t.Fatal(err)
	}
	r.check(t, dir)
	if d := r.manifest().Compare(res.Manifest); d != nil {
		t.Errorf("manifest: %v", d)
	}
	if res.Files != len(r) || res.Bytes != r.bytes() {
		t.Errorf("%d files, %d bytes", res.Files, res.Bytes)
	}
	return res
}

func (r release) bytes() (n int64) {
	for _, content := range r {
		n += int64(len(content))
	}
	return n
}

func (r release) manifest() (m tree.Manifest) {
	for name, content := range r {
		m = append(m, tree.Entry{Name: name, Sum: sha256.Sum256([]byte(content))})
	}
	return m
}

func (r release) check(t *testing.T, dir string) {
	t.Helper()
	for name, content := range r {
		path := filepath.Join(dir, name)
		if have, err := os.ReadFile(path); err != nil || string(have) != content {
			t.Errorf("%s holds something else: %d bytes, %v", path, len(have), err)
		}
		if info, err := os.Stat(path); err != nil || hasModes && info.Mode()&0o111 != 0 != (modeOf(name)&0o111 != 0) {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

var (
	may  = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	june = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
)

func eachFormat(t *testing.T, test func(t *testing.T, format string)) {
	for format := range formats {
		t.Run(format, func(t *testing.T) { test(t, format) })
	}
}

// linking skips a test where the system makes no links.
func linking(t *testing.T, dir string) {
	t.Helper()
	if err := platform.SafeLinks(dir); errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("no links here: %v", err)
	}
}

func TestShareByLinks(t *testing.T) {
	eachFormat(t, func(t *testing.T, format string) {
		dir := t.TempDir()
		linking(t, dir)
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		unpacked(t, format, older(), may, a) // installed before anybody thought of sharing: it may be written to
		res := unpacked(t, format, newer(), june, b, Share(Sharing{GOROOT: a, Link: true}))
		older().check(t, a)
		if want := newer().equalBytes(older(), false); res.Shared.Bytes != want {
			t.Errorf("%d bytes are shared, want %d", res.Shared.Bytes, want)
		}
		want := int64(0)
		if format == "zip" {
			want = newer().equalBytes(older(), true)
		}
		if res.Shared.Unread != want {
			t.Errorf("%d bytes are shared unread, want %d", res.Shared.Unread, want)
		}
		if want := newer().equalBytes(older(), false) - newer().equalBytes(older(), true); res.Shared.Uncovered != want {
			t.Errorf("%d bytes are not covered, want %d", res.Shared.Uncovered, want)
		}
		for name, content := range newer() {
			x, errX := os.Stat(filepath.Join(a, name))
			y, err := os.Stat(filepath.Join(b, name))
			if err != nil || errX != nil && older()[name] != "" {
				t.Fatal(err, errX)
			}
			linked := older()[name] == content && shareable(name) && content != ""
			if same := errX == nil && os.SameFile(x, y); same != linked {
				t.Errorf("%s is linked: %v, want %v", name, same, linked)
			}
			// Also what has no twin: the next patch may have one.
			if writable := y.Mode()&0o222 != 0; writable == shareable(name) {
				t.Errorf("%s has mode %v", name, y.Mode())
			}
			if !linked && !y.ModTime().Equal(june) {
				t.Errorf("%s is of %v", name, y.ModTime())
			}
		}
		// Replacing, as editors and patch do, is not writing.
		if err := os.Remove(filepath.Join(b, "src/a/small.go")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(b, "src/a/small.go"), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		older().check(t, a)
		if err := os.RemoveAll(b); err != nil {
			t.Fatal(err)
		}
		older().check(t, a)
	})
}

// Without an older toolchain, files are made ready to be shared.
func TestShareWithNobody(t *testing.T) {
	eachFormat(t, func(t *testing.T, format string) {
		dir := filepath.Join(t.TempDir(), "go")
		res := unpacked(t, format, newer(), june, dir, Share(Sharing{Link: true}))
		if res.Shared != (Shared{}) {
			t.Errorf("%+v is shared", res.Shared)
		}
		for name, want := range map[string]fs.FileMode{"src/a/small.go": 0o444, "src/c/run.sh": 0o555, "bin/go": 0o755, "VERSION": 0o644, "pkg/tool/compile": 0o644} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || hasModes && info.Mode().Perm() != want {
				t.Errorf("%s has mode %v, want %v (%v)", name, info.Mode(), want, err)
			}
		}
	})
}

// What stands where a twin should be is passed over.
func TestShareWithOddities(t *testing.T) {
	eachFormat(t, func(t *testing.T, format string) {
		dir := t.TempDir()
		a, b, outside := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "outside")
		unpacked(t, format, older(), may, a)
		if err := os.WriteFile(outside, []byte(older()["src/a/small.go"]), 0o644); err != nil {
			t.Fatal(err)
		}
		replace := func(name string, with func(path string) error) {
			path := filepath.Join(a, name)
			if err := errors.Join(os.RemoveAll(path), with(path)); err != nil {
				t.Fatal(err)
			}
		}
		symlink := func(text string) func(path string) error {
			return func(path string) error { platformtest.Symlink(t, text, path); return nil }
		}
		replace("src/a/small.go", symlink(outside))
		replace("src/a/medium.go", func(path string) error { return os.Mkdir(path, 0o755) })
		replace("src/a/large.go", mkfifo)
		replace("lib", symlink("src"))
		replace("src/c", func(path string) error { return os.WriteFile(path, nil, 0o644) })
		if err := os.Chmod(filepath.Join(a, "LICENSE"), 0o755); err != nil { // not what it will be
			t.Fatal(err)
		}
		unpacked(t, format, newer(), june, b, Share(Sharing{GOROOT: a, Link: true}))
		if info, err := os.Stat(outside); err != nil || hasModes && info.Mode().Perm() != 0o644 {
			t.Errorf("what a link leads to was touched: %v, %v", info.Mode(), err)
		}
		unpacked(t, format, newer(), june, filepath.Join(dir, "c"), Share(Sharing{GOROOT: filepath.Join(dir, "none"), Link: true}))
	})
}

// Whoever uninstalls the older toolchain meanwhile does no harm.
func TestShareWithWhatIsRemoved(t *testing.T) {
	eachFormat(t, func(t *testing.T, format string) {
		for range 4 {
			dir := t.TempDir()
			a := filepath.Join(dir, "a")
			unpacked(t, format, older(), may, a)
			done := make(chan error)
			go func() { done <- platform.RemoveTree(a) }()
			unpacked(t, format, newer(), june, filepath.Join(dir, "b"), Share(Sharing{GOROOT: a, Link: true}))
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A file of the same size and the same CRC-32 is taken for equal where the hash of the tree will tell, and the manifest
// says what is there. Exact is not taken in, and neither is what no hash covers.
func TestShareAForgery(t *testing.T) {
	dir := t.TempDir()
	linking(t, dir)
	a := filepath.Join(dir, "a")
	unpacked(t, "zip", older(), may, a)
	for _, name := range []string{"src/a/small.go", "test/t.go"} {
		forged := string(disttest.Forge([]byte(older()[name])))
		if err := os.WriteFile(filepath.Join(a, name), []byte(forged), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b := filepath.Join(dir, "b")
	if err := os.Mkdir(b, 0o755); err != nil {
		t.Fatal(err)
	}
	res, err := formats["zip"](t, newer(), june, b, Share(Sharing{GOROOT: a, Link: true}))
	if err != nil {
		t.Fatal(err)
	}
	if d := newer().manifest().Compare(res.Manifest); len(d) != 1 || d[0] != (tree.Difference{Name: "src/a/small.go", Kind: tree.Changed}) {
		t.Errorf("the manifest differs in %v", d)
	}
	if res.Shared.Unread == 0 {
		t.Error("nothing is said to be unread")
	}
	exact := unpacked(t, "zip", newer(), june, filepath.Join(dir, "c"), Share(Sharing{GOROOT: a, Link: true, Exact: true}))
	lost := int64(len(newer()["src/a/small.go"]) + len(newer()["test/t.go"]))
	if want := newer().equalBytes(older(), false) - lost; exact.Shared.Bytes != want || exact.Shared.Unread != 0 {
		t.Errorf("%+v is shared, want %d bytes", exact.Shared, want)
	}
}
