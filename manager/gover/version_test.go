package gover

import (
	"encoding/json"
	"go/version"
	"path/filepath"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct{ in, tag, line string }{
		{"1.22.3", "go1.22.3", "1.22"},
		{"go1.22.3", "go1.22.3", "1.22"},
		{"v1.22.3", "go1.22.3", "1.22"},
		{"go1.20", "go1.20", "1.20"},
		{"1.20", "go1.20", "1.20"},
		{"1.20.0", "go1.20", "1.20"},
		{"1.20.14", "go1.20.14", "1.20"},
		{"1.21.0", "go1.21.0", "1.21"},
		{"go1.2.2", "go1.2.2", "1.2"},
		{"1.23rc1", "go1.23rc1", "1.23"},
		{"1.23-rc.1", "go1.23rc1", "1.23"},
		{"1.23-rc1", "go1.23rc1", "1.23"},
		{"v1.23.0-rc.1", "go1.23rc1", "1.23"},
		{"1.18beta1", "go1.18beta1", "1.18"},
		{"go1.9.2rc2", "go1.9.2rc2", "1.9"},
		{"1.999999.999999", "go1.999999.999999", "1.999999"},
	} {
		v, err := Parse(test.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.in, err)
			continue
		}
		if v.Tag() != test.tag || v.String() != test.tag || "go"+v.Number() != test.tag || v.Line() != test.line {
			t.Errorf("Parse(%q) = %s, number %s, line %s; want %s, line %s", test.in, v, v.Number(), v.Line(), test.tag, test.line)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", ".", "..", "../1.22.3", "1.22.3/..", "/", `1.22.3\..`, "1", "go1", "go", "v", "1.", "1.x", "1.0", "1.0.0", "go1.0",
		"1.22", "go1.22", "1.22.x", "1.22.", "1.22.3.", "1.22.3.4", "01.22.3", "1.022.3", "1.22.03", "1.22.00", "2.0.0", "0.1.2",
		"1.22.3-foo", "1.22.3-custom", "1.22.3 ", " 1.22.3", "1.22.3\n", "1.22.3\x00", "gogo1.22.3", "gov1.22.3", "GO1.22.3",
		"1.23rc", "1.23rc0", "1.23rc01", "1.23rc1.2", "1.23-", "1.23-rc", "1.23-rc.", "1.23rc.1", "1.23alpha1", "1.22.1rc1",
		"1.9999999.1", "1.99999999999999999999.1", "1.-1.0", "1.+1.0", "１.22.3", "latest", "devel", "go1.22.3 X:rangefunc",
	} {
		if v, err := Parse(in); err == nil || !v.IsZero() {
			t.Errorf("Parse(%q) = %v, %v; want an error", in, v, err)
		}
	}
	_, err := Parse("\x1b[31m1.22")
	if want := `"\x1b[31m1.22" is not the name of a Go release`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestZeroVersion(t *testing.T) {
	var v Version
	if !v.IsZero() || v.Tag() != "" || v.Number() != "" || v.Line() != "" || v.Prerelease() {
		t.Errorf("the zero Version is %q of line %q", v.Tag(), v.Line())
	}
	if v.Compare(MustParse("1.1")) >= 0 || v.Compare(v) != 0 {
		t.Error("the zero Version is not older than every release")
	}
}

// order is from old to new. The pre-releases of patches stand where they were published: before their patch.
var order = []string{
	"go1.1", "go1.1.1", "go1.2", "go1.2.2", "go1.8.4", "go1.8.5rc4", "go1.8.5rc5", "go1.8.5", "go1.9beta1", "go1.9rc2", "go1.9", "go1.9.1", "go1.9.2rc2",
	"go1.9.2", "go1.10beta1", "go1.10", "go1.20rc3", "go1.20", "go1.20.1", "go1.20.14", "go1.21rc2", "go1.21rc4", "go1.21.0",
	"go1.21.1", "go1.21.13", "go1.22rc1", "go1.22.0", "go1.22.9", "go1.22.12", "go1.100.0",
}

func TestOrder(t *testing.T) {
	for i, x := range order {
		for j, y := range order {
			want := min(max(i-j, -1), 1)
			if got := MustParse(x).Compare(MustParse(y)); got != want {
				t.Errorf("%s against %s: %d, want %d", x, y, got, want)
			}
			if version.IsValid(x) && version.IsValid(y) && version.Compare(x, y) != want {
				t.Errorf("package go/version orders %s and %s otherwise", x, y)
			}
		}
	}
	var vs []Version
	for _, tag := range order {
		vs = append(vs, MustParse(tag))
	}
	Sort(vs)
	var sorted []string
	for _, v := range vs {
		sorted = append(sorted, v.Tag())
	}
	slices.Reverse(sorted)
	if !slices.Equal(sorted, order) {
		t.Errorf("sorted: %v", sorted)
	}
}

func TestVersionInJSON(t *testing.T) {
	type document struct{ Version, None Version }
	b, err := json.Marshal(document{Version: MustParse("1.20")})
	if want := `{"Version":"go1.20","None":""}`; err != nil || string(b) != want {
		t.Fatalf("%s, %v; want %s", b, err, want)
	}
	var back document
	if err := json.Unmarshal(b, &back); err != nil || back.Version != MustParse("go1.20") || !back.None.IsZero() {
		t.Errorf("read back: %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"Version":"../.."}`), &back); err == nil {
		t.Error("../.. was taken for a version")
	}
}

func FuzzParse(f *testing.F) {
	for _, tag := range order {
		f.Add(tag, "go1.22.3")
	}
	f.Add("..", "1.23-rc.1")
	f.Fuzz(func(t *testing.T, s, other string) {
		v, err := Parse(s)
		if err != nil {
			return
		}
		for _, name := range []string{v.Tag(), v.Number()} {
			if back, err := Parse(name); err != nil || back != v {
				t.Fatalf("%q is %s, which parses to %v, %v", s, name, back, err)
			}
		}
		if v.IsZero() || filepath.Base(v.Tag()) != v.Tag() || len(v.Tag()) > 40 {
			t.Fatalf("%q makes the file name %q", s, v.Tag())
		}
		w, err := Parse(other)
		if err == nil && version.IsValid(v.Tag()) && version.IsValid(w.Tag()) && v.Compare(w) != version.Compare(v.Tag(), w.Tag()) {
			t.Fatalf("%s and %s: package go/version disagrees", v, w)
		}
	})
}
