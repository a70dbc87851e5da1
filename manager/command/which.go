package command

import (
	"cmp"

	"github.com/urfave/cli/v2"
)

func (s *session) whichCommand() *cli.Command {
	return &cli.Command{
		Name:      "which",
		Category:  categoryLook,
		Usage:     "absolute path of go, gofmt or a tool of this directory's Go",
		ArgsUsage: "[TOOL]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "spec", Usage: "of `SPEC` instead of this directory's Go"},
		},
		Action: s.which,
	}
}

func (s *session) which(c *cli.Context) error {
	if err := atMost(c, 1, "TOOL"); err != nil {
		return err
	}
	tool := cmp.Or(c.Args().First(), "go")
	m, err := s.manager()
	if err != nil {
		return err
	}
	here, err := m.Resolve(c.String("spec"))
	if err != nil {
		return err
	}
	file, err := here.Tool(s.host, tool)
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(struct {
			Tool    string `json:"tool"`
			Path    string `json:"path"`
			Version string `json:"version"`
		}{tool, file, here.Version.Tag()})
	}
	s.answer("%s", file)
	return nil
}

func (s *session) whereCommand() *cli.Command {
	return &cli.Command{
		Name:      "where",
		Category:  categoryLook,
		Usage:     "GOROOT of this directory's Go, or of SPEC",
		ArgsUsage: "[SPEC]",
		Action:    s.where,
	}
}

func (s *session) where(c *cli.Context) error {
	if err := atMost(c, 1, "SPEC"); err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	here, err := m.Resolve(c.Args().First())
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(struct {
			Version string `json:"version"`
			GOROOT  string `json:"goroot"`
		}{here.Version.Tag(), here.GOROOT})
	}
	s.answer("%s", here.GOROOT)
	return nil
}
