package zerotrust

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"

	"gsw/manager/dist/disttest"
	"gsw/platform/platformtest"
)

// cached puts a module into a new module cache as the go command does, and gives the cache and the lines of go.sum.
func cached(t *testing.T, v module.Version, files map[string]string) (cache, sums string) {
	t.Helper()
	cache = t.TempDir()
	proxy := t.TempDir()
	disttest.WriteModule(t, proxy, v.Path, v.Version, files)
	at, err := placesOf(v, cache)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(at.zip), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{at.zip, at.mod} {
		data, err := os.ReadFile(filepath.Join(proxy, v.Path, "@v", filepath.Base(file)))
		if err == nil {
			err = os.WriteFile(file, data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Unzip(at.dir, v, at.zip); err != nil {
		t.Fatal(err)
	}
	ofZip, err := dirhash.HashZip(at.zip, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	ofMod, err := hashMod(at.mod)
	if err != nil {
		t.Fatal(err)
	}
	return cache, v.Path + " " + v.Version + " " + ofZip + "\n" + v.Path + " " + v.Version + "/go.mod " + ofMod + "\n"
}

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestVerify changes each thing that a build would read from the cache, and nothing else.
func TestVerify(t *testing.T) {
	v := module.Version{Path: "example.com/greet", Version: "v1.2.3"}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, at places)
		where  func(at places) string // what is named; nil: nothing is wrong
		have   string
		none   bool // the module counts as not there
	}{
		{name: "as it was released", change: func(*testing.T, places) {}},
		{name: "a file changed", change: func(t *testing.T, at places) { write(t, filepath.Join(at.dir, "greet.go"), "package greet // evil\n") },
			where: func(at places) string { return at.dir }, have: "h1:"},
		{name: "a file added", change: func(t *testing.T, at places) { write(t, filepath.Join(at.dir, "evil_linux.go"), "package greet\n") },
			where: func(at places) string { return at.dir }, have: "h1:"},
		{name: "a file gone", change: func(t *testing.T, at places) { os.Remove(filepath.Join(at.dir, "sub", "sub.go")) },
			where: func(at places) string { return at.dir }, have: "h1:"},
		{name: "a link to the same bytes", change: func(t *testing.T, at places) {
			same := write(t, filepath.Join(t.TempDir(), "greet.go"), "package greet\n")
			os.Remove(filepath.Join(at.dir, "greet.go"))
			platformtest.NeedSymlink(t, same, filepath.Join(at.dir, "greet.go"))
		}, where: func(at places) string { return at.dir }, have: `"greet.go" is a symbolic link, not a regular file`},
		{name: "the folder a link", change: func(t *testing.T, at places) {
			if err := os.Rename(at.dir, at.dir+".real"); err != nil {
				t.Fatal(err)
			}
			platformtest.NeedSymlink(t, at.dir+".real", at.dir)
		}, where: func(at places) string { return at.dir }, have: "is a link or file, not a regular file"},
		{name: "the zip another", change: func(t *testing.T, at places) {
			proxy := t.TempDir()
			disttest.WriteModule(t, proxy, v.Path, v.Version, map[string]string{"greet.go": "package greet // evil\n"})
			if err := os.Rename(filepath.Join(proxy, v.Path, "@v", "v1.2.3.zip"), at.zip); err != nil {
				t.Fatal(err)
			}
		}, where: func(at places) string { return at.zip }, have: "h1:"},
		{name: "the zip none", change: func(t *testing.T, at places) { write(t, at.zip, "evil") },
			where: func(at places) string { return at.zip }, have: "zip: not a valid zip file"},
		{name: "the go.mod changed", change: func(t *testing.T, at places) {
			write(t, at.mod, "module example.com/greet\n\nrequire evil.example v1.0.0\n")
		},
			where: func(at places) string { return at.mod }, have: "h1:"},
		{name: "only the zip", change: func(t *testing.T, at places) { os.RemoveAll(at.dir) }},
		{name: "half unpacked", change: func(t *testing.T, at places) {
			write(t, at.mark, "")
			os.Remove(filepath.Join(at.dir, "greet.go"))
		}},
		{name: "nothing there", none: true, change: func(t *testing.T, at places) {
			if err := errors.Join(os.RemoveAll(at.dir), os.Remove(at.zip), os.Remove(at.mod)); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache, lines := cached(t, v, map[string]string{"greet.go": "package greet\n", "sub/sub.go": "package sub\n"})
			at, _ := placesOf(v, cache)
			makeWritable(t, at.dir)
			c.change(t, at)
			project := Project{Sums: []string{write(t, filepath.Join(t.TempDir(), "go.sum"), "\n"+lines)}}
			sums, err := project.ReadSums()
			if err != nil {
				t.Fatal(err)
			}
			found, err := Verify(context.Background(), sums, cache)
			if c.where == nil {
				if err != nil || (len(found) == 0) != c.none || !c.none && found[0].Version != v {
					t.Fatalf("found %v, %v", found, err)
				}
				return
			}
			var e *ChecksumError
			if !errors.As(err, &e) || len(e.Mismatches) != 1 || e.Mismatches[0].Where != c.where(at) || !strings.Contains(e.Mismatches[0].Have, c.have) {
				t.Fatalf("found %v, %v", found, err)
			}
			for _, part := range []string{"checksum mismatch: example.com/greet@v1.2.3", "want h1:", project.Sums[0] + ":"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the refusal does not say %q:\n%v", part, err)
				}
			}
		})
	}
}

func makeWritable(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err == nil {
			err = os.Chmod(file, 0o777)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadSums(t *testing.T) {
	for text, want := range map[string]string{
		"a v1 h1:x\n\n  b v2/go.mod   h1:y\n": "",
		"a v1 h2:x\n":                         "",
		"a v1\n":                              ":1: not a checksum: \"a v1\"",
		"a v1 h1:x\n<<<<<<< HEAD\n":           ":2: not a checksum",
		"a v1 h1:x y\n":                       ":1: not a checksum",
	} {
		file := write(t, filepath.Join(t.TempDir(), "go.sum"), text)
		_, err := Project{Sums: []string{file}}.ReadSums()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), file+want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestProject reads what a project asks for as the go command does.
func TestProject(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "app", "go.mod"), `module example.com/app

go 1.21

require (
	example.com/direct v1.0.0
	example.com/deep v1.0.0 // indirect
	example.com/swapped v1.0.0
	example.com/local v1.0.0
	example.com/out v1.0.0
	example.com/lib v1.0.0
)

replace example.com/swapped => example.com/other v1.5.0

replace example.com/local v1.0.0 => ../local

exclude example.com/out v1.0.0
`)
	write(t, filepath.Join(root, "lib", "go.mod"), "module example.com/lib\n\ngo 1.16\n")
	work := write(t, filepath.Join(root, "go.work"), "go 1.21\n\nuse ./app\nuse ./lib\n\nreplace example.com/direct => ./direct\n")
	write(t, filepath.Join(root, "app", "go.sum"), "example.com/other v1.5.0/go.mod h1:x\n")

	p, err := ReadProject(filepath.Join(root, "app"), "off")
	if err != nil || p.Root != filepath.Join(root, "app") || !p.Complete() || p.Work != "" {
		t.Fatalf("%+v, %v", p, err)
	}
	said := func(p Project) string {
		var all []string
		for _, d := range p.Demands() {
			all = append(all, filepath.ToSlash(strings.ReplaceAll(d.String()+" "+d.Folder, root, "")))
		}
		return strings.Join(all, "; ")
	}
	if got, want := said(p), "example.com/direct@v1.0.0 ; example.com/deep@v1.0.0 ; example.com/other@v1.5.0 ; example.com/local@v1.0.0 /local; example.com/lib@v1.0.0 "; got != want {
		t.Errorf("asks for %s, want %s", got, want)
	}
	sums, err := p.ReadSums()
	if err != nil {
		t.Fatal(err)
	}
	var unlisted *UnlistedError
	if err := p.Unlisted(sums); !errors.As(err, &unlisted) || len(unlisted.Demands) != 3 || !strings.Contains(err.Error(), "example.com/other@v1.5.0 ("+p.Modules[0].File+":8)") {
		t.Errorf("without checksums: %v", err)
	}
	if missing := p.Missing(t.TempDir()); len(missing) != 5 {
		t.Errorf("an empty cache lacks %v", missing)
	}
	write(t, filepath.Join(root, "app", "vendor", "modules.txt"), "")
	if err := p.Unlisted(sums); err != nil || len(p.Missing(t.TempDir())) > 0 {
		t.Errorf("with a vendor folder: %v", err)
	}

	p, err = ReadProject(filepath.Join(root, "app"), work)
	if err != nil || p.Root != root || p.Complete() || p.Work != work {
		t.Fatalf("%+v, %v", p, err)
	}
	if got, want := said(p), "example.com/direct@v1.0.0 /direct; example.com/deep@v1.0.0 ; example.com/other@v1.5.0 ; example.com/local@v1.0.0 /local"; got != want {
		t.Errorf("the workspace asks for %s, want %s", got, want)
	}
	if p, err := ReadProject(t.TempDir(), ""); err != nil || len(p.Modules)+len(p.Demands()) > 0 {
		t.Errorf("no module: %+v, %v", p, err)
	}
}
