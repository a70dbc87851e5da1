package command

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/local"
	"gsw/manager/store"
	"gsw/platform"
)

// succeed goes on where a process was killed that replaced gsw's own programs: the new one takes over, and puts itself in
// its place. A home that can't be written to does not keep it from its work.
func (s *session) succeed() (code int, over bool) {
	next := local.Successor(s.host)
	if next == "" {
		return 0, false
	}
	if !sameFile(next, s.host.Self) {
		code, err := platform.Exec(next, s.host.Args, s.host.Env)
		return code, err == nil
	}
	m := manager.Manager{Verbs: local.Verbs{Host: s.host, Store: store.Open(s.host)}, Report: progress{s}}
	if err := m.FinishHandover(s.ctx); err != nil {
		s.warn("a change of gsw's own programs could not be finished: %v", err)
	}
	s.host.Self = cmp.Or(local.Successor(s.host), filepath.Join(s.host.Home, "bin", filepath.Base(next)))
	return 0, false
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

func (s *session) selfCommand() *cli.Command {
	return &cli.Command{
		Name:      "self",
		Category:  categorySettings,
		Usage:     "bring gsw itself to another version, back, or out of this account",
		ArgsUsage: "update --from URL | rollback | uninstall",
		Description: "update takes the release in the folder URL, whose checksums.txt has to agree with what comes; the old gsw is kept,\n" +
			"and rollback puts it back. uninstall removes gsw's lines from start-up files, its toolchains and its home folder;\n" +
			"without -y it shows what would go. A gsw that a package manager installed stays, and only that one updates it.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "update: the release is in the folder `URL`, http, https or file"},
			&cli.StringFlag{Name: "version", Usage: "update: it has to be version `V`; also an older one"},
			toggle("dry-run", "update, uninstall: say what would be done", "n"),
			toggle("keep-toolchains", "uninstall: toolchains, tools and settings stay"),
		},
		Action: s.self,
	}
}

func selfVerbNames() []string {
	return []string{"update\tto a release", "rollback\tto the gsw before", "uninstall\tfrom this account"}
}

func (s *session) self(c *cli.Context) error {
	if c.Args().Len() != 1 {
		return usagef("self takes one of update, rollback and uninstall")
	}
	verb := c.Args().First()
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if c.IsSet(name) && (verb == "rollback" || (verb == "uninstall") != (name == "keep-toolchains") && name != "dry-run") {
			return usagef("--%s has no meaning for self %s", name, verb)
		}
	}
	switch verb {
	case "update":
		return s.selfUpdate(c)
	case "rollback":
		m, err := s.manager()
		if err != nil {
			return err
		}
		done, err := m.SelfRollback(c.Context)
		return s.selfDone(done, false, err)
	case "uninstall":
		return s.selfUninstall(c.Context, c.Bool("keep-toolchains"), c.Bool("yes") && !c.Bool("dry-run"), c.Bool("dry-run"))
	}
	return usagef("there is no self %s%s", verb, meant(verb, "", []string{"update", "rollback", "uninstall"}))
}

func (s *session) selfUpdate(c *cli.Context) error {
	from := cmp.Or(c.String("from"), manager.SelfOrigin)
	if from == "" {
		return usagef("update from where? gsw has no public address yet: --from URL, the folder of a release")
	}
	if !strings.Contains(from, "://") {
		return usagef("--from %s: it takes a URL, as https://… or file:///…", from)
	}
	version := c.String("version")
	if version != "" {
		version = "v" + strings.TrimPrefix(version, "v")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	done, err := m.SelfUpdate(c.Context, manager.SelfOrder{From: from, Version: version, Look: c.Bool("dry-run")})
	return s.selfDone(done, c.Bool("dry-run"), err)
}

// selfDone answers with the version that gsw has, or would have.
func (s *session) selfDone(done manager.SelfUpdated, look bool, err error) error {
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(struct {
			Old     string `json:"old"`
			New     string `json:"new"`
			Changed bool   `json:"changed"`
			DryRun  bool   `json:"dry_run"`
		}{done.Old, done.New, done.Changed && !look, look})
	}
	s.answer("%s", done.New)
	switch {
	case !done.Changed:
		s.note("gsw is %s already", done.New)
	case look:
		s.note("gsw would go from %s to %s", done.Old, done.New)
	default:
		s.note("gsw went from %s to %s; back again: gsw self rollback", done.Old, done.New)
	}
	return nil
}

func (s *session) selfUninstall(ctx context.Context, keep, really, look bool) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	do := func() (manager.SelfRemoval, error) { return m.SelfRemovable(keep) }
	if really {
		do = func() (manager.SelfRemoval, error) { return m.SelfUninstall(ctx, keep) }
	}
	removed, err := do()
	for _, e := range removed.Edits {
		s.show(e.Diff())
	}
	if removed.Path.Changes() {
		s.showPath(removed.Path)
	}
	if err != nil {
		return err
	}
	tags := []string{}
	for _, t := range removed.Toolchains {
		tags = append(tags, t.Version.Tag())
	}
	if !really && !look {
		if len(tags) > 0 {
			s.note("toolchains: %s", strings.Join(tags, " "))
		}
		return &manager.StillInstalledError{Toolchains: len(tags)}
	}
	if s.json {
		return s.answerJSON(struct {
			Toolchains []string `json:"toolchains"`
			Left       []string `json:"left"`
			DryRun     bool     `json:"dry_run"`
		}{tags, append([]string{}, slices.Concat(removed.Left, removed.Running, only(removed.Program))...), look})
	}
	for _, tag := range tags {
		s.answer("%s", tag)
	}
	for _, path := range removed.Left {
		s.note("left, as gsw did not make it or was to keep it: %s", path)
	}
	for _, path := range removed.Running {
		s.note("left, as it is running; it can be deleted once this command has ended: %s", path)
	}
	switch {
	case removed.Program == "":
	case removed.Owner.Remove != "":
		s.note("left, as it belongs to %s: %s; to remove it: %s", removed.Owner.Name, removed.Program, removed.Owner.Remove)
	default:
		s.note("left, as gsw did not put it there: %s, the program that runs", removed.Program)
	}
	return nil
}

// only is a list of the name, if there is one.
func only(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}
