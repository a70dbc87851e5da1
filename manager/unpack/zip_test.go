package unpack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/tree"
)

func packZip(t testing.TB, members ...zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		content := m.Comment
		m.Comment = ""
		m.Method = zip.Deflate
		f, err := w.CreateHeader(&m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipped is a member for packZip, which takes the content from the comment.
func zipped(name, content string, mode fs.FileMode) zip.FileHeader {
	h := zip.FileHeader{Name: name, Comment: content, Modified: time.Unix(1714592987, 0)}
	if mode != 0 {
		h.SetMode(mode)
	}
	return h
}

func unzipAll(t testing.TB, data []byte, dir string) (Result, error) {
	t.Helper()
	return Zip(t.Context(), bytes.NewReader(data), int64(len(data)), dir)
}

func TestZip(t *testing.T) {
	large := strings.Repeat("large and compressible ", 100_000) // goes through unzipParts
	data := packZip(t,
		zipped("go/", "", fs.ModeDir|0o755),
		zipped("go/bin/go", "program", 0o755),
		zipped("go/empty", "", 0o644),
		zipped("go/large", large, 0o644),
		zipped("go/src/go.mod", "module std", 0o600),
	)
	dir := jail(t)
	res, err := unzipAll(t, data, dir)
	if err != nil {
		t.Fatal(err)
	}
	lookAround(t, dir)
	for name, content := range map[string]string{"bin/go": "program", "empty": "", "large": large, "src/go.mod": "module std"} {
		if have, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(have) != content {
			t.Errorf("%s: %d bytes, %v", name, len(have), err)
		}
	}
	if res.Files != 4 || res.Bytes != int64(len(large)+len("program")+len("module std")) || res.Size != int64(len(data)) ||
		res.SHA256 != fmt.Sprintf("%x", sha256.Sum256(data)) || res.Format != "zip" {
		t.Errorf("%+v", res)
	}
	for name, perm := range map[string]fs.FileMode{"bin/go": 0o755, "src/go.mod": 0o644} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || hasModes && info.Mode() != perm || info.ModTime().Unix() != 1714592987 {
			t.Errorf("%s: %v %v %v", name, info.Mode(), info.ModTime(), err)
		}
	}
}

// TestZipWithoutModes: the modules of releases before 1.21 carry no permissions.
func TestZipWithoutModes(t *testing.T) {
	const prefix = "golang.org/toolchain@v0.0.1-go1.20.14.linux-amd64/"
	data := packZip(t, zipped(prefix+"bin/go", "program", 0), zipped(prefix+"src/make.bash", "script", 0), zipped(prefix+"src/_go.mod", "module std", 0))
	file := filepath.Join(t.TempDir(), "module.zip")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	dir := jail(t)
	res, err := File(t.Context(), file, dir)
	if err != nil || res.Format != "module zip" {
		t.Fatalf("%+v, %v", res, err)
	}
	for name, perm := range map[string]fs.FileMode{"bin/go": 0o755, "src/make.bash": 0o755, "src/go.mod": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || hasModes && info.Mode() != perm {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// TestZipForged changes what the two places say of one member.
func TestZipForged(t *testing.T) {
	good := packZip(t, zipped("go/a", strings.Repeat("content", 30), 0o644), zipped("go/b", "more content", 0o644))
	le := binary.LittleEndian
	local := 0
	descriptor := bytes.Index(good, []byte("PK\x07\x08"))
	central := bytes.Index(good, []byte("PK\x01\x02"))
	second := central + zipEntryLen + len("go/a") + int(le.Uint16(good[central+30:]))
	end := bytes.Index(good, []byte("PK\x05\x06"))
	for _, test := range []struct {
		name  string
		forge func(b []byte) []byte
		says  string
	}{
		{"nothing", func(b []byte) []byte { return b }, ""},
		{"a comment", func(b []byte) []byte { b[end+20] = 3; return append(b, "abc"...) }, ""},
		{"bytes after the end", func(b []byte) []byte { return append(b, "abc"...) }, "the zip archive ends early"},
		{"cut", func(b []byte) []byte { return b[:end] }, "the zip archive ends early"},
		{"bytes before the beginning", func(b []byte) []byte { return append([]byte("#!/bin/sh\n"), b...) }, "the zip directory is damaged"},
		{"shorter", func(b []byte) []byte { b[central+24]--; b[descriptor+12]--; return b }, `"go/a" is longer than the archive says`},
		{"longer", func(b []byte) []byte { b[central+24]++; b[descriptor+12]++; return b }, `"go/a" ends early`},
		{"checksum", func(b []byte) []byte { b[central+16]++; b[descriptor+4]++; return b }, `"go/a" is damaged: its checksum does not fit`},
		{"record after", func(b []byte) []byte { b[descriptor+4]++; return b }, `entry "go/a" refused: the record after it tells of another file`},
		{"packed shorter", func(b []byte) []byte { b[central+20]--; return b }, `entry "go/a" refused: the record after it tells of another file`},
		{"packed longer", func(b []byte) []byte { b[central+20]++; return b }, `entry "go/a" refused: the record after it tells of another file`},
		{"not streamed", func(b []byte) []byte { b[local+6], b[central+8] = 0, 0; return b }, `entry "go/a" refused: the header before it tells of another file`},
		{"local name", func(b []byte) []byte { b[local+zipLocalLen+3] = 'x'; return b }, `entry "go/a" refused: the header before it has another name`},
		{"local method", func(b []byte) []byte { b[local+8] = 0; return b }, `entry "go/a" refused: the header before it tells of another compression`},
		{"local signature", func(b []byte) []byte { b[local] = 'X'; return b }, `"go/a" is not where the zip directory says`},
		{"encrypted", func(b []byte) []byte { b[central+8] |= 1; return b }, `entry "go/a" refused: it is encrypted`},
		{"method", func(b []byte) []byte { b[central+10] = 12; return b }, `entry "go/a" refused: it is compressed by method 12, which Go's archives don't use`},
		{"one within another", func(b []byte) []byte { copy(b[second+42:second+46], b[central+42:]); return b }, `entry "go/a" refused: it overlaps what comes after it in the archive`},
		{"64 bit", func(b []byte) []byte { le.PutUint32(b[central+24:], 0xffffffff); return b }, `entry "go/a" refused: it needs a zip archive of the 64-bit kind, or one of several parts`},
		{"too large", func(b []byte) []byte { le.PutUint32(b[central+24:], 0xf0000000); return b }, `entry "go/a" refused: 4026531840 bytes are more than the 512 MiB that a file may have`},
		{"setuid", func(b []byte) []byte { b[central+41] |= 0x08; return b }, `entry "go/a" refused: it has the setuid, setgid or sticky bit`},
		{"device", func(b []byte) []byte { b[central+41] = 0x20; return b }, `entry "go/a" refused: it is a device; an archive of Go holds only files and folders`},
		{"directory signature", func(b []byte) []byte { b[second] = 0; return b }, "the zip directory is damaged"},
		{"number of members", func(b []byte) []byte { b[end+8], b[end+10] = 1, 1; return b }, "the zip directory is damaged"},
		{"no members", func(b []byte) []byte { b[end+8], b[end+10] = 0, 0; return b }, "the zip archive is empty"},
		{"several parts", func(b []byte) []byte { b[end+4] = 1; return b }, "the zip archive is one part of several"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := jail(t)
			_, err := unzipAll(t, test.forge(bytes.Clone(good)), dir)
			lookAround(t, dir)
			says := ""
			if err != nil {
				says = err.Error()
				checkKind(t, err)
			}
			if says != test.says {
				t.Errorf("said %q\nwant %q", says, test.says)
			}
		})
	}
}

// FuzzZip: nothing is made outside of the folder, and what is accepted is what archive/zip reads.
func FuzzZip(f *testing.F) {
	archives, err := filepath.Glob("testdata/hostile/*.zip")
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range archives {
		data, err := os.ReadFile(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(packZip(f, zipped("go/bin/", "", fs.ModeDir|0o755), zipped("go/bin/go", "program", 0o755)))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := jail(t)
		res, err := unzipAll(t, data, dir)
		lookAround(t, dir)
		if err != nil {
			return
		}
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
			t.Fatalf("archive/zip: %v", err)
		}
		var theirs tree.Manifest
		for _, m := range z.File {
			if m.FileInfo().IsDir() {
				continue
			}
			r, err := m.Open()
			if err != nil {
				t.Fatalf("archive/zip: %q: %v", m.Name, err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatalf("archive/zip: %q: %v", m.Name, err)
			}
			theirs = append(theirs, tree.Entry{Name: strings.TrimPrefix(m.Name, "go/"), Sum: sha256.Sum256(content)})
		}
		if d := theirs.Compare(res.Manifest); d != nil {
			t.Errorf("archive/zip reads otherwise: %v", d)
		}
	})
}
