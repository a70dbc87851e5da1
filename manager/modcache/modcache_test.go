package modcache

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

// staged makes the files of a module in a folder of their own.
func staged(t *testing.T, m module.Version, text string) Staged {
	t.Helper()
	dir := t.TempDir()
	s := Staged{Module: m, Info: filepath.Join(dir, "x.info"), Mod: filepath.Join(dir, "x.mod"), Zip: filepath.Join(dir, "x.zip"), Proof: "the test"}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"go.mod": "module " + m.Path + "\n", "x.go": text} {
		w, err := z.Create(m.String() + "/" + name)
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(),
		os.WriteFile(s.Zip, b.Bytes(), 0o644),
		os.WriteFile(s.Mod, []byte("module "+m.Path+"\n"), 0o644),
		os.WriteFile(s.Info, []byte(`{"Version":"`+m.Version+`","Time":"2024-05-01T00:00:00Z"}`), 0o644)); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.Sum, err = HashZip(m, s.Zip); err != nil {
		t.Fatal(err)
	}
	if s.GoModSum, err = HashGoMod(s.Mod); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPut(t *testing.T) {
	m := module.Version{Path: "example.com/Upper/x", Version: "v1.0.0-RC.1"}
	c := Cache{Dir: t.TempDir()}
	s := staged(t, m, "package x\n")
	if complete, err := c.Check(s); complete || err != nil {
		t.Fatalf("an empty cache: %v, %v", complete, err)
	}
	dir, err := c.Put(s)
	if err != nil || dir != filepath.Join(c.Dir, "cache", "download", "example.com", "!upper", "x", "@v") {
		t.Fatalf("%s, %v", dir, err)
	}
	if hash, err := os.ReadFile(filepath.Join(dir, "v1.0.0-!r!c.1.ziphash")); err != nil || string(hash) != s.Sum || c.Claimed(m) != s.Sum {
		t.Errorf("%q, %v", hash, err)
	}
	if complete, err := c.Check(s); !complete || err != nil {
		t.Errorf("after Put: %v, %v", complete, err)
	}

	// The same files, packed otherwise, are the same; other files are not.
	if complete, err := c.Check(staged(t, m, "package x\n")); !complete || err != nil {
		t.Errorf("the same again: %v, %v", complete, err)
	}
	other := staged(t, m, "package x // other\n")
	_, err = c.Check(other)
	var differs *DiffersError
	if !errors.As(err, &differs) || differs.Have != s.Sum || differs.Want != other.Sum {
		t.Errorf("%v", err)
	}
	if !strings.Contains(err.Error(), "v1.0.0-!r!c.1.zip of example.com/Upper/x@v1.0.0-RC.1 is in the module cache already and differs: it hashes to "+s.Sum+", but the test says "+other.Sum) {
		t.Errorf("%v", err)
	}

	// What the go command would believe, a .ziphash, is not believed here.
	if err := os.WriteFile(filepath.Join(dir, "v1.0.0-!r!c.1.ziphash"), []byte(other.Sum), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(other); !errors.As(err, &differs) {
		t.Errorf("a lying .ziphash: %v", err)
	}

	// A half-filled cache is filled; an .info of another version is worth nothing.
	again := staged(t, m, "package x\n")
	if err := errors.Join(os.Remove(filepath.Join(dir, "v1.0.0-!r!c.1.zip")), os.WriteFile(filepath.Join(dir, "v1.0.0-!r!c.1.info"), []byte("{}"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if complete, err := c.Check(again); complete || err != nil {
		t.Fatalf("%v, %v", complete, err)
	}
	if _, err := c.Put(again); err != nil {
		t.Fatal(err)
	}
	if complete, err := c.Check(again); !complete || err != nil {
		t.Errorf("%v, %v", complete, err)
	}
}

func TestFileNames(t *testing.T) {
	c := Cache{Dir: "/cache"}
	for _, m := range []module.Version{
		{Path: "example.com/../x", Version: "v1.0.0"}, {Path: "/etc", Version: "v1.0.0"}, {Path: "example.com/x", Version: "../v1.0.0"},
		{Path: "example.com/x", Version: "v1"}, {Path: "example.com/x", Version: ""}, {Path: "", Version: "v1.0.0"}, {Path: "example.com/con", Version: "v1.0.0"},
	} {
		if file, err := c.File(m, ".mod"); err == nil {
			t.Errorf("%v: %s", m, file)
		}
	}
}

func TestHashZip(t *testing.T) {
	m := module.Version{Path: "example.com/x", Version: "v1.0.0"}
	s := staged(t, m, "package x\n")
	var wrong *ZipError
	if _, err := HashZip(module.Version{Path: "example.com/y", Version: "v1.0.0"}, s.Zip); !errors.As(err, &wrong) {
		t.Errorf("the zip of another module: %v", err)
	}
	if _, err := HashZip(m, s.Mod); !errors.As(err, &wrong) {
		t.Errorf("no zip: %v", err)
	}
	if _, err := HashZip(m, s.Zip+"none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if sum, err := HashToolchain(m, s.Zip, 1<<20); err != nil || sum != s.Sum {
		t.Errorf("%s, %v", sum, err)
	}
	if _, err := HashToolchain(m, s.Zip, 10); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "unpacks to more") {
		t.Errorf("more than it may have: %v", err)
	}
}

const sum = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

func TestSums(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good", "example.com/b v1.0.0 "+sum+"\n\nexample.com/b v1.0.0/go.mod "+sum+"\nexample.com/a v1.0.0/go.mod "+sum+"\nexample.com/a v1.0.0/go.mod h2:new\n")
	var s Sums
	if err := errors.Join(s.Read(good), s.Read(good)); err != nil {
		t.Fatal(err)
	}
	if all := s.Modules(); len(all) != 2 || all[0].Path != "example.com/a" {
		t.Errorf("%v", all)
	}
	if have, place := s.Zip(module.Version{Path: "example.com/b", Version: "v1.0.0"}); have != sum || place != good+":1" {
		t.Errorf("%s by %s", have, place)
	}
	if have, _ := s.Zip(module.Version{Path: "example.com/a", Version: "v1.0.0"}); have != "" {
		t.Errorf("only its go.mod has a hash, not %s", have)
	}
	if text := string(s.Text()); text != "example.com/a v1.0.0/go.mod "+sum+"\nexample.com/b v1.0.0 "+sum+"\nexample.com/b v1.0.0/go.mod "+sum+"\n" {
		t.Errorf("%q", text)
	}
	var conflict *ConflictError
	if err := s.Read(write("other", "example.com/b v1.0.0 h1:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")); !errors.As(err, &conflict) {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"example.com/b v1.0.0\n", "x\n", "example.com/../b v1.0.0 " + sum + "\n", "example.com/b v1 " + sum + "\n", "<html>a b</html>\n"} {
		var line *SumLineError
		if err := new(Sums).Read(write("bad", text)); !errors.As(err, &line) || line.Line != 1 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzSums: what is read prints as what reads the same, and names only modules that files can be named after.
func FuzzSums(f *testing.F) {
	f.Add([]byte("example.com/b v1.0.0 " + sum + "\nexample.com/a v1.0.0/go.mod " + sum + "\n"))
	f.Add([]byte("<!DOCTYPE html>\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "go.sum")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		var s, again Sums
		if s.Read(file) != nil {
			return
		}
		for _, m := range s.Modules() {
			if _, err := (Cache{Dir: "/c"}).File(m, ".zip"); err != nil {
				t.Errorf("%v: %v", m, err)
			}
		}
		if err := os.WriteFile(file, s.Text(), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := again.Read(file); err != nil || !bytes.Equal(again.Text(), s.Text()) {
			t.Errorf("%v\n%s\n%s", err, s.Text(), again.Text())
		}
	})
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.work": "go 1.22\n\nuse (\n\t./a\n\t./b/c\n)\n", "go.work.sum": "example.com/d v1.0.0 " + sum + "\n",
		"a/go.mod": "module example.com/a\n", "a/go.sum": "example.com/e v1.0.0 " + sum + "\n", "a/x/y/z.go": "package y\n",
		"b/c/go.mod": "module example.com/c\n", "b/c/vendor/modules.txt": "",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	alone, err := Find(filepath.Join(root, "a", "x", "y"), "off")
	if err != nil || len(alone.Dirs) != 1 || alone.Main[0] != "example.com/a" || alone.Vendored("") {
		t.Errorf("%+v, %v", alone, err)
	}
	work, err := Find(filepath.Join(root, "a"), filepath.Join(root, "go.work"))
	var s Sums
	if err != nil || strings.Join(work.Main, " ") != "example.com/a example.com/c" || work.Sums(&s) != nil || len(s.Modules()) != 2 {
		t.Errorf("%+v, %v, %v", work, err, s.Modules())
	}
	vendored, err := Find(filepath.Join(root, "b", "c"), "")
	if err != nil || !vendored.Vendored("-mod=vendor") || vendored.Vendored("-mod=mod") {
		t.Errorf("%+v, %v", vendored, err)
	}
	var none *NoProjectError
	if _, err := Find(root, ""); !errors.As(err, &none) {
		t.Errorf("%v", err)
	}
}
