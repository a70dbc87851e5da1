package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"gsw/manager/gover"
	"gsw/manager/tree"
	"gsw/platform"
)

// module is a real toolchain as the go command downloads it: h1 was proved by it against the
// checksum database.
type module struct {
	version gover.Version
	target  platform.Target
	prefix  string
	zip     string
	h1      string
}

// realModule gets golang.org/toolchain through the machine's GOPROXY.
func realModule(t testing.TB, version string) module {
	t.Helper()
	if testing.Short() {
		t.Skip("downloads a toolchain")
	}
	m := module{version: gover.MustParse(version), target: platform.Target{OS: "linux", Arch: "amd64"}}
	name := "golang.org/toolchain@v0.0.1-" + m.version.Tag() + "." + m.target.String()
	cmd := exec.Command("go", "mod", "download", "-json", name)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	var said struct{ Zip, Sum, Error string }
	if err != nil || json.Unmarshal(out, &said) != nil || said.Zip == "" {
		if os.Getenv("GSW_TEST_REQUIRE") == "all" {
			t.Fatalf("no %s: %v %s", name, err, out)
		}
		t.Skipf("no %s here: %v", name, err)
	}
	m.prefix, m.zip, m.h1 = name+"/", said.Zip, said.Sum
	return m
}

// packTarGz packs the module's files as the official archives have them, with the folders that
// modules leave out.
func (m module) packTarGz(t testing.TB) string {
	t.Helper()
	z, err := zip.OpenReader(m.zip)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	path := filepath.Join(t.TempDir(), "archive.tar.gz")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	gz, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	tw := tar.NewWriter(gz)
	add := func(name string, mode fs.FileMode, mtime time.Time, content []byte) {
		h := &tar.Header{Name: "go/" + name, Mode: int64(mode.Perm()), Size: int64(len(content)), ModTime: mtime, Typeflag: tar.TypeReg}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"api/go1.txt", "doc/godebug.md", "misc/go.mod", "test/fixedbugs/issue27836.dir/Äfoo.go", ".github/x"} {
		add(name, 0o644, time.Unix(1714592986, 0), []byte("not covered\n"))
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(f.Name, m.prefix)
		if dir, ok := strings.CutSuffix(name, "/_go.mod"); ok {
			name = dir + "/go.mod"
		}
		add(name, f.Mode(), f.Modified, content)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReal unpacks a real toolchain from both of its packings and compares with what the
// checksum database says of it, and with what lies on the disk.
func TestReal(t *testing.T) {
	for _, version := range []string{"1.21.6", "1.22.3"} {
		m := realModule(t, version)
		trees := map[string]tree.Manifest{}
		archives := map[string]string{"module zip": m.zip}
		if version == "1.22.3" {
			archives["tar.gz"] = m.packTarGz(t)
		}
		for format, archive := range archives {
			dir := jail(t)
			res, err := File(t.Context(), archive, dir)
			if err != nil {
				t.Fatalf("%s: %v", archive, err)
			}
			lookAround(t, dir)
			if res.Format != format {
				t.Errorf("took the %s for a %s", format, res.Format)
			}
			if h1 := res.Manifest.Hash(m.version, m.target); h1 != m.h1 {
				t.Errorf("%s from a %s: %s, the log says %s", version, format, h1, m.h1)
			}
			measured, err := tree.Measure(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			if d := res.Manifest.Compare(measured); d != nil {
				t.Errorf("%s from a %s is not what lies on disk: %v", version, format, d)
			}
			trees[format] = measured
			checkRuns(t, dir, m.version)
		}
		if version != "1.22.3" {
			continue
		}
		covered := slices.DeleteFunc(trees["tar.gz"], func(e tree.Entry) bool { return !tree.Covered(e.Name) })
		if !bytes.Equal(covered.Text(), trees["module zip"].Text()) {
			t.Errorf("%s: archive and module differ", version)
		}
	}
}

// checkRuns runs what was unpacked: its programs are executable and its times those of the release.
func checkRuns(t *testing.T, dir string, v gover.Version) {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	if year := info.ModTime().Year(); year != 2024 {
		t.Errorf("VERSION is of the year %d", year)
	}
	h, err := platform.Read()
	if err != nil {
		t.Fatal(err)
	}
	if h.Target.String() != "linux-amd64" {
		return
	}
	cmd := exec.Command(filepath.Join(dir, "bin", "go"), "version")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOROOT=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), v.Tag()+" ") {
		t.Errorf("%s (%v)", out, err)
	}
}
