package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/bundle"
	"gsw/manager/everyday"
	"gsw/manager/modcache"
	"gsw/manager/terminal"
)

func (s *session) bundleCommand() *cli.Command {
	return &cli.Command{
		Name:      "bundle",
		Category:  categoryTrust,
		Usage:     "carry toolchains and projects' modules, with their proofs, to where no network is",
		ArgsUsage: "create -o FILE [SPEC…] | import FILE | list FILE",
		Description: "create packs toolchains, the modules that go.sum files of projects name, and the checksum database's records and\n" +
			"tiles that prove them. Without SPEC: the toolchains that the projects ask for; without either: this folder is the project.\n" +
			"import verifies all of it without asking anybody and puts it into the store and the module cache, so that\n" +
			"go build and go test work with the checksum database on. list tells what a file says is in it, and proves nothing.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "create: the `FILE` to make, NAME.tar.zst"},
			&cli.StringSliceFlag{Name: "project", Usage: "a project's `DIR`, several times: create packs its modules, import lets its go.sum vouch"},
			&cli.StringSliceFlag{Name: "platform", Usage: "create: `OS/ARCH` of toolchains, several times; default: this machine's"},
			&cli.StringSliceFlag{Name: "after", Usage: "create: the `SIZE` of the database's tree that the other side knows, or the file with its tree head"},
			toggle("no-try", "create: do not try whether the projects' packages load from what is packed"),
			toggle("dry-run", "import: verify everything and change nothing", "n"),
			&cli.StringFlag{Name: "trust", Usage: "import: `none` takes modules that nobody vouches for"},
		},
		Action: s.bundle,
	}
}

func bundleVerbNames() []string { return []string{"create", "import", "list"} }

func (s *session) bundle(c *cli.Context) error {
	verb, args := c.Args().First(), c.Args().Tail()
	belongs := map[string][]string{
		"create": {"output", "project", "platform", "after", "no-try"},
		"import": {"project", "dry-run", "trust"},
		"list":   nil,
	}
	flags, known := belongs[verb]
	switch {
	case verb == "":
		return usagef("bundle does what? %s", strings.Join(bundleVerbNames(), ", "))
	case !known:
		return usagef("bundle does not know %q%s", verb, meant(verb, "", bundleVerbNames()))
	}
	for _, f := range c.Command.Flags {
		if name := f.Names()[0]; c.IsSet(name) && !slices.Contains(flags, name) && name != "help" {
			return usagef("--%s does not belong to bundle %s", name, verb)
		}
	}
	if verb == "create" {
		return s.createBundle(c, args)
	}
	if len(args) != 1 {
		return usagef("bundle %s takes one FILE, not %d", verb, len(args))
	}
	file := s.absolute(args[0])
	if verb == "list" {
		return s.listBundle(file)
	}
	return s.importBundle(c, file)
}

// absolute is a path on the command line, from the working directory.
func (s *session) absolute(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.host.Dir, file)
	}
	return filepath.Clean(file)
}

