package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"gsw/manager/gover"
)

// gosumIncomplete: go.sum lacks what the go command wants to see from go1.16 on, where it no longer adds it by itself: for
// every requirement the line of its go.mod, and for one that is imported that of its files.
func gosumIncomplete(_ context.Context, p *Patient) ([]Finding, error) {
	mod, file := p.goMod()
	if mod == nil || p.moduleMode(p.Env().Get("GO111MODULE").Value()) == "off" {
		return nil, nil
	}
	dir := filepath.Dir(file)
	if vendors(dir) {
		return nil, nil
	}
	sums, names, workspace := p.sums(dir)
	f := Finding{Level: Red, Message: names[0] + " is incomplete: what needs the missing lines does not build"}
	if own, err := os.Stat(names[0]); err != nil || own.IsDir() {
		f.Message = names[0] + " is not there: nothing that needs a module builds"
	}
	for _, r := range mod.Require {
		if lack := lacks(mod, r, sums, workspace); lack != "" {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s:%d: %s in %s", file, r.Syntax.Start.Line, lack, strings.Join(names, ", ")))
		}
	}
	if len(f.Evidence) == 0 {
		return nil, nil
	}
	if here, err := p.Here(); err == nil && here.Version.Compare(gover.MustParse("go1.16")) < 0 ||
		strings.Contains(p.Env().Get("GOFLAGS").Value(), "-mod=mod") {
		f.Level = Yellow
		f.Message = names[0] + " is incomplete: this go command adds to it by itself, and others refuse to build"
	}
	f.Fix = p.enter(dir, "go mod tidy")
	return []Finding{f}, nil
}

// lacks tells what the go command misses about a requirement; "" for nothing.
func lacks(mod *modfile.File, r *modfile.Require, sums map[string]bool, workspace bool) string {
	if r.Syntax == nil || slices.ContainsFunc(mod.Exclude, func(e *modfile.Exclude) bool { return e.Mod == r.Mod }) {
		return ""
	}
	version, ok := standsFor(mod, r.Mod)
	if !ok {
		return ""
	}
	named := r.Mod.String()
	if version != r.Mod {
		named += ", replaced by " + version.String()
	}
	key := version.Path + " " + version.Version
	// What nobody imports needs its go.mod alone, and in a workspace another module may ask for a newer version.
	imported := !r.Indirect && !workspace
	switch {
	case !sums[key+"/go.mod"] && !sums[key] && imported:
		return named + ": no line"
	case !sums[key+"/go.mod"]:
		return named + ": no /go.mod line"
	case !sums[key] && imported:
		return named + ": only the /go.mod line"
	}
	return ""
}

// vendors tells whether a module's builds take what lies in its own folder, and ask neither go.sum nor anybody else.
func vendors(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt"))
	return err == nil
}

// sums is what the go.sum of a module knows, "path version" and "path version/go.mod", and the files that were read. In a
// workspace the go.work.sum and the other modules' files count as well.
func (p *Patient) sums(dir string) (known map[string]bool, files []string, workspace bool) {
	files = []string{filepath.Join(dir, "go.sum")}
	others, workspace := p.workspace(dir)
	for _, file := range others {
		if _, err := os.Stat(file); err == nil {
			files = append(files, file)
		}
	}
	known = map[string]bool{}
	for _, file := range files {
		data, _ := os.ReadFile(file) // one that is not there knows nothing
		for line := range strings.Lines(string(data)) {
			if fields := strings.Fields(line); len(fields) == 3 {
				known[fields[0]+" "+fields[1]] = true
			}
		}
	}
	return known, files, workspace
}

// workspace tells whether the go.work that counts uses the module in dir, and where more checksums are then.
func (p *Patient) workspace(dir string) (sums []string, uses bool) {
	file := p.Env().Get("GOWORK").Value()
	if file == "" || file == "off" {
		return nil, false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, false // the go command's to complain about, as what follows
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return nil, false
	}
	sums = []string{file + ".sum"}
	for _, u := range work.Use {
		at := absolute(file, u.Path)
		if sameFolder(at, dir) {
			uses = true
			continue
		}
		sums = append(sums, filepath.Join(at, "go.sum"))
	}
	if !uses {
		return nil, false
	}
	return sums, true
}

// absolute is a folder that a file names.
func absolute(file, dir string) string {
	if dir = filepath.FromSlash(dir); filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(filepath.Dir(file), dir)
}

// standsFor is the module that is used for a requirement; ok is false for a folder, and where the version is a name that
// the go command has yet to look up.
func standsFor(mod *modfile.File, v module.Version) (module.Version, bool) {
	used := v
	for _, r := range mod.Replace {
		switch {
		case r.Old == v:
			return r.New, semver.IsValid(r.New.Version)
		case r.Old.Path == v.Path && r.Old.Version == "": // the one for a version counts more
			used = r.New
		}
	}
	return used, semver.IsValid(used.Version)
}
