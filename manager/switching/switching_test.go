package switching

import (
	"testing"

	"gsw/manager/gover"
	"gsw/manager/project"
)

// The rest is tested against real go commands (package command).
func TestDecide(t *testing.T) {
	none := project.Demand{}
	line := func(text string) project.Demand {
		least, err := gover.ParseMinimum(text)
		if err != nil {
			t.Fatal(err)
		}
		origin := project.Origin{Kind: project.GoMod, File: "/p/go.mod", Line: 3}
		return project.Demand{Least: least, Version: least.First(), Origin: origin, GoLine: least, GoOrigin: origin}
	}
	for _, test := range []struct {
		start, gotoolchain string
		asked              project.Demand
		name, fails        string
	}{
		{"1.22.3", "auto", none, "", ""},
		{"1.22.3", "", line("1.23"), "", "what reads modules: /p/go.mod:3 requires go >= 1.23 (running go1.22.3)"},
		{"1.22.3", "auto", line("1.23"), "go1.23.0", ""},
		{"1.22.3", "auto", line("1.22.3"), "", ""},
		{"1.22.3", "local", line("1.22.4"), "", "what reads modules: /p/go.mod:3 requires go >= 1.22.4 (running go1.22.3)"},
		{"1.22.3", "go1.22.3-corp", none, "go1.22.3-corp", ""},
		{"1.22.3", "gccgo-go1.21.0", none, "gccgo-go1.21.0", ""},
		{"1.22.3", "go1.21.0+path", line("1.22"), "go1.22.0", ""},
		{"1.22.3", "go1.24.0+path", line("1.22"), "go1.24.0", ""},
		{"1.22.3", "bash", none, "", `every command: invalid GOTOOLCHAIN "bash"`},
		{"1.22.3", "auto+auto", none, "", `every command: invalid GOTOOLCHAIN "auto+auto"`},
		{"1.22.3", "local+x", none, "", `every command: invalid GOTOOLCHAIN "local+x": only +auto and +path may follow`},
		{"1.20.14", "auto", line("1.22"), "", ""}, // it tries, and often succeeds
		{"1.20.14", "auto", line("1.22.0"), "", "what reads modules: to go1.20.14, go 1.22.0 in /p/go.mod:3 is no version"},
	} {
		o := Decide(gover.MustParse(test.start), test.gotoolchain, test.asked)
		if o.Name != test.name || o.Fails != test.fails {
			t.Errorf("go%s, GOTOOLCHAIN=%s: %q, fails %q", test.start, test.gotoolchain, o.Name, o.Fails)
		}
	}
}
