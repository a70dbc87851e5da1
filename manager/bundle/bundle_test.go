package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"gsw/manager/gover"
	"gsw/manager/tree"
	"gsw/platform"
)

var h1 = "h1:" + strings.Repeat("A", 43) + "="

func text(name, content string) File {
	return File{Name: name, Write: func(w io.Writer) error { _, err := io.WriteString(w, content); return err }}
}

// sample is a bundle with something of everything.
func sample() (Manifest, []File) {
	m := Manifest{
		Log:        Log{Name: "sum.golang.org", TreeSize: 300, Earlier: []int64{12, 7}},
		Toolchains: []Toolchain{{Version: "go1.22.3", Platform: "linux-amd64", Tree: h1, Record: 3}},
		Modules: []Module{
			{Path: "example.com/Upper", Version: "v1.0.0", Sum: h1, GoModSum: h1, Record: 4},
			{Path: "corp.example/a", Version: "v1.0.0", GoModSum: h1, Record: NoRecord},
		},
		Projects: []string{"example.com/app"},
	}
	return m, []File{
		text("toolchains/v0.0.1-go1.22.3.linux-amd64.zip", strings.Repeat("go", 100_000)),
		text("sumdb/sum.golang.org/latest", "head"),
		text("sumdb/sum.golang.org/lookup/example.com/!upper@v1.0.0", "record"),
		text("sumdb/sum.golang.org/lookup/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64", "record"),
		text("sumdb/sum.golang.org/tile/8/0/000", "tile"),
		text("sumdb/sum.golang.org/tile/8/0/001.p/44", "tile"),
		text("modules/example.com/!upper/@v/v1.0.0.info", "{}"),
		text("modules/example.com/!upper/@v/v1.0.0.mod", "module example.com/Upper"),
		text("modules/example.com/!upper/@v/v1.0.0.zip", "zip"),
		text("modules/corp.example/a/@v/v1.0.0.mod", "module corp.example/a"),
	}
}

