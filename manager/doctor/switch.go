package doctor

import (
	"context"
	"fmt"

	"gsw/manager/goenv"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/switching"
)

// gotoolchainSwitch: the go command replaces itself by another release than the one that was chosen, or fails over it.
func gotoolchainSwitch(_ context.Context, p *Patient) ([]Finding, error) {
	hits := p.Path()
	if len(hits) == 0 {
		return nil, nil
	}
	start, env := hits[0].Version, p.Host.Env
	if hits[0].Kind == selection.Shim {
		here, err := p.Here()
		if err != nil {
			return nil, nil // that nothing can be chosen is another finding
		}
		start, env = here.Version, here.Environment(p.Host, p.Config)
	}
	asked, err := project.Demanded(p.Host)
	around := switching.Surroundings{Host: p.Host, Env: env, Settings: p.Env()}
	if err != nil || start.IsZero() || !around.Enabled() {
		return nil, nil
	}
	setting := p.Env().Get("GOTOOLCHAIN")
	o := around.Locate(switching.Decide(start, setting.Value(), asked))
	if o.Name == "" && o.Fails == "" {
		return nil, nil
	}
	f := Finding{Level: Yellow, Message: fmt.Sprintf("%s was chosen, and %s will run: %s", start, o.Name, o.Why)}
	if o.Fails != "" {
		f.Level, f.Message = Red, "the go command fails with "+o.Fails
	}
	if len(setting.Layers) > 0 {
		f.Evidence = p.told("GOTOOLCHAIN", setting.Layers[:1])
	}
	if place := asked.Origin.Place(); place != "" {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s asks for %s", place, asked.Version))
	}
	if o.How != "" {
		f.Evidence = append(f.Evidence, o.Name+" comes from "+o.How)
	}
	f.Fix = p.switchFix(start.Tag(), o, asked, setting)
	return []Finding{f}, nil
}

// switchFix makes what is asked for the Go that gsw chooses here, or takes back the setting that names another.
func (p *Patient) switchFix(start string, o switching.Outcome, asked project.Demand, setting goenv.Setting) string {
	if len(setting.Layers) == 0 {
		return ""
	}
	need := asked.Version
	if need.IsZero() && !asked.GoLine.IsZero() {
		need = asked.GoLine.First()
	}
	value := setting.Value()
	if named := o.Name != "" && o.Name != need.Tag(); named || o.Name == "" && o.Fails != "" && value != "local" || need.IsZero() {
		return p.fix("GOTOOLCHAIN", setting.Layers[0])
	}
	return "gsw use --install --project " + need.Number()
}
