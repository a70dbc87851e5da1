package command

import (
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager"
)

func (s *session) uninstallCommand() *cli.Command {
	return &cli.Command{
		Name:        "uninstall",
		Aliases:     []string{"rm", "remove"},
		Category:    categoryInstall,
		Usage:       "remove toolchains, and the tools built with them",
		ArgsUsage:   "SPEC…",
		Description: "Takes exact versions, or specs that match one installed version.\nRefuses the default and what runs, unless --force says so.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "even the default, even while it runs"},
		},
		Action: s.uninstall,
	}
}

func (s *session) uninstall(c *cli.Context) error {
	if !c.Args().Present() {
		return usagef("uninstall which version?")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	removed := []removedJSON{}
	for _, text := range c.Args().Slice() {
		spec, err := m.ParseSpec(text)
		if err != nil {
			return err
		}
		t, err := m.Only(spec)
		if err != nil {
			return err
		}
		if tools, err := m.Tools(t); err == nil && len(tools) > 0 {
			s.note("with %s go the tools in its GOBIN: %s", t.Version, strings.Join(tools, " "))
		}
		if err := m.Uninstall(c.Context, t, c.Bool("force")); err != nil {
			return err
		}
		removed = append(removed, removedJSON{t.Version.Tag(), t.GOROOT()})
		if !s.json {
			s.answer("%s\tremoved", t.Version)
		}
	}
	if s.json {
		return s.answerJSON(struct {
			Removed []removedJSON `json:"removed"`
		}{removed})
	}
	return nil
}

type removedJSON struct {
	Version string `json:"version"`
	GOROOT  string `json:"goroot"`
}

func (s *session) pruneCommand() *cli.Command {
	return &cli.Command{
		Name:     "prune",
		Category: categoryInstall,
		Usage:    "remove toolchains that nothing needs",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "keep-latest-patch", Usage: "remove what a newer installed patch of the same line replaces"},
			&cli.StringFlag{Name: "unused", Usage: "remove what has not run for `AGE`, such as 90d"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "say what would go; remove nothing"},
		},
		Action: s.prune,
	}
}

func (s *session) prune(c *cli.Context) error {
	rule := manager.PruneRule{LatestPatch: c.Bool("keep-latest-patch")}
	if text := c.String("unused"); text != "" {
		age, err := parseAge(text)
		if err != nil {
			return err
		}
		rule.Unused = age
	}
	if !rule.LatestPatch && rule.Unused == 0 {
		return usagef("prune by which rule? --keep-latest-patch, --unused 90d, or both")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	doomed, err := m.Prunable(rule)
	if err != nil {
		return err
	}
	table := s.table("VERSION", "SIZE", "WHY")
	rows := []prunedJSON{}
	for _, d := range doomed {
		if !c.Bool("dry-run") {
			if err := m.Uninstall(c.Context, d.Toolchain, false); err != nil {
				s.warn("%s stays: %v", d.Toolchain.Version, err)
				continue
			}
		}
		rows = append(rows, prunedJSON{d.Toolchain.Version.Tag(), d.Why, !c.Bool("dry-run")})
		table.row(d.Toolchain.Version.Tag(), megabytes(d.Size), d.Why)
	}
	if s.json {
		return s.answerJSON(struct {
			Pruned []prunedJSON `json:"pruned"`
		}{rows})
	}
	if len(rows) == 0 {
		s.note("nothing to prune")
		return nil
	}
	return table.print()
}

type prunedJSON struct {
	Version string `json:"version"`
	Why     string `json:"why"`
	Removed bool   `json:"removed"`
}

// parseAge reads "90d", "12w" or what time.ParseDuration does.
func parseAge(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day, "y": 365 * day} {
		if digits, found := strings.CutSuffix(text, unit); found {
			if n, err := strconv.Atoi(digits); err == nil && n > 0 && n < 1000 {
				return time.Duration(n) * length, nil
			}
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d, nil
	}
	return 0, usagef("--unused %s: an age is 90d, 12w or 36h", text)
}
