package manager

import (
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/activation"
	"gsw/manager/goenv"
	"gsw/manager/profile"
	"gsw/manager/selection"
)

// Variable is a setting of the go command with where it comes from.
type Variable struct {
	Name   string
	Values []Origin // the one that counts first, then those it hides; none if nobody sets it
	Missed string   // what a profile would set here, if this shell followed
}

// Origin is a value and its place: "the environment", "gsw, for /home/me/app/.go-version:1", "/home/me/.config/go/env:2".
type Origin struct{ Value, From string }

// settingsOf are the settings as the go command that PATH starts finds them.
func (m Manager) settingsOf(w Explanation) goenv.Values {
	host := m.Host
	if len(w.Path) > 0 && w.Path[0].Kind == selection.Shim && w.Err == nil {
		host.Env = w.Selection.Environment(m.Host, m.Config)
	}
	return goenv.Look(host, []string{w.startGOROOT()}, os.ReadFile)
}

// GoSettings are the settings of the go command that PATH starts here.
func (m Manager) GoSettings() goenv.Values {
	w := Explanation{Path: selection.OnPath(m.Host)}
	w.Selection, w.Err = m.Resolve("")
	return m.settingsOf(w)
}

// Variables explains every setting of the go command that PATH starts here.
func (m Manager) Variables(argument string) []Variable {
	w := Explanation{Path: selection.OnPath(m.Host)}
	w.Selection, w.Err = m.Resolve(argument)
	values := m.settingsOf(w)
	env := m.Host.Env
	if len(w.Path) > 0 && w.Path[0].Kind == selection.Shim && w.Err == nil {
		env = w.Selection.Environment(m.Host, m.Config)
	}
	made := map[string]activation.Made{}
	for _, change := range activation.Changed(env) {
		made[change.Name] = change
	}
	var all []Variable
	for _, name := range goenv.Names() {
		v := Variable{Name: name}
		for _, layer := range values.Get(name).Layers {
			change, ours := made[name]
			if !ours || layer.Kind != goenv.Environment {
				v.Values = append(v.Values, Origin{layer.Value, layer.Place()})
				continue
			}
			v.Values = append(v.Values, Origin{layer.Value, m.maker(w, change)})
			if change.Before != "" {
				v.Values = append(v.Values, Origin{change.Before, "the environment before gsw"})
			}
		}
		if value, ok := m.Config.Profiles.Here(m.Host.Dir).Get(name); ok && env.Get(name) == "" {
			v.Missed = value
		}
		all = append(all, v)
	}
	return all
}

// maker tells for whom gsw set a variable.
func (m Manager) maker(w Explanation, change activation.Made) string {
	here, place := m.ProfileHere()
	if m.sets(here, change) {
		return "profile " + here + " (" + place + ")"
	}
	switch change.Name {
	case "GOPATH":
		return `gsw, for gopath = "isolated"`
	case "GOROOT":
		return `gsw, for goroot = "export"`
	case "GOBIN":
		return m.gobinFor(w, change.Value)
	case "GOTOOLCHAIN":
		if change.Value == "local" && w.Err == nil {
			return "gsw, for " + w.Selection.Choice.Origin.Place() + ` and pin = "strict"`
		}
	}
	for _, name := range m.Config.Profiles.Names() {
		if m.sets(name, change) {
			return "profile " + name + ", which holds elsewhere"
		}
	}
	return "gsw, by a profile that has changed since"
}

func (m Manager) sets(name string, change activation.Made) bool {
	p, ok := m.Config.Profiles.Get(name)
	value, sets := p.Get(change.Name)
	return ok && sets && value == change.Value && p.Name != profile.Default
}

// gobinFor tells whose GOBIN it is. A script may have changed the folder since the hook looked.
func (m Manager) gobinFor(w Explanation, gobin string) string {
	if gobin == filepath.Join(m.Host.Home, "current", "bin") {
		return "gsw, for the default"
	}
	if w.Err == nil && gobin == w.Selection.Toolchain.GOBIN() {
		if place := w.Selection.Choice.Origin.Place(); place != "" && !w.Selection.Raised {
			return "gsw, for " + place
		}
		return "gsw, for " + w.Selection.Version.Tag() + " (" + w.Selection.Reason() + ")"
	}
	tag := filepath.Base(filepath.Dir(gobin))
	if !strings.HasPrefix(tag, "go") {
		return "gsw"
	}
	return "gsw, for " + tag + ", the Go of another folder"
}
