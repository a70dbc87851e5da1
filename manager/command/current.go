package command

import (
	"github.com/urfave/cli/v2"

	"gsw/manager/everyday"
	"gsw/manager/project"
	"gsw/manager/selection"
)

func (s *session) currentCommand() *cli.Command {
	return &cli.Command{
		Name:     "current",
		Category: categoryLook,
		Usage:    "the Go this directory gets, and why",
		Action:   s.current,
	}
}

// currentJSON is the answer of `current --json`.
type currentJSON struct {
	Version string     `json:"version"` // "" when the system's Go does not say
	GOROOT  string     `json:"goroot"`
	System  bool       `json:"system"`
	Origin  originJSON `json:"origin"`
}

type originJSON struct {
	Kind   string `json:"kind"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func (s *session) current(c *cli.Context) error {
	if err := atMost(c, 0, ""); err != nil {
		return err
	}
	m, err := s.local()
	if err != nil {
		return err
	}
	here, err := m.Resolve("")
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(currentOf(here))
	}
	everyday.Current(s.voice, here)
	return nil
}

// kindOf is the word for a kind of origin in JSON.
func kindOf(k project.Kind) string {
	switch k {
	case project.Argument:
		return "argument"
	case project.Variable:
		return "variable"
	case project.VersionFile:
		return "go-version"
	case project.ToolVersions:
		return "tool-versions"
	case project.GoWork:
		return "go.work"
	case project.GoMod:
		return "go.mod"
	case project.System:
		return "system"
	}
	return "default"
}

func currentOf(here selection.Selection) currentJSON {
	o := here.Choice.Origin
	return currentJSON{
		Version: here.Version.Tag(),
		GOROOT:  here.GOROOT,
		System:  here.System,
		Origin:  originJSON{Kind: kindOf(o.Kind), File: o.File, Line: o.Line, Reason: here.Reason()},
	}
}
