package catalogue_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"gsw/manager/catalogue"
	"gsw/manager/gover"
	"gsw/platform"
)

func TestCatalogue(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	host := platform.Host{Target: platform.Target{OS: "linux", Arch: "amd64"}, Home: t.TempDir(), Now: func() time.Time { return now }}
	file := catalogue.Of(host, "https://mirror.example/dl")
	if _, ok := file.Read(catalogue.MaxAge); ok {
		t.Fatal("a list that was never kept was read")
	}
	want := catalogue.Catalogue{
		Versions: []gover.Version{gover.MustParse("1.23rc1"), gover.MustParse("1.22.3"), gover.MustParse("go1.20")},
		Source:   "dl", URL: "https://mirror.example/dl/?mode=json", SHA256: "abc", At: now.Add(-time.Minute),
	}
	if err := file.Write(want); err != nil {
		t.Fatal(err)
	}
	got, ok := file.Read(catalogue.MaxAge)
	if !ok || !slices.Equal(got.Versions, want.Versions) || got.Source != want.Source || got.URL != want.URL ||
		got.SHA256 != want.SHA256 || !got.At.Equal(want.At) {
		t.Fatalf("%+v, %v", got, ok)
	}

	both := host
	both.Target, both.Also = platform.Target{OS: "darwin", Arch: "arm64"}, platform.Target{OS: "darwin", Arch: "amd64"}
	mac := catalogue.Of(both, "")
	two := want
	two.Older = []gover.Version{gover.MustParse("1.15.15"), gover.MustParse("1.4.3")}
	if err := mac.Write(two); err != nil {
		t.Fatal(err)
	}
	if got, ok := mac.Read(catalogue.MaxAge); !ok || !slices.Equal(got.Versions, two.Versions) || !slices.Equal(got.Older, two.Older) {
		t.Fatalf("for two platforms: %+v, %v", got, ok)
	}
	both.Also = platform.Target{}
	if _, ok := catalogue.Of(both, "").Read(catalogue.MaxAge); ok {
		t.Error("a list for two platforms was read where one runs")
	}
	if err := file.Write(want); err != nil {
		t.Fatal(err)
	}

	other := host
	other.Arch = "arm64"
	old, young := host, host
	old.Now = func() time.Time { return want.At.Add(catalogue.MaxAge) }
	young.Now = func() time.Time { return want.At.Add(-time.Second) }
	for what, f := range map[string]catalogue.File{
		"of another platform":    catalogue.Of(other, file.Asked),
		"of another mirror":      catalogue.Of(host, "https://other.example/dl"),
		"of the usual place":     catalogue.Of(host, ""),
		"that is too old":        catalogue.Of(old, file.Asked),
		"of a time to come":      catalogue.Of(young, file.Asked),
		"that is kept nowhere":   {},
		"of a mirror with login": catalogue.Of(host, "https://me:secret@mirror.example/dl"),
	} {
		if _, ok := f.Read(catalogue.MaxAge); ok {
			t.Errorf("a list %s was read", what)
		}
	}
	if _, ok := file.Read(0); ok {
		t.Error("a list was read where the server is to be asked")
	}
	secret := catalogue.Of(host, "https://me:secret@mirror.example/dl")
	if err := secret.Write(want); err == nil {
		t.Error("a password was written down")
	}
	whole, err := os.ReadFile(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		if err := os.WriteFile(file.Path, whole[:i], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, ok := file.Read(catalogue.MaxAge); ok {
			t.Fatalf("%d of %d bytes were read as a list", i, len(whole))
		}
	}
}
