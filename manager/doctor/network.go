package doctor

import (
	"context"
	"fmt"
	"strings"

	"gsw/manager/probe"
)

// goproxyUnreachable: a server of GOPROXY hangs, refuses or answers something else.
func goproxyUnreachable(_ context.Context, p *Patient) ([]Finding, error) {
	return p.unreachable(probe.Modules, "GOPROXY", "modules can't be fetched")
}

// gosumdbUnreachable: the checksum database, or the way to it, does.
func gosumdbUnreachable(_ context.Context, p *Patient) ([]Finding, error) {
	return p.unreachable(probe.Database, "GOSUMDB", "modules that go.sum does not have yet can't be verified")
}

func (p *Patient) unreachable(part probe.Part, name, consequence string) ([]Finding, error) {
	answers, err := p.Probe()
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, a := range answers {
		if a.Part != part || a.OK {
			continue
		}
		f := Finding{Level: Yellow, Message: fmt.Sprintf("%s does not do its work (%s); something else does instead", a.URL, a.Says)}
		if a.Needed {
			f.Level, f.Message = Red, fmt.Sprintf("%s: %s %s", consequence, a.URL, says(a))
		}
		setting := name
		if part == probe.Database && strings.HasSuffix(a.URL, "/supported") {
			setting = "GOPROXY" // it is the proxy that fails
		}
		if part == probe.Database && !a.Needed && setting == "GOSUMDB" {
			continue // nobody asks it
		}
		s := p.Env().Get(setting)
		f.Evidence = append(p.told(setting, s.Layers[:1]), fmt.Sprintf("%s, asked for %s: %s, after %d ms", a.URL, a.For, a.Says, a.Took.Milliseconds()))
		f.Fix = p.fix(setting, s.Layers[0])
		all = append(all, f)
	}
	return all, nil
}

func says(a probe.Answer) string {
	if rest, ok := strings.CutPrefix(a.Says, "hangs: "); ok {
		return "hangs (" + rest + ")"
	}
	return "does not do its work (" + a.Says + ")"
}
