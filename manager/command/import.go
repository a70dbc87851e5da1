package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/adopt"
	"gsw/manager/everyday"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/terminal"
	"gsw/platform"
)

func (s *session) importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Category:  categoryInstall,
		Usage:     "adopt toolchains that other managers installed",
		ArgsUsage: "[PATH…]",
		Description: "Looks where gvm, goenv, g, gobrew, goup, gimme, asdf, mise, vfox, Homebrew, ~/sdk, the module cache and the\n" +
			"system keep theirs, proves what it finds as an install would, and copies it into the store. Nothing of the\n" +
			"others is changed; the lines of start-up files that lead to them are named. PATH: only what is there.",
		Flags: []cli.Flag{
			toggle("scan", "only tell what is there, and who vouches for it"),
			toggle("link", "leave toolchains where they are, and link to them"),
			&cli.StringFlag{Name: "trust", Usage: "`none`: adopt even what nobody vouches for or differs from the release; recorded and shown as unverified"},
			toggle("pins", "write .go-version beside the .tool-versions that counts here"),
		},
		Action: s.adopt,
	}
}

type foundJSON struct {
	Version     string           `json:"version"`  // "" where it does not say
	Platform    string           `json:"platform"` // the same
	Manager     string           `json:"manager"`
	Path        string           `json:"path"`
	State       string           `json:"state"`  // "adopted", "installed", "proved", "refused" or "unfit"
	GOROOT      string           `json:"goroot"` // in the store; "" if it is not there
	Linked      bool             `json:"linked"`
	Proofs      []string         `json:"proofs"`
	Message     string           `json:"message"`  // why it was not adopted or is unverified
	Evidence    string           `json:"evidence"` // both hashes, and who says so
	Differences []differenceJSON `json:"differences"`
	Beside      []string         `json:"beside"` // files there that are no part of a release
}

type leftoverJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Text    string `json:"text"`
	Manager string `json:"manager"` // "" for an exported GOROOT
	Shared  bool   `json:"shared"`  // the manager looks after more than Go
	Mixed   bool   `json:"mixed"`   // the line puts other folders on PATH, too
}

type importedPinJSON struct {
	File    string `json:"file"`
	Version string `json:"version"`
	From    string `json:"from"`
	Written bool   `json:"written"`
}

type globalJSON struct {
	Manager string `json:"manager"`
	Version string `json:"version"`
	File    string `json:"file"`
}

type importJSON struct {
	Toolchains []foundJSON       `json:"toolchains"`
	Lines      []leftoverJSON    `json:"lines"`
	Pins       []importedPinJSON `json:"pins"`
	Globals    []globalJSON      `json:"globals"`
}

func (s *session) adopt(c *cli.Context) error {
	order, err := s.importOrder(c)
	if err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	defer func() { s.fetched = false }() // what flows here is no download that would be kept
	places := adopt.Places{Host: s.host, Root: s.outside.Root}
	for _, name := range []string{"GOMODCACHE", "GOPATH"} { // as the go command finds them, which has its cache there
		places.Host.Env = places.Host.Env.With(name, s.goSetting(name, m.Store))
	}
	m.Report.Phase("looking for toolchains")
	appraised, err := m.Appraise(c.Context, adopt.Find(places, s.folders(c.Args().Slice())))
	if err != nil {
		return err
	}
	answer := importJSON{Toolchains: []foundJSON{}, Lines: []leftoverJSON{}, Pins: []importedPinJSON{}, Globals: []globalJSON{}}
	var failed error
	for _, a := range appraised {
		f, err := s.bringIn(c.Context, m, a, order, c.Bool("scan"))
		if err != nil {
			failed = err
			break // the table tells what was done until then
		}
		answer.Toolchains = append(answer.Toolchains, f)
		if f.State == "unfit" || !c.Bool("scan") {
			s.code = max(s.code, importCode(f, a, c.Args().Present()))
		}
	}
	if failed == nil {
		s.besides(&answer, places)
		failed = s.convert(&answer, c.Bool("pins"))
	}
	if s.json && failed == nil {
		return s.answerJSON(answer)
	}
	if !s.json {
		return errors.Join(s.showImport(answer), failed)
	}
	return failed
}

