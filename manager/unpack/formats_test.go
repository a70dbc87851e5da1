package unpack

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mholt/archives"
)

// TestFormats packs one tree in every format; the policy is the same for all.
func TestFormats(t *testing.T) {
	gz, content := goodTarGz(t)
	stream := gunzipped(t, gz)
	hostile := gunzipped(t, readFile(t, "testdata/hostile/01-dotdot.tar.gz"))
	for format, pack := range map[string]func([]byte) []byte{
		"tar":     bytes.Clone,
		"tar.xz":  packed(t, archives.Xz{}),
		"tar.bz2": packed(t, archives.Bz2{}),
		"tar.zst": packed(t, archives.Zstd{}),
		"tar.lz4": packed(t, archives.Lz4{}),
		"tar.lz":  packed(t, archives.Lzip{}),
	} {
		t.Run(format, func(t *testing.T) {
			data := pack(stream)
			dir := jail(t)
			res, err := unpackBytes(t, data, dir)
			if err != nil {
				t.Fatal(err)
			}
			lookAround(t, dir)
			if res.Format != format || res.Files != len(content) || res.Size != int64(len(data)) {
				t.Errorf("%s, %d files, %d bytes", res.Format, res.Files, res.Size)
			}
			for name, c := range content {
				if string(readFile(t, filepath.Join(dir, name))) != c {
					t.Errorf("%s is not as it was packed", name)
				}
			}

			var policy *PolicyError
			if _, err := unpackBytes(t, pack(hostile), jail(t)); !errors.As(err, &policy) || policy.Entry != "go/../../escape01" {
				t.Errorf("a path that leads out: %v", err)
			}
			var corrupt *CorruptError
			for _, n := range []int{len(data) / 2, len(data) - 1} {
				if _, err := unpackBytes(t, data[:n], jail(t)); !errors.As(err, &corrupt) {
					t.Errorf("cut at %d of %d: %v", n, len(data), err)
				}
			}
			if _, err := unpackBytes(t, append(bytes.Clone(data), "<html>"...), jail(t)); !errors.As(err, &policy) && !errors.As(err, &corrupt) {
				t.Errorf("bytes after the end: %v", err)
			}
			if format != "tar" {
				if _, err := unpackBytes(t, pack([]byte("<html>"+strings.Repeat(" ", 512))), jail(t)); err == nil || err.Error() != "not an archive of Go but an HTML page" {
					t.Errorf("a packed page: %v", err)
				}
			}
		})
	}
}

func packed(t testing.TB, c archives.Compressor) func([]byte) []byte {
	return func(content []byte) []byte {
		var b bytes.Buffer
		w, err := c.OpenWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
}

func gunzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := archives.Gz{}.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func unpackBytes(t *testing.T, data []byte, dir string) (Result, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return File(t.Context(), file, dir)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzFile gives any bytes to every decompressor: none panics, takes the memory of the machine, or
// makes anything outside of the folder.
func FuzzFile(f *testing.F) {
	stream := packTar(f, member{Header: tar.Header{Name: "go/VERSION"}, content: "go1.22.3"})
	for _, c := range []archives.Compressor{archives.Gz{}, archives.Xz{}, archives.Bz2{}, archives.Zstd{}, archives.Lz4{}, archives.Lzip{}} {
		f.Add(packed(f, c)(stream))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := jail(t)
		_, err := unpackBytes(t, data, dir)
		lookAround(t, dir)
		if err != nil {
			checkKind(t, err)
		}
	})
}
