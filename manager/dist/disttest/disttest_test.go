package disttest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/dirhash"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

func TestFakeGoAnswers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "go1.22.3", "go")
	disttest.Fake(t, "1.22.3", disttest.Host()).Write(t, dir)
	gobin := t.TempDir()
	host := disttest.Host()
	goExe := filepath.Join(dir, "bin", host.Exe("go"))

	run := func(exe string, args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(exe, args...)
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GO") }), "GOBIN="+gobin)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		out  string
		code int
	}{
		{[]string{"version"}, "go version go1.22.3 " + host.OS + "/" + host.Arch + "\n", 0},
		{[]string{"env", "GOROOT", "GOBIN", "GOVERSION", "GOTOOLCHAIN"}, resolved + "\n" + gobin + "\ngo1.22.3\nauto\n", 0},
		{[]string{"tool", "compile", "-V"}, "compile version go1.22.3\n", 0},
		{[]string{"args", "a b", "", "c"}, "a b\n\nc\n", 0},
		{[]string{"install", "example.com/cmd/stringer@latest"}, "", 0},
		{[]string{"exit", "7"}, "", 7},
	} {
		if out, code := run(goExe, c.args...); out != c.out || code != c.code {
			t.Errorf("go %q = %q, %d; want %q, %d", c.args, out, code, c.out, c.code)
		}
	}
	tool := filepath.Join(gobin, host.Exe("stringer"))
	if out, _ := run(tool, "x"); out != "stringer made by go1.22.3\nx\n" {
		t.Errorf("the installed tool says %q", out)
	}
	if out, _ := run(goExe, "version", "-m", tool); out != tool+": go1.22.3\n" {
		t.Errorf("go version -m says %q", out)
	}
	if host.OS == "windows" {
		return
	}
	link := filepath.Join(t.TempDir(), "go1.22.3")
	if err := os.Symlink(goExe, link); err != nil {
		t.Fatal(err)
	}
	if out, _ := run(link, "env", "GOROOT"); out != resolved+"\n" {
		t.Errorf("through a link GOROOT is %q, want %q", out, resolved)
	}
}

func TestHeadersAreExecutables(t *testing.T) {
	for _, target := range []platform.Target{{OS: "linux", Arch: "s390x"}, {OS: "linux", Arch: "arm"}, {OS: "freebsd", Arch: "riscv64"}, {OS: "darwin", Arch: "arm64"}, {OS: "windows", Arch: "386"}} {
		tree := disttest.Fake(t, "1.22.3", target)
		i := slices.IndexFunc(tree.Files, func(f disttest.File) bool { return f.Name == "bin/"+target.Exe("go") })
		data := bytes.NewReader(tree.Files[i].Data)
		var err error
		switch target.OS {
		case "darwin":
			_, err = macho.NewFile(data)
		case "windows":
			_, err = pe.NewFile(data)
		default:
			_, err = elf.NewFile(data)
		}
		if err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestModuleZipHashesToH1(t *testing.T) {
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	r, err := zip.NewReader(bytes.NewReader(tree.ModuleZip(t)), int64(len(tree.ModuleZip(t))))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	h1, err := dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return r.Open(name) })
	if err != nil || h1 != tree.H1(t) {
		t.Errorf("H1 = %s, dirhash says %s, %v", tree.H1(t), h1, err)
	}
	zr, err := gzip.NewReader(bytes.NewReader(tree.TarGz(t)))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(zr)
	for _, f := range tree.Files {
		h, err := archive.Next()
		for ; err == nil && h.Typeflag == tar.TypeDir; h, err = archive.Next() {
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(archive); h.Name != "go/"+f.Name || !bytes.Equal(data, f.Data) || err != nil {
			t.Errorf("%s is packed as %s, %d of %d bytes, %v", f.Name, h.Name, len(data), len(f.Data), err)
		}
	}
	if rest, err := io.Copy(io.Discard, zr); err != nil { // the checksum is at the end
		t.Errorf("the archive's end: %d, %v", rest, err)
	}
}

// TestRealModuleHashes ties the fakes to reality: packed again, a real toolchain has the hash that the checksum database recorded.
func TestRealModuleHashes(t *testing.T) {
	tree := disttest.RealTree(t, "1.22.3")
	if disttest.Host().String() != "linux-amd64" {
		t.Skip("the expected hash is linux-amd64's")
	}
	const want = "h1:LqXmlW4rn/rqR5z8Sz3hri+dYqwQ73YKgkSjm31jRFM="
	if have := tree.H1(t); have != want {
		t.Errorf("H1 = %s, want %s", have, want)
	}
}

func TestServerPublishes(t *testing.T) {
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	s := disttest.NewServer(t, tree, disttest.Fake(t, "1.23rc1", disttest.Host()))
	for path, want := range map[string]string{
		"/dl/" + tree.ArchiveName():                                          string(tree.Archive(t)),
		"/dl/?mode=json":                                                     `"version": "go1.22.3"`,
		"/dl/?mode=json&include=all":                                         `"version": "go1.23rc1"`,
		"/dl/mod/golang.org/toolchain/@v/list":                               tree.Module() + "\n",
		"/dl/mod/golang.org/toolchain/@v/" + tree.Module() + ".info":         tree.Module(),
		"/dl/mod/golang.org/toolchain/@v/" + tree.Module() + ".zip":          string(tree.ModuleZip(t)),
		"/dl/mod/sumdb/sum.golang.org/latest":                                "go.sum database tree\n",
		"/sumdb/sum.golang.org/lookup/golang.org/toolchain@" + tree.Module(): tree.H1(t),
	} {
		if code, body := get(t, s.URL+path); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.100q", path, code, body)
		}
	}
	if code, _ := get(t, s.URL+"/dl/go9.9.9.linux-amd64.tar.gz"); code != 404 {
		t.Errorf("an unknown archive is %d", code)
	}
	if n := s.Count("/dl/"); n != 2 {
		t.Errorf("the index was asked for %d times, counted %d", 2, n)
	}
}

