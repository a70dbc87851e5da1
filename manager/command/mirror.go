package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/mirror"
	"gsw/manager/selection"
	"gsw/manager/terminal"
	"gsw/manager/trust"
	"gsw/platform"
)

func (s *session) mirrorCommand() *cli.Command {
	return &cli.Command{
		Name:      "mirror",
		Category:  categoryTeams,
		Usage:     "a tree from which other machines install Go: make it, serve it",
		ArgsUsage: "sync DIR | serve [DIR]",
		Description: "  sync     fetch, prove and publish what is selected; remove what no longer is\n" +
			"  serve    answer out of DIR, this folder if not said, with /healthz and /metrics\n\n" +
			"Any server of files serves DIR at BASE: then GOPROXY=BASE is enough for the go command, which also finds the checksum\n" +
			"database there; GSW_MIRROR=BASE/dl with GOPROXY=BASE for gsw; BASE/dl for what else knows go.dev/dl.\n" +
			"A version SPEC selects every release that fits it; \"latest\", \"oldstable\" and \"rc\" the one they mean.\n" +
			"Without any flag that selects, the selection is that of the last time; at first \"latest\" and \"oldstable\" for this platform.\n" +
			servesApart,
		Flags:  mirrorFlags(),
		Action: s.mirrorWork,
	}
}

// mirrorVerb is one of the things that `gsw mirror` does.
type mirrorVerb struct {
	name  string
	flags []cli.Flag // of its own
	do    func(*session, *cli.Context, []string) error
}

func mirrorVerbs() []mirrorVerb {
	return []mirrorVerb{
		{"sync", mirrorSyncFlags(), (*session).mirrorSync},
		{"serve", mirrorServeFlags(), (*session).mirrorServe},
	}
}

func mirrorVerbNames() []string {
	var names []string
	for _, v := range mirrorVerbs() {
		names = append(names, v.name)
	}
	return names
}

func mirrorFlags() []cli.Flag {
	var flags []cli.Flag
	for _, v := range mirrorVerbs() {
		flags = append(flags, v.flags...)
	}
	return flags
}

func (s *session) mirrorWork(c *cli.Context) error {
	word, rest := c.Args().First(), c.Args().Tail()
	verbs := mirrorVerbs()
	i := slices.IndexFunc(verbs, func(v mirrorVerb) bool { return v.name == word })
	switch {
	case word == "":
		return usagef("mirror does what? %s", strings.Join(mirrorVerbNames(), ", "))
	case i < 0:
		return usagef("mirror cannot %q%s", word, meant(word, "", mirrorVerbNames()))
	}
	for _, flag := range mirrorFlags() {
		if name := flag.Names()[0]; c.IsSet(name) && named(verbs[i].flags, name) == nil {
			return usagef("mirror %s has no flag --%s", word, name)
		}
	}
	return verbs[i].do(s, c, rest)
}

// words is a flag whose values stay as they were typed: a comma may belong to a range.
type words struct{ typed []string }

func (w *words) Set(value string) error { w.typed = append(w.typed, value); return nil }
func (w *words) String() string         { return "" }

func mirrorSyncFlags() []cli.Flag {
	return []cli.Flag{
		&cli.GenericFlag{Name: "versions", Usage: "sync: the releases that fit `SPEC`, as \">=1.21\"; several times or with commas", Value: &words{}},
		&cli.GenericFlag{Name: "platforms", Usage: "sync: for `OS/ARCH`, several times or with commas, or all", Value: &words{}},
		toggle("latest-patch", "sync: of each line only the newest of them"),
		toggle("no-archives", "sync: no index and no archives, only what GOPROXY serves"),
		toggle("no-modules", "sync: no modules, only what go.dev/dl serves"),
		toggle("keep", "sync: remove nothing that is no longer selected"),
		toggle("check", "sync: read every byte that is there again"),
		toggle("dry-run", "sync: say what would be fetched and removed; change nothing", "n"),
	}
}

