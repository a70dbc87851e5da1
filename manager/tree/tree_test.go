package tree

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"

	"gsw/manager/gover"
	"gsw/platform"
	"gsw/platform/platformtest"
)

func manifest(names ...string) Manifest {
	var m Manifest
	for _, n := range names {
		m = append(m, Entry{Name: n, Sum: sha256.Sum256([]byte(n))})
	}
	return m
}

func TestCovered(t *testing.T) {
	for name, want := range map[string]bool{
		"VERSION": true, "bin/go": true, "src/go.mod": true, "src/api/x": true, "test": true, "docs/x": true, "tests/x": true,
		"api/go1.txt": false, "doc/x": false, "misc/a/b": false, "test/x.go": false, ".github/x": false,
	} {
		if Covered(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// TestHash compares with the implementation that made the checksum database's records.
func TestHash(t *testing.T) {
	m := manifest("src/go.sum", "src/go.mod", "src/a.go", "src/Z.go", "VERSION", "bin/go", "api/go1.txt", "test/a.go", "src/go.mod/x", "x_go.mod", "src/go.modx")
	names := map[string]string{}
	const prefix = "golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/"
	for _, n := range []string{"src/go.sum", "src/a.go", "src/Z.go", "VERSION", "bin/go", "src/go.mod/x", "x_go.mod", "src/go.modx"} {
		names[prefix+n] = n
	}
	names[prefix+"src/_go.mod"] = "src/go.mod"
	var files []string
	for f := range names {
		files = append(files, f)
	}
	want, err := dirhash.Hash1(files, func(name string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(names[name])), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v, linux := gover.MustParse("1.22.3"), platform.Target{OS: "linux", Arch: "amd64"}
	if got := m.Hash(v, linux); got != want {
		t.Errorf("%s, dirhash says %s", got, want)
	}
	shuffled := slices.Clone(m)
	slices.Reverse(shuffled)
	if shuffled.Hash(v, linux) != want {
		t.Error("the order of the manifest counts")
	}
	for _, other := range []string{m.Hash(gover.MustParse("1.22.4"), linux), m.Hash(v, platform.Target{OS: "linux", Arch: "arm64"})} {
		if other == want {
			t.Error("version and platform do not count")
		}
	}
}

func TestText(t *testing.T) {
	m := manifest("test/x", "src/go.mod", "bin/go", "src/a b.go", "api/y", "src/_a.go")
	text := m.Text()
	var order []string
	for line := range strings.Lines(string(text)) {
		order = append(order, strings.TrimSpace(line[66:]))
	}
	if want := []string{"bin/go", "src/_a.go", "src/go.mod", "src/a b.go", "api/y", "test/x"}; !slices.Equal(order, want) {
		t.Errorf("%q", order)
	}
	back, err := ParseManifest(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := m.Compare(back); d != nil {
		t.Errorf("%v", d)
	}
}

func TestParseManifest(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	for text, says := range map[string]string{
		"":                                      "",
		sum + "  VERSION\n":                     "",
		sum + "  VERSION":                       "manifest line 1: it ends early",
		sum + "  a\n" + sum + "  a\n":           `manifest line 2: "a" comes twice`,
		sum + " VERSION\n":                      "manifest line 1: not a SHA-256, two blanks and a name",
		sum + "  \n":                            "manifest line 1: not a SHA-256, two blanks and a name",
		"\n":                                    "manifest line 1: not a SHA-256, two blanks and a name",
		strings.ToUpper(sum) + "  VERSION\n":    "manifest line 1: not a SHA-256",
		sum[:63] + "x  VERSION\n":               "manifest line 1: not a SHA-256",
		sum + "  ../x\n":                        `manifest line 1: "../x" is not a path below the GOROOT`,
		sum + "  /x\n":                          `manifest line 1: "/x" is not a path below the GOROOT`,
		sum + "  a//b\n":                        `manifest line 1: "a//b" is not a path below the GOROOT`,
		sum + "  .\n":                           `manifest line 1: "." is not a path below the GOROOT`,
		sum + "  a\r\n":                         `manifest line 1: "a\r" is not a path below the GOROOT`,
		sum + "  VERSION\n\n" + sum + "  b\n":   "manifest line 2: not a SHA-256, two blanks and a name",
		"<!DOCTYPE html>\n<title>Hello</title>": "manifest line 1: not a SHA-256, two blanks and a name",
	} {
		_, err := ParseManifest([]byte(text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != says {
			t.Errorf("%q: %q, want %q", text, got, says)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(manifest("VERSION", "src/go.mod", "api/x").Text())
	f.Add([]byte("<!DOCTYPE html>\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		again, err := ParseManifest(m.Text())
		if err != nil {
			t.Fatalf("what it prints does not parse: %v", err)
		}
		if !bytes.Equal(again.Text(), m.Text()) || m.Compare(again) != nil {
			t.Error("what it prints is something else")
		}
		for _, e := range m {
			if !filepath.IsLocal(e.Name) {
				t.Errorf("%q leaves the tree", e.Name)
			}
		}
	})
}

func TestCompare(t *testing.T) {
	want := manifest("a", "b", "c")
	have := manifest("c", "d", "a")
	have[2].Sum[0]++
	if d := want.Compare(have); !slices.Equal(d, []Difference{{"a", Changed}, {"b", Missing}, {"d", Added}}) {
		t.Errorf("%v", d)
	}
}

func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	large := strings.Repeat("large", 300_000)
	files := map[string]string{"VERSION": "go1.22.3\n", "src/a/b.go": "package a", "src/a/c.go": "", "bin/go": large, "exact": large[:256<<10]}
	var want Manifest
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		want = append(want, Entry{Name: name, Sum: sha256.Sum256([]byte(content))})
	}
	have, err := Measure(t.Context(), dir)
	if err != nil || want.Compare(have) != nil || len(have) != len(want) {
		t.Fatalf("%v %v", want.Compare(have), err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Measure(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}

	platformtest.NeedSymlink(t, "../VERSION", filepath.Join(dir, "src", "link"))
	platformtest.NeedSymlink(t, "/", filepath.Join(dir, "root"))
	have, err = Measure(t.Context(), dir)
	var irregular *IrregularError
	if !errors.As(err, &irregular) || err.Error() != `"root" is a symbolic link, not a regular file (and 1 more like it)` {
		t.Fatalf("%v", err)
	}
	if want.Compare(have) != nil {
		t.Errorf("beside irregular files: %v", want.Compare(have))
	}
}