func TestLiesAreTold(t *testing.T) {
	s := disttest.NewServer(t)
	s.Serve("/x", "text/plain", []byte("0123456789"))
	for _, text := range []string{"status 503 times=1", "html 200 times=1", "drop 4 times=1", "close times=1", "notjson times=1", "flip 0 times=1"} {
		lie, err := disttest.ParseLie(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Lie("/x", lie)
		if code, body := get(t, s.URL+"/x"); code == 200 && body == "0123456789" {
			t.Errorf("%s: told the truth", text)
		}
		if code, body := get(t, s.URL+"/x"); code != 200 || body != "0123456789" {
			t.Errorf("after %s: %d %q", text, code, body)
		}
	}
	if _, err := disttest.ParseLie("fib 3"); err == nil {
		t.Error("an unknown lie was accepted")
	}
}

// client is the least that sumdb.Client needs.
type client struct {
	t     *testing.T
	base  string
	key   string
	files map[string][]byte
}

func (c *client) ReadRemote(path string) ([]byte, error) {
	code, body := get(c.t, c.base+path)
	if code != 200 {
		return nil, errors.New(http.StatusText(code))
	}
	return []byte(body), nil
}
func (c *client) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(c.key), nil
	}
	return c.files[file], nil
}
func (c *client) WriteConfig(file string, _, b []byte) error { c.files[file] = b; return nil }
func (c *client) ReadCache(string) ([]byte, error)           { return nil, fs.ErrNotExist }
func (c *client) WriteCache(string, []byte)                  {}
func (c *client) Log(string)                                 {}
func (c *client) SecurityError(msg string)                   { c.t.Log("security:", strings.SplitN(msg, "\n", 2)[0]) }

func TestSumDBIsADatabaseAndLies(t *testing.T) {
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	other := disttest.Fake(t, "1.21.6", disttest.Host())
	s := disttest.NewServer(t, tree, other)
	files := map[string][]byte{}
	lookup := func(tree *disttest.Tree) error {
		ops := &client{t: t, base: s.URL + "/sumdb/sum.golang.org", key: s.SumDB.Key, files: files}
		lines, err := sumdb.NewClient(ops).Lookup("golang.org/toolchain", tree.Module())
		if err == nil && !strings.HasSuffix(lines[0], tree.H1(t)) {
			t.Errorf("the record says %q", lines)
		}
		return err
	}
	if err := lookup(tree); err != nil {
		t.Fatal(err)
	}
	for name, lie := range map[string]func(){
		"drop":   func() { s.SumDB.Drop(other.Module()) },
		"forge":  func() { s.SumDB.Forge(other.Module(), tree.H1(t)) },
		"tamper": s.SumDB.Tamper,
	} {
		s.SumDB.Honest()
		lie()
		if lookup(other) == nil {
			t.Errorf("%s: the client noticed nothing", name)
		}
	}
	s.SumDB.Honest()
	if err := lookup(other); err != nil {
		t.Error(err)
	}
	s.SumDB.Fork()
	if err := lookup(other); err == nil {
		t.Error("fork: the client noticed nothing")
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	// On a kept connection net/http asks once more by itself.
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, string(body)
	}
	return res.StatusCode, string(body)
}

func TestRealTarGz(t *testing.T) {
	f, err := os.Open(disttest.RealTarGz(t, "1.22.3"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(zr); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "go/VERSION" {
			text, err := io.ReadAll(r)
			if err != nil || !strings.HasPrefix(string(text), "go1.22.3\n") {
				t.Errorf("%q, %v", text, err)
			}
			return
		}
	}
}
