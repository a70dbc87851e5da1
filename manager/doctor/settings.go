package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"gsw/manager/activation"
	"gsw/manager/goenv"
	"gsw/manager/profile"
)

// goenvConflict: somebody wrote a setting with `go env -w`, and the environment says otherwise, so that it has no effect.
// What gsw itself exports is no accident.
func goenvConflict(_ context.Context, p *Patient) ([]Finding, error) {
	made := p.made()
	var all []Finding
	for _, name := range goenv.Names() {
		s := p.Env().Get(name)
		if len(s.Layers) < 2 || s.Layers[0].Kind != goenv.Environment || s.Layers[1].Kind != goenv.Written || s.Layers[0].Value == s.Layers[1].Value {
			continue
		}
		if _, ours := made[name]; ours {
			continue
		}
		all = append(all, Finding{
			Level:    Yellow,
			Message:  fmt.Sprintf("%s is set by go env -w and by the environment, which counts more: the first has no effect here", name),
			Evidence: append(evidence(name, s.Layers[:2]), p.exportedBy(name)...),
			Fix:      p.fix(name, s.Layers[0]),
		})
	}
	return all, nil
}

// gosumdbOff: modules that go.sum does not know yet are believed as they come.
func gosumdbOff(_ context.Context, p *Patient) ([]Finding, error) {
	var all []Finding
	for _, name := range []string{"GOSUMDB", "GONOSUMDB"} {
		s := p.Env().Get(name)
		message := "GOSUMDB=off: a module that go.sum does not have yet is believed as it comes, and the go command can download no other toolchain"
		switch {
		case name == "GOSUMDB" && s.Value() == "off":
		case name == "GONOSUMDB" && everything(s.Value()):
			message = "every module is exempt from the checksum database: one that go.sum does not have yet is believed as it comes"
			if s.Layers[0].Kind == goenv.Default { // made from GOPRIVATE
				name, s = "GOPRIVATE", p.Env().Get("GOPRIVATE")
			}
		default:
			continue
		}
		all = append(all, Finding{Level: Yellow, Message: message, Evidence: p.told(name, s.Layers[:1]), Fix: p.fix(name, s.Layers[0])})
	}
	return all, nil
}

func everything(patterns string) bool {
	for pattern := range strings.SplitSeq(patterns, ",") {
		if pattern == "*" || pattern == "**" {
			return true
		}
	}
	return false
}

// gosumdbInvalid: the go command refuses to fetch anything with such a setting.
func gosumdbInvalid(_ context.Context, p *Patient) ([]Finding, error) {
	s := p.Env().Get("GOSUMDB")
	value := s.Value()
	if value == "" || value == "off" {
		return nil, nil
	}
	why := profile.Check("GOSUMDB", value)
	if key := strings.Fields(value); why == "" && strings.Contains(key[0], "+") {
		if _, err := note.NewVerifier(key[0]); err != nil {
			why = "GOSUMDB: the database's key is not what it says it is: " + err.Error()
		}
	}
	if why == "" {
		return nil, nil
	}
	return []Finding{{
		Level: Red, Message: "no module that is new can be fetched: " + why,
		Evidence: p.told("GOSUMDB", s.Layers[:1]), Fix: p.fix("GOSUMDB", s.Layers[0]),
	}}, nil
}

// made are the variables that gsw set in this environment.
func (p *Patient) made() map[string]activation.Made {
	made := map[string]activation.Made{}
	for _, change := range activation.Changed(p.Host.Env) {
		made[change.Name] = change
	}
	return made
}

// byProfile is the profile that set a variable here, and the project's folder if it holds for one.
func (p *Patient) byProfile(name string, l goenv.Layer) (profile.Place, bool) {
	at := p.Config.Profiles.At(p.Host.Dir)
	value, sets := p.Config.Profiles.Here(p.Host.Dir).Get(name)
	_, ours := p.made()[name]
	return at, ours && sets && l.Kind == goenv.Environment && value == l.Value
}

func evidence(name string, layers []goenv.Layer) []string {
	var lines []string
	for _, l := range layers {
		lines = append(lines, l.Place()+": "+name+"="+profile.WithoutPasswords(l.Value))
	}
	return lines
}

// told is the evidence with what stands behind the environment: a profile, or the lines that export the variable.
func (p *Patient) told(name string, layers []goenv.Layer) []string {
	lines := evidence(name, layers)
	switch at, ours := p.byProfile(name, layers[0]); {
	case ours && at.Project != "":
		lines = append(lines, "the profile "+at.Name+", which holds in "+at.Project)
	case ours:
		lines = append(lines, "the profile "+at.Name+", which holds everywhere")
	case layers[0].Kind == goenv.Environment:
		lines = append(lines, p.exportedBy(name)...)
	}
	return lines
}

// fix takes a setting back where it was made.
func (p *Patient) fix(name string, l goenv.Layer) string {
	switch at, ours := p.byProfile(name, l); {
	case ours && at.Project != "":
		return p.enter(at.Project, "gsw profile use default --project")
	case ours:
		return "gsw profile use default"
	case l.Kind == goenv.Written:
		return "go env -u " + name
	case l.Kind == goenv.Distributed:
		return instead(name, l.Value)
	case l.Kind != goenv.Environment:
		return ""
	}
	return joined(p.unset(name), p.unexported(name))
}

// unexported makes comments of the lines of start-up files that export a variable.
func (p *Patient) unexported(name string) string {
	sets := func(d deed) bool { return d.kind == exports && d.name == name }
	lines := slices.DeleteFunc(slices.Clone(p.StartUp()), func(d deed) bool { return !sets(d) })
	return p.commentedOut(lines, sets)
}

// instead is the command that takes something else than a toolchain's own default: the modules' own servers, or the other
// way to the same checksum database.
func instead(name, value string) string {
	switch {
	case name == "GOPROXY":
		return "go env -w GOPROXY=direct"
	case name == "GOSUMDB" && value == "sum.golang.org":
		return "go env -w GOSUMDB=sum.golang.google.cn"
	case name == "GOSUMDB":
		return "go env -w GOSUMDB=sum.golang.org"
	}
	return ""
}
