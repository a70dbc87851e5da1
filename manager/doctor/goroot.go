package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/activation"
	"gsw/manager/adopt"
	"gsw/manager/selection"
)

// gorootEnv: a GOROOT that is exported counts more than what the go command knows of itself: another Go then runs with
// the library and the compiler of this one, and builds fail or come out wrong.
func gorootEnv(_ context.Context, p *Patient) ([]Finding, error) {
	value := p.Host.Env.Get("GOROOT")
	lines := p.gorootLines()
	if p.made()["GOROOT"].Name != "" {
		value = "" // gsw's own, by its setting: it is right wherever gsw decides
	}
	others, evidence, fix := p.storedGOROOTs()
	f := Finding{Fix: joined(p.commentedOut(lines, p.aboutGo), fix)}
	for _, d := range lines {
		f.Evidence = append(f.Evidence, d.String()+writtenBy(d.text))
		others = append(others, d.value)
	}
	f.Evidence = append(f.Evidence, evidence...)
	if value == "" {
		runs, name, _ := p.running()
		if runs == "" || !slices.ContainsFunc(others, func(goroot string) bool { return !sameFolder(goroot, runs) }) {
			return nil, nil
		}
		who := "start-up files export"
		if len(lines) == 0 {
			who = "Windows keeps"
		}
		f.Level, f.Message = Yellow, fmt.Sprintf("%s another GOROOT than that of %s; here it does not hold, but in every shell and program that gsw did not set up", who, name)
		return []Finding{f}, nil
	}
	f.Level, f.Message = p.exportedGOROOT(value)
	f.Evidence = append([]string{"the environment: GOROOT=" + value + writtenBy(value)}, f.Evidence...)
	if runs, _, _ := p.running(); runs != "" && f.Level != Green {
		f.Evidence = append(f.Evidence, "the Go that runs: "+runs)
	}
	f.Fix = joined(p.unset("GOROOT"), f.Fix)
	return []Finding{f}, nil
}

// exportedGOROOT tells what a GOROOT does to the Go that runs.
func (p *Patient) exportedGOROOT(value string) (Level, string) {
	switch runs, name, shim := p.running(); {
	case runs == "":
		return Yellow, "GOROOT is exported, and no Go runs here: the next one will take it for its own"
	case sameFolder(value, runs):
		return Green, "GOROOT is exported: it is that of the Go which runs, and will be wrong for any other"
	case shim:
		return Yellow, fmt.Sprintf("GOROOT is exported as %s; the shim takes it away for %s, but a go that is started by its path obeys it", value, name)
	default:
		return Red, fmt.Sprintf("%s runs with the library and the compiler of another Go: GOROOT is exported as %s", name, value)
	}
}

// gorootLines are the lines that export GOROOT.
func (p *Patient) gorootLines() []deed {
	var all []deed
	for _, d := range p.StartUp() {
		if d.kind == exports && d.name == "GOROOT" && d.value != "" {
			all = append(all, d)
		}
	}
	return all
}

// aboutGo tells whether what a line does is about nothing but a Go that is not gsw's: GOROOT, or its folder on PATH.
func (p *Patient) aboutGo(d deed) bool {
	switch d.kind {
	case exports:
		return d.name == "GOROOT"
	case front, back:
		return p.goFolder(d.value)
	}
	return false
}

// goFolder tells whether a folder is on PATH for nothing but a Go that is not gsw's: other programs would be missed.
func (p *Patient) goFolder(folder string) bool {
	if !filepath.IsAbs(folder) || below(folder, p.Host.Home) {
		return strings.HasSuffix(folder, "$GOROOT/bin")
	}
	if activation.HoldsGo(p.Host.Env, p.Host.Home, folder) {
		return true
	}
	has := programs(p, folder)
	return slices.Contains(has, "go") && !slices.ContainsFunc(has, func(name string) bool {
		return !slices.Contains([]string{"go", "gofmt", "godoc"}, name)
	})
}

// running is the GOROOT of the go command that PATH starts, with its name, and whether it is gsw's shim that chose it.
func (p *Patient) running() (goroot, name string, shim bool) {
	hits := p.Path()
	if len(hits) == 0 {
		return "", "", false
	}
	goroot, version := hits[0].GOROOT, hits[0].Version
	if hits[0].Kind == selection.Shim {
		here, err := p.Here()
		if err != nil {
			return "", "", true
		}
		goroot, version, shim = here.GOROOT, here.Version, true
	}
	if version.IsZero() {
		return goroot, "the go of " + hits[0].File, shim
	}
	return goroot, version.Tag(), shim
}

// writtenBy names the manager whose mark a text has.
func writtenBy(text string) string {
	if name := adopt.WrittenBy(text); name != "" {
		return " (" + name + ")"
	}
	return ""
}
