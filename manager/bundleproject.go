package manager

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gsw/manager/goenv"
	"gsw/manager/modcache"
	"gsw/manager/selection"
	"gsw/platform"
)

// packedProject is a project whose modules are packed, with the Go that it gets.
type packedProject struct {
	modcache.Project
	dir       string
	selection selection.Selection
	env       platform.Env // the Go's
	settings  goenv.Values // as it finds them
	vendored  bool
}

// addProject finds out what a folder's project is, and which Go it gets.
func (b *packing) addProject(ctx context.Context, dir string) error {
	here := b.Verbs
	here.Host.Dir = dir
	chosen, err := here.Resolve("")
	if err != nil {
		return err
	}
	p := packedProject{dir: dir, selection: chosen}
	// The Go that was chosen, and no other that it might fetch: there is none where the bundle goes.
	p.env = chosen.Environment(here.Host, b.Config).With("GOTOOLCHAIN", "local")
	host := here.Host
	host.Env = p.env
	p.settings = goenv.Look(host, []string{chosen.GOROOT}, os.ReadFile)
	if p.Project, err = modcache.Find(dir, p.setting("GOWORK")); err != nil {
		return err
	}
	// A Go that is too old for the project says so at once, and not when everything was fetched and packed.
	if _, err := p.goCommand(ctx, b.Host.Target, p.Dirs[0], p.env, "list", "-m"); err != nil {
		return err
	}
	if p.vendored = p.Vendored(p.setting("GOFLAGS")); p.vendored {
		b.Report.Note(dir + " carries its modules in its vendor folder; none of them is packed")
	}
	b.manifest.Projects = append(b.manifest.Projects, p.Main...)
	slices.Sort(b.manifest.Projects)
	b.manifest.Projects = slices.Compact(b.manifest.Projects)
	b.projects = append(b.projects, p)
	return nil
}

func (p packedProject) setting(name string) string { return p.settings.Get(name).Value() }

func (p packedProject) cache() modcache.Cache { return modcache.Cache{Dir: p.setting("GOMODCACHE")} }

// private tells whether the log is not to be asked about a module: neither would the go command.
func (p packedProject) private(m module.Version) bool {
	return p.setting("GOSUMDB") == "off" || module.MatchPrefixPatterns(p.setting("GONOSUMDB"), m.Path)
}

// goCommand runs the project's Go in a folder and returns what it answers.
func (p packedProject) goCommand(ctx context.Context, target platform.Target, dir string, env platform.Env, arguments ...string) ([]byte, error) {
	program := filepath.Join(p.selection.GOROOT, "bin", target.Exe("go"))
	var out, said bytes.Buffer
	code, err := platform.RunTree(ctx, program, append([]string{"go"}, arguments...), dir, env.With("PWD", dir), &out, &limited{Buffer: &said})
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", program, err)
	}
	if code != 0 {
		return out.Bytes(), &GoError{Dir: dir, Command: "go " + strings.Join(arguments[:min(2, len(arguments))], " "), Said: strings.TrimSpace(said.String())}
	}
	return out.Bytes(), nil
}

// limited keeps the beginning of what is written.
type limited struct{ *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	const most = 16 << 10
	if room := most - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// download has the project's Go bring modules into its module cache, which proves them as it always does.
func (p packedProject) download(ctx context.Context, m Manager, scratch string, sums modcache.Sums, offline, whole bool, modules []module.Version) error {
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return err
	}
	// A module of its own, so that the project's go.mod and go.sum stay as they are; the sums are the project's.
	if err := os.WriteFile(filepath.Join(scratch, "go.mod"), []byte("module bundle\n\ngo 1.17\n"), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(scratch, "go.sum"), sums.Text(), 0o644); err != nil {
		return err
	}
	flags := "-mod=mod"
	if strings.Contains(p.setting("GOFLAGS"), "-modcacherw") {
		flags += " -modcacherw"
	}
	env := p.env.With("GOFLAGS", flags).With("GOWORK", "off").With("GO111MODULE", "on")
	if offline {
		env = env.With("GOPROXY", "off")
	}
	words := []string{"mod", "download", "-json"}
	if !whole {
		words = []string{"list", "-m", "-json"}
	}
	for some := range slices.Chunk(modules, 100) { // Windows has command lines of 32 KiB
		arguments := slices.Clone(words)
		for _, mod := range some {
			arguments = append(arguments, mod.String())
		}
		out, err := p.goCommand(ctx, m.Host.Target, scratch, env, arguments...)
		if reason := firstError(out); reason != "" {
			return &GoError{Dir: p.dir, Command: "go " + strings.Join(words, " "), Said: reason}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// firstError is the first error in what `go mod download -json` answers.
func firstError(out []byte) string {
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		var answer struct{ Error any }
		if err := d.Decode(&answer); err != nil {
			return ""
		}
		if text, is := answer.Error.(string); is && text != "" {
			return text
		}
	}
}

// try imports a bundle's modules into an empty module cache and has each project's Go load all packages and tests from
// there, for every platform, without asking anybody.
func (b *packing) try(ctx context.Context, file string) error {
	if len(b.projects) == 0 {
		return nil
	}
	b.Report.Phase("loading the projects' packages from what is packed")
	cache := modcache.Cache{Dir: filepath.Join(b.dir, "try", "mod")}
	staged := filepath.Join(b.dir, "try", "staged")
	r, err := bundleOpen(file)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := stageBundle(ctx, r, func(name string) string {
		if strings.HasPrefix(name, "toolchains/") {
			return ""
		}
		return filepath.Join(staged, filepath.FromSlash(name))
	}); err != nil {
		return err
	}
	if _, err := putModules(ctx, r.Manifest, cache, staged); err != nil {
		return err
	}
	if err := putSumDB(r.Manifest, staged, cache.SumDB()); err != nil {
		return err
	}
	for _, p := range b.projects {
		for _, t := range b.targets {
			if err := b.load(ctx, p, t, cache.Dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// load has a project's Go find all packages that building and testing it takes.
func (b *packing) load(ctx context.Context, p packedProject, t platform.Target, cache string) error {
	env := p.env.With("GOMODCACHE", cache).With("GOPATH", filepath.Join(b.dir, "try", "gopath")).
		With("GOPROXY", "off").With("GOOS", t.OS).With("GOARCH", t.Arch)
	for _, dir := range p.Dirs {
		if _, err := p.goCommand(ctx, b.Host.Target, dir, env, "list", "-deps", "-test", "./..."); err != nil {
			return fmt.Errorf("the bundle would not serve %s on %s: %w", dir, t, err)
		}
	}
	return nil
}

// A GoError is the go command's own word why it failed.
type GoError struct{ Dir, Command, Said string }

func (e *GoError) Error() string {
	return fmt.Sprintf("%s in %s:\n\t%s", e.Command, e.Dir, strings.ReplaceAll(e.Said, "\n", "\n\t"))
}

// An UnknownGoError is a project whose Go does not say which release it is.
type UnknownGoError struct{ Dir, GOROOT string }

func (e *UnknownGoError) Error() string {
	return e.Dir + " gets the Go in " + e.GOROOT + ", which is no release that could be packed"
}
