package manager

import (
	"gsw/manager/goenv"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/switching"
)

// Explanation is the whole way from this directory to the Go that runs.
type Explanation struct {
	Steps           []project.Step // the decision, in order
	Selection       selection.Selection
	Err             error // why there is no selection
	Path            []selection.Hit
	Settings        goenv.Values // of the go command that PATH starts
	GOTOOLCHAIN     string
	GOTOOLCHAINFrom string
	Runs            gover.Version // what `go` typed here ends up as; zero when it cannot be told
	Because         string        // completes "runs …, because "
	How, Fails      string        // of a switch by the go command itself: where it gets the other one, and what fails
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
	w.Settings = m.settingsOf(w)
	set := w.Settings.Get("GOTOOLCHAIN")
	if set.Value() != "" {
		w.GOTOOLCHAIN, w.GOTOOLCHAINFrom = set.Value(), set.Layers[0].Place()
	}
	m.runs(&w)
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
func (m Manager) runs(w *Explanation) {
	if len(w.Path) == 0 {
		w.Because = "no go command is on PATH"
		return
	}
	first := w.Path[0]
	w.Runs, w.Because = first.Version, "it is the first on PATH ("+first.File+")"
	env := m.Host.Env
	if first.Kind == selection.Shim {
		if w.Err != nil {
			w.Runs, w.Because = gover.Version{}, "the shim has nothing to start"
			return
		}
		w.Runs, w.Because = w.Selection.Version, "the shim starts what was chosen"
		env = w.Selection.Environment(m.Host, m.Config)
	}
	if w.Runs.IsZero() {
		w.Because += ", and it does not say what it is"
		return
	}
	around := switching.Surroundings{Host: m.Host, Env: env, Settings: w.Settings}
	asked, err := project.Demanded(m.Host)
	if err != nil || !around.Enabled() {
		return
	}
	next := around.Locate(switching.Decide(w.Runs, w.Settings.Get("GOTOOLCHAIN").Value(), asked))
	if next.Name != "" {
		w.Runs, w.Because = next.Version, w.Because+" and "+next.Why
	}
	w.How, w.Fails = next.How, next.Fails
}
