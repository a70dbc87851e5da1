package command

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/gover"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/terminal"
	"gsw/manager/tools"
	"gsw/manager/workshop"
	"gsw/platform"
)

// promptWord is the command by which the hooks tell that a tool came or went.
// It does what every command does first, sweep, and nothing else.
const promptWord = "__prompt"

// prompt answers the hooks: silence, unless the guard has something to tell.
func (s *session) prompt() int {
	_, err := s.manager()
	return s.finish(s.ctx, err)
}

func (s *session) toolsCommand() *cli.Command {
	return &cli.Command{
		Name:      "tools",
		Category:  categoryTools,
		Usage:     "programs that go install made: list, bring to another version, build anew",
		ArgsUsage: "list [SPEC] | sync --from SPEC [NAME…] | rebuild [NAME…] | remove NAME… | allow [NAME…]",
		Description: "Each version has its own GOBIN, and so its own tools.\n\n" +
			"  list     what each was built from, and by which Go\n" +
			"  sync     build the tools of another version under this one: the same modules, proved by their checksums\n" +
			"  rebuild  build anew what another Go built, each in its place\n" +
			"  remove   delete\n" +
			"  allow    let a tool hide the command of the system that is called so; without NAME: which may\n\n" +
			"A tool that would hide a command such as git is moved into .quarantine in its GOBIN, until it is allowed.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "sync: the tools of `SPEC`"},
			&cli.StringFlag{Name: "to", Usage: "sync: into `SPEC` instead of this directory's Go"},
			&cli.StringFlag{Name: "spec", Usage: "rebuild, remove: of `SPEC` instead of this directory's Go"},
			toggle("all", "list: of every version", "a"),
		},
		Action: s.tools,
	}
}

// toolVerb is one of the things that `gsw tools` does.
type toolVerb struct {
	name  string
	flags []string // of its own
	do    func(*session, *cli.Context, manager.Manager, []string) error
}

func toolVerbs() []toolVerb {
	return []toolVerb{
		{"list", []string{"all"}, (*session).toolsList},
		{"sync", []string{"from", "to"}, (*session).toolsSync},
		{"rebuild", []string{"spec"}, (*session).toolsRebuild},
		{"remove", []string{"spec"}, (*session).toolsRemove},
		{"allow", nil, (*session).toolsAllow},
	}
}

func toolVerbNames() []string {
	var names []string
	for _, v := range toolVerbs() {
		names = append(names, v.name)
	}
	return names
}

