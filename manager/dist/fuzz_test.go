package dist

import (
	"errors"
	"strings"
	"testing"

	"gsw/platform"
)

func FuzzParseModuleList(f *testing.F) {
	for _, seed := range []string{"", "v0.0.1-go1.22.3.linux-amd64\nv0.0.1-go1.21.0.linux-amd64 2023-08-08T00:00:00Z\n", "v0.0.1-go1.21rc2.linux-amd64\r\n",
		"v0.0.1-go1.22.3.linux-amd64\nv0.0.1-go1.22.3.linux-amd64", "v0.0.1-go1.22.03.linux-amd64", "v0.0.1-go1.22.3.linux-amd64.linux-amd64", "\x00\n\xff"} {
		f.Add(seed)
	}
	linux := platform.Target{OS: "linux", Arch: "amd64"}
	f.Fuzz(func(t *testing.T, text string) {
		versions := parseModuleList([]byte(text), linux)
		for i, v := range versions {
			if !strings.Contains(text, ModuleVersion(v, linux)) {
				t.Errorf("%q does not list %s", text, v)
			}
			if i > 0 && versions[i-1].Compare(v) <= 0 {
				t.Errorf("%q: %s comes before %s", text, versions[i-1], v)
			}
		}
	})
}

func FuzzParseMirrors(f *testing.F) {
	for _, seed := range []string{"", ",", "https://go.dev/dl", "mirror.example/dl,http://user:password@x/dl/", "file:///x", "file:///", "file://", "file://host/x", "ftp://x", "C:/x", "://", "https://%zz/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bases, err := ParseMirrors(text)
		var place *PlaceError
		switch {
		case errors.As(err, &place):
		case err != nil:
			t.Errorf("%q: %v", text, err)
		case len(bases) == 0:
			t.Errorf("%q: no mirror", text)
		default:
			again, err := ParseMirrors(strings.ReplaceAll(strings.Join(bases, ",")+",", "file://,", "file:///,")) // the root lost its slash
			if err != nil || len(again) != len(bases) {
				t.Errorf("%q is %q, which is %q: %v", text, bases, again, err)
			}
		}
	})
}
