package manager

import (
	"fmt"
	"os"

	"gsw/manager/goenv"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
)

// Explanation is the whole way from this directory to the Go that runs.
type Explanation struct {
	Steps           []project.Step // the decision, in order
	Selection       selection.Selection
	Err             error // why there is no selection
	Path            []selection.Hit
	GOTOOLCHAIN     string
	GOTOOLCHAINFrom string
	Runs            gover.Version // what `go` typed here ends up as; zero when it cannot be told
	Because         string        // completes "runs …, because "
}

// Why explains. argument is a spec named explicitly, or empty. Only trouble
// with the machine is an error; a decision that cannot be made is an answer.
func (m Manager) Why(argument string) (Explanation, error) {
	var w Explanation
	steps, choice, err := project.Explain(m.Host, argument, m.Config.Alias)
	w.Steps = steps
	if err == nil {
		installed, err := selection.Installed(m.Host, m.Store)
		if err != nil {
			return w, err
		}
		w.Steps = append(w.Steps, choice.Explain(installed)...)
	}
	w.Selection, w.Err = selection.Select(m.Host, m.Store, m.Config, argument)
	w.Path = selection.OnPath(m.Host)
	w.GOTOOLCHAIN, w.GOTOOLCHAINFrom = "auto", "the go command's default"
	set := goenv.Look(m.Host, []string{w.startGOROOT()}, os.ReadFile).Get("GOTOOLCHAIN")
	if set.Value() != "" {
		w.GOTOOLCHAIN, w.GOTOOLCHAINFrom = set.Value(), set.Layers[0].Place()
	}
	w.Runs, w.Because = m.runs(w)
	return w, nil
}

// startGOROOT is the GOROOT of the go command that PATH starts.
func (w Explanation) startGOROOT() string {
	if len(w.Path) == 0 || w.Path[0].Kind == selection.Shim {
		return w.Selection.GOROOT
	}
	return w.Path[0].GOROOT
}

// runs tells which release a `go` typed here ends up as: PATH decides where it
// starts, and from go1.21 on the go command may then switch by itself.
func (m Manager) runs(w Explanation) (gover.Version, string) {
	if len(w.Path) == 0 {
		return gover.Version{}, "no go command is on PATH"
	}
	first := w.Path[0]
	start := first.Version
	because := "it is the first on PATH (" + first.File + ")"
	if first.Kind == selection.Shim {
		if w.Err != nil {
			return gover.Version{}, "the shim has nothing to start"
		}
		start = w.Selection.Version
		because = "the shim starts what was chosen"
	}
	if start.IsZero() {
		return start, because + ", and it does not say what it is"
	}
	asked, err := project.Demanded(m.Host)
	if err != nil {
		return start, because
	}
	if next, why := switched(start, w.GOTOOLCHAIN, asked); !next.IsZero() {
		return next, because + " and " + why
	}
	return start, because
}

// switched is the go command's own decision (cmd/go/internal/toolchain.Select,
// in short): the release it runs instead of itself, zero for none.
func switched(start gover.Version, gotoolchain string, asked project.Demand) (gover.Version, string) {
	if !start.SwitchesToolchains() {
		return gover.Version{}, ""
	}
	base, mode := start, gotoolchain
	for i := range len(gotoolchain) {
		if gotoolchain[i] == '+' {
			mode = gotoolchain[i+1:]
			if v, err := gover.Parse(gotoolchain[:i]); err == nil {
				base = v
			}
			break
		}
	}
	switch mode {
	case "local":
		return gover.Version{}, ""
	case "auto", "path":
		if !asked.Least.Allows(base) {
			return asked.Version, fmt.Sprintf("GOTOOLCHAIN=%s makes it switch to what %s asks for", gotoolchain, asked.Origin.Place())
		}
	default:
		if v, err := gover.Parse(mode); err == nil && v != start {
			return v, "GOTOOLCHAIN=" + gotoolchain + " names another"
		}
	}
	if base != start {
		return base, "GOTOOLCHAIN=" + gotoolchain + " names another"
	}
	return gover.Version{}, ""
}
