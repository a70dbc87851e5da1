package unpack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gsw/manager/tree"
)

func goodTarGz(t testing.TB) (data []byte, content map[string]string) {
	t.Helper()
	noise := make([]byte, 3*blockSize+1)
	rand.Read(noise)
	content = map[string]string{
		"VERSION":      "go1.22.3\n",
		"bin/go":       strings.Repeat("program", 100_000),
		"src/a/noise":  string(noise),
		"src/a/empty":  "",
		"src/b/c/d/e":  "deep",
		"src/b/f":      "back up",
		"test/Äfoo.go": "package main",
	}
	members := []member{{tar.Header{Name: "go/pkg/", Typeflag: tar.TypeDir, Mode: 0o777}, ""}}
	for _, name := range []string{"VERSION", "bin/go", "src/a/noise", "src/a/empty", "src/b/c/d/e", "src/b/f", "test/Äfoo.go"} {
		h := tar.Header{Name: "go/" + name, ModTime: time.Unix(1714592986, 0)}
		if name == "bin/go" {
			h.Mode = 0o775
		}
		members = append(members, member{h, content[name]})
	}
	return gzipped(t, packTar(t, members...)), content
}

func TestTarGz(t *testing.T) {
	data, content := goodTarGz(t)
	for _, reader := range []io.Reader{
		bytes.NewReader(data),
		&dribble{bytes.NewReader(data), 1000},
		&dribble{bytes.NewReader(data), 7},
	} {
		dir := jail(t)
		res, err := TarGz(t.Context(), reader, dir)
		if err != nil {
			t.Fatal(err)
		}
		lookAround(t, dir)
		var total int64
		var want tree.Manifest
		for name, c := range content {
			if have, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(have) != c {
				t.Errorf("%s: %d bytes, %v", name, len(have), err)
			}
			total += int64(len(c))
			want = append(want, tree.Entry{Name: name, Sum: sha256.Sum256([]byte(c))})
		}
		if d := want.Compare(res.Manifest); d != nil {
			t.Errorf("manifest: %v", d)
		}
		if res.Files != len(content) || res.Bytes != total || res.Size != int64(len(data)) ||
			res.SHA256 != fmt.Sprintf("%x", sha256.Sum256(data)) || res.Format != "tar.gz" {
			t.Errorf("%d files, %d bytes, archive %d %s %s", res.Files, res.Bytes, res.Size, res.SHA256, res.Format)
		}
		if info, err := os.Stat(filepath.Join(dir, "pkg")); err != nil || !info.IsDir() {
			t.Errorf("the empty folder: %v", err)
		}
	}
}

// dribble yields a few bytes at a time, as a network does.
type dribble struct {
	r io.Reader
	n int
}

func (d *dribble) Read(p []byte) (int, error) { return d.r.Read(p[:min(len(p), d.n)]) }

// TestModes: of an archive's modes only the executable bit counts, and times that
// make no sense are not set.
func TestModes(t *testing.T) {
	data := gzipped(t, packTar(t,
		member{tar.Header{Name: "go/open/", Typeflag: tar.TypeDir, Mode: 0o2777}, ""},
		member{tar.Header{Name: "go/open/run", Mode: 0o777, ModTime: time.Unix(-5, 0), Format: tar.FormatPAX}, "x"},
		member{tar.Header{Name: "go/open/read", Mode: 0o666, ModTime: time.Unix(1<<40, 0)}, "x"},
		member{tar.Header{Name: "go/shut", Mode: 0o400, ModTime: time.Unix(1714592986, 0)}, "x"},
	))
	dir := jail(t)
	if _, err := TarGz(t.Context(), bytes.NewReader(data), dir); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"open": fs.ModeDir | 0o755, "open/run": 0o755, "open/read": 0o644, "shut": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() != mode.IsDir() || hasModes && info.Mode() != mode {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
		if d := time.Since(info.ModTime()); name != "shut" && (d < -time.Hour || d > time.Hour) {
			t.Errorf("%s is of %v", name, info.ModTime())
		}
	}
}

