package doctor

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// installation is a GOROOT and what its parts say they are.
type installation struct {
	dir     string
	file    gover.Version // of the file VERSION; zero where that names no release
	command gover.Version // that built bin/go, and which `go version` tells; zero for what is no go command
	tools   []part        // of pkg/tool, for this platform
}

// part is a program of pkg/tool.
type part struct {
	file    string
	version gover.Version
}

// gorootMismatch: parts of a GOROOT are of different releases, or GOROOT names the tree of another. `go version` tells
// what built bin/go and hides both; a build then fails, or is made by a compiler nobody asked for.
func gorootMismatch(ctx context.Context, p *Patient) ([]Finding, error) {
	var all []Finding
	for _, dir := range p.roots() {
		r := p.look(dir)
		f, found := p.mixed(r)
		if p.Deep && !r.command.IsZero() {
			evidence, ran, err := p.compiled(ctx, r, dir)
			if err != nil {
				return all, err
			}
			if message := ran.message(dir); message != "" && !found {
				f, found = p.repair(r, Finding{Level: Red, Message: message}), true
			}
			f.Evidence = append(f.Evidence, evidence...)
		}
		if found {
			all = append(all, f)
		}
	}
	exported, err := p.wrongRoot(ctx)
	return append(all, exported...), err
}

// roots are the trees that PATH and this folder use: of the first go command, of those of gsw's further on, and of what
// was chosen here.
func (p *Patient) roots() []string {
	var dirs []string
	add := func(dir string) {
		if dir != "" && !slices.ContainsFunc(dirs, func(d string) bool { return sameFolder(d, dir) }) {
			dirs = append(dirs, dir)
		}
	}
	if here, err := p.Here(); err == nil {
		add(here.GOROOT) // by its name in the store, links not followed
	}
	for i, hit := range p.Path() {
		if i == 0 || hit.Kind == selection.Own || hit.Kind == selection.Anchored {
			add(hit.GOROOT)
		}
	}
	return dirs
}

// look reads what the parts of a tree say. It starts nothing: build info is what `go version` and `compile -V` print.
func (p *Patient) look(dir string) installation {
	r := installation{dir: dir, command: builtBy(filepath.Join(dir, "bin", p.Host.Exe("go")), "cmd/go")}
	r.file, _ = selection.VersionOf(dir)
	tools := filepath.Join(dir, "pkg", "tool", p.Host.OS+"_"+p.Host.Arch)
	entries, _ := os.ReadDir(tools)
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), p.Host.Exe(""))
		// dist builds the others, and is itself built by whatever Go was there before.
		if v := builtBy(filepath.Join(tools, e.Name()), "cmd/"+name); !v.IsZero() && name != "dist" {
			r.tools = append(r.tools, part{filepath.Join(tools, e.Name()), v})
		}
	}
	return r
}

// builtBy is the release that a program of the Go project says it is: it is built by itself. Zero for every other
// program, and for what is no release. Before go1.18 programs did not say which package they are.
func builtBy(file, path string) gover.Version {
	info, err := buildinfo.ReadFile(file)
	if err != nil || info.Path != path && info.Path != "" {
		return gover.Version{}
	}
	name, _, _ := strings.Cut(info.GoVersion, " ") // "go1.22.3 X:boringcrypto"
	v, _ := gover.Parse(name)
	return v
}

// strangers are the tools that are not of v, and tells whether all are of one other release.
func (r installation) strangers(v gover.Version) (odd []part, common gover.Version) {
	for _, t := range r.tools {
		if t.version != v {
			odd = append(odd, t)
		}
	}
	if len(odd) > 0 && !slices.ContainsFunc(r.tools, func(t part) bool { return t.version != odd[0].version }) {
		common = odd[0].version
	}
	return odd, common
}