func write(t testing.TB, m Manifest, files []File) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := Write(t.Context(), &out, m, files, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read reads a whole bundle and returns its entries.
func read(t testing.TB, data []byte) (Manifest, map[string]string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bundle")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(file)
	if err != nil {
		return Manifest{}, nil, err
	}
	defer r.Close()
	found := map[string]string{}
	err = r.Each(t.Context(), func(e Entry, content io.Reader) error {
		data, err := io.ReadAll(content)
		found[e.Name] = string(data)
		return err
	})
	return r.Manifest, found, err
}

func TestRoundTrip(t *testing.T) {
	m, files := sample()
	data := write(t, m, files)
	have, found, err := read(t, data)
	if err != nil || len(found) != len(files) || found["modules/corp.example/a/@v/v1.0.0.mod"] != "module corp.example/a" {
		t.Fatalf("%v, %d entries", err, len(found))
	}
	if have.Modules[0].Path != "corp.example/a" || !slices.Equal(have.Log.Earlier, []int64{7, 12}) || have.Modules[0].Recorded() {
		t.Errorf("%+v", have)
	}
	// In another order it is the same.
	slices.Reverse(files)
	slices.Reverse(m.Modules)
	if !bytes.Equal(write(t, m, files), data) {
		t.Error("the order of what goes in decides what comes out")
	}
}

func TestChangedMeanwhile(t *testing.T) {
	m, files := sample()
	calls := 0
	files[1].Write = func(w io.Writer) error { calls++; _, err := fmt.Fprint(w, "head", calls); return err }
	if _, err := Write(t.Context(), io.Discard, m, files, nil); err == nil || !strings.Contains(err.Error(), "latest: it was changed meanwhile") {
		t.Errorf("%v", err)
	}
}

// TestManifestRules changes one thing of a good manifest after the other.
func TestManifestRules(t *testing.T) {
	for name, spoil := range map[string]func(m *Manifest, files *[]File){
		"no toolchain's version":    func(m *Manifest, _ *[]File) { m.Toolchains[0].Version = "go1.22" },
		"path for a version":        func(m *Manifest, _ *[]File) { m.Toolchains[0].Version = "../../x" },
		"other name of the release": func(m *Manifest, _ *[]File) { m.Toolchains[0].Version = "1.22.3" },
		"platform with a path":      func(m *Manifest, _ *[]File) { m.Toolchains[0].Platform = "linux-../x" },
		"toolchain without record":  func(m *Manifest, _ *[]File) { m.Toolchains[0].Record = NoRecord },
		"record outside the tree":   func(m *Manifest, _ *[]File) { m.Modules[0].Record = 300 },
		"negative record":           func(m *Manifest, _ *[]File) { m.Modules[0].Record = -2 },
		"module path that climbs":   func(m *Manifest, _ *[]File) { m.Modules[0].Path = "example.com/../x" },
		"absolute module path":      func(m *Manifest, _ *[]File) { m.Modules[0].Path = "/etc" },
		"device for a path":         func(m *Manifest, _ *[]File) { m.Modules[0].Path = "example.com/con" },
		"version that climbs":       func(m *Manifest, _ *[]File) { m.Modules[0].Version = "v1.0.0/../../x" },
		"no hash":                   func(m *Manifest, _ *[]File) { m.Modules[0].GoModSum = "" },
		"two lines for a hash":      func(m *Manifest, _ *[]File) { m.Modules[0].Sum = "h1:" + strings.Repeat("A", 42) + "\n=" },
		"a toolchain as a module":   func(m *Manifest, _ *[]File) { m.Modules[0].Path = "golang.org/toolchain" },
		"module twice":              func(m *Manifest, _ *[]File) { m.Modules = append(m.Modules, m.Modules[0]) },
		"log that climbs":           func(m *Manifest, _ *[]File) { m.Log.Name = "sum.golang.org/../x" },
		"no log, but records":       func(m *Manifest, _ *[]File) { m.Log.Name = "" },
		"earlier tree from later":   func(m *Manifest, _ *[]File) { m.Log.Earlier = []int64{301} },
		"entry too many":            func(_ *Manifest, f *[]File) { *f = append(*f, text("modules/example.com/b/@v/v1.0.0.mod", "")) },
		"entry of no kind":          func(_ *Manifest, f *[]File) { *f = append(*f, text("bin/go", "")) },
		"entry that climbs":         func(_ *Manifest, f *[]File) { *f = append(*f, text("sumdb/sum.golang.org/tile/../../../x", "")) },
		"absolute entry":            func(_ *Manifest, f *[]File) { *f = append(*f, text("/etc/passwd", "")) },
		"tile of no tree":           func(_ *Manifest, f *[]File) { *f = append(*f, text("sumdb/sum.golang.org/tile/8/data/000", "")) },
		"tile of another height":    func(_ *Manifest, f *[]File) { *f = append(*f, text("sumdb/sum.golang.org/tile/4/0/000", "")) },
		"tile of another log":       func(_ *Manifest, f *[]File) { *f = append(*f, text("sumdb/evil.example/tile/8/0/000", "")) },
		"entry twice":               func(_ *Manifest, f *[]File) { *f = append(*f, (*f)[0]) },
		"missing entry":             func(_ *Manifest, f *[]File) { *f = (*f)[1:] },
		"tile larger than tiles": func(_ *Manifest, f *[]File) {
			(*f)[4] = text("sumdb/sum.golang.org/tile/8/0/000", strings.Repeat("x", maxRecord+1))
		},
	} {
		m, files := sample()
		spoil(&m, &files)
		_, err := Write(t.Context(), io.Discard, m, files, nil)
		var format *FormatError
		if !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// archived packs headers and contents as they are, with no regard to any rule.
func archived(t *testing.T, build func(w *tar.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(e)
	build(w)
	if err := errors.Join(w.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestHostile reads archives that no Write makes.
func TestHostile(t *testing.T) {
	m, files := sample()
	good := write(t, m, files)
	plain := decompress(t, good)
	manifest, contents, err := read(t, good)
	if err != nil {
		t.Fatal(err)
	}
	head, err := manifest.text()
	if err != nil {
		t.Fatal(err)
	}
	add := func(w *tar.Writer, h tar.Header, content string) {
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content[:h.Size]); err != nil {
			t.Fatal(err)
		}
	}
	// with packs the good entries, each as change makes it.
	with := func(change func(w *tar.Writer, i int, h tar.Header, content string)) []byte {
		return archived(t, func(w *tar.Writer) {
			add(w, tar.Header{Name: manifestName}, string(head))
			for i, e := range manifest.Entries {
				change(w, i, tar.Header{Name: e.Name}, contents[e.Name])
			}
		})
	}
	skippable := append([]byte{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0}, "evil"...)
	for name, tt := range map[string]struct {
		data []byte
		says string
	}{
		"good": {with(func(w *tar.Writer, _ int, h tar.Header, c string) { add(w, h, c) }), ""},
		"symbolic link": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			if i == 2 {
				h.Typeflag, h.Linkname, c = tar.TypeSymlink, "/etc/passwd", ""
			}
			add(w, h, c)
		}), "it is not a plain file"},
		"hard link": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			if i == 2 {
				h.Typeflag, h.Linkname, c = tar.TypeLink, manifest.Entries[0].Name, ""
			}
			add(w, h, c)
		}), "it is not a plain file"},
		"folder": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			if i == 0 {
				add(w, tar.Header{Typeflag: tar.TypeDir, Name: "modules/"}, "")
			}
			add(w, h, c)
		}), "should be here"},
		"path": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			if i == 2 {
				h.Name = "../" + h.Name
			}
			add(w, h, c)
		}), "should be here"},
		"twice": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			add(w, h, c)
			if i == 2 {
				add(w, h, c)
			}
		}), "should be here"},
		"one more": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			add(w, h, c)
			if i == len(manifest.Entries)-1 {
				add(w, tar.Header{Name: "zzz"}, "evil")
			}
		}), `entry "zzz" refused: the manifest does not name it`},
		"one less": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			if i < len(manifest.Entries)-1 {
				add(w, h, c)
			}
		}), "the archive ends before it"},
		"other content": {with(func(w *tar.Writer, i int, h tar.Header, c string) {
			if i == 0 {
				c = strings.ToUpper(c)
			}
			add(w, h, c)
		}), "its SHA-256 is"},
		"other size": {with(func(w *tar.Writer, _ int, h tar.Header, c string) { add(w, h, c+" ") }), "bytes, the manifest says"},
		"attributes": {with(func(w *tar.Writer, _ int, h tar.Header, c string) {
			h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{"SCHILY.xattr.security.capability": "x"}
			add(w, h, c)
		}), "it has the attribute"},
		"no manifest": {archived(t, func(w *tar.Writer) { add(w, tar.Header{Name: "modules/x"}, "x") }), "should be here"},
		"large manifest": {archived(t, func(w *tar.Writer) {
			_ = w.WriteHeader(&tar.Header{Name: manifestName, Typeflag: tar.TypeReg, Size: 0})
		}), "not a manifest"},
		"two manifests": {archived(t, func(w *tar.Writer) { add(w, tar.Header{Name: manifestName}, string(head)+string(head)) }), "something follows the manifest"},
		"newer schema": {archived(t, func(w *tar.Writer) {
			add(w, tar.Header{Name: manifestName}, strings.Replace(string(head), `"schema_version": 1`, `"schema_version": 2`, 1))
		}), "schema 2 is not one this gsw knows"},
		"bytes behind":        {append(slices.Clone(good), "evil"...), "4 bytes follow the end of the archive"},
		"frame to be skipped": {append(slices.Clone(good), skippable...), "12 bytes follow"},
		"skipped first":       {append(slices.Clone(skippable), good...), "does not begin as zstd does"},
		"frame behind":        {append(slices.Clone(good), good...), "bytes follow the end"},
		"zeros in the tar":    {compress(t, append(slices.Clone(plain), make([]byte, 512)...), window), "something follows the end of the archive"},
		"no end":              {compress(t, plain[:len(plain)-1024], window), "the archive has no end"},
		"cut short":           {good[:len(good)-200], "ends early"},
		"one byte short":      {good[:len(good)-1], "ends early"},
		"large window":        {compress(t, plain, 2*window), "it is compressed in another way"},
		"empty":               {nil, "does not begin as zstd does"},
		"something else":      {[]byte("PK\x03\x04 and so on"), "does not begin as zstd does"},
	} {
		_, _, err := read(t, tt.data)
		var format *FormatError
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.says != "" && (!errors.As(err, &format) || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

func compress(t testing.TB, plain []byte, window int) []byte {
	t.Helper()
	var out bytes.Buffer
	e, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decompress(t testing.TB, data []byte) []byte {
	t.Helper()
	d, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	plain, err := io.ReadAll(d)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestBomb: a small file that would unpack to a large one is refused by what its manifest says.
func TestBomb(t *testing.T) {
	m, files := sample()
	zeros := make([]byte, 1<<20)
	files[0].Write = func(w io.Writer) error {
		for range (anyRatio >> 20) + 16 {
			if _, err := w.Write(zeros); err != nil {
				return err
			}
		}
		return nil
	}
	if _, _, err := read(t, write(t, m, files)); err == nil || !strings.Contains(err.Error(), "it would unpack to 80 MiB") {
		t.Errorf("%v", err)
	}
}

// TestFlipped changes a bit in every byte of a small bundle: no such file passes for another one. Some bits of zstd mean
// nothing.
func TestFlipped(t *testing.T) {
	good := write(t, Manifest{}, nil)
	plain := decompress(t, good)
	for i := range good {
		data := slices.Clone(good)
		data[i] ^= 1
		if _, _, err := read(t, data); err == nil && !bytes.Equal(decompress(t, data), plain) {
			t.Errorf("a bit of byte %d of %d was changed, and nobody minded", i, len(good))
		}
	}
}

// TestPack: the same files make the same bytes, whatever their modes and times.
func TestPack(t *testing.T) {
	v, target := gover.MustParse("1.22.3"), platform.Target{OS: "linux", Arch: "amd64"}
	names := []string{"VERSION", "bin/go", "src/go.mod", "src/a.go", "doc/x.html"}
	var sums []string
	for _, mode := range []os.FileMode{0o755, 0o600} {
		dir := t.TempDir()
		var files tree.Manifest
		for _, name := range names {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(name), mode)); err != nil {
				t.Fatal(err)
			}
			files = append(files, tree.Entry{Name: name, Sum: sha256.Sum256([]byte(name))})
		}
		var out bytes.Buffer
		if err := Pack(&out, dir, files, v, target); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(out.Bytes(), []byte("doc/")) || !bytes.Contains(out.Bytes(), []byte("golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/src/_go.mod")) {
			t.Error("the names are not those of the module")
		}
		sum := sha256.Sum256(out.Bytes())
		sums = append(sums, hex.EncodeToString(sum[:]))
		if err := os.WriteFile(filepath.Join(dir, "VERSION"), []byte("other"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Pack(io.Discard, dir, files, v, target); err == nil || !strings.Contains(err.Error(), "packing VERSION: it was changed meanwhile") {
			t.Errorf("%v", err)
		}
	}
	if sums[0] != sums[1] {
		t.Error("modes decide the bytes")
	}
}

// FuzzParse: a manifest that is accepted names only entries below the folders of a bundle, and prints as it parses.
func FuzzParse(f *testing.F) {
	m, files := sample()
	made, err := Write(f.Context(), io.Discard, m, files, nil)
	if err != nil {
		f.Fatal(err)
	}
	good, err := made.text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{}"))
	f.Add(bytes.Replace(good, []byte("example.com/Upper"), []byte("example.com/../x"), -1))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parse(text)
		if err != nil {
			return
		}
		for _, e := range m.Entries {
			kind, _, _ := strings.Cut(e.Name, "/")
			if !filepath.IsLocal(e.Name) || !slices.Contains([]string{"sumdb", "modules", "toolchains"}, kind) {
				t.Errorf("%q is not below the folders of a bundle", e.Name)
			}
		}
		again, err := m.text()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(again); err != nil {
			t.Errorf("what it prints does not parse: %v", err)
		}
	})
}

// FuzzOpen: no file makes the reader panic, or read without end.
func FuzzOpen(f *testing.F) {
	m, files := sample()
	f.Add(write(f, m, files))
	f.Add(write(f, Manifest{}, nil))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &Reader{file: io.NopCloser(nil)}
		defer r.Close()
		if r.start(bytes.NewReader(data), int64(len(data))) != nil {
			return
		}
		_ = r.Each(t.Context(), func(e Entry, content io.Reader) error {
			n, err := io.Copy(io.Discard, content)
			if n > e.Size {
				t.Errorf("%s has %d bytes, the manifest says %d", e.Name, n, e.Size)
			}
			return err
		})
	})
}