// TestDamage changes and cuts an archive everywhere: it is refused, or unpacked to the very same
// files (some bytes of gzip's header mean nothing).
func TestDamage(t *testing.T) {
	data := gzipped(t, packTar(t, member{tar.Header{Name: "go/VERSION"}, "go1.22.3\n"}, member{tar.Header{Name: "go/bin/go"}, "program"}))
	whole, err := TarGz(t.Context(), bytes.NewReader(data), jail(t))
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, data []byte) {
		dir := jail(t)
		res, err := TarGz(t.Context(), bytes.NewReader(data), dir)
		lookAround(t, dir)
		if err != nil {
			checkKind(t, err)
		} else if d := whole.Manifest.Compare(res.Manifest); d != nil {
			t.Errorf("%s: unpacked to %v", what, d)
		}
	}
	for i := range data {
		flipped := bytes.Clone(data)
		flipped[i] ^= 1 << (i % 8)
		try(fmt.Sprintf("flipped at %d", i), flipped)
	}
	for i := range data {
		if _, err := TarGz(t.Context(), bytes.NewReader(data[:i]), jail(t)); !errors.As(err, new(*CorruptError)) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
}

func TestNotAnArchive(t *testing.T) {
	for content, says := range map[string]string{
		"":                                   "not an archive of Go but an empty file",
		"\n<!DOCTYPE html><html>":            "not an archive of Go but an HTML page",
		"<HTML><body>blocked":                "not an archive of Go but an HTML page",
		"<?xml version='1.0'?><Error/>":      "not an archive of Go but an XML document",
		`{"error":"not found"}`:              "not an archive of Go but a JSON document",
		"404 page not found\n":               "not an archive of Go but text",
		"\x7fELF\x02\x01":                    "not an archive of Go but a program",
		"xar!\x00\x1c":                       "not an archive of Go but a macOS installer",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":   "not an archive of Go but a Windows installer",
		"-----BEGIN PGP SIGNATURE-----\n":    "not an archive of Go but an OpenPGP signature",
		"\x01\x02\x03\xff":                   "not an archive of Go but unknown binary data",
		strings.Repeat("\x00", 600):          "not an archive of Go but zeros",
		string(gzipped(t, []byte("<html>"))): "the tar archive ends early",
		string(gzipped(t, []byte(strings.Repeat("<html> ", 100)))): "not an archive of Go but an HTML page",
		string(gzipped(t, nil)): "the tar archive is empty",
		"7z\xbc\xaf\x27\x1c":    "not an archive of Go but a 7z archive",
		"PK\x03\x04 and so on":  "the zip archive ends early",
	} {
		file := filepath.Join(t.TempDir(), "archive.tar.gz")
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := File(t.Context(), file, jail(t)); err == nil || err.Error() != says {
			t.Errorf("%.20q: %v, want %s", content, err, says)
		} else if !errors.As(err, new(*CorruptError)) {
			t.Errorf("%.20q: a %T", content, err)
		}
	}
	_, err := TarGz(t.Context(), strings.NewReader("PK\x03\x04"), jail(t))
	if err == nil || err.Error() != "not an archive of Go but a zip archive" {
		t.Errorf("a zip for a tar.gz: %v", err)
	}
	if _, err := File(t.Context(), t.TempDir(), jail(t)); err == nil || err.Error() != "not an archive but a folder" {
		t.Errorf("a folder: %v", err)
	}
	if _, err := File(t.Context(), filepath.Join(t.TempDir(), "none"), jail(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestZeros: 10 GB of zeros behind a good archive, and nothing but zeros, end after the first.
func TestZeros(t *testing.T) {
	for what, before := range map[string][]byte{
		"only zeros":    nil,
		"zeros follow":  packTar(t, member{tar.Header{Name: "go/VERSION"}, "go1.22.3"}),
		"a large entry": packHeader(t, 10<<30),
	} {
		r, w := io.Pipe()
		gave := make(chan int64, 1)
		go func() {
			gz := gzip.NewWriter(w)
			n, _ := gz.Write(before)
			total := int64(n)
			zeros := make([]byte, 1<<20)
			for total < 10<<30 {
				n, err := gz.Write(zeros)
				total += int64(n)
				if err != nil {
					break
				}
			}
			gave <- total
		}()
		stopping := &stopped{r: r}
		_, err := TarGz(t.Context(), stopping, jail(t))
		if !errors.As(err, new(*PolicyError)) {
			t.Errorf("%s: %v", what, err)
		}
		r.Close()
		if total := <-gave; total > 2<<30 {
			t.Errorf("%s: read %d MiB of it", what, total>>20)
		}
	}
}

// stopped is only there to be a reader without other methods.
type stopped struct{ r io.Reader }

func (s *stopped) Read(p []byte) (int, error) { return s.r.Read(p) }

// packHeader is the beginning of a tar stream with one file of that size.
func packHeader(t testing.TB, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "go/big", Mode: 0o644, Size: size, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDirMustBeEmpty(t *testing.T) {
	data, _ := goodTarGz(t)
	dir := jail(t)
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := TarGz(t.Context(), bytes.NewReader(data), dir); err == nil || err.Error() != dir+" is not empty" {
		t.Errorf("%v", err)
	}
	if _, err := TarGz(t.Context(), bytes.NewReader(data), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestReaderErrors: what the archive's reader says is not taken for damage.
func TestReaderErrors(t *testing.T) {
	data, _ := goodTarGz(t)
	stalled := errors.New("stalled")
	for _, err := range []error{stalled, io.ErrUnexpectedEOF} {
		for _, at := range []int{0, 5, 100, 200_000, len(data) - 1, len(data)} {
			_, have := TarGz(t.Context(), io.MultiReader(bytes.NewReader(data[:at]), broken{err}), jail(t))
			if have != err {
				t.Errorf("after %d bytes: %v, want %v", at, have, err)
			}
		}
	}
	if _, err := TarGz(t.Context(), idle{}, jail(t)); err != io.ErrNoProgress {
		t.Errorf("an idle reader: %v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestCancel ends the context at several moments; a blocked Read ends with it.
func TestCancel(t *testing.T) {
	data, _ := goodTarGz(t)
	before := runtime.NumGoroutine()
	for _, at := range []int{0, 1, 1000, 200_000, 300_000, len(data)} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := TarGz(ctx, io.MultiReader(bytes.NewReader(data[:at]), waiting{ctx, cancel}), jail(t))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d bytes: %v", at, err)
		}
	}
	reason := errors.New("a reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := TarGz(ctx, bytes.NewReader(data), jail(t)); !errors.Is(err, reason) {
		t.Errorf("cancelled before: %v", err)
	}
	z := packZip(t, zipped("go/a", "content", 0o644))
	if _, err := Zip(ctx, bytes.NewReader(z), int64(len(z)), jail(t)); !errors.Is(err, reason) {
		t.Errorf("zip, cancelled before: %v", err)
	}
	// A goroutine that is done counts until the scheduler has taken it away.
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > before {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after:\n%s", before, after, buf[:runtime.Stack(buf, true)])
	}
}

// waiting cancels its context and then waits for it, as a network read does.
type waiting struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func (w waiting) Read([]byte) (int, error) {
	w.cancel()
	<-w.ctx.Done()
	return 0, w.ctx.Err()
}

// TestMemory: however large the archive, memory is what is in flight.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB")
	}
	content := strings.Repeat("0123456789abcdef", 1<<18)
	var members []member
	for i := range 50 {
		members = append(members, member{tar.Header{Name: fmt.Sprintf("go/%d", i)}, content})
	}
	data := gzipped(t, packTar(t, members...))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := TarGz(t.Context(), bytes.NewReader(data), jail(t)); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 12<<20 {
		t.Errorf("allocated %d MiB for %d MiB", n>>20, len(members)*len(content)>>20)
	}
}