// mixed says which of the ways it was in which a tree came to be of two releases.
func (p *Patient) mixed(r installation) (Finding, bool) {
	main := r.file
	if main.IsZero() {
		main = r.command
	}
	if main.IsZero() {
		return Finding{}, false
	}
	odd, common := r.strangers(main)
	foreign := !r.command.IsZero() && r.command != main
	f := Finding{Level: Red}
	switch {
	case !foreign && len(odd) == 0:
		return Finding{}, false
	case foreign && common == r.command:
		f.Message = fmt.Sprintf("%s is %s and says it is %s: its VERSION was left over or replaced", r.dir, r.command, main)
	case foreign && len(odd) == 0:
		f.Message = fmt.Sprintf("bin/go in %s was replaced by that of %s: it calls itself so, and every build fails", r.dir, r.command)
	case foreign:
		f.Message = fmt.Sprintf("%s is mixed of several releases, as after unpacking one over another", r.dir)
	default:
		f.Message = fmt.Sprintf("programs in pkg/tool of %s were left over from another release, by a cross build or by unpacking over an old tree", r.dir)
	}
	if !r.file.IsZero() {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s:1: %s", filepath.Join(r.dir, "VERSION"), r.file))
	}
	f.Evidence = append(f.Evidence, r.parts(p, main)...)
	return p.repair(r, f), true
}

// parts is what the programs of a tree say, those first that say something else than v.
func (r installation) parts(p *Patient, v gover.Version) []string {
	var lines []string
	if !r.command.IsZero() {
		lines = append(lines, fmt.Sprintf("%s: built by %s, as go version tells", filepath.Join(r.dir, "bin", p.Host.Exe("go")), r.command))
	}
	odd, _ := r.strangers(v)
	for _, t := range odd {
		lines = append(lines, fmt.Sprintf("%s: built by %s", t.file, t.version))
	}
	if len(odd) == 0 {
		for _, t := range r.tools {
			if strings.TrimSuffix(filepath.Base(t.file), p.Host.Exe("")) == "compile" {
				lines = append(lines, fmt.Sprintf("%s: built by %s", t.file, t.version))
			}
		}
	}
	return lines
}

// repair adds what makes a tree whole again: gsw's own is put back as it was released, another is left alone, and one of
// gsw's takes its place.
func (p *Patient) repair(r installation, f Finding) Finding {
	if t, ok := p.ownerOf(r.dir); ok {
		f.Fix = "gsw install --force " + t.Version.Tag()
		return f
	}
	v := r.file
	if v.IsZero() {
		v = r.command
	}
	f.Fix = "gsw install --use "
	if t, err := p.Store.Get(v); err == nil && sameFolder(t.GOROOT(), r.dir) {
		f.Fix += "--force " // gsw's is a link to it
	}
	f.Fix += v.Tag() + "\neval \"$(gsw env)\""
	return f
}

// ownerOf is the user's toolchain whose GOROOT a folder is. One that is a link belongs to somebody else.
func (p *Patient) ownerOf(dir string) (store.Toolchain, bool) {
	installed, err := p.Installed()
	if err != nil {
		return store.Toolchain{}, false
	}
	for _, t := range installed {
		info, err := os.Lstat(t.GOROOT())
		if err == nil && info.IsDir() && !t.System && sameFolder(t.GOROOT(), dir) {
			return t, true
		}
	}
	return store.Toolchain{}, false
}

