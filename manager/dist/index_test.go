package dist_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/platform"
)

// realIndex is go.dev/dl/?mode=json&include=all of August 2026.
func realIndex(t testing.TB) []byte {
	t.Helper()
	f, err := os.Open("testdata/index.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func target(t testing.TB, s string) platform.Target {
	t.Helper()
	system, arch, ok := strings.Cut(s, "-")
	if !ok {
		t.Fatalf("no platform: %q", s)
	}
	return platform.Target{OS: system, Arch: arch}
}

func TestParseRealIndex(t *testing.T) {
	releases, err := dist.ParseIndex(realIndex(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(releases) != 364 { // all but the pseudo-release go1
		t.Errorf("%d releases", len(releases))
	}
	archives := 0
	for i, r := range releases {
		if i > 0 && releases[i-1].Version.Compare(r.Version) <= 0 {
			t.Errorf("%s stands before %s", releases[i-1].Version, r.Version)
		}
		seen := map[platform.Target]bool{}
		for _, a := range r.Archives {
			archives++
			if seen[a.Target] {
				t.Errorf("%s has two archives for %s", r.Version, a.Target)
			}
			seen[a.Target] = true
		}
	}
	// All files of kind archive, less 2 of go1, less one of each pair for macOS, and of the one for linux-arm.
	pairs := strings.Count(string(realIndex(t)), "-osx10.6.tar.gz") + 1
	if want := strings.Count(string(realIndex(t)), `"archive"`) - 2 - pairs; archives != want {
		t.Errorf("%d archives, want %d", archives, want)
	}
	if first := releases[0].Version.Tag(); first != "go1.27.1" {
		t.Errorf("the newest is %s", first)
	}

	for _, test := range []struct{ version, target, name, format string }{
		{"1.22.3", "linux-amd64", "go1.22.3.linux-amd64.tar.gz", "tar.gz"},
		{"1.22.3", "windows-amd64", "go1.22.3.windows-amd64.zip", "zip"},
		{"1.22.3", "linux-arm", "go1.22.3.linux-armv6l.tar.gz", "tar.gz"},
		{"1.6beta1", "linux-arm", "go1.6beta1.linux-arm6.tar.gz", "tar.gz"},
		{"1.22.3", "freebsd-arm", "go1.22.3.freebsd-arm.tar.gz", "tar.gz"}, // arch armv6l in the index
		{"1.22.12", "plan9-arm", "go1.22.12.plan9-arm.tar.gz", "tar.gz"},
		{"1.21rc2", "linux-arm", "go1.21rc2.linux-armv6l.tar.gz", "tar.gz"}, // there is a -arm, too
		{"1.21rc2", "windows-arm", "go1.21rc2.windows-arm.zip", "zip"},
		{"1.23.0", "netbsd-arm", "go1.23.0.netbsd-arm.tar.gz", "tar.gz"}, // arch arm
		{"1.4.2", "darwin-amd64", "go1.4.2.darwin-amd64-osx10.8.tar.gz", "tar.gz"},
		{"1.4.2", "darwin-386", "go1.4.2.darwin-386-osx10.8.tar.gz", "tar.gz"},
		{"1.20", "linux-amd64", "go1.20.linux-amd64.tar.gz", "tar.gz"},
		{"1.21.0", "linux-386", "go1.21.0.linux-386.tar.gz", "tar.gz"},
		{"1.9.2rc2", "linux-amd64", "go1.9.2rc2.linux-amd64.tar.gz", "tar.gz"},
		{"1.2.2", "linux-amd64", "go1.2.2.linux-amd64.tar.gz", "tar.gz"},
		{"1.15.15", "darwin-arm64", "", ""},
		{"1.16", "darwin-arm64", "go1.16.darwin-arm64.tar.gz", "tar.gz"},
		{"1.27.1", "linux-arm64", "", ""}, // not there yet
	} {
		a, ok := dist.Find(releases, gover.MustParse(test.version), target(t, test.target))
		if ok != (test.name != "") || a.Name != test.name || a.Format != test.format {
			t.Errorf("%s for %s: %q %q %v", test.version, test.target, a.Name, a.Format, ok)
		}
		if ok && (a.Source != dist.SourceDL || a.Version != gover.MustParse(test.version) || a.Target != target(t, test.target)) {
			t.Errorf("%s for %s: %+v", test.version, test.target, a)
		}
	}
}

func TestIndexGaps(t *testing.T) {
	releases, err := dist.ParseIndex(realIndex(t))
	if err != nil {
		t.Fatal(err)
	}
	linux := target(t, "linux-amd64")
	unsummed, _ := dist.Find(releases, gover.MustParse("1.4.2"), linux)
	if unsummed.SHA256 != "" {
		t.Errorf("go1.4.2 has the checksum %q", unsummed.SHA256)
	}
	unsized, _ := dist.Find(releases, gover.MustParse("1.26.7"), target(t, "plan9-arm"))
	if unsized.Size != 0 || len(unsized.SHA256) != 64 {
		t.Errorf("%+v", unsized)
	}
	full, _ := dist.Find(releases, gover.MustParse("1.9.7"), linux)
	if full.Size == 0 || len(full.SHA256) != 64 {
		t.Errorf("%+v", full)
	}
	for _, r := range releases {
		if r.Version.Prerelease() == r.Stable {
			t.Errorf("%s is stable: %v", r.Version, r.Stable)
		}
	}
	versions := dist.Versions(releases, target(t, "linux-arm64"))
	if slices.Contains(versions, gover.MustParse("1.27.1")) || !slices.Contains(versions, gover.MustParse("1.27.0")) || versions[0] != gover.MustParse("1.27.0") {
		t.Errorf("linux-arm64 has %v…", versions[:3])
	}
}

// file is a line of a hostile index.
func file(name, system, arch, version, sum, kind string) string {
	return `{"filename":"` + name + `","os":"` + system + `","arch":"` + arch + `","version":"` + version + `","sha256":"` + sum + `","size":1,"kind":"` + kind + `"}`
}

func release(version string, files ...string) string {
	return `{"version":"` + version + `","stable":true,"files":[` + strings.Join(files, ",") + `]}`
}

func TestHostileIndex(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	good := release("go1.22.3", file("go1.22.3.linux-amd64.tar.gz", "linux", "amd64", "go1.22.3", sum, "archive"))
	for _, test := range []struct{ name, index, err string }{
		{"good", "[" + good + "]", ""},
		{"empty", "", "not a release index: unexpected end of JSON input"},
		{"cut", "[" + good, "not a release index: unexpected end of JSON input"},
		{"a page", "<html>", "not a release index: invalid character '<' looking for beginning of value"},
		{"an object", "{}", "not a release index: json: cannot unmarshal object into Go value of type []dist.IndexRelease"},
		{"null", "null", "not a release index: it lists no release"},
		{"no releases", "[]", "not a release index: it lists no release"},
		{"something after it", "[" + good + "][]", "not a release index: invalid character '[' after top-level value"},
		{"a short checksum", "[" + release("go1.22.3", file("go1.22.3.linux-amd64.tar.gz", "linux", "amd64", "go1.22.3", "abc", "archive")) + "]",
			`not a release index: the sha256 of go1.22.3.linux-amd64.tar.gz is "abc"`},
		{"a negative size", "[" + strings.Replace(good, `"size":1`, `"size":-1`, 1) + "]",
			"not a release index: the size of go1.22.3.linux-amd64.tar.gz is -1"},
		{"a capital checksum", "[" + strings.Replace(good, sum, strings.ToUpper(sum), 1) + "]", ""},
		{"unknown fields", strings.Replace("["+good+"]", `"stable"`, `"new":[1],"stable"`, 1), ""},
	} {
		releases, err := dist.ParseIndex([]byte(test.index))
		var index *dist.IndexError
		if test.err == "" && (err != nil || len(releases) != 1 || releases[0].Archives[0].SHA256 != sum) ||
			test.err != "" && (!errors.As(err, &index) || err.Error() != test.err) {
			t.Errorf("%s: %+v, %v", test.name, releases, err)
		}
	}

	skipped := []string{
		release("go1.19.8", file("go1.27.1.linux-amd64.tar.gz", "linux", "amd64", "go1.19.8", sum, "archive")), // one release under another's name
		release("go1.19.8", file("go1.19.8.linux-amd64.tar.gz", "linux", "arm64", "go1.19.8", sum, "archive")),
		release("go1.19.8", file("go1.19.8.linux-amd64.tar.gz", "linux", "amd64", "go1.27.1", sum, "archive")),
		release("go1.19.8", file("../../go1.19.8.linux-amd64.tar.gz", "linux", "amd64", "go1.19.8", sum, "archive")),
		release("go1.19.8", file("go1.19.8./../x-amd64.tar.gz", "/../x", "amd64", "go1.19.8", sum, "archive")),
		release("go1.19.8", file("go1.19.8.linux-amd64.tar.xz", "linux", "amd64", "go1.19.8", sum, "archive")),
		release("go1.19.8", file("go1.19.8.src.tar.gz", "", "", "go1.19.8", sum, "source")),
		release("go1.19.8", file("go1.19.8.windows-amd64.msi", "windows", "amd64", "go1.19.8", sum, "installer")),
		release("go1.19.8", file("go1.19.8.4-bootstrap.tar.gz", "4", "bootstrap", "go1.19.8", sum, "archive")),
		release("..", file("...linux-amd64.tar.gz", "linux", "amd64", "..", sum, "archive")),
		release("1.19.8", file("1.19.8.linux-amd64.tar.gz", "linux", "amd64", "1.19.8", sum, "archive")),
		release("go1.22", file("go1.22.linux-amd64.tar.gz", "linux", "amd64", "go1.22", sum, "archive")),
		release("go1.22.3", file("go1.22.3.linux-amd64.tar.gz", "linux", "amd64", "go1.22.3", strings.Repeat("00", 32), "archive")), // twice
	}
	releases, err := dist.ParseIndex([]byte("[" + good + "," + strings.Join(skipped, ",") + "]"))
	if err != nil || len(releases) != 1 || len(releases[0].Archives) != 1 || releases[0].Archives[0].SHA256 != sum {
		t.Errorf("%+v, %v", releases, err)
	}
}

func FuzzParseIndex(f *testing.F) {
	sum := strings.Repeat("ab", 32)
	f.Add([]byte("[" + release("go1.22.3", file("go1.22.3.linux-amd64.tar.gz", "linux", "amd64", "go1.22.3", sum, "archive")) + "]"))
	f.Add([]byte("[" + release("go1.4.2", file("go1.4.2.darwin-386-osx10.6.tar.gz", "darwin", "386", "go1.4.2", "", "archive")) + "]"))
	f.Add([]byte("[" + release("go1", file("go1.4-bootstrap-20170518.tar.gz", "4", "bootstrap", "go1", sum, "archive")) + "]"))
	f.Add(realIndex(f)[:4000])
	f.Fuzz(func(t *testing.T, b []byte) {
		releases, err := dist.ParseIndex(b)
		if (err == nil) != (len(releases) > 0) {
			t.Fatalf("%d releases and the error %v", len(releases), err)
		}
		for _, r := range releases {
			if v, err := gover.Parse(r.Version.Tag()); err != nil || v != r.Version || len(r.Archives) == 0 {
				t.Errorf("release %+v", r)
			}
			for _, a := range r.Archives {
				if path.Base(a.Name) != a.Name || strings.ContainsAny(a.Name, "\\:%?#") || !strings.HasPrefix(a.Name, r.Version.Tag()+"."+a.Target.OS+"-") {
					t.Errorf("the name %q", a.Name)
				}
				if u, err := url.Parse("https://go.dev/dl/" + a.Name); err != nil || u.Host != "go.dev" || path.Dir(u.Path) != "/dl" {
					t.Errorf("the name %q leads elsewhere", a.Name)
				}
				if a.SHA256 != "" && len(a.SHA256) != 64 || a.Size < 0 || a.Version != r.Version {
					t.Errorf("%+v", a)
				}
			}
		}
	})
}

func BenchmarkParseIndex(b *testing.B) {
	data := bytes.Clone(realIndex(b))
	for b.Loop() {
		if _, err := dist.ParseIndex(data); err != nil {
			b.Fatal(err)
		}
	}
}

// What gover knows of platforms that came late is what the index says of every release.
func TestReleasedFor(t *testing.T) {
	releases, err := dist.ParseIndex(realIndex(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, system := range []string{"darwin", "windows"} {
		arm, late := target(t, system+"-arm64"), 0
		for _, r := range releases {
			_, begun := dist.Find(releases, r.Version, target(t, "darwin-amd64"))
			if _, ended := dist.Find(releases, r.Version, target(t, "windows-386")); !begun || !ended {
				continue // a release appears file by file; and the first were for few
			}
			_, has := dist.Find(releases, r.Version, arm)
			forgotten := arm.OS == "windows" && r.Version.Tag() == "go1.20rc2"
			if has != (r.Version.ReleasedFor(arm.OS, arm.Arch) && !forgotten) {
				t.Errorf("%s: the index has one for %s: %v", r.Version, arm, has)
			}
			if has {
				late++
			}
			if !r.Version.ReleasedFor(system, "amd64") {
				t.Errorf("%s has none for Intel's processors, it is said", r.Version)
			}
		}
		if late < 100 || late == len(releases) {
			t.Errorf("%d of %d releases are for %s", late, len(releases), arm)
		}
	}
}
