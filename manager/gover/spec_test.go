package gover

import (
	"errors"
	"slices"
	"testing"
)

// published is what there is to pick from, in no order.
var published = versions("1.22.3", "1.26.8", "1.20", "1.20.14", "1.27rc2", "1.2.2", "1.22.12", "1.25.9", "1.25.11", "1.21.0", "1.21.13",
	"1.23rc1", "1.23.0", "1.23.4", "1.18beta1", "1.18.10", "1.26.0", "1.27rc1", "1.24.9", "1.20.5", "1.9.2rc2", "1.19.13", "1.22.9")

func versions(names ...string) (vs []Version) {
	for _, name := range names {
		vs = append(vs, MustParse(name))
	}
	return vs
}

func TestSpecs(t *testing.T) {
	for _, test := range []struct{ in, canonical, pick string }{
		// One release.
		{"1.22.3", "1.22.3", "go1.22.3"},
		{"go1.22.3", "1.22.3", "go1.22.3"},
		{"v1.22.3", "1.22.3", "go1.22.3"},
		{"=1.22.3", "1.22.3", "go1.22.3"},
		{" 1.22.3\n", "1.22.3", "go1.22.3"},
		{"1.22.4", "1.22.4", ""},
		{"1.20.0", "1.20.0", "go1.20"},
		{"=1.20", "1.20.0", "go1.20"},
		{"= go1.20", "1.20.0", "go1.20"},
		{"go1.20", "1.20.0", "go1.20"},
		{"1.21.0", "1.21.0", "go1.21.0"},
		// Pre-releases, by name only.
		{"1.23rc1", "1.23rc1", "go1.23rc1"},
		{"1.23-rc.1", "1.23rc1", "go1.23rc1"},
		{"=1.23rc1", "1.23rc1", "go1.23rc1"},
		{"1.18beta1", "1.18beta1", "go1.18beta1"},
		{"go1.9.2rc2", "1.9.2rc2", "go1.9.2rc2"},
		{"rc", "rc", "go1.27rc2"},
		// A line ends at a dot, and holds no pre-release.
		{"1.22", "1.22", "go1.22.12"},
		{"1.22.x", "1.22", "go1.22.12"},
		{"go1.22", "1.22", "go1.22.12"},
		{"v1.22", "1.22", "go1.22.12"},
		{"1.2", "1.2", "go1.2.2"},
		{"1.20", "1.20", "go1.20.14"},
		{"1.20.x", "1.20", "go1.20.14"},
		{"go1.20.x", "1.20", "go1.20.14"},
		{"v1.20", "1.20", "go1.20.14"},
		{"1.27", "1.27", ""},
		{"1.9", "1.9", ""},
		// Ranges.
		{"1.x", "1.x", "go1.26.8"},
		{"1", "1.x", "go1.26.8"},
		{"go1", "1.x", "go1.26.8"},
		{"~1.22.3", "~1.22.3", "go1.22.12"},
		{"~1.22.13", "~1.22.13", ""},
		{"~1.22", "~1.22", "go1.22.12"},
		{"~1", "~1", "go1.26.8"},
		{"^1.21", "^1.21", "go1.26.8"},
		{"^v1.21.x", "^1.21", "go1.26.8"},
		{"^1.27", "^1.27", ""},
		{">=1.21 <1.23", ">=1.21 <1.23", "go1.22.12"},
		{">=1.21,<1.23", ">=1.21 <1.23", "go1.22.12"},
		{" >= go1.21 ,  < v1.23 ,", ">=1.21 <1.23", "go1.22.12"},
		{">=1.21<1.23", ">=1.21 <1.23", "go1.22.12"},
		{"<1.23rc1", "<1.23rc1", "go1.22.12"},
		{"<=1.23rc1", "<=1.23rc1", "go1.22.12"},
		{">1.23rc1 <1.23.4", ">1.23rc1 <1.23.4", "go1.23.0"},
		{"<=1.22", "<=1.22", "go1.22.12"},
		{"<=1.22.9", "<=1.22.9", "go1.22.9"},
		{"<1.22.9", "<1.22.9", "go1.22.3"},
		{">1.26", ">1.26", ""},
		{">1.25 <2", ">1.25 <2", "go1.26.8"},
		{">1.26.7", ">1.26.7", "go1.26.8"},
		{">1.26.8", ">1.26.8", ""},
		{"<=1.20.0", "<=1.20.0", "go1.20"},
		{"<=1.20", "<=1.20", "go1.20.14"},
		{"<1.20.1 >=1.20", "<1.20.1 >=1.20", "go1.20"},
		{"~1.22 =1.22.9", "~1.22 =1.22.9", "go1.22.9"},
		{"<=1.9.2rc2", "<=1.9.2rc2", "go1.2.2"},
		// Words.
		{"latest", "latest", "go1.26.8"},
		{"stable", "latest", "go1.26.8"},
		{"oldstable", "oldstable", "go1.25.11"},
		{"system", "system", ""},
	} {
		s, err := ParseSpec(test.in, nil)
		if err != nil {
			t.Errorf("%q: %v", test.in, err)
			continue
		}
		if s.String() != test.canonical {
			t.Errorf("%q prints %q, want %q", test.in, s, test.canonical)
		}
		if back, err := ParseSpec(s.String(), nil); err != nil || back != s {
			t.Errorf("%q prints %q, which parses to %+v, %v", test.in, s, back, err)
		}
		v, ok := s.Pick(published)
		if v.Tag() != test.pick || ok != (test.pick != "") {
			t.Errorf("%q picks %q, %t; want %q", test.in, v, ok, test.pick)
		}
		if s.System() != (test.in == "system") {
			t.Errorf("%q: System is %t", test.in, s.System())
		}
	}
}

