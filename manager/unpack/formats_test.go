package unpack

import (
	"bytes"
	"context"
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

func Test7z(t *testing.T) {
	dir := jail(t)
	res, err := File(t.Context(), "testdata/formats/good.7z", dir)
	if err != nil {
		t.Fatal(err)
	}
	lookAround(t, dir)
	if got := strings.Join(filesBelow(t, dir), " "); got != "VERSION bin/go src/a/none src/go.mod" || res.Files != 4 || res.Format != "7z" {
		t.Errorf("%s: %+v", got, res)
	}
	if info, err := os.Stat(filepath.Join(dir, "bin/go")); err != nil || info.Mode() != 0o755 || info.ModTime().Unix() != 1714592986 {
		t.Errorf("bin/go: %v %v", info, err)
	}
	for archive, says := range map[string]string{
		"symlink.7z": `entry "go/link" refused: it is a symbolic link; an archive of Go holds only files and folders`,
		"dotdot.7z":  `entry "go/../../escape" refused: its path leads out of the folder`,
	} {
		dir := jail(t)
		_, err := File(t.Context(), filepath.Join("testdata/formats", archive), dir)
		lookAround(t, dir)
		if err == nil || err.Error() != says {
			t.Errorf("%s: %v", archive, err)
		}
	}
	good := readFile(t, "testdata/formats/good.7z")
	for i := 32; i < len(good); i += 3 {
		dir := jail(t)
		flipped := bytes.Clone(good)
		flipped[i] ^= 0x10
		if changed, err := unpackBytes(t, flipped, dir); err == nil && res.Manifest.Compare(changed.Manifest) != nil {
			t.Errorf("flipped at %d: unpacked to something else", i)
		}
		lookAround(t, dir)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := File(ctx, "testdata/formats/good.7z", jail(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func packed(t *testing.T, c archives.Compressor) func([]byte) []byte {
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
