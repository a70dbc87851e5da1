package release_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/release"
	"gsw/platform"
)

func linux() platform.Target   { return platform.Target{OS: "linux", Arch: "amd64"} }
func windows() platform.Target { return platform.Target{OS: "windows", Arch: "amd64"} }

const (
	sumA = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
	sumB = "1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name, text string
		target     platform.Target
		want       string // version, name and sum; "" for none
	}{
		{"plain", sumA + "  gsw_1.2.3_linux_amd64.tar.gz\n", linux(), "v1.2.3 gsw_1.2.3_linux_amd64.tar.gz " + sumA},
		{"without an end", sumA + "  gsw_1.2.3_linux_amd64.tar.gz", linux(), "v1.2.3 gsw_1.2.3_linux_amd64.tar.gz " + sumA},
		{"CRLF, among others", sumB + "  gsw_1.2.3_linux_arm64.tar.gz\r\n" + sumA + "  gsw_1.2.3_linux_amd64.tar.gz\r\n" + sumB + "  gsw_1.2.3_amd64.deb\r\n", linux(),
			"v1.2.3 gsw_1.2.3_linux_amd64.tar.gz " + sumA},
		{"Windows", sumB + "  gsw_1.2.3_windows_arm64.zip\n" + sumA + "  gsw_1.2.3_windows_amd64.zip\n", windows(), "v1.2.3 gsw_1.2.3_windows_amd64.zip " + sumA},
		{"a snapshot", sumA + "  gsw_0.0.1-snapshot.688bf66+x_linux_amd64.tar.gz\n", linux(), "v0.0.1-snapshot.688bf66+x gsw_0.0.1-snapshot.688bf66+x_linux_amd64.tar.gz " + sumA},
		{"nothing", "", linux(), ""},
		{"a page", "<html><title>log in</title></html>", linux(), ""},
		{"the wrong kind for Windows", sumA + "  gsw_1.2.3_windows_amd64.tar.gz\n", windows(), ""},
		{"the wrong kind for Linux", sumA + "  gsw_1.2.3_linux_amd64.zip\n", linux(), ""},
		{"another system", sumA + "  gsw_1.2.3_darwin_amd64.tar.gz\n", linux(), ""},
		{"another arch that ends so", sumA + "  gsw_1.2.3_linux_xamd64.tar.gz\n", linux(), ""},
		{"two of them", sumA + "  gsw_1.2.3_linux_amd64.tar.gz\n" + sumB + "  gsw_1.2.4_linux_amd64.tar.gz\n", linux(), ""},
		{"twice the same", strings.Repeat(sumA+"  gsw_1.2.3_linux_amd64.tar.gz\n", 2), linux(), ""},
		{"a path", sumA + "  ../gsw_1.2.3_linux_amd64.tar.gz\n", linux(), ""},
		{"a path in the version", sumA + "  gsw_1/../../x_linux_amd64.tar.gz\n", linux(), ""},
		{"binary mode", sumA + " *gsw_1.2.3_linux_amd64.tar.gz\n", linux(), ""},
		{"upper case", strings.ToUpper(sumA) + "  gsw_1.2.3_linux_amd64.tar.gz\n", linux(), ""},
		{"a short sum", sumA[2:] + "  gsw_1.2.3_linux_amd64.tar.gz\n", linux(), ""},
		{"something before", "x" + sumA + "  gsw_1.2.3_linux_amd64.tar.gz\n", linux(), ""},
		{"no version", sumA + "  gsw__linux_amd64.tar.gz\n", linux(), ""},
		{"a version with a v", sumA + "  gsw_v1.2.3_linux_amd64.tar.gz\n", linux(), ""},
	} {
		got, err := release.Find([]byte(c.text), "https://x", c.target)
		if have := strings.TrimSpace(strings.Join([]string{got.Version, got.Name, got.SHA256}, " ")); have != c.want {
			t.Errorf("%s: %q, %v", c.name, have, err)
		}
		var none *release.NoArchiveError
		if (err != nil) != (c.want == "") || err != nil && (!errors.As(err, &none) || err.Error() != "checksums.txt in https://x names no archive of gsw for "+c.target.String()) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// FuzzFind: what is found is a line of the text, and its name is one of a file.
func FuzzFind(f *testing.F) {
	f.Add(sumA + "  gsw_1.2.3_linux_amd64.tar.gz\n")
	f.Add(sumB + "  gsw_1.2.3_linux_arm64.tar.gz\r\n" + sumA + "  ../gsw_1.2.3_linux_amd64.tar.gz")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := release.Find([]byte(text), "x", linux())
		if err != nil {
			return
		}
		if !strings.Contains(text, got.SHA256+"  "+got.Name) || len(got.SHA256) != 64 ||
			got.Name != "gsw_"+got.Version[1:]+"_linux_amd64.tar.gz" || strings.ContainsAny(got.Name, `/\: `) || strings.HasPrefix(got.Name, ".") {
			t.Errorf("%+v", got)
		}
	})
}