func TestPickFromFew(t *testing.T) {
	for _, test := range []struct {
		spec string
		from []Version
		want string
	}{
		{"latest", nil, ""},
		{"latest", versions("1.27rc1"), ""},
		{"oldstable", nil, ""},
		{"oldstable", versions("1.26.8", "1.26.1"), ""},
		{"oldstable", versions("1.27rc1", "1.26.8", "1.24.1"), "go1.24.1"},
		{"rc", versions("1.26.8"), ""},
		{"1.20", versions("1.20rc1", "1.20"), "go1.20"},
		{"1.20.0", versions("1.20.14"), ""},
		{"system", versions("1.26.8"), ""},
	} {
		s, err := ParseSpec(test.spec, nil)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := s.Pick(test.from); v.Tag() != test.want || ok != (test.want != "") {
			t.Errorf("%s of %v: %q, %t; want %q", test.spec, test.from, v, ok, test.want)
		}
	}
	if v, ok := (Spec{}).Pick(published); ok {
		t.Errorf("the zero Spec picks %s", v)
	}
	if latest, _ := ParseSpec("latest", nil); latest.Matches(MustParse("1.26.8")) {
		t.Error("latest cannot match a version without a list")
	}
}

func TestSpecErrors(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", `"" is not a version of Go (understood: ` + forms + `)`},
		{"..", `".." is not a version of Go (understood: ` + forms + `)`},
		{"foo", `"foo" is not a version of Go (understood: ` + forms + `)`},
		{"1.22.3 1.23", `"1.22.3 1.23" is not a version of Go (understood: 1.22.3)`},
		{"1.22.3 # ours", `"1.22.3 # ours" is not a version of Go (understood: 1.22.3)`},
		{"go 1.22", `"go 1.22" is not a version of Go (understood: 1.22)`},
		{">=1.21 1.23", `">=1.21 1.23" is not a version of Go (understood: ">=1.21 <1.23", ~1.22.3 or ^1.21)`},
		{"1.0", `"1.0" is not a version of Go (understood: ` + forms + `)`},
		{"=1.0", `"=1.0" is not a version of Go (understood: ` + forms + `)`},
		{",", `"," is not a version of Go (understood: ` + forms + `)`},
		{"Latest", `"Latest" is not a version of Go (understood: latest)`},
		{"1.22.*", `"1.22.*" is not a version of Go (understood: 1.22)`},
		{"1.22.X", `"1.22.X" is not a version of Go (understood: 1.22)`},
		{"1.22.03", `"1.22.03" is not a version of Go (understood: 1.22.3)`},
		{"go-1.22.3", `"go-1.22.3" is not a version of Go (understood: 1.22.3)`},
		{"go@1.22", `"go@1.22" is not a version of Go (understood: 1.22)`},
		{"1.22.3-alpine", `"1.22.3-alpine" is not a version of Go (understood: 1.22.3)`},
		{"=1.22", `"=1.22" is not a version of Go (understood: 1.22, or =1.22.0 for its first release)`},
		{"1.22.1rc1", `"1.22.1rc1" is not a version of Go (understood: ` + forms + `)`},
		{"=>1.22", `"=>1.22" is not a version of Go (understood: ">=1.21 <1.23", ~1.22.3 or ^1.21)`},
		{">=", `">=" is not a version of Go (understood: ">=1.21 <1.23", ~1.22.3 or ^1.21)`},
		{"^2", `"^2" is a range with no release in it (understood: ">=1.21 <1.23")`},
		{">=1.23 <1.21", `">=1.23 <1.21" is a range with no release in it (understood: ">=1.21 <1.23")`},
		{"\x1b]0;x\a", `"\x1b]0;x\a" is not a version of Go (understood: ` + forms + `)`},
	} {
		s, err := ParseSpec(test.in, nil)
		var specError *SpecError
		if !errors.As(err, &specError) || err.Error() != test.want || !s.IsZero() {
			t.Errorf("%q: %v, %v\nwant %s", test.in, s, err, test.want)
		}
	}
}