func (s *session) importOrder(c *cli.Context) (manager.ImportOrder, error) {
	order := manager.ImportOrder{Link: c.Bool("link")}
	switch trust := c.String("trust"); trust {
	case "":
	case "none":
		order.Unverified = true
	default:
		return order, usagef("--trust %s: the one word it takes is none; what is accepted as proof is set by `gsw config trust`", trust)
	}
	return order, nil
}

// folders are the arguments as absolute paths.
func (s *session) folders(arguments []string) []string {
	var dirs []string
	for _, dir := range arguments {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(s.host.Dir, dir)
		}
		dirs = append(dirs, filepath.Clean(dir))
	}
	return dirs
}

// bringIn adopts a toolchain if that is asked for and possible, and tells what became of it.
func (s *session) bringIn(ctx context.Context, m manager.Manager, a manager.Appraisal, order manager.ImportOrder, scan bool) (foundJSON, error) {
	f := foundJSON{Manager: a.Manager, Path: a.GOROOT, State: "unfit", Proofs: proofNames(a.Proofs), Message: a.Why + a.Fault, Evidence: a.Evidence, Differences: []differenceJSON{}, Beside: append([]string{}, a.Beside...)}
	if !a.Version.IsZero() {
		f.Version = a.Version.Tag()
	}
	if a.Target != (platform.Target{}) {
		f.Platform = a.Target.String()
	}
	for _, d := range a.Differences {
		f.Differences = append(f.Differences, differenceJSON{d.Name, d.Kind})
	}
	if a.Why == "" {
		if t, err := m.Have(a.Version); err == nil {
			f.State, f.GOROOT, f.Linked = "installed", t.GOROOT(), t.Linked()
			return f, nil
		}
		f.State = "refused"
		if a.Fault == "" {
			f.State = "proved"
		}
	}
	if scan || !a.Adoptable(order) {
		if f.State == "refused" && order.Unverified && !scan {
			f.Message += "; a copy can't have that, --link takes it as it is"
		}
		return f, nil
	}
	got, err := m.Adopt(ctx, a, order)
	if err != nil {
		return f, err
	}
	f.State, f.GOROOT, f.Linked = "adopted", got.GOROOT(), got.Receipt.Linked
	if got.Already {
		f.State = "installed"
	}
	return f, nil
}

// importCode: what was named and not adopted is an error; what lies about on the machine and can't be, is none, unless
// it is for want of an answer.
func importCode(f foundJSON, a manager.Appraisal, named bool) int {
	switch {
	case f.State == "refused" && a.Unreachable:
		return exitNetwork
	case f.State == "refused" && named:
		return exitRefused
	case f.State == "unfit" && named:
		return exitNoVersion
	}
	return 0
}

// besides adds the lines of start-up files, and the managers' global versions.
func (s *session) besides(answer *importJSON, places adopt.Places) {
	for _, l := range adopt.Leftovers(adopt.StartFiles(s.host.UserHome, s.etc())) {
		answer.Lines = append(answer.Lines, leftoverJSON{l.File, l.Number, l.Text, l.Manager, l.Many, l.Mixed})
	}
	for _, g := range adopt.Globals(places) {
		answer.Globals = append(answer.Globals, globalJSON{g.Manager, g.Version, g.File})
	}
	home := s.host
	home.Dir = s.host.UserHome
	if spec, origin, ok := toolVersions(home); ok && filepath.Dir(origin.File) == home.Dir {
		answer.Globals = append(answer.Globals, globalJSON{"asdf", spec.String(), origin.File})
	}
}

// toolVersions is what a .tool-versions file asks for in a host's directory, if one counts there.
func toolVersions(host platform.Host) (gover.Spec, project.Origin, bool) {
	host.Env = host.Env.Without(specVariable)
	choice, err := project.Choose(host, "", nil)
	return choice.Spec, choice.Origin, err == nil && choice.Origin.Kind == project.ToolVersions && !choice.Spec.IsZero()
}

