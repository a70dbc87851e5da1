package project

import (
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// Demand is the release that the go command itself takes from go.work or go.mod when GOTOOLCHAIN lets it.
type Demand struct {
	Least   gover.Minimum // a go command that this allows stays; zero: every one does
	Version gover.Version // the one that runs otherwise
	Origin  Origin

	GoLine   gover.Minimum // the go line alone: a go command that stays in spite of it fails
	GoOrigin Origin
}

// Demanded reads what the governing go.work, else the nearest go.mod, makes the go command switch to: the newer of its
// go and toolchain lines, and nothing where the latter is "default" (https://go.dev/doc/toolchain#select).
func Demanded(h platform.Host) (Demand, error) {
	s := search{}
	demand := Demand{}
	s.governing = func(kind Kind, file string, m modFile) {
		demand = Demand{}
		if least, err := gover.ParseMinimum(m.goVersion.text); err == nil {
			demand.GoLine, demand.GoOrigin = least, Origin{kind, file, m.goVersion.line}
		}
		if m.toolchain.text == "default" {
			return
		}
		toolchain, _ := m.pin() // a broken one is the go command's to complain about
		for _, p := range []pin{m.goVersion, toolchain} {
			least, err := gover.ParseMinimum(strings.TrimPrefix(p.text, "go"))
			if v := least.First(); err == nil && v.Compare(demand.Version) > 0 {
				demand.Least, demand.Version, demand.Origin = least, v, Origin{kind, file, p.line}
			}
		}
	}
	err := s.climb(h)
	return demand, err
}