func (s *session) mirrorSync(c *cli.Context, rest []string) error {
	if len(rest) != 1 || rest[0] == "" {
		return usagef("mirror sync takes one folder, not %d", len(rest))
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	order := manager.MirrorOrder{Dir: rest[0], Keep: c.Bool("keep"), Exact: c.Bool("check"), DryRun: c.Bool("dry-run")}
	if order.Selection, err = mirrorSelection(c, m); err != nil {
		return err
	}
	report, err := m.MirrorSync(c.Context, order)
	switch {
	case platform.DiskFull(err): // it is the mirror's disk, and what to do about it is not gsw's to say
		return &hinted{err, "df -h " + selection.Word(rest[0])}
	case err != nil:
		return err
	}
	s.code = incomplete(report)
	if s.json {
		return s.answerJSON(mirrorJSONOf(report, order.DryRun))
	}
	return s.mirrorTable(report, order.DryRun)
}

// mirrorSelection is what the flags select; nil if none does.
func mirrorSelection(c *cli.Context, m manager.Manager) (*mirror.Selection, error) {
	if !slices.ContainsFunc([]string{"versions", "platforms", "latest-patch", "no-archives", "no-modules"}, c.IsSet) {
		return nil, nil
	}
	selection := &mirror.Selection{LatestPatch: c.Bool("latest-patch"), Archives: !c.Bool("no-archives"), Modules: !c.Bool("no-modules")}
	if !selection.Archives && !selection.Modules {
		return nil, usagef("--no-archives and --no-modules leave nothing")
	}
	for _, value := range c.Generic("versions").(*words).typed {
		specs, err := specList(m, value)
		if err != nil {
			return nil, err
		}
		selection.Versions = append(selection.Versions, specs...)
	}
	for _, value := range c.Generic("platforms").(*words).typed {
		for _, word := range strings.Split(value, ",") {
			selection.Platforms = append(selection.Platforms, strings.TrimSpace(word))
		}
	}
	return selection, nil
}

// specList parts a list of specs at its commas, unless it is one spec: ">=1.21,<1.23" is a range.
func specList(m manager.Manager, value string) (specs []string, err error) {
	whole, err := m.ParseSpec(value)
	if err == nil && !whole.IsZero() {
		return []string{value}, nil
	}
	for _, part := range strings.Split(value, ",") {
		if _, err := m.ParseSpec(strings.TrimSpace(part)); err != nil {
			return nil, err
		}
		if part = strings.TrimSpace(part); part == "" {
			return nil, usagef("--versions %q: a spec is missing", value)
		}
		specs = append(specs, part)
	}
	return specs, nil
}

// incomplete is the exit code for what is missing. The rest is published: it is no refusal to work but an answer, and a
// machine that only looks at the code should know that there is something to look at.
func incomplete(report manager.MirrorReport) int {
	code := 0
	for _, t := range report.Toolchains {
		for _, gap := range t.Missing {
			var refused *trust.RefusedError
			switch {
			case errors.As(gap.Err, &refused):
				return exitRefused
			case !gap.Absent() || t.State != manager.MirrorMissing:
				code = exitNetwork
			case code == 0:
				code = exitNoVersion
			}
		}
	}
	return code
}

func (s *session) mirrorTable(report manager.MirrorReport, dry bool) error {
	table := s.voice.Table("VERSION", "PLATFORM", "STATE", "ARCHIVE", "MODULE")
	for _, t := range report.Toolchains {
		table.Row(t.Version.Tag(), t.Target.String(), mirrorState(t.State, dry), mirrorSize(t.Archive), mirrorSize(t.Module))
	}
	if err := table.Print(); err != nil {
		return err
	}
	s.tellGaps(report)
	did := [2]string{"fetched", "removed"}
	if dry {
		did = [2]string{"would fetch", "remove"}
	}
	s.note("%s: %s %s, %s %s", s.tilde(report.Dir), did[0], mirrorAmount(report.Fetched), did[1], mirrorAmount(report.Removed))
	return nil
}

func mirrorState(state string, dry bool) string {
	switch {
	case dry && state == manager.MirrorFetched:
		return "to fetch"
	case dry && state == manager.MirrorRemoved:
		return "to remove"
	}
	return state
}

func mirrorSize(size int64) string {
	switch {
	case size < 0:
		return "?"
	case size == 0:
		return "-"
	}
	return terminal.Megabytes(size)
}

func mirrorAmount(size int64) string {
	if size == 0 {
		return "nothing"
	}
	return terminal.Megabytes(size)
}

// tellGaps says what could not be had, each reason once.
func (s *session) tellGaps(report manager.MirrorReport) {
	type gap struct {
		what, why string
		of        []string
	}
	var gaps []gap
	for _, t := range report.Toolchains {
		for _, g := range t.Missing {
			name := t.Version.Tag() + " for " + t.Target.String()
			i := slices.IndexFunc(gaps, func(other gap) bool { return other.what == g.What && other.why == g.Err.Error() })
			if i < 0 {
				i, gaps = len(gaps), append(gaps, gap{g.What, g.Err.Error(), nil})
			}
			gaps[i].of = append(gaps[i].of, name)
		}
	}
	for _, g := range gaps {
		s.warn("no %s of %s: %s", g.what, few(g.of), g.why)
	}
}

// few names the first of many: the table marks them all.
func few(names []string) string {
	const most = 4
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

type mirrorJSON struct {
	Directory  string           `json:"directory"`
	DryRun     bool             `json:"dry_run"`
	Complete   bool             `json:"complete"`
	Selection  mirror.Selection `json:"selection"`
	Toolchains []mirroredJSON   `json:"toolchains"`
	TreeSize   int64            `json:"tree_size"`
	Fetched    int64            `json:"fetched_bytes"`
	Removed    int64            `json:"removed_bytes"`
}

type mirroredJSON struct {
	Version      string          `json:"version"`
	Platform     string          `json:"platform"`
	State        string          `json:"state"`
	ArchiveBytes int64           `json:"archive_bytes"`
	ModuleBytes  int64           `json:"module_bytes"`
	Missing      []mirrorGapJSON `json:"missing"`
}

type mirrorGapJSON struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

func mirrorJSONOf(report manager.MirrorReport, dry bool) mirrorJSON {
	answer := mirrorJSON{
		Directory: report.Dir, DryRun: dry, Complete: incomplete(report) == 0, Selection: report.Selection, Toolchains: []mirroredJSON{},
		TreeSize: report.TreeSize, Fetched: report.Fetched, Removed: report.Removed,
	}
	for _, t := range report.Toolchains {
		row := mirroredJSON{t.Version.Tag(), t.Target.OS + "/" + t.Target.Arch, t.State, t.Archive, t.Module, []mirrorGapJSON{}}
		for _, gap := range t.Missing {
			row.Missing = append(row.Missing, mirrorGapJSON{gap.What, terminal.Printable(gap.Err.Error())})
		}
		answer.Toolchains = append(answer.Toolchains, row)
	}
	return answer
}
