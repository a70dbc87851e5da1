package zerotrust

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// Project is the module, or the workspace, that a folder belongs to.
type Project struct {
	Root    string   // of the workspace, of the module, or without either the folder itself
	Work    string   // the go.work that counts; "" for none
	Modules []Module // its own
	Sums    []string // the files with checksums that are there
}

// Module is one of a project's own.
type Module struct {
	File   string // its go.mod
	Parsed *modfile.File
}

// Demand is a module that one of a project's own asks for, after replacement.
type Demand struct {
	module.Version
	File   string // the go.mod that says so
	Line   int
	Direct bool   // a package of the project imports it
	Folder string // it is a folder, which no checksum covers; Version is what is replaced
}

func (d Demand) String() string { return d.Version.String() }

// ReadProject finds and reads the go.mod of dir, and the go.work: work is what GOWORK says, "off", a file, or "" for none.
func ReadProject(dir, work string) (Project, error) {
	p := Project{Root: dir}
	file := above(dir, "go.mod")
	if work != "" && work != "off" {
		return p.workspace(work, file)
	}
	if file == "" {
		return p, nil
	}
	p.Root = filepath.Dir(file)
	return p, p.add(file)
}

// above is the nearest file of that name upwards; "" if there is none.
func above(dir, name string) string {
	for {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

// workspace reads a go.work and the modules that it uses. A module that it does not use, the go command refuses.
func (p Project) workspace(work, file string) (Project, error) {
	data, err := os.ReadFile(work)
	if err != nil {
		return p, err
	}
	parsed, err := modfile.ParseWork(work, data, nil)
	if err != nil {
		return p, fmt.Errorf("reading %s: %w", work, err)
	}
	p.Root, p.Work = filepath.Dir(work), work
	p.addSums(work + ".sum")
	for _, use := range parsed.Use {
		if err := p.add(filepath.Join(from(p.Root, use.Path), "go.mod")); err != nil {
			return p, err
		}
	}
	for _, r := range parsed.Replace {
		if r.New.Version == "" {
			r.New.Path = from(p.Root, r.New.Path)
		}
	}
	for i := range p.Modules { // what go.work replaces counts more than what a go.mod does
		p.Modules[i].Parsed.Replace = append(slices.Clone(parsed.Replace), p.Modules[i].Parsed.Replace...)
	}
	if file != "" && !slices.ContainsFunc(p.Modules, func(m Module) bool { return m.File == file }) {
		return p, p.add(file) // GOWORK=off may stand on the command's own line
	}
	return p, nil
}

func (p *Project) add(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parsed, err := modfile.Parse(file, data, func(_, version string) (string, error) { return version, nil })
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	p.Modules = append(p.Modules, Module{file, parsed})
	p.addSums(strings.TrimSuffix(file, ".mod") + ".sum")
	return nil
}

func (p *Project) addSums(file string) {
	if _, err := os.Lstat(file); err == nil {
		p.Sums = append(p.Sums, file)
	}
}

// from is a folder that a file in dir names.
func from(dir, name string) string {
	if name = filepath.FromSlash(name); filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// Vendored tells whether builds take modules from the project's vendor folder, unless they are told otherwise.
func (p Project) Vendored() bool {
	info, err := os.Stat(filepath.Join(p.Root, "vendor", "modules.txt"))
	return err == nil && info.Mode().IsRegular()
}

// Complete tells whether the go.mod names every module that a package of it needs, as from go1.17 on.
func (p Project) Complete() bool {
	return len(p.Modules) == 1 && p.Modules[0].Parsed.Go != nil && semver.Compare("v"+p.Modules[0].Parsed.Go.Version, "v1.17") >= 0
}

// Inputs are the files that decide which modules a build takes, as far as they are there.
func (p Project) Inputs() []string {
	var files []string
	if p.Work != "" {
		files = append(files, p.Work)
	}
	for _, m := range p.Modules {
		files = append(files, m.File)
	}
	files = append(files, p.Sums...)
	if p.Vendored() {
		files = append(files, filepath.Join(p.Root, "vendor", "modules.txt"))
	}
	return files
}

// Demands lists what the project's modules ask for, in the order in which they do.
func (p Project) Demands() []Demand {
	own := map[string]bool{}
	for _, m := range p.Modules {
		if m.Parsed.Module != nil {
			own[m.Parsed.Module.Mod.Path] = true
		}
	}
	var all []Demand
	for _, m := range p.Modules {
		for _, r := range m.Parsed.Require {
			excluded := slices.ContainsFunc(m.Parsed.Exclude, func(e *modfile.Exclude) bool { return e.Mod == r.Mod })
			if excluded || own[r.Mod.Path] {
				continue
			}
			d := Demand{Version: r.Mod, File: m.File, Direct: !r.Indirect}
			if r.Syntax != nil {
				d.Line = r.Syntax.Start.Line
			}
			all = append(all, d.replaced(m))
		}
	}
	return all
}

// replaced is the module, or the folder, that stands for a demand. The replacement of a version counts more than that
// of a path.
func (d Demand) replaced(m Module) Demand {
	var general *modfile.Replace
	for _, r := range m.Parsed.Replace {
		switch {
		case r.Old == d.Version:
			return d.by(r, m)
		case r.Old.Path == d.Path && r.Old.Version == "" && general == nil:
			general = r
		}
	}
	if general != nil {
		return d.by(general, m)
	}
	return d
}

func (d Demand) by(r *modfile.Replace, m Module) Demand {
	if r.New.Version == "" {
		d.Folder = from(filepath.Dir(m.File), r.New.Path)
		return d
	}
	d.Version = r.New
	return d
}
