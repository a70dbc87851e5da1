package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gsw/manager/probe"
	"gsw/manager/selection"
)

// Step is a question that a person would ask where modules can't be had, with what the answer is.
type Step struct {
	Question string
	OK       bool
	Answer   []string
}

// Walk asks in the order in which a person would: the four values, whether the go that is typed is the one that was
// chosen, whether the modules resolve, who is asked for them, and who for their checksums. Each step is shown when it
// is known. Only with Network.
func Walk(ctx context.Context, p *Patient, show func(Step)) error {
	var asking sync.WaitGroup // the last three take time, and need nothing of each other
	asking.Go(func() { p.Modules() })
	asking.Go(func() { p.Download() })
	asking.Go(func() { p.Probe() })
	defer asking.Wait()
	show(p.fourValues())
	show(p.whichGo())
	for _, step := range []func() (Step, error){p.resolving, p.downloading, p.vouching} {
		s, err := step()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			s.OK, s.Answer = false, append(s.Answer, "this could not be looked at: "+err.Error())
		}
		show(s)
	}
	return nil
}

func (p *Patient) fourValues() Step {
	s := Step{Question: "the four values, and where they come from", OK: true}
	for _, name := range []string{"GOROOT", "GOPATH", "GOBIN", "GOSUMDB"} {
		setting := p.Env().Get(name)
		if len(setting.Layers) == 0 {
			s.Answer = append(s.Answer, name+" is not set")
			continue
		}
		s.Answer = append(s.Answer, p.told(name, setting.Layers[:1])...)
	}
	return s
}

func (p *Patient) whichGo() Step {
	s := Step{Question: "is the go that is typed the one that was chosen"}
	here, err := p.Here()
	hits := p.Path()
	if err != nil {
		s.Answer = append(s.Answer, "no Go was chosen: "+err.Error())
	} else {
		s.Answer = append(s.Answer, fmt.Sprintf("%s was chosen: %s", name(here), here.Reason()))
	}
	if len(hits) == 0 {
		s.Answer = append(s.Answer, "there is no go command on PATH")
		return s
	}
	first := hits[0]
	if err == nil {
		s.OK = first.Kind == selection.Shim || first.GOROOT != "" && sameFolder(first.GOROOT, here.GOROOT)
	}
	found := first.File + " is " + first.Kind.String()
	if !first.Version.IsZero() {
		found += ", " + first.Version.Tag()
	}
	s.Answer = append(s.Answer, found)
	return s
}

func name(here selection.Selection) string {
	if here.System {
		return "the system's Go, " + here.GOROOT
	}
	return here.Version.Tag()
}

func (p *Patient) resolving() (Step, error) {
	s := Step{Question: "does go list -m all resolve"}
	t, err := p.Modules()
	switch {
	case err != nil:
		return s, err
	case t.Skipped != "":
		s.OK, s.Answer = true, []string{"not asked: " + t.Skipped}
	case t.OK():
		s.OK, s.Answer = true, []string{fmt.Sprintf("yes: %d modules in all", strings.Count(t.Out, "\n"))}
	default:
		s.Answer = []string{p.unresolved("go list -m all", t).Message}
	}
	return s, nil
}

// mostAsked is how many questions are shown that got their answer.
const mostAsked = 12

func (p *Patient) downloading() (Step, error) {
	s := Step{Question: "which URLs does go mod download -x ask"}
	t, err := p.Download()
	switch {
	case err != nil:
		return s, err
	case t.Skipped != "":
		s.OK, s.Answer = true, []string{"not asked: " + t.Skipped}
		return s, nil
	}
	s.OK = t.OK()
	bad := t.failed()
	good := 0
	for _, q := range t.Asked {
		if q.good() {
			if good++; good <= mostAsked {
				s.Answer = append(s.Answer, q.String())
			}
		}
	}
	if good > mostAsked {
		s.Answer = append(s.Answer, fmt.Sprintf("and %d more, which were answered", good-mostAsked))
	}
	s.Answer = append(s.Answer, bad...)
	switch {
	case len(t.Asked) == 0 && s.OK:
		s.Answer = append(s.Answer, "none: the module cache has everything")
	case t.Limit > 0:
		s.Answer = append(s.Answer, fmt.Sprintf("it was not over after %v", t.Limit))
	case !s.OK && t.hanging() == "":
		words := t.words()
		for _, line := range words[:min(len(words), lastLines)] {
			s.Answer = append(s.Answer, "go: "+strings.TrimSpace(strings.TrimPrefix(line, "go: ")))
		}
	}
	return s, nil
}

// vouching is about the checksum database: what the two commands asked it, and what it answers now.
func (p *Patient) vouching() (Step, error) {
	s := Step{Question: "who is asked for checksums", OK: true}
	for _, ask := range []func() (Traced, error){p.Modules, p.Download} {
		t, err := ask()
		if err != nil {
			continue // an earlier step says so
		}
		for _, q := range t.Asked {
			line := q.String()
			if p.ofDatabase(q.What) && !slices.Contains(s.Answer, line) {
				s.Answer = append(s.Answer, line)
				s.OK = s.OK && (q.good() || strings.HasSuffix(q.What, "/supported") && strings.HasPrefix(q.Answer, "4")) // then it is asked itself
			}
		}
	}
	answers, err := p.Probe()
	if err != nil {
		return s, err
	}
	for _, a := range answers {
		if a.Part == probe.Database {
			s.Answer = append(s.Answer, fmt.Sprintf("%s: %s (%d ms)", a.URL, a.Says, a.Took.Milliseconds()))
			s.OK = s.OK && (a.OK || !a.Needed)
		}
	}
	if len(s.Answer) == 0 {
		s.Answer = []string{"nobody (GOSUMDB=" + p.Env().Get("GOSUMDB").Value() + ")"}
	}
	return s, nil
}

// ofDatabase tells whether a URL is the checksum database's, or the way to it through a proxy.
func (p *Patient) ofDatabase(url string) bool {
	fields := strings.Fields(p.Env().Get("GOSUMDB").Value())
	if p.proxied(url) {
		return strings.Contains(url, "/sumdb/")
	}
	if len(fields) == 0 || !strings.HasPrefix(url, "http") {
		return false
	}
	database, _, _ := strings.Cut(fields[len(fields)-1], "+")
	_, host, found := strings.Cut(database, "://")
	if !found {
		host = database
	}
	_, asked, _ := strings.Cut(anonymous(url), "://")
	return strings.HasPrefix(asked, strings.TrimSuffix(host, "/")+"/")
}
