package disttest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/gover"
)

// Need skips the test, saying what is missing, or fails it if GSW_TEST_REQUIRE=all asks that nothing be skipped.
func Need(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf("needed, because GSW_TEST_REQUIRE=all: "+format, args...)
	}
	t.Skipf(format, args...)
}

// Thorough tells whether tests are to do what takes long: GSW_TEST_LONG is set, or GSW_TEST_REQUIRE=all asks that nothing
// be skipped.
func Thorough() bool {
	return os.Getenv("GSW_TEST_LONG") != "" || os.Getenv("GSW_TEST_REQUIRE") == "all"
}

// Long skips a test that takes half a minute and more, unless GSW_TEST_LONG is set or GSW_TEST_REQUIRE=all asks that
// nothing be skipped.
func Long(t testing.TB) {
	t.Helper()
	if testing.Short() || !Thorough() {
		t.Skip("takes long: GSW_TEST_LONG=1 runs it")
	}
}

// Real fetches a released toolchain for the platform of the tests through GOPROXY, as the go command does, which also
// checks it with the checksum database. It returns the module's zip and the folder in the module cache where it lies
// unpacked (read-only, with _go.mod files), its programs made executable as the go command does when it switches to one:
// a download alone does not. Tests that call it are skipped by -short, and where no proxy can be reached.
func Real(t testing.TB, version string) (zipFile, dir string) {
	t.Helper()
	if testing.Short() {
		Need(t, "go%s is 70 MB from the module proxy: not with -short", strings.TrimPrefix(version, "go"))
	}
	v, err := gover.Parse(version)
	if err != nil {
		t.Fatal(err)
	}
	module := "golang.org/toolchain@v0.0.1-" + v.Tag() + "." + Host().String()
	download := exec.Command("go", "mod", "download", "-json", module)
	download.Dir = t.TempDir()
	download.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GO111MODULE=")
	out, err := download.Output()
	var answer struct{ Zip, Dir, Error string }
	if json.Unmarshal(out, &answer) != nil || err != nil || answer.Error != "" {
		Need(t, "%s cannot be had from GOPROXY: %v %s", module, err, answer.Error)
	}
	for _, programs := range []string{"bin/*", "pkg/tool/*/*"} {
		files, err := filepath.Glob(filepath.Join(answer.Dir, filepath.FromSlash(programs)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if err := os.Chmod(file, 0o555); err != nil {
				t.Fatal(err)
			}
		}
	}
	return answer.Zip, answer.Dir
}

// RealTarGz is the path of an archive in the official layout with the files of a released toolchain, packed from its
// module and kept between test processes. A file each stands for the folders that modules leave out. Its bytes are not
// those of the release's archive; its tree's hash in the checksum database is the same.
func RealTarGz(t testing.TB, version string) string {
	t.Helper()
	file := filepath.Join(cacheDir(t), gover.MustParse(version).Tag()+"."+Host().String()+".tar.gz")
	if _, err := os.Stat(file); err == nil && !testing.Short() {
		return file
	}
	tree := RealTree(t, version)
	out, err := os.CreateTemp(cacheDir(t), "packing-*")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(out.Name())
	w := bufio.NewWriterSize(out, 1<<20)
	if err := tree.WriteTarGz(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(out.Name(), file); err != nil {
		t.Fatal(err)
	}
	return file
}

// RealTree is a released toolchain as a Tree whose files are read when they are needed.
func RealTree(t testing.TB, version string) *Tree {
	t.Helper()
	zipFile, _ := Real(t, version)
	r, err := zip.OpenReader(zipFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	tree := &Tree{Version: gover.MustParse(version), Target: Host(), Time: r.File[0].Modified.UTC()}
	var files []File
	for _, entry := range r.File {
		name := strings.TrimPrefix(entry.Name, tree.modulePrefix())
		if rest, ok := strings.CutSuffix(name, "_go.mod"); ok && (rest == "" || strings.HasSuffix(rest, "/")) {
			name = rest + "go.mod"
		}
		files = append(files, File{Name: name, Open: func() ([]byte, error) { return readEntry(entry) }})
	}
	for _, name := range []string{"api/README", "doc/README.md", "misc/go.mod", "test/README.md"} {
		files = append(files, File{Name: name, Data: fmt.Appendf(nil, "module misc // stands for %s\n", name)})
	}
	tree.Files = files
	tree.Put()
	return tree
}

func readEntry(entry *zip.File) ([]byte, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	b.Grow(int(entry.UncompressedSize64))
	_, err = io.Copy(&b, r)
	return b.Bytes(), err
}
