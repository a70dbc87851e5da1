package project

import (
	"gsw/manager/gover"
	"gsw/platform"
)

// Demand is the release that the go command itself takes from go.work or go.mod when GOTOOLCHAIN lets it.
type Demand struct {
	Version gover.Version // zero: nothing that names a release
	Origin  Origin
}

// Demanded reads what the governing go.work, else the nearest go.mod, makes the go command switch to: the newer of its
// go and toolchain lines (https://go.dev/doc/toolchain#select).
func Demanded(h platform.Host) (Demand, error) {
	s := search{}
	demand := Demand{}
	s.governing = func(kind Kind, file string, m modFile) {
		demand = Demand{}
		for _, p := range []pin{m.goVersion, m.toolchain} {
			if v, err := gover.Parse(p.text); err == nil && v.Compare(demand.Version) > 0 {
				demand = Demand{v, Origin{kind, file, p.line}}
			}
		}
	}
	err := s.climb(h)
	return demand, err
}