// convert tells the .go-version that the .tool-versions of this directory would be, and writes it if asked.
func (s *session) convert(answer *importJSON, write bool) error {
	spec, origin, ok := toolVersions(s.host)
	if !ok || filepath.Dir(origin.File) == s.host.UserHome {
		return nil // the global one of asdf is no project's
	}
	dir := filepath.Dir(origin.File)
	pin := importedPinJSON{File: filepath.Join(dir, ".go-version"), Version: spec.String(), From: origin.Place()}
	if write {
		m, err := s.local()
		if err != nil {
			return err
		}
		m.Host.Dir = dir
		if pin.File, err = m.Pin(spec); err != nil {
			return err
		}
		pin.Written = true
	}
	answer.Pins = append(answer.Pins, pin)
	return nil
}

// showImport prints the answer for people.
func (s *session) showImport(answer importJSON) error {
	if len(answer.Toolchains) == 0 {
		s.note("no toolchain of another manager was found")
	} else {
		table := s.voice.Table("VERSION", "MANAGER", "PATH", "RESULT")
		for _, f := range answer.Toolchains {
			version := f.Version
			if version == "" {
				version = "?"
			}
			table.Row(version, f.Manager, s.tilde(terminal.Printable(f.Path)), s.tilde(terminal.Printable(result(f))))
		}
		if err := table.Print(); err != nil {
			return err
		}
	}
	for _, f := range answer.Toolchains {
		s.showDifferences(f)
	}
	for _, l := range answer.Lines {
		about := "delete"
		switch {
		case l.Mixed:
			about = "take the folder of " + l.Manager + " out"
		case l.Shared:
			about = "delete, if " + l.Manager + " is for nothing else"
		}
		s.answer("%s: %s:%d: %s", about, s.tilde(terminal.Printable(l.File)), l.Line, terminal.Printable(l.Text))
	}
	for _, p := range answer.Pins {
		if p.Written {
			s.note("%s asks for %s now, as %s does", s.tilde(p.File), p.Version, s.tilde(p.From))
		} else {
			s.note("%s is read as it is; as .go-version it would be %s (gsw import --pins writes it)", s.tilde(p.From), p.Version)
		}
	}
	for _, g := range answer.Globals {
		s.note("the global version of %s is %s (%s): gsw use %s", g.Manager, g.Version, s.tilde(g.File), selection.Word(g.Version))
	}
	return nil
}

// result is what became of a toolchain, in a phrase.
func result(f foundJSON) string {
	beside := ""
	switch {
	case len(f.Beside) > 0 && f.Linked:
		beside = "; no proof is about " + shortened(f.Beside)
	case len(f.Beside) > 0:
		beside = "; without " + shortened(f.Beside)
	}
	switch f.State {
	case "adopted":
		how := "adopted"
		if f.Linked {
			how = "linked"
		}
		if len(f.Proofs) > 0 {
			return how + ", proved by " + everyday.Proofs(f.Proofs) + beside
		}
		return how + ", unverified: " + f.Message + beside
	case "installed":
		return "installed already"
	case "proved":
		return "proved by " + everyday.Proofs(f.Proofs) + beside
	}
	return f.Message
}

// shortened is files that are no part of the release, as many as fit a line.
func shortened(files []string) string {
	const most = 2
	if len(files) > most+1 {
		return fmt.Sprintf("%s and %d more files", strings.Join(files[:most], ", "), len(files)-most)
	}
	return strings.Join(files, ", ")
}

// showDifferences lists the files that differ from the release, as far as people read on.
func (s *session) showDifferences(f foundJSON) {
	const most = 20
	if f.Evidence != "" && f.State != "installed" {
		s.answer("%s: %s", s.tilde(terminal.Printable(f.Path)), terminal.Printable(f.Evidence))
	}
	if len(f.Differences) > 0 {
		s.answer("%s differs from %s:", s.tilde(terminal.Printable(f.Path)), f.Version)
	}
	for i, d := range f.Differences {
		if i == most {
			s.answer("\tand %d more; --json lists them", len(f.Differences)-most)
			break
		}
		s.answer("\t%s\t%s", d.Kind, terminal.Printable(d.Name))
	}
}
