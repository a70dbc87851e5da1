package command

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/everyday"
	"gsw/manager/terminal"
)

func (s *session) whyCommand() *cli.Command {
	return &cli.Command{
		Name:        "why",
		Category:    categoryLook,
		Usage:       "how this directory's Go was decided, and which Go will really run",
		ArgsUsage:   "[SPEC]",
		Description: "Every place that was looked at, in order; then PATH; then GOTOOLCHAIN, by which the go command may run another release than the chosen one.",
		Flags:       []cli.Flag{toggle("vars", "every setting of the go command instead: its value, from where, and what that hides")},
		Action:      s.why,
	}
}

type whyJSON struct {
	Version   string        `json:"version"`
	GOROOT    string        `json:"goroot"`
	Error     string        `json:"error"`
	Decision  []stepJSON    `json:"decision"`
	Path      []pathJSON    `json:"path"`
	Toolchain toolchainFrom `json:"gotoolchain"`
	Runs      runsJSON      `json:"runs"`
}

type stepJSON struct {
	Text  string `json:"text"`
	Taken bool   `json:"taken"`
}

type pathJSON struct {
	File    string `json:"file"`
	GOROOT  string `json:"goroot"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

type toolchainFrom struct {
	Value string `json:"value"`
	From  string `json:"from"`
}

type runsJSON struct {
	Version string `json:"version"`
	Because string `json:"because"`
	How     string `json:"how"`
	Fails   string `json:"fails"`
}

func (s *session) why(c *cli.Context) error {
	if err := atMost(c, 1, "SPEC"); err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	if c.Bool("vars") {
		return s.whyVariables(m, c.Args().First())
	}
	w, err := m.Why(c.Args().First())
	if err != nil {
		return err
	}
	if w.Err != nil {
		_, s.code = s.advice(w.Err)
	}
	if s.json {
		return s.answerJSON(whyOf(w))
	}
	s.explain(w)
	return w.Err
}

// explain is the answer for people: the decision, PATH, and what comes of both.
func (s *session) explain(w manager.Explanation) {
	for i, step := range w.Steps {
		arrow := " "
		if step.Taken {
			arrow = ">"
		}
		s.answer("%s", terminal.Paint(s.voice.Colour.Stdout && step.Taken, terminal.Green, fmt.Sprintf("%s %d. %s", arrow, i+1, s.tilde(step.Text))))
	}
	s.answer("")
	if w.Err != nil {
		s.answer("chosen: nothing; %s", s.tilde(w.Err.Error()))
	} else {
		s.answer("chosen: %s (%s)", everyday.Name(w.Selection), s.tilde(w.Selection.Reason()))
		s.answer("GOROOT: %s", s.tilde(w.Selection.GOROOT))
	}
	s.answer("")
	s.answer("go on PATH:")
	for _, hit := range w.Path {
		s.answer("  %s  %s, %s", s.tilde(hit.File), orUnknown(hit.Version.Tag()), hit.Kind)
	}
	if len(w.Path) == 0 {
		s.answer("  none")
	}
	s.answer("GOTOOLCHAIN: %s (%s)", orUnknown(w.GOTOOLCHAIN), s.tilde(w.GOTOOLCHAINFrom))
	s.answer("runs: %s, because %s", orUnknown(w.Runs.Tag()), s.tilde(w.Because))
	if w.How != "" {
		s.answer("switch: it takes %s", s.tilde(w.How))
	}
	if w.Fails != "" {
		s.answer("fails: %s", s.tilde(w.Fails))
	}
}

func whyOf(w manager.Explanation) whyJSON {
	answer := whyJSON{
		Version:   w.Selection.Version.Tag(),
		GOROOT:    w.Selection.GOROOT,
		Decision:  []stepJSON{},
		Path:      []pathJSON{},
		Toolchain: toolchainFrom{w.GOTOOLCHAIN, w.GOTOOLCHAINFrom},
		Runs:      runsJSON{w.Runs.Tag(), w.Because, w.How, w.Fails},
	}
	if w.Err != nil {
		answer.Error = message(w.Err)
	}
	for _, step := range w.Steps {
		answer.Decision = append(answer.Decision, stepJSON{step.Text, step.Taken})
	}
	for _, hit := range w.Path {
		answer.Path = append(answer.Path, pathJSON{hit.File, hit.GOROOT, hit.Version.Tag(), hit.Kind.String()})
	}
	return answer
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
