package mirror

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
	"gsw/platform/platformtest"
)

func FuzzState(f *testing.F) {
	whole := State{
		Selection:  Selection{Versions: []string{">=1.21 <1.23"}, Platforms: []string{"linux/amd64"}, Archives: true},
		Toolchains: []Toolchain{{Version: gover.MustParse("1.22.3"), Target: platform.Target{OS: "linux", Arch: "amd64"}, Module: &Module{Version: "v"}}},
		Heads:      []int64{300},
		Files:      map[string]File{"dl/index.json": {Size: 3, SHA256: strings.Repeat("a", 64)}},
	}
	text, err := whole.text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema_version":1,"files":{"../x":{"sha256":"` + strings.Repeat("a", 64) + `"}}}`))
	f.Add([]byte(`{"schema_version":1,"toolchains":[{"version":"go1.22"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseState(text)
		if err != nil {
			return
		}
		for name := range s.Files {
			if !filepath.IsLocal(filepath.FromSlash(name)) || filepath.Join("tree", filepath.FromSlash(name)) == "tree" {
				t.Errorf("%q leads out of the tree", name)
			}
		}
		printed, err := s.text()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseState(printed)
		if err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		if twice, err := again.text(); err != nil || string(twice) != string(printed) {
			t.Errorf("%v\n%s\nbecame\n%s", err, printed, twice)
		}
	})
}

// An account that can't be read stops everything: what it says is what may be removed.
func TestStateUnreadable(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "unexpected end of JSON input",
		`{"schema_version":2}`: "it is of version 2, this gsw knows 1",
		`{"schema_version":1,"files":{"../../etc/passwd":{"sha256":"` + strings.Repeat("a", 64) + `"}}}`: `"../../etc/passwd" is no file of a mirror`,
		`{"schema_version":1,"files":{"/etc/passwd":{"sha256":"` + strings.Repeat("a", 64) + `"}}}`:      `"/etc/passwd" is no file of a mirror`,
	} {
		tree := Open(t.TempDir())
		unlock, err := tree.Lock()
		if err == nil {
			err = os.WriteFile(tree.stateFile(), []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = tree.State()
		var broken *StateError
		if !errors.As(err, &broken) || err.Error() != tree.stateFile()+" is not readable: "+want {
			t.Errorf("%v, want %s", err, want)
		}
		if err := unlock(); err != nil {
			t.Error(err)
		}
	}
}

func TestIntact(t *testing.T) {
	tree := Open(t.TempDir())
	file := filepath.Join(tree.Dir(), "dl", "x")
	put := func(content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("good")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	s := State{Files: map[string]File{"dl/x": {Size: 4, SHA256: sum([]byte("good")), Modified: info.ModTime().UnixNano()}}}
	check := func(what string, exact, want bool, names ...string) {
		t.Helper()
		if got, err := tree.Intact(s, exact, names...); err != nil || got != want {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	check("as it was", false, true, "dl/x")
	check("unknown", false, false, "dl/x", "dl/y")
	put("evil")
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	check("as large and as old", false, true, "dl/x")
	check("every byte read", true, false, "dl/x")
	put("good")
	later := info.ModTime().Add(time.Hour)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	check("copied", false, true, "dl/x")
	if s.Files["dl/x"].Modified != later.UnixNano() {
		t.Error("the new time is not noted")
	}
	put("longer")
	check("longer", false, false, "dl/x")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	check("gone", false, false, "dl/x")
	if platformtest.Symlink(t, "/etc/passwd", file) {
		check("a link", false, false, "dl/x")
	}
}

// The index is what go.dev/dl would say of the same files.
func TestIndex(t *testing.T) {
	v := gover.MustParse
	all := []Toolchain{
		{v("1.4.2"), platform.Target{OS: "darwin", Arch: "amd64"}, &Archive{Name: "go1.4.2.darwin-amd64-osx10.8.tar.gz", SHA256: "a", Size: 1}, nil},
		{v("1.22.3"), platform.Target{OS: "windows", Arch: "amd64"}, &Archive{Name: "go1.22.3.windows-amd64.zip", SHA256: "b", Size: 2}, nil},
		{v("1.22.3"), platform.Target{OS: "linux", Arch: "arm"}, &Archive{Name: "go1.22.3.linux-armv6l.tar.gz", SHA256: "c", Size: 3}, nil},
		{v("1.23rc1"), platform.Target{OS: "linux", Arch: "arm"}, nil, &Module{Version: "v0.0.1-go1.23rc1.linux-arm"}},
		{v("1.23rc2"), platform.Target{OS: "linux", Arch: "amd64"}, &Archive{Name: "go1.23rc2.linux-amd64.tar.gz", SHA256: "d", Size: 4}, nil},
	}
	got, err := index(all)
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(got)), "")
	want := `[{"version":"go1.23rc2","stable":false,"files":[{"filename":"go1.23rc2.linux-amd64.tar.gz","os":"linux","arch":"amd64","version":"go1.23rc2","sha256":"d","size":4,"kind":"archive"}]},` +
		`{"version":"go1.22.3","stable":true,"files":[{"filename":"go1.22.3.linux-armv6l.tar.gz","os":"linux","arch":"armv6l","version":"go1.22.3","sha256":"c","size":3,"kind":"archive"},` +
		`{"filename":"go1.22.3.windows-amd64.zip","os":"windows","arch":"amd64","version":"go1.22.3","sha256":"b","size":2,"kind":"archive"}]},` +
		`{"version":"go1.4.2","stable":true,"files":[{"filename":"go1.4.2.darwin-amd64-osx10.8.tar.gz","os":"darwin","arch":"amd64","version":"go1.4.2","sha256":"a","size":1,"kind":"archive"}]}]`
	if flat != want {
		t.Errorf("got\n%s\nwant\n%s", flat, want)
	}
	if none, err := index(all[3:4]); err != nil || none != nil {
		t.Errorf("of modules alone: %s, %v", none, err)
	}
	if got := string(moduleList(all)); got != "v0.0.1-go1.23rc1.linux-arm\n" {
		t.Errorf("%q", got)
	}
}
