package command

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager/everyday"
	"gsw/manager/local"
	"gsw/manager/project"
	"gsw/manager/terminal"
)

func (s *session) versionCommand() *cli.Command {
	return &cli.Command{
		Name:     "version",
		Category: categorySettings,
		Usage:    "gsw's own version",
		Action: func(c *cli.Context) error {
			if err := atMost(c, 0, ""); err != nil {
				return err
			}
			if s.json {
				return s.answerJSON(struct {
					Version string `json:"version"`
					Go      string `json:"go"`
					Target  string `json:"target"`
				}{local.Edition(), goOfBuild(), s.host.Program().String()})
			}
			s.answer("gsw %s (%s, %s)", local.Edition(), s.host.Program(), goOfBuild())
			return nil
		},
	}
}

func goOfBuild() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown Go"
	}
	return info.GoVersion
}

// summary is bare `gsw`: what is active and why, what is installed, what to try next.
func (s *session) summary(c *cli.Context) error {
	m, err := s.local()
	if err != nil {
		return err
	}
	listed, err := m.List()
	if err != nil {
		return err
	}
	here, err := m.Resolve("")
	names := []string{}
	for _, l := range listed {
		names = append(names, l.Toolchain.Version.Tag())
	}
	if s.json {
		return s.answerJSON(struct {
			Current   currentJSON `json:"current"`
			Error     string      `json:"error"` // why there is no current one
			Installed []string    `json:"installed"`
		}{currentOf(here), message(err), names})
	}
	_, none := errors.AsType[*project.NoGoError](err)
	switch {
	case err == nil:
		s.answer("%s (%s)", terminal.Paint(s.voice.Colour.Stdout, terminal.Green, everyday.Name(here)), s.tilde(here.Reason()))
	case none && len(names) == 0:
		s.answer("no Go is installed yet")
	default:
		s.answer("no Go for this directory: %s", s.tilde(err.Error()))
	}
	if len(names) > 0 {
		s.answer("installed: %s", strings.Join(names, " "))
	}
	s.answer("")
	for _, try := range nextCommands(len(listed)) {
		s.answer("  %s", try)
	}
	return nil
}

// nextCommands are the three to try next.
func nextCommands(installed int) []string {
	line := func(command, does string) string { return fmt.Sprintf("%-25s %s", command, does) }
	if installed == 0 {
		return []string{
			line("gsw install --use latest", "the newest Go, proved, as the default"),
			line("gsw list-remote", "what there is"),
			line("gsw --help", "everything else"),
		}
	}
	return []string{
		line("gsw use SPEC", "switch the default, at once"),
		line("gsw why", "how this directory's Go was decided"),
		line("gsw --help", "everything else"),
	}
}