func (s *session) tools(c *cli.Context) error {
	word, rest := c.Args().First(), c.Args().Tail()
	verbs := toolVerbs()
	i := slices.IndexFunc(verbs, func(v toolVerb) bool { return v.name == word })
	switch {
	case word == "":
		return usagef("tools does what? %s", strings.Join(toolVerbNames(), ", "))
	case i < 0:
		return usagef("tools cannot %q%s", word, meant(word, "", toolVerbNames()))
	}
	for _, flag := range []string{"all", "from", "to", "spec"} {
		if c.IsSet(flag) && !slices.Contains(verbs[i].flags, flag) {
			return usagef("tools %s has no flag --%s", word, flag)
		}
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	if word != "allow" { // the settings may have changed since the last look, and no tool
		if err := m.Guard(c.Context); err != nil && !platform.StorageFault(err) {
			return err
		}
	}
	return verbs[i].do(s, c, m, rest)
}

// toolchain is the one that a spec means, or this directory's. A Go of the
// system has no GOBIN of gsw's.
func (s *session) toolchain(m manager.Manager, spec string) (store.Toolchain, error) {
	here, err := m.Resolve(spec)
	if err != nil {
		return store.Toolchain{}, err
	}
	if here.System {
		return store.Toolchain{}, usagef("this is the system's Go, whose GOBIN is not gsw's: name a version")
	}
	return here.Toolchain, nil
}

type gobinJSON struct {
	Version     string      `json:"version"`
	GOBIN       string      `json:"gobin"`
	Tools       []toolJSON  `json:"tools"`
	Quarantined []asideJSON `json:"quarantined"`
}

type toolJSON struct {
	Name          string `json:"name"`
	Path          string `json:"path"`
	Package       string `json:"package"`
	Module        string `json:"module"`
	ModuleVersion string `json:"module_version"`
	Sum           string `json:"sum"`
	BuiltBy       string `json:"built_by"` // "" for what is no Go program
	Stale         bool   `json:"stale"`
	Problem       string `json:"problem"` // why it cannot be built again
}

type asideJSON struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

func (s *session) toolsList(c *cli.Context, m manager.Manager, specs []string) error {
	if len(specs) > 1 || len(specs) == 1 && c.Bool("all") {
		return usagef("tools list takes one SPEC, or --all")
	}
	var list []store.Toolchain
	var err error
	if c.Bool("all") {
		list, err = m.Store.List()
	} else {
		list = make([]store.Toolchain, 1)
		list[0], err = s.toolchain(m, strings.Join(specs, ""))
	}
	if err != nil {
		return err
	}
	answer := []gobinJSON{}
	header := []string{"NAME", "MODULE", "PACKAGE", "BUILT BY", "NOTES"}
	if c.Bool("all") {
		header = append([]string{"VERSION"}, header...)
	}
	table, empty := s.voice.Table(header...), true
	for _, t := range list {
		all, err := workshop.List(t)
		if err != nil {
			return err
		}
		aside := tools.Quarantined(t)
		answer = append(answer, gobinOf(t, all, aside))
		for _, row := range toolRows(all, aside) {
			if c.Bool("all") {
				row = append([]string{t.Version.Tag()}, row...)
			}
			table.Row(row...)
			empty = false
		}
	}
	switch {
	case s.json:
		return s.answerJSON(struct {
			Versions []gobinJSON `json:"versions"`
		}{answer})
	case empty:
		s.note("no tools; `go install MODULE@VERSION` makes one")
		return nil
	}
	return table.Print()
}

func gobinOf(t store.Toolchain, all []workshop.Tool, aside []tools.Aside) gobinJSON {
	g := gobinJSON{Version: t.Version.Tag(), GOBIN: t.GOBIN(), Tools: []toolJSON{}, Quarantined: []asideJSON{}}
	for _, tool := range all {
		g.Tools = append(g.Tools, toolOf(tool))
	}
	for _, a := range aside {
		g.Quarantined = append(g.Quarantined, asideJSON{a.Name, a.File})
	}
	return g
}

func toolOf(t workshop.Tool) toolJSON {
	return toolJSON{
		Name: t.Name, Path: t.File, Package: t.Package, Module: t.Module, ModuleVersion: t.Version, Sum: t.Sum,
		BuiltBy: t.Go, Stale: t.Stale, Problem: message(t.Unbuildable()),
	}
}

// toolRows are the rows of one version. What build info says comes from the
// program's author, and must not reach the terminal as it is.
func toolRows(all []workshop.Tool, aside []tools.Aside) [][]string {
	var rows [][]string
	for _, t := range all {
		var notes []string
		if t.Stale {
			notes = append(notes, "stale")
		}
		if err := t.Unbuildable(); err != nil {
			notes = append(notes, strings.TrimPrefix(err.Error(), t.Name+" "))
		}
		row := []string{t.Name, orDash(t.Origin()), orDash(t.Package), orDash(t.Go), strings.Join(notes, "; ")}
		for i := range row {
			row[i] = strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(terminal.Printable(row[i]))
		}
		rows = append(rows, row)
	}
	for _, a := range aside {
		rows = append(rows, []string{a.Name, "-", "-", "-", "moved aside: gsw tools allow " + selection.Word(a.Name)})
	}
	return rows
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (s *session) toolsSync(c *cli.Context, m manager.Manager, names []string) error {
	if c.String("from") == "" {
		return usagef("tools sync --from which version?")
	}
	from, err := s.toolchain(m, c.String("from"))
	if err != nil {
		return err
	}
	to, err := s.toolchain(m, c.String("to"))
	if err != nil {
		return err
	}
	if from == to {
		return usagef("tools sync is from one version to another, and both are %s", to.Version)
	}
	results, err := m.SyncTools(c.Context, from, to, names)
	return s.toolsBuilt(to, from.Version, results, err)
}

func (s *session) toolsRebuild(c *cli.Context, m manager.Manager, names []string) error {
	t, err := s.toolchain(m, c.String("spec"))
	if err != nil {
		return err
	}
	results, err := m.RebuildTools(c.Context, t, names)
	return s.toolsBuilt(t, t.Version, results, err)
}

type builtJSON struct {
	Name          string `json:"name"`
	Module        string `json:"module"`
	ModuleVersion string `json:"module_version"`
	Result        string `json:"result"` // "built", "kept", "failed"
	Error         string `json:"error"`
}

// toolsBuilt tells what became of each tool, whatever else went wrong.
func (s *session) toolsBuilt(t store.Toolchain, from gover.Version, results []workshop.Result, err error) error {
	if err != nil {
		return s.aboutTools(from, err)
	}
	rows := []builtJSON{}
	var failed workshop.FailedError
	for _, r := range results {
		failed.Add(r)
		row := builtJSON{Name: r.Tool.Name, Module: r.Tool.Module, ModuleVersion: r.Tool.Version, Result: "built", Error: message(r.Err)}
		switch {
		case r.Err != nil:
			row.Result = "failed"
			s.warn("%s", s.tilde(r.Err.Error()))
		case r.Kept:
			row.Result = "kept"
		}
		rows = append(rows, row)
		if !s.json && r.Err == nil {
			s.answer("%s\t%s\t%s", terminal.Printable(r.Tool.Name), row.Result, terminal.Printable(r.Tool.Origin()))
		}
	}
	switch {
	case s.json:
		if len(failed.Failed) > 0 {
			_, s.code = s.advice(&failed)
		}
		return s.answerJSON(struct {
			Version string      `json:"version"`
			Tools   []builtJSON `json:"tools"`
		}{t.Version.Tag(), rows})
	case len(failed.Failed) > 0:
		return &failed
	case len(rows) == 0:
		s.note("nothing to build under %s", t.Version)
	}
	return nil
}

// aboutTools gives errors about a tool or a version the advice that fits here:
// to look at what there is, or to say the same to the store it belongs to.
func (s *session) aboutTools(v gover.Version, err error) error {
	switch e := err.(type) {
	case *selection.NoToolError:
		return &hinted{err, "gsw tools list " + v.Number()}
	case *store.SystemError:
		hint := "sudo GSW_HOME=" + selection.Word(filepath.Dir(filepath.Dir(e.Dir))) + " gsw"
		for _, word := range s.host.Args[1:] {
			hint += " " + selection.Word(word)
		}
		return &hinted{err, hint}
	}
	return err
}

func (s *session) toolsRemove(c *cli.Context, m manager.Manager, names []string) error {
	if len(names) == 0 {
		return usagef("tools remove which tool?")
	}
	t, err := s.toolchain(m, c.String("spec"))
	if err != nil {
		return err
	}
	files, err := m.RemoveTools(c.Context, t, names)
	if err != nil {
		return s.aboutTools(t.Version, err)
	}
	if s.json {
		return s.answerJSON(struct {
			Removed []string `json:"removed"`
		}{files})
	}
	for _, file := range files {
		s.answer("%s\tremoved", file)
	}
	return nil
}

func (s *session) toolsAllow(c *cli.Context, m manager.Manager, names []string) error {
	var back []string
	for _, name := range names {
		if !store.Essential(name) {
			return usagef("%q needs no permission: nothing that gsw guards is called so", name)
		}
	}
	allowed := m.Config.Allow
	if len(names) > 0 {
		var err error
		if back, err = m.AllowTools(c.Context, names); err != nil {
			return err
		}
		for _, file := range back {
			s.note("%s is back", s.tilde(file))
		}
		allowed = append(slices.Clone(allowed), slices.DeleteFunc(names, func(n string) bool { return tools.Allowed(allowed, n) })...)
	}
	if s.json {
		return s.answerJSON(struct {
			Allowed []string `json:"allowed"`
			Back    []string `json:"back"`
		}{append([]string{}, allowed...), append([]string{}, back...)})
	}
	if len(names) == 0 {
		for _, name := range allowed {
			s.answer("%s", name)
		}
	}
	return nil
}

// toolWords are the verbs, and behind a verb what it can be about.
func (s *session) toolWords(typed []string) []string {
	switch {
	case len(typed) == 0:
		return toolVerbNames()
	case typed[0] == "list":
		return s.installed()
	case typed[0] == "rebuild", typed[0] == "remove":
		if tools := s.toolsHere(); len(tools) > 2 {
			return tools[2:] // without go and gofmt
		}
	}
	return nil
}
