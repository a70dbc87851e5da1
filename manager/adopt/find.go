package adopt

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/selection"
	"gsw/platform"
)

// Tree is a GOROOT that was found, or what is left of one.
type Tree struct {
	GOROOT  string // links followed
	Manager string // whose it is
	Version gover.Version
	Target  platform.Target // zero where the tree does not say
	Cached  bool            // of the module cache: read-only, and the go command's to delete
	Why     string          // it cannot be taken for a release of this platform, because; "" if it can
}

// Find lists the toolchains of every manager, the newest first and each once, whatever links lead to it. Those of gsw's
// own home are none. named are folders besides: a GOROOT, or one that holds several; of them it is told, too, where
// nothing is there.
func Find(p Places, named []string) []Tree {
	f := finder{places: p, seen: map[string]bool{}}
	for _, m := range Managers() {
		for _, folder := range p.Folders(m) {
			for _, pattern := range m.Trees {
				f.below(folder, pattern, m.Name)
			}
		}
	}
	if len(named) > 0 {
		f.only(named)
	}
	sort.SliceStable(f.found, func(i, j int) bool { return f.found[i].Version.Compare(f.found[j].Version) > 0 })
	return f.found
}

type finder struct {
	places Places
	seen   map[string]bool // real paths
	found  []Tree
}

// below looks at what fits a pattern. What does not look like a toolchain is passed over: a pattern fits other things.
func (f *finder) below(folder, pattern, manager string) (any bool) {
	names, _ := fs.Glob(os.DirFS(folder), pattern)
	for _, name := range names {
		any = f.look(filepath.Join(folder, filepath.FromSlash(name)), manager) || any
	}
	return any
}

// look examines a folder, once, if it looks like a toolchain.
func (f *finder) look(dir, manager string) bool {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || !looksLike(real) || f.own(real) {
		return false
	}
	if !f.seen[real] {
		f.seen[real] = true
		f.found = append(f.found, f.examine(real, manager))
	}
	return true
}

// only keeps what lies in the named folders, or is one of them, and looks there for more.
func (f *finder) only(named []string) {
	all := f.found
	f.found, f.seen = nil, map[string]bool{}
	for _, dir := range named {
		any := f.keep(all, dir)
		for _, pattern := range []string{".", "*", "go", "*/go", "*/libexec"} {
			any = f.below(dir, pattern, "named") || any
		}
		if !any {
			f.found = append(f.found, Tree{GOROOT: dir, Manager: "named", Why: absence(dir)})
		}
	}
}

// keep takes those of the known trees that lie below a folder.
func (f *finder) keep(known []Tree, dir string) (any bool) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for _, t := range known {
		if rel, err := filepath.Rel(real, t.GOROOT); err != nil || !filepath.IsLocal(rel) {
			continue
		}
		any = true
		if !f.seen[t.GOROOT] {
			f.seen[t.GOROOT] = true
			f.found = append(f.found, t)
		}
	}
	return any
}

func absence(dir string) string {
	if _, err := os.Stat(dir); err != nil {
		return "there is no such folder"
	}
	return "no toolchain is there"
}

// own tells whether a folder is in gsw's home.
func (f *finder) own(real string) bool {
	home, err := filepath.EvalSymlinks(f.places.Host.Home)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(home, real)
	return err == nil && filepath.IsLocal(rel)
}

// looksLike tells a toolchain, whole or not, from other folders.
func looksLike(dir string) bool {
	marks := 0
	for _, name := range []string{"VERSION", filepath.Join("src", "runtime"), filepath.Join("src", "make.bash"), filepath.Join("pkg", "tool"), filepath.Join("src", "cmd", "go")} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			marks++
		}
	}
	return marks >= 2
}

// examine says what a tree is, by what it says of itself.
func (f *finder) examine(goroot, manager string) Tree {
	host := f.places.Host.Target
	t := Tree{GOROOT: goroot, Manager: manager, Cached: isCached(goroot)}
	var err error
	t.Version, err = selection.VersionOf(goroot)
	if also := f.places.Host.Also; also != (platform.Target{}) && !t.Version.ReleasedFor(host.OS, host.Arch) {
		host = also // none was released for this machine's own processor
	}
	targets := targetsOf(goroot)
	program := filepath.Join(goroot, "bin", host.Exe("go"))
	if len(targets) == 0 {
		targets = builtFor(program)
	}
	switch {
	case slices.Contains(targets, host):
		t.Target = host
	case len(targets) == 1:
		t.Target = targets[0]
	}
	_, missing := os.Stat(program)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Why = "it has no VERSION file: a development tree, or part of a toolchain"
	case err != nil:
		t.Why = "a development tree or a distribution's own build: " + err.Error()
	case t.Target != host && t.Target != (platform.Target{}):
		t.Why = fmt.Sprintf("it is for %s, not %s", t.Target, host)
	case missing != nil:
		t.Why = "part of a toolchain: it has no bin/" + host.Exe("go")
	case t.Target != host:
		t.Why = "part of a toolchain: it has no pkg/tool/" + host.OS + "_" + host.Arch
	}
	return t
}

// isCached tells a module of the module cache by its name.
func isCached(goroot string) bool {
	return strings.HasPrefix(filepath.Base(goroot), "toolchain@v0.0.1-") && filepath.Base(filepath.Dir(goroot)) == "golang.org"
}

// targetsOf are the platforms that pkg/tool has tools for; a cross build leaves more than one.
func targetsOf(goroot string) []platform.Target {
	entries, _ := os.ReadDir(filepath.Join(goroot, "pkg", "tool"))
	var targets []platform.Target
	for _, e := range entries {
		if system, arch, ok := strings.Cut(e.Name(), "_"); ok && e.IsDir() {
			targets = append(targets, platform.Target{OS: system, Arch: arch})
		}
	}
	return targets
}

// builtFor is what the build info of a go command says.
func builtFor(program string) []platform.Target {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil
	}
	var t platform.Target
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			t.OS = s.Value
		case "GOARCH":
			t.Arch = s.Value
		}
	}
	if t.OS == "" || t.Arch == "" {
		return nil
	}
	return []platform.Target{t}
}

// Global is the version that a manager uses where nothing else is asked for.
type Global struct {
	Manager string
	Version string // as it is written there
	File    string
}

// Globals are those of all managers that have one.
func Globals(p Places) []Global {
	var all []Global
	for _, m := range Managers() {
		for _, folder := range p.Folders(m) {
			for _, name := range m.Default {
				file := filepath.Join(folder, filepath.FromSlash(name))
				if version := globalIn(file); version != "" {
					all = append(all, Global{m.Name, version, file})
				}
			}
		}
	}
	return all
}

// globalIn reads a global version: of the toolchain that a link leads to, or written in a file.
func globalIn(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	if info.IsDir() {
		v, err := selection.VersionOf(file)
		if err != nil {
			return ""
		}
		return v.Tag()
	}
	const most = 64 << 10
	if !info.Mode().IsRegular() || info.Size() > most {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return regexp.MustCompile(`\b(go)?1\.[0-9]+(\.[0-9]+)?((rc|beta)[0-9]+)?\b`).FindString(string(text))
}
