package project

import (
	"slices"
	"strings"
	"testing"

	"gsw/manager/gover"
)

func choice(t *testing.T, spec, minimum string) Choice {
	t.Helper()
	var c Choice
	var err error
	if spec != "" {
		c.Origin = Origin{Kind: VersionFile, File: "/p/.go-version", Line: 1}
		if c.Spec, err = gover.ParseSpec(spec, nil); err != nil {
			t.Fatal(err)
		}
	}
	if minimum != "" {
		c.MinimumOrigin = Origin{Kind: GoMod, File: "/p/go.mod", Line: 3}
		if c.Minimum, err = gover.ParseMinimum(minimum); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func installed(names ...string) (in Installed) {
	for _, name := range names {
		switch kind, number, found := strings.Cut(name, " "); {
		case !found:
			in.Versions = append(in.Versions, gover.MustParse(name))
		case kind == "active":
			in.Active = gover.MustParse(number)
			in.Versions = append(in.Versions, in.Active)
		case number == "unknown":
			in.HasSystem = true
		default:
			in.HasSystem, in.SystemVersion = true, gover.MustParse(number)
		}
	}
	return in
}

func TestDecide(t *testing.T) {
	for _, test := range []struct {
		name      string
		spec, min string
		installed []string
		want      string // "go1.22.3 (reason)", "system (reason)" or an error
	}{
		{"a pin", "1.22.3", "", []string{"1.22.3", "active 1.26.8"}, "go1.22.3 (set by /p/.go-version:1)"},
		{"a line", "1.22", "", []string{"1.22.3", "1.22.9", "1.23.1"}, "go1.22.9 (set by /p/.go-version:1)"},
		{"the default", "", "", []string{"1.27.1", "active 1.22.3", "system 1.21.0"}, "go1.22.3 (the default)"},
		{"the system's, for want of a default", "", "", []string{"1.22.3", "system 1.21.0"}, "system (the system's Go)"},
		{"the system's, by pin", "system", "", []string{"active 1.22.3", "system unknown"}, "system (set by /p/.go-version:1)"},

		{"missing", "1.22.3", "", []string{"1.22.4", "active 1.26.8", "system 1.22.3"}, "go1.22.3 is not installed (set by /p/.go-version:1)"},
		{"a line missing", "~1.22.3", "", []string{"1.22.2"}, "no installed Go is ~1.22.3 (set by /p/.go-version:1)"},
		{"no system", "system", "", []string{"active 1.22.3"}, "there is no Go of the system (set by /p/.go-version:1)"},
		{"nothing", "", "", nil, "there is no Go: none is installed, and the system has none"},
		{"nothing, with a go line", "", "1.22", nil, "there is no Go: none is installed, and the system has none"},
		{"no default", "", "", []string{"1.22.3"}, "there is no default Go"},

		{"new enough", "", "1.22", []string{"active 1.22.3", "1.26.8"}, "go1.22.3 (the default)"},
		{"the default is too old", "", "1.23", []string{"active 1.22.3", "1.24.1", "1.26.8", "1.27rc1"},
			"go1.26.8 (go 1.23 in /p/go.mod:3 rules out go1.22.3, the default)"},
		{"the pin is too old", "1.22", "1.23.5", []string{"1.22.3", "1.23.4", "1.24.1"},
			"go1.24.1 (go 1.23.5 in /p/go.mod:3 rules out go1.22.3, set by /p/.go-version:1)"},
		{"the system's is too old", "", "1.23", []string{"1.24.1", "system 1.21.0"},
			"go1.24.1 (go 1.23 in /p/go.mod:3 rules out go1.21.0, the system's Go)"},
		{"the system's is of no known version", "", "1.23", []string{"1.24.1", "system unknown"}, "system (the system's Go)"},
		{"a pre-release, if there is no release", "", "1.27rc1", []string{"active 1.26.8", "1.27rc1", "1.27rc2"},
			"go1.27rc2 (go 1.27rc1 in /p/go.mod:3 rules out go1.26.8, the default)"},
		{"a release before a newer pre-release", "", "1.26.9", []string{"active 1.26.8", "1.27rc1", "1.26.9"},
			"go1.26.9 (go 1.26.9 in /p/go.mod:3 rules out go1.26.8, the default)"},
		{"never fails for the minimum alone", "", "1.28.4", []string{"active 1.26.8", "1.27.1"}, "go1.26.8 (the default)"},
		{"never fails for the minimum alone: pin", "1.22.3", "1.28.4", []string{"1.22.3"}, "go1.22.3 (set by /p/.go-version:1)"},
		{"missing and too old", "1.22.3", "1.23", []string{"1.24.1"},
			"go1.24.1 (go 1.23 in /p/go.mod:3 rules out go1.22.3, set by /p/.go-version:1)"},
		{"missing, too old and nothing to raise it to", "1.22.3", "1.25", []string{"1.24.1"}, "go1.22.3 is not installed (set by /p/.go-version:1)"},
		{"missing and new enough", "1.23.3", "1.23", []string{"1.24.1"}, "go1.23.3 is not installed (set by /p/.go-version:1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := choice(t, test.spec, test.min).Decide(installed(test.installed...))
			got := d.Version.Tag() + " (" + d.Reason() + ")"
			if d.System {
				got = "system" + got
			}
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
			if err == nil && (d.System != d.Version.IsZero() || d.Raised == d.Before.IsZero()) {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestExplainDecision(t *testing.T) {
	for _, test := range []struct {
		spec, min string
		installed []string
		want      []string // a step that decided begins with !
	}{
		{"", "", []string{"active 1.22.3"}, []string{"!the default is go1.22.3"}},
		{"", "", nil, []string{"there is no default", "the system has no Go"}},
		{"", "", []string{"system 1.21.0"}, []string{"there is no default", "!the system has go1.21.0"}},
		{"system", "1.22", []string{"system unknown"}, []string{"!the system has a Go of a version that is not known"}},
		{"1.22.3", "", []string{"1.22.3"}, []string{"!go1.22.3 is installed"}},
		{"1.22.3", "", nil, []string{"go1.22.3 is not installed"}},
		{"1.22", "", []string{"1.22.3"}, []string{"!1.22 is go1.22.3, the newest that is installed"}},
		{"1.22", "", []string{"1.23.3"}, []string{"nothing that is installed is 1.22"}},
		{"1.22", "1.23", []string{"1.22.3", "1.24.0"},
			[]string{"1.22 is go1.22.3, the newest that is installed", "!that is older than go 1.23: go1.24.0 is the newest installed that satisfies it"}},
		{"", "1.23", []string{"active 1.22.3"},
			[]string{"!the default is go1.22.3", "that is older than go 1.23, which nothing installed satisfies"}},
		{"", "1.23", []string{"system 1.22.3"},
			[]string{"there is no default", "!the system has go1.22.3", "that is older than go 1.23, which nothing installed satisfies"}},
	} {
		var got []string
		for _, step := range choice(t, test.spec, test.min).Explain(installed(test.installed...)) {
			if step.Taken {
				step.Text = "!" + step.Text
			}
			got = append(got, step.Text)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q, at least %q, of %v:\n%q\nwant\n%q", test.spec, test.min, test.installed, got, test.want)
		}
	}
}