// entry is one of an archive; a link has no content.
type entry struct {
	name, content, link string
	mode                fs.FileMode
}

func file(name, content string) entry { return entry{name: name, content: content, mode: 0o644} }

// packers make an archive of each kind.
func packers() map[string]func(t testing.TB, entries []entry) []byte {
	return map[string]func(t testing.TB, entries []entry) []byte{".tar.gz": tarOf, ".zip": zipOf}
}

func tarOf(t testing.TB, entries []entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: int64(e.mode.Perm()), Size: int64(len(e.content)), Typeflag: tar.TypeReg}
		switch {
		case e.mode.IsDir():
			h.Typeflag = tar.TypeDir
		case e.mode&fs.ModeSymlink != 0:
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		case e.mode&fs.ModeDevice != 0:
			h.Typeflag = tar.TypeBlock
		case e.link != "":
			h.Typeflag, h.Linkname = tar.TypeLink, e.link
		}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = io.WriteString(w, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func zipOf(t testing.TB, entries []entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.link != "" && e.mode.IsRegular() {
			e.mode |= fs.ModeSymlink // a zip knows no hard links
		}
		h.SetMode(e.mode)
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(f, e.content+e.link)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// small is what the tests let an archive come to.
func small() release.Limits { return release.Limits{Program: 1000, Total: 1 << 20, Entries: 20} }

// unpacked unpacks an archive into a folder, and gives what is in that then, and beside it.
func unpacked(t testing.TB, kind string, packed []byte) (programs map[string]string, err error) {
	t.Helper()
	base := t.TempDir()
	archive, dir := filepath.Join(base, "gsw_1.0.0_x"+kind), filepath.Join(base, "dir")
	if err := errors.Join(os.WriteFile(archive, packed, 0o644), os.Mkdir(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	err = release.Unpack(archive, dir, []string{"gsw", "gsw-shim"}, small())
	programs = map[string]string{}
	_ = filepath.WalkDir(base, func(path string, d fs.DirEntry, walking error) error {
		if walking != nil {
			t.Fatal(walking)
		}
		if d.IsDir() || path == archive {
			return nil
		}
		content, reading := os.ReadFile(path)
		if reading != nil || filepath.Dir(path) != dir || !d.Type().IsRegular() {
			t.Errorf("%s (%v): %v", path, d.Type(), reading)
		}
		programs[d.Name()] = string(content)
		return nil
	})
	return programs, err
}

func both(more ...entry) []entry {
	return slices.Concat([]entry{file("LICENSE", "free"), file("gsw", "complete"), file("gsw-shim", "small")}, more)
}

func TestUnpack(t *testing.T) {
	for kind, pack := range packers() {
		programs, err := unpacked(t, kind, pack(t, both(entry{name: "completions/", mode: fs.ModeDir | 0o755}, file("completions/gsw.bash", "complete -F …"),
			entry{name: "link", link: "/etc/passwd", mode: fs.ModeSymlink | 0o777})))
		if err != nil || !maps.Equal(programs, map[string]string{"gsw": "complete", "gsw-shim": "small"}) {
			t.Errorf("%s: %q, %v", kind, programs, err)
		}
	}
	// Executable, whatever the archive says.
	dir := t.TempDir()
	archive := filepath.Join(dir, "x.zip")
	if err := os.WriteFile(archive, zipOf(t, []entry{{name: "gsw", content: "x", mode: 0o4444}}), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := release.Unpack(archive, dir, []string{"gsw"}, release.Usual()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "gsw")); err != nil || filepath.Separator == '/' && info.Mode()&^0o022 != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		entries []entry
		says    string
	}{
		"nothing":                 {nil, "it has no gsw"},
		"one of both":             {[]entry{file("gsw", "complete")}, "it has no gsw-shim"},
		"the other of both":       {[]entry{file("gsw-shim", "small")}, "it has no gsw"},
		"in a folder":             {[]entry{file("gsw_1.0.0/gsw", "x"), file("gsw_1.0.0/gsw-shim", "x")}, "it has no gsw"},
		"another case":            {[]entry{file("GSW", "x"), file("gsw-shim", "x")}, "it has no gsw"},
		"twice":                   {both(file("gsw", "other")), "it has gsw twice"},
		"a way out":               {both(file("../gsw", "x")), `it has an entry "../gsw", which leads out of its folder`},
		"a way out further down":  {both(file("a/../../x", "x")), "which leads out"},
		"an absolute name":        {both(file("/etc/cron.d/x", "x")), "which leads out"},
		"a way out on Windows":    {both(file(`..\gsw`, "x")), "which leads out"},
		"a stream":                {both(file("gsw:x", "x")), "which leads out"},
		"a drive":                 {both(file("C:/x", "x")), "which leads out"},
		"a symbolic link":         {[]entry{{name: "gsw", link: "/bin/sh", mode: fs.ModeSymlink | 0o777}, file("gsw-shim", "x")}, "gsw is no regular file"},
		"a hard link":             {[]entry{file("gsw-shim", "x"), {name: "gsw", link: "gsw-shim", mode: 0o755}}, "gsw is no regular file"},
		"a device":                {[]entry{{name: "gsw", mode: fs.ModeDevice | 0o644}, file("gsw-shim", "x")}, "gsw is no regular file"},
		"too large":               {[]entry{file("gsw", strings.Repeat("x", 1001)), file("gsw-shim", "x")}, "gsw has more than 1000 bytes"},
		"too many":                {both(slices.Repeat([]entry{file("x", "")}, 20)...), "it has more than 20 entries"},
		"a file and then its dir": {both(entry{name: "gsw", mode: fs.ModeDir | 0o755}), "gsw"},
	} {
		for kind, pack := range packers() {
			_, err := unpacked(t, kind, pack(t, c.entries))
			var damaged *release.DamagedError
			if !errors.As(err, &damaged) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "gsw_1.0.0_x"+kind+" is no release of gsw: ") {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
	for name, packed := range map[string][]byte{"a page": []byte("<html></html>"), "nothing": nil, "zeros": make([]byte, 2000)} {
		for kind := range packers() {
			var damaged *release.DamagedError
			if _, err := unpacked(t, kind, packed); !errors.As(err, &damaged) {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
}

// What is passed over counts, too: a few kilobytes can stand for terabytes.
func TestUnpackBombs(t *testing.T) {
	bomb := tarOf(t, both(file("README", strings.Repeat("0", 2<<20))))
	if _, err := unpacked(t, ".tar.gz", bomb); err == nil || !strings.Contains(err.Error(), "it unpacks to more than any release has") {
		t.Errorf("%d bytes: %v", len(bomb), err)
	}
	if programs, err := unpacked(t, ".zip", zipOf(t, both(file("README", strings.Repeat("0", 2<<20))))); err != nil || len(programs) != 2 {
		t.Errorf("a zip's other entries are not unpacked: %v", err)
	}
}

// An archive that ends anywhere is none.
func TestUnpackTruncated(t *testing.T) {
	for kind, pack := range packers() {
		whole := pack(t, both())
		for n := range len(whole) {
			var damaged *release.DamagedError
			if _, err := unpacked(t, kind, whole[:n]); !errors.As(err, &damaged) {
				t.Fatalf("%s, %d of %d bytes: %v", kind, n, len(whole), err)
			}
		}
	}
}

// TestUnpackStorage: a folder that can't be written is no fault of the archive.
func TestUnpackStorage(t *testing.T) {
	dir := t.TempDir()
	archive := filepath.Join(dir, "x.zip")
	if err := os.WriteFile(archive, zipOf(t, both()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, into := range []string{filepath.Join(dir, "none"), archive} {
		var damaged *release.DamagedError
		var storage *fs.PathError
		if err := release.Unpack(archive, into, []string{"gsw"}, small()); !errors.As(err, &storage) || errors.As(err, &damaged) {
			t.Errorf("%s: %v", into, err)
		}
	}
	if err := release.Unpack(filepath.Join(dir, "none.tar.gz"), dir, nil, small()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// FuzzUnpack: whatever the bytes are, nothing is written but the two programs, none larger than may be.
func FuzzUnpack(f *testing.F) {
	for kind, pack := range packers() {
		f.Add(kind == ".zip", pack(f, both()))
		f.Add(kind == ".zip", pack(f, both(file("../x", "x"), entry{name: "gsw", link: "/x", mode: fs.ModeSymlink})))
	}
	f.Fuzz(func(t *testing.T, zipped bool, packed []byte) {
		kind := ".tar.gz"
		if zipped {
			kind = ".zip"
		}
		programs, err := unpacked(t, kind, packed)
		for name, content := range programs {
			if name != "gsw" && name != "gsw-shim" || len(content) > int(small().Program)+1 {
				t.Errorf("%s with %d bytes", name, len(content))
			}
		}
		if err == nil && len(programs) != 2 {
			t.Errorf("content with %q", programs)
		}
	})
}
