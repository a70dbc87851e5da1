package command

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"

	"gsw/manager/config"
	"gsw/manager/doctor"
	"gsw/manager/probe"
	"gsw/manager/store"
	"gsw/manager/terminal"
)

func (s *session) doctorCommand() *cli.Command {
	return &cli.Command{
		Name:     "doctor",
		Category: categoryLook,
		Usage:    "find what makes the wrong Go run, and what mends it",
		Description: "red blocks or endangers work, yellow is a risk, green is worth knowing. Red ends with exit code 1.\n" +
			"Without flags it reads files and the environment, in milliseconds.",
		Flags: []cli.Flag{
			toggle("fix", "do what is safe to do of the fixes"),
			toggle("deep", "start programs and hash trees, too"),
			toggle("network", "ask the servers that the settings name, too"),
			toggle("clean-env", "look as a process without the user's environment would"),
		},
		Action: s.doctor,
	}
}

type findingJSON struct {
	ID       string   `json:"id"`
	Level    string   `json:"level"`
	Message  string   `json:"message"`
	Evidence []string `json:"evidence"`
	Fix      string   `json:"fix"`
	Fixed    bool     `json:"fixed"` // by --fix
}

func (s *session) doctor(c *cli.Context) error {
	if err := atMost(c, 0, ""); err != nil {
		return err
	}
	p, err := s.patient(c)
	if err != nil {
		return err
	}
	findings, err := doctor.Examine(c.Context, p, doctor.Checks())
	if err != nil {
		return err
	}
	answer := struct {
		Findings []findingJSON `json:"findings"`
	}{[]findingJSON{}}
	worst := doctor.Green
	var failed error
	for _, f := range findings {
		shown := findingJSON{ID: f.ID, Level: f.Level.String(), Message: f.Message, Evidence: append([]string{}, f.Evidence...), Fix: f.Fix}
		if c.Bool("fix") && f.Mend != nil {
			if err := f.Mend(c.Context); err != nil {
				failed = errors.Join(failed, fmt.Errorf("mending %s: %w", f.ID, err))
			} else {
				shown.Fixed = true
			}
		}
		if !shown.Fixed {
			worst = max(worst, f.Level)
		}
		answer.Findings = append(answer.Findings, shown)
	}
	if worst == doctor.Red {
		s.code = exitFailed
	}
	if s.json {
		return errors.Join(s.answerJSON(answer), failed)
	}
	for _, f := range answer.Findings {
		s.finding(f)
	}
	if len(findings) == 0 {
		s.note("nothing found")
	}
	return failed
}

// patient is the machine to look at. Settings that cannot be read are a finding, and the rest goes by the defaults.
func (s *session) patient(c *cli.Context) (*doctor.Patient, error) {
	host := s.host
	if c.Bool("clean-env") {
		host = doctor.Bare(host)
	}
	settings, err := config.Read(host.Home)
	if _, broken := errors.AsType[*config.ConfigError](err); err != nil && !broken {
		return nil, err
	}
	p := doctor.NewPatient(host, store.Open(host), settings, s.etc())
	p.Deep, p.Network = c.Bool("deep"), c.Bool("network")
	s.heed(settings)
	p.Probe = sync.OnceValues(func() ([]probe.Answer, error) {
		prober, patience := s.prober()
		return s.servers(p.Env()).Ask(c.Context, prober, patience, s.host.Now)
	})
	return p, nil
}

// etc is where the system's settings for all users are.
func (s *session) etc() string { return cmp.Or(s.outside.Etc, "/etc") }

// finding prints one for people: what, by what it shows, and what to type.
func (s *session) finding(f findingJSON) {
	shades := map[string]terminal.Colour{"red": terminal.Red, "yellow": terminal.Yellow, "green": terminal.Green}
	s.answer("%s %s: %s", terminal.Paint(s.voice.Colour.Stdout, shades[f.Level], fmt.Sprintf("%-6s", f.Level)), f.ID, s.tilde(terminal.Printable(f.Message)))
	for _, e := range f.Evidence {
		s.answer("         %s", s.tilde(terminal.Printable(e)))
	}
	switch {
	case f.Fixed:
		s.answer("       done: %s", terminal.Printable(strings.ReplaceAll(f.Fix, "\n", "; ")))
	case f.Fix != "":
		for line := range strings.Lines(f.Fix) {
			s.answer("       fix: %s", strings.TrimSuffix(line, "\n"))
		}
	}
}
