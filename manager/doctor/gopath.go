package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/goenv"
	"gsw/manager/selection"
)

// gopathGoroot: GOPATH and GOROOT are one folder, or one lies in the other.
func gopathGoroot(_ context.Context, p *Patient) ([]Finding, error) {
	goroot, gopath := p.Env().Get("GOROOT"), p.Env().Get("GOPATH")
	var found []Finding
	for _, tree := range p.trees(goroot) {
		for _, dir := range filepath.SplitList(gopath.Value()) {
			how, level := overlap(dir, tree.dir)
			// A toolchain in the module cache is one that the go command downloaded itself.
			if how == "" || lies(tree.dir, p.Env().Get("GOMODCACHE").Value()) {
				continue
			}
			if sameFolder(dir, tree.dir) && gopath.Layers[0].Kind == goenv.Default {
				how = fmt.Sprintf("GOROOT is %s, where GOPATH would be: the go command has none then, and no place for modules", dir)
			}
			f := Finding{Level: level, Message: how, Evidence: append(slices.Clone(tree.evidence), p.told("GOPATH", gopath.Layers[:1])...)}
			if real, err := filepath.EvalSymlinks(dir); err == nil && real != filepath.Clean(dir) {
				f.Evidence = append(f.Evidence, dir+" is "+real)
			}
			f.Fix = p.apart(tree.dir, goroot, gopath)
			found = append(found, f)
		}
	}
	return found, nil
}

// rooted is a folder that is GOROOT, and what says so.
type rooted struct {
	dir      string
	evidence []string
}

// trees are the GOROOTs that count here: the one that is set, that of the go on PATH, and that of the Go which was chosen.
func (p *Patient) trees(setting goenv.Setting) []rooted {
	var all []rooted
	add := func(dir string, evidence ...string) {
		if dir != "" && !slices.ContainsFunc(all, func(r rooted) bool { return sameFolder(r.dir, dir) }) {
			all = append(all, rooted{dir, evidence})
		}
	}
	if setting.Set() {
		add(setting.Value(), p.told("GOROOT", setting.Layers[:1])...)
	}
	if hits := p.Path(); len(hits) > 0 && hits[0].GOROOT != "" {
		add(hits[0].GOROOT, fmt.Sprintf("%s, the first go on PATH: GOROOT=%s", hits[0].File, hits[0].GOROOT))
	}
	if here, err := p.Here(); err == nil {
		add(here.GOROOT, fmt.Sprintf("%s is the Go of this folder: GOROOT=%s", here.Version, here.GOROOT))
	}
	return all
}

// overlap tells how GOPATH and GOROOT share folders, links followed, and what comes of it; "" if they don't.
func overlap(gopath, goroot string) (how string, level Level) {
	switch {
	case gopath == "":
		return "", Green
	case lies(gopath, goroot) && lies(goroot, gopath):
		return fmt.Sprintf("GOPATH and GOROOT are one folder, %s: modules and tools go into the toolchain's own tree, where a tool may replace the go command, and all go with it", gopath), Red
	case lies(gopath, goroot):
		return fmt.Sprintf("GOPATH lies in GOROOT: what is downloaded and built in %s goes with the toolchain", gopath), Red
	}
	for _, part := range []string{"src", "pkg", "bin"} {
		if lies(goroot, filepath.Join(gopath, part)) {
			return fmt.Sprintf("GOROOT lies in GOPATH: %s is where the go command keeps what it may delete or take for packages", filepath.Join(gopath, part)), Yellow
		}
	}
	if lies(goroot, gopath) {
		return fmt.Sprintf("GOROOT lies in GOPATH, %s, and in none of the folders that the go command fills there", gopath), Green
	}
	return "", Green
}

// lies tells whether a path is dir or below it, links followed.
func lies(path, dir string) bool {
	return dir != "" && (below(path, filepath.Clean(dir)) || below(real(path), real(dir)))
}

// real follows the links of as much of a path as is there.
func real(path string) string {
	path = filepath.Clean(path)
	for at, rest := path, ""; ; at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest) {
		if found, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(found, rest)
		}
		if filepath.Dir(at) == at {
			return path
		}
	}
}

// apart takes back the setting that is wrong: GOROOT where that is no Go at all, else GOPATH; where the default is in the
// way it names another folder.
func (p *Patient) apart(dir string, goroot, gopath goenv.Setting) string {
	if _, err := os.Stat(filepath.Join(dir, "VERSION")); err != nil && goroot.Set() {
		return p.fix("GOROOT", goroot.Layers[0])
	}
	standard := filepath.Join(p.Host.UserHome, "go")
	free := !lies(dir, standard) && !lies(standard, dir)
	if gopath.Set() && free {
		return p.fix("GOPATH", gopath.Layers[0])
	}
	if !free {
		standard = filepath.Join(p.Host.UserHome, "gopath")
	}
	if lies(dir, standard) || lies(standard, dir) {
		return ""
	}
	if gopath.Set() && gopath.Layers[0].Kind == goenv.Environment {
		return strings.Replace(p.fix("GOPATH", gopath.Layers[0]), p.unset("GOPATH"), p.export("GOPATH", standard), 1)
	}
	return "go env -w GOPATH=" + `"$HOME"/` + selection.Word(filepath.Base(standard))
}