func TestAliases(t *testing.T) {
	alias := func(name string) (string, bool) {
		meaning, ok := map[string]string{
			"work": "~1.22.3", "job": "work", "latest": "1.2.2", "broken": "1.22.3-foo", "ring": "gnir", "gnir": "ring", "1.22": "1.2.2",
		}[name]
		return meaning, ok
	}
	for _, test := range []struct{ in, want, failure string }{
		{"work", "~1.22.3", ""},
		{"job", "~1.22.3", ""},
		{"latest", "latest", ""}, // a spec means the same to everybody
		{"1.22", "1.22", ""},
		{"broken", "", `"broken" is an alias of "1.22.3-foo", which is not a version of Go (understood: 1.22.3)`},
		{"ring", "", `"ring" is an alias that ends in no version (understood: ` + forms + `)`},
		{"other", "", `"other" is not a version of Go (understood: ` + forms + `)`},
	} {
		s, err := ParseSpec(test.in, alias)
		if s.String() != test.want || test.failure != "" && (err == nil || err.Error() != test.failure) {
			t.Errorf("%q: %q, %v; want %q, %s", test.in, s, err, test.want, test.failure)
		}
	}
	for name, want := range map[string]bool{
		"work": true, "go-next": true, "Team.A_1": true, "": false, "latest": false, "rc": false, "go1.22": false, "v1": false,
		"1work": false, "a b": false, "../x": false, "ü": false, "-x": false, ".x": false,
	} {
		if got := AliasName(name); got != want {
			t.Errorf("AliasName(%q) = %t", name, got)
		}
	}
}

func TestOnly(t *testing.T) {
	for _, v := range published {
		s := Only(v)
		if back, err := ParseSpec(s.String(), nil); err != nil || back != s {
			t.Errorf("%s: %q parses to %v, %v", v, s, back, err)
		}
		if back, err := ParseSpec(v.Tag(), nil); err != nil || back != s {
			t.Errorf("the tag %s means %v, %v", v, back, err)
		}
		if w, ok := s.Exact(); !ok || w != v || !s.Matches(v) {
			t.Errorf("%s: Exact is %v, %t", v, w, ok)
		}
	}
	if !Only(Version{}).IsZero() {
		t.Error("only no version is not the zero Spec")
	}
}

// The versions a spec picks one by one are those it matches, and what it prints means the same.
func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"1.22", "1.20.0", "=1.20", "1.x", "~1.22.3", ">= 1.21, <1.23", "^1.9.2rc2", "latest", "oldstable", "rc", "system",
		"1.23-rc.1", "=1.22", "alias", "<2", ">1.999999.999999", "go1.22.3 X:y"} {
		f.Add(s)
	}
	alias := func(name string) (string, bool) { return name + "x", len(name) < 70 }
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text, nil)
		if err != nil {
			var specError *SpecError
			if !errors.As(err, &specError) || specError.Understood == "" || !s.IsZero() {
				t.Fatalf("%q: %v, %#v", text, s, err)
			}
			_, _ = ParseSpec(text, alias)
			return
		}
		back, err := ParseSpec(s.String(), nil)
		if err != nil || back != s || s.IsZero() {
			t.Fatalf("%q prints %q, which parses to %+v, %v", text, s, back, err)
		}
		v, ok := s.Pick(published)
		if ok && !slices.Contains(published, v) {
			t.Fatalf("%q picks %s, which is not there", text, v)
		}
		if _, exact := s.Exact(); ok && v.Prerelease() && !exact && text != "rc" && s.String() != "rc" {
			t.Fatalf("%q picks the pre-release %s", text, v)
		}
		for _, w := range published {
			if s.Matches(w) && w.Compare(v) > 0 {
				t.Fatalf("%q picks %s although it matches %s", text, v, w)
			}
		}
	})
}