// wrongRoot: GOROOT, which the go command believes, names the tree of another release than that of the go command that
// PATH starts. A shim takes GOROOT away.
func (p *Patient) wrongRoot(ctx context.Context) ([]Finding, error) {
	setting, hits := p.Env().Get("GOROOT"), p.Path()
	if len(hits) == 0 || hits[0].GOROOT == "" || !setting.Set() || sameFolder(setting.Value(), hits[0].GOROOT) {
		return nil, nil
	}
	own, named := p.look(hits[0].GOROOT), p.look(setting.Value())
	if own.command.IsZero() {
		return nil, nil
	}
	differs := func(v gover.Version) bool { return !v.IsZero() && v != own.command }
	odd, _ := named.strangers(own.command)
	if !differs(named.file) && len(odd) == 0 {
		return nil, nil
	}
	other := named.file
	if !differs(other) {
		other = odd[0].version
	}
	f := Finding{
		Level: Red,
		Message: fmt.Sprintf("go version says %s, and it builds with the tree of %s: GOROOT names that one",
			own.command, other),
		Evidence: append(p.told("GOROOT", setting.Layers[:1]), fmt.Sprintf("%s: built by %s, as go version tells", hits[0].File, own.command)),
		Fix:      p.fix("GOROOT", setting.Layers[0]),
	}
	if !named.file.IsZero() {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s:1: %s", filepath.Join(named.dir, "VERSION"), named.file))
	}
	named.command = gover.Version{} // that one does not run
	f.Evidence = append(f.Evidence, named.parts(p, named.file)...)
	if !p.Deep {
		return []Finding{f}, nil
	}
	evidence, _, err := p.compiled(ctx, own, setting.Value())
	f.Evidence = append(f.Evidence, evidence...)
	return []Finding{f}, err
}

// ran is what came of compiling a program.
type ran struct{ fails, differs bool }

func (r ran) message(dir string) string {
	switch {
	case r.fails:
		return fmt.Sprintf("nothing compiles in %s, though its parts say they are of one release: sources may be left over from another", dir)
	case r.differs:
		return fmt.Sprintf("the programs that %s compiles are of another release than it says", dir)
	}
	return ""
}

// compiled compiles a program with a tree's go command and lets it say which release it is of, and asks the compiler.
// goroot is what GOROOT is for it.
func (p *Patient) compiled(ctx context.Context, r installation, goroot string) (evidence []string, result ran, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	work, err := os.MkdirTemp("", "gsw-doctor-")
	if err != nil {
		return nil, ran{}, fmt.Errorf("making a folder for a program: %w", err)
	}
	defer os.RemoveAll(work)
	program := filepath.Join(work, "main.go")
	const source = "package main\n\nimport \"runtime\"\n\nfunc main() { println(runtime.Version()) }\n"
	if err := os.WriteFile(program, []byte(source), 0o644); err != nil {
		return nil, ran{}, fmt.Errorf("writing a program: %w", err)
	}
	file, env := filepath.Join(r.dir, "bin", p.Host.Exe("go")), p.plainly(r, goroot)
	compiler, _, err := said(ctx, file, []string{"tool", "compile", "-V"}, env)
	if err != nil {
		return nil, ran{}, err
	}
	text, code, err := said(ctx, file, []string{"run", program}, env)
	if err != nil {
		return nil, ran{}, err
	}
	evidence = append(evidence, "go tool compile -V: "+compiler)
	if code != 0 {
		evidence = append(evidence, fmt.Sprintf("a program does not compile there: go run ends with code %d", code))
		lines := strings.Split(text, "\n")
		return append(evidence, lines[:min(len(lines), 6)]...), ran{fails: true}, nil // the first ones tell why
	}
	version, _, _ := strings.Cut(text, " ")
	return append(evidence, "runtime.Version() of a program compiled there: "+text), ran{differs: version != r.command.Tag()}, nil
}

// plainly is the environment of a go command that follows nothing but its own tree, or the one that goroot names.
func (p *Patient) plainly(r installation, goroot string) platform.Env {
	env := p.Host.Env.Without("GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "GOROOT").With("GOTOOLCHAIN", "local").
		With("CGO_ENABLED", "0").With("GO111MODULE", "off").With("GOENV", "off")
	if !sameFolder(goroot, r.dir) {
		env = env.With("GOROOT", goroot)
	}
	if dir := p.Env().Get("GOCACHE").Value(); dir != "" {
		env = env.With("GOCACHE", dir)
	}
	return env
}

func said(ctx context.Context, file string, args []string, env platform.Env) (text string, code int, err error) {
	var out bytes.Buffer
	if code, err = platform.Run(ctx, file, append([]string{file}, args...), env, nil, &out, &out); err != nil {
		err = fmt.Errorf("running %s %s: %w", file, args[0], err)
	}
	return strings.TrimSpace(out.String()), code, err
}
