package command

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/store"
	"gsw/manager/terminal"
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
			toggle("force", "even the default, even while it runs", "f"),
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
	toolchains, err := s.named(m, c.Args().Slice(), c.Bool("force"))
	if err != nil {
		return err
	}
	removed := []removedJSON{}
	for _, t := range toolchains {
		if tools, err := t.Tools(); err == nil && len(tools) > 0 {
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

// named finds the toolchains that are meant, all of them before the first is
// removed: a mistyped version should cost nothing.
func (s *session) named(m manager.Manager, texts []string, force bool) ([]store.Toolchain, error) {
	var toolchains []store.Toolchain
	for _, text := range texts {
		spec, err := m.ParseSpec(text)
		if err != nil {
			return nil, err
		}
		if spec.System() {
			return nil, usagef("gsw did not install the system's Go, and does not remove it")
		}
		t, err := m.Only(spec)
		if absent, ok := errors.AsType[*store.NotInstalledError](err); ok {
			return nil, &hinted{absent, "gsw list"} // to install it is not what they want
		}
		if err != nil {
			return nil, err
		}
		if err := m.Removable(t, force); err != nil {
			return nil, err
		}
		if !slices.Contains(toolchains, t) {
			toolchains = append(toolchains, t)
		}
	}
	return toolchains, nil
}

type removedJSON struct {
	Version string `json:"version"`
	GOROOT  string `json:"goroot"`
}

func (s *session) pruneCommand() *cli.Command {
	return &cli.Command{
		Name:        "prune",
		Category:    categoryInstall,
		Usage:       "remove toolchains that nothing needs",
		Description: "The default, what this directory asks for and what an alias names stay; so does what is running.",
		Flags: []cli.Flag{
			toggle("keep-latest-patch", "remove what a newer installed patch of the same line replaces"),
			&cli.StringFlag{Name: "unused", Usage: "remove what has not run for `AGE`, such as 90d"},
			toggle("dry-run", "say what would go; remove nothing", "n"),
		},
		Action: s.prune,
	}
}

func (s *session) prune(c *cli.Context) error {
	if err := atMost(c, 0, ""); err != nil {
		return err
	}
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
	gone := s.remove(c.Context, m, doomed, c.Bool("dry-run"))
	rows := []prunedJSON{}
	table := s.voice.Table("VERSION", "SIZE", "WHY")
	for _, d := range gone {
		rows = append(rows, prunedJSON{d.Toolchain.Version.Tag(), d.Why, !c.Bool("dry-run")})
		table.Row(d.Toolchain.Version.Tag(), terminal.Megabytes(d.Size), d.Why)
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
	return table.Print()
}

// remove removes what a rule fits, unless it is only asked about, and gives
// those that are gone.
func (s *session) remove(ctx context.Context, m manager.Manager, doomed []manager.Doomed, dry bool) []manager.Doomed {
	var gone []manager.Doomed
	for _, d := range doomed {
		if !dry {
			if err := m.Uninstall(ctx, d.Toolchain, false); err != nil {
				s.warn("%s stays: %v", d.Toolchain.Version, err)
				continue
			}
		}
		gone = append(gone, d)
	}
	return gone
}

type prunedJSON struct {
	Version string `json:"version"`
	Why     string `json:"why"`
	Removed bool   `json:"removed"`
}

// parseAge reads "90d", "12w" or what time.ParseDuration does.
func parseAge(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	units := map[byte]time.Duration{'d': day, 'w': 7 * day, 'y': 365 * day}
	if text != "" && units[text[len(text)-1]] > 0 {
		if n, err := strconv.Atoi(text[:len(text)-1]); err == nil && n > 0 && n < 1000 {
			return time.Duration(n) * units[text[len(text)-1]], nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d, nil
	}
	return 0, usagef("--unused %s: an age is 90d, 12w or 36h", text)
}
