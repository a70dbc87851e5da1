package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager/config"
	"gsw/manager/doctor"
	"gsw/manager/local"
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
			toggle("network", "ask servers, too, step by step: who is asked for modules, and who hangs"),
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

type askedJSON struct {
	Question string   `json:"question"`
	OK       bool     `json:"ok"`
	Answer   []string `json:"answer"`
}

func (s *session) doctor(c *cli.Context) error {
	if err := atMost(c, 0, ""); err != nil {
		return err
	}
	p, err := s.patient(c)
	if err != nil {
		return err
	}
	steps, err := s.steps(c, p)
	if err != nil {
		return err
	}
	findings, err := doctor.Examine(c.Context, p, doctor.Checks())
	if err != nil {
		return err
	}
	answer := struct {
		Steps    []askedJSON   `json:"steps"` // of --network
		Findings []findingJSON `json:"findings"`
	}{steps, []findingJSON{}}
	worst := doctor.Green
	var failed error
	for _, f := range findings {
		shown, err := mended(c.Context, f, c.Bool("fix"))
		failed = errors.Join(failed, err)
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

// mended is a finding as it is shown, with what is safe to do done if that is asked for.
func mended(ctx context.Context, f doctor.Finding, fix bool) (findingJSON, error) {
	shown := findingJSON{ID: f.ID, Level: f.Level.String(), Message: f.Message, Evidence: append([]string{}, f.Evidence...), Fix: f.Fix}
	if !fix || f.Mend == nil {
		return shown, nil
	}
	if err := f.Mend(ctx); err != nil {
		return shown, fmt.Errorf("mending %s: %w", f.ID, err)
	}
	shown.Fixed = true
	return shown, nil
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
	prober, patience := s.prober()
	traced := func(run func(context.Context, time.Duration) (doctor.Traced, error)) func() (doctor.Traced, error) {
		return sync.OnceValues(func() (doctor.Traced, error) {
			if s.offline { // the go command knows nothing of it
				return doctor.Traced{Skipped: "--offline"}, nil
			}
			return run(c.Context, patience)
		})
	}
	p.Modules, p.Download = traced(p.ListModules), traced(p.DownloadModules)
	p.Probe = sync.OnceValues(func() ([]probe.Answer, error) {
		return s.servers(p.Env()).Ask(c.Context, prober, patience, s.host.Now)
	})
	if m := s.outside.Machine; m != nil {
		p.Machine = func() doctor.Machine { return *m }
	}
	p.Verify = func(ctx context.Context, t store.Toolchain) (doctor.Verified, error) {
		alone := *s
		alone.offline = true
		m, err := alone.wire(local.Verbs{Host: host, Store: p.Store, Config: settings})
		if err != nil {
			return doctor.Verified{}, err
		}
		v, err := m.Verify(ctx, t.GOROOT())
		return doctor.Verified{Intact: v.Intact, Claim: v.Claim, Differences: v.Differences}, err
	}
	return p, nil
}

// etc is where the system's settings for all users are.
func (s *session) etc() string { return cmp.Or(s.outside.Etc, "/etc") }

// steps asks, with --network, what a person would ask one after the other, and prints it as it comes.
func (s *session) steps(c *cli.Context, p *doctor.Patient) ([]askedJSON, error) {
	steps := []askedJSON{}
	if !p.Network {
		return steps, nil
	}
	err := doctor.Walk(c.Context, p, func(step doctor.Step) {
		steps = append(steps, askedJSON{step.Question, step.OK, append([]string{}, step.Answer...)})
		if s.json {
			return
		}
		mark, shade := "ok", terminal.Green
		if !step.OK {
			mark, shade = "FAILS", terminal.Red
		}
		s.answer("%s %s", terminal.Paint(s.voice.Colour.Stdout, shade, fmt.Sprintf("%-6s", mark)), step.Question)
		for _, line := range step.Answer {
			s.answer("         %s", s.tilde(terminal.Printable(line)))
		}
	})
	return steps, err
}

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