func (s *session) createBundle(c *cli.Context, specs []string) error {
	order := manager.BundleOrder{
		Specs: specs, Projects: s.folders(c.StringSlice("project")), Platforms: c.StringSlice("platform"),
		Untried: c.Bool("no-try"), Offline: s.offline,
	}
	if c.String("output") == "" {
		return usagef("bundle create into which file? -o NAME.tar.zst")
	}
	order.Output = s.absolute(c.String("output"))
	if len(specs) == 0 && len(order.Projects) == 0 {
		order.Projects = []string{s.host.Dir}
	}
	for _, word := range c.StringSlice("after") {
		size, err := manager.TreeSize(word)
		if err != nil {
			return usagef("--after %s: %v", word, err)
		}
		order.After = append(order.After, size)
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	defer func() { s.fetched = false }() // what is packed is no download that would be kept
	made, err := m.CreateBundle(c.Context, order)
	if err != nil {
		return err
	}
	return s.showBundle(order.Output, made)
}

func (s *session) listBundle(file string) error {
	r, err := bundle.Open(file)
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	defer r.Close()
	return s.showBundle(file, r.Manifest)
}

func (s *session) importBundle(c *cli.Context, file string) error {
	order := manager.ImportBundleOrder{File: file, Projects: s.folders(c.StringSlice("project")), Look: c.Bool("dry-run")}
	switch trust := c.String("trust"); trust {
	case "":
	case "none":
		order.Unverified = true
	default:
		return usagef("--trust %s: the one word it takes is none", trust)
	}
	if len(order.Projects) == 0 {
		if _, err := modcache.Find(s.host.Dir, ""); err == nil {
			order.Projects = []string{s.host.Dir}
		}
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	got, err := m.ImportBundle(c.Context, order)
	if err != nil {
		return err
	}
	return s.showImported(file, got, order.Look)
}

type carriedJSON struct {
	Version  string `json:"version"`
	Platform string `json:"platform"`
	Tree     string `json:"tree"`
	Record   int64  `json:"record"`
}

type carriedModuleJSON struct {
	Path      string `json:"path"`
	Version   string `json:"version"`
	Sum       string `json:"sum"` // "" where there is only the go.mod
	GoModSum  string `json:"go_mod_sum"`
	Record    int64  `json:"record"`     // -1: the log has none
	VouchedBy string `json:"vouched_by"` // for those, on import: the line of a go.sum file
}

type bundleJSON struct {
	File       string              `json:"file"`
	SizeBytes  int64               `json:"size_bytes"`
	Log        string              `json:"log"`
	TreeSize   int64               `json:"tree_size"`
	Projects   []string            `json:"projects"`
	Toolchains []carriedJSON       `json:"toolchains"`
	Modules    []carriedModuleJSON `json:"modules"`
}

func bundleOf(file string, m bundle.Manifest) bundleJSON {
	j := bundleJSON{
		File: file, Log: m.Log.Name, TreeSize: m.Log.TreeSize, Projects: append([]string{}, m.Projects...),
		Toolchains: []carriedJSON{}, Modules: []carriedModuleJSON{},
	}
	if info, err := os.Stat(file); err == nil {
		j.SizeBytes = info.Size()
	}
	for _, t := range m.Toolchains {
		j.Toolchains = append(j.Toolchains, carriedJSON(t))
	}
	for _, mod := range m.Modules {
		j.Modules = append(j.Modules, carriedModuleJSON{mod.Path, mod.Version, mod.Sum, mod.GoModSum, mod.Record, ""})
	}
	return j
}

// showBundle tells what is in a bundle.
func (s *session) showBundle(file string, m bundle.Manifest) error {
	j := bundleOf(file, m)
	if s.json {
		return s.answerJSON(j)
	}
	for _, t := range j.Toolchains {
		s.answer("%s\t%s\t%s", t.Version, t.Platform, recordWord(t.Record))
	}
	for _, mod := range j.Modules {
		what := ""
		if mod.Sum == "" {
			what = "\tgo.mod"
		}
		s.answer("%s\t%s\t%s%s", mod.Path, mod.Version, recordWord(mod.Record), what)
	}
	by := "no record of a log"
	if j.Log != "" {
		by = fmt.Sprintf("the tree of %d of %s", j.TreeSize, j.Log)
	}
	s.note("%s: %s, for %s, with %s", s.tilde(file), terminal.Megabytes(j.SizeBytes), projectWord(j.Projects), by)
	return nil
}

func recordWord(record int64) string {
	if record == bundle.NoRecord {
		return "no record"
	}
	return fmt.Sprintf("record %d", record)
}

func projectWord(projects []string) string {
	if len(projects) == 0 {
		return "no project"
	}
	return terminal.Printable(strings.Join(projects, ", "))
}

type importedBundleJSON struct {
	bundleJSON
	Installed   []installedJSON `json:"installed"`
	ModuleCache string          `json:"module_cache"`
	Already     bool            `json:"already_imported"`
	DryRun      bool            `json:"dry_run"`
}

// showImported tells what came of a bundle: the toolchains as install does, the modules in a line on stderr.
func (s *session) showImported(file string, got manager.ImportedBundle, look bool) error {
	if s.json {
		j := importedBundleJSON{bundleJSON: bundleOf(file, got.Manifest), Installed: []installedJSON{}, ModuleCache: got.ModCache.Dir, Already: got.Already, DryRun: look}
		for i, mod := range j.Modules {
			j.Modules[i].VouchedBy = got.Vouched[mod.Path+"@"+mod.Version]
		}
		for _, t := range got.Toolchains {
			j.Installed = append(j.Installed, installedJSON{t.Version.Tag(), t.GOROOT(), proofNames(t.Receipt.Proofs), t.Receipt.Source, t.Already})
		}
		return s.answerJSON(j)
	}
	for _, t := range got.Toolchains {
		s.answer("%s\t%s\t%s", t.Version, t.GOROOT(), everyday.Proofs(proofNames(t.Receipt.Proofs)))
	}
	for _, t := range got.Foreign {
		s.note("%s for %s is not for this machine", t.Version, t.Platform)
	}
	for _, mod := range got.Unrecorded {
		if place := got.Vouched[mod.String()]; place != "" {
			s.note("%s has no record in the log: %s vouches for it", mod, s.tilde(place))
		} else if !got.Already {
			s.warn("%s has no record in the log, and nobody vouches for it", mod)
		}
	}
	what := "put into " + s.tilde(got.ModCache.Dir)
	switch {
	case got.Already:
		what = "there already"
	case look:
		what = "proved; nothing was changed"
	}
	s.note("%s and %s: %s", counted(len(got.Manifest.Toolchains)-len(got.Foreign), "toolchain"), counted(len(got.Manifest.Modules), "module"), what)
	return nil
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
