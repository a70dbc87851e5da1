package gover

import (
	"go/version"
	"testing"
)

func TestMinimum(t *testing.T) {
	for _, test := range []struct {
		minimum, version string
		want             bool
	}{
		{"1.22", "go1.22.0", true},
		{"1.22", "go1.22rc1", true},
		{"1.22", "go1.21.13", false},
		{"1.22.0", "go1.22rc1", false},
		{"1.22.0", "go1.22.0", true},
		{"1.22.3", "go1.22.2", false},
		{"1.22.3", "go1.23rc1", true},
		{"1.23rc1", "go1.22.9", false},
		{"1.23rc2", "go1.23rc1", false},
		{"1.23rc1", "go1.23rc2", true},
		{"1.20", "go1.20", true},
		{"1.20", "go1.20rc3", false},
		{"1.20.0", "go1.20", true},
		{"1.2", "go1.10", true},
	} {
		m, err := ParseMinimum(test.minimum)
		if err != nil {
			t.Errorf("ParseMinimum(%q): %v", test.minimum, err)
			continue
		}
		if got := m.Allows(MustParse(test.version)); got != test.want {
			t.Errorf("go %s allows %s: %t, want %t", m, test.version, got, test.want)
		}
		if got := version.Compare(test.version, "go"+test.minimum) >= 0; got != test.want {
			t.Errorf("package go/version says %t of %s and %s", got, test.version, test.minimum)
		}
	}
	var none Minimum
	if !none.IsZero() || none.String() != "" || !none.Allows(MustParse("1.2.2")) {
		t.Error("the zero Minimum demands something")
	}
	for _, in := range []string{"", "go1.22", "1", "1.22.x", "..", "1.22 ", "default", "1.22alpha1"} {
		if m, err := ParseMinimum(in); err == nil || !m.IsZero() {
			t.Errorf("ParseMinimum(%q) = %v, %v; want an error", in, m, err)
		}
	}
}

func FuzzParseMinimum(f *testing.F) {
	for _, s := range []string{"1.22", "1.22.0", "1.20", "1.20.0", "1.23rc1", "1.9.2rc2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMinimum(s)
		if err != nil {
			return
		}
		if back, err := ParseMinimum(m.String()); err != nil || back != m {
			t.Fatalf("%q prints %s, which parses to %v, %v", s, m, back, err)
		}
	})
}

func TestMinimumFirst(t *testing.T) {
	for text, want := range map[string]string{"1.22": "go1.22.0", "1.22.3": "go1.22.3", "1.23rc1": "go1.23rc1", "1.20": "go1.20", "1.21": "go1.21.0"} {
		m, err := ParseMinimum(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.First(); got != MustParse(want) || !m.Allows(got) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
