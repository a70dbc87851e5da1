package command

import (
	"cmp"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/activation"
	"gsw/manager/dist"
	"gsw/manager/download"
	"gsw/manager/goenv"
	"gsw/manager/probe"
	"gsw/manager/profile"
	"gsw/manager/store"
)

type probeJSON struct {
	URL    string `json:"url"`
	For    string `json:"for"`
	Needed bool   `json:"needed"`
	OK     bool   `json:"ok"`
	Answer string `json:"answer"`
	Took   int64  `json:"milliseconds"`
}

// testProfile asks every server that a profile makes the go command and gsw ask.
func (s *session) testProfile(c *cli.Context, m manager.Manager, name string) error {
	p, err := m.Profile(name)
	if err != nil {
		return err
	}
	servers, err := s.serversOf(p.Profile)
	if err != nil {
		return err
	}
	prober, patience := s.prober()
	answers, err := servers.Ask(c.Context, prober, patience, s.host.Now)
	if err != nil {
		return err
	}
	failed := probe.Failed(answers)
	if len(failed) > 0 {
		s.code = exitNetwork
	}
	if s.json {
		answer := struct {
			Profile string      `json:"profile"`
			Probes  []probeJSON `json:"probes"`
		}{p.Name, []probeJSON{}}
		for _, a := range answers {
			answer.Probes = append(answer.Probes, probeJSON{a.URL, a.For, a.Needed, a.OK, a.Says, a.Took.Milliseconds()})
		}
		return s.answerJSON(answer)
	}
	table := s.voice.Table("", "URL", "FOR", "ANSWER", "TIME")
	for _, a := range answers {
		mark := "ok"
		switch {
		case !a.OK && a.Needed:
			mark = "FAILS"
		case !a.OK:
			mark = "(fails)"
		}
		table.Row(mark, a.URL, a.For, a.Says, fmt.Sprintf("%d ms", a.Took.Milliseconds()))
	}
	if err := table.Print(); err != nil {
		return err
	}
	switch {
	case len(answers) == 0:
		s.note("the profile %s asks no server", p.Name)
	case len(failed) > 0:
		s.warn("with the profile %s, %d of %d servers that are needed do not do their work", p.Name, len(failed), needed(answers))
	}
	return nil
}

func needed(answers []probe.Answer) int {
	n := 0
	for _, a := range answers {
		if a.Needed {
			n++
		}
	}
	return n
}

// serversOf are the servers that the go command and gsw ask under a profile: what the user exports counts more here as
// well, and what the profile leaves open is as it is.
func (s *session) serversOf(p profile.Profile) (probe.Servers, error) {
	host := s.host
	host.Env = activation.Undone(host.Env, host.Home)
	for _, setting := range p.Env {
		if host.Env.Get(setting.Name) == "" {
			host.Env = host.Env.With(setting.Name, setting.Value)
		}
	}
	settings := goenv.Look(host, s.goroots(store.Open(host)), os.ReadFile)
	mirror := cmp.Or(s.host.Env.Get(mirrorVariable), p.Mirror)
	servers := s.servers(settings)
	switch {
	case mirror == "off":
	case mirror == "":
		servers.Mirrors = []string{cmp.Or(s.outside.Index, dist.Origin)}
	default:
		var err error
		if servers.Mirrors, err = dist.ParseMirrors(mirror); err != nil {
			return servers, err
		}
	}
	return servers, nil
}

// servers are those that the go command's settings name.
func (s *session) servers(settings goenv.Values) probe.Servers {
	servers := probe.Servers{GOPROXY: settings.Get("GOPROXY").Value(), GOSUMDB: settings.Get("GOSUMDB").Value()}
	if len(s.outside.LogAt) > 0 {
		servers.Database = s.outside.LogAt[0]
	}
	return servers
}

// prober is a client that asks once and does not wait long.
func (s *session) prober() (*download.Client, time.Duration) {
	patience := cmp.Or(s.outside.Patience, 5*time.Second)
	credentials, err := download.Netrc(s.goSetting("GOAUTH", store.Open(s.host)), s.host.Env, s.host.UserHome, s.host.Target)
	if err != nil {
		s.warn("%v", err)
	}
	options := s.network(credentials)
	options.Offline = s.offline                     // not because of the profile that happens to hold here
	options.Retries, options.Stall = -1, 2*patience // the patience is the whole question's, not a silence's
	return download.New(options), patience
}
