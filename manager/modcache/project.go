package modcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Project is what a go command in a folder works on: a module, or the modules of a workspace.
type Project struct {
	Work string   // the go.work that counts, "" for none
	Dirs []string // of the main modules
	Main []string // their paths
}

// A NoProjectError is a folder that is in no module.
type NoProjectError struct{ Dir string }

func (e *NoProjectError) Error() string {
	return e.Dir + " is in no Go module: no go.mod in it or above it"
}

// Find is the project that a folder belongs to. work is what GOWORK is there: a file, "off", or "" for none.
func Find(dir, work string) (Project, error) {
	var p Project
	if work != "" && work != "off" {
		text, err := os.ReadFile(work)
		if err != nil {
			return p, err
		}
		file, err := modfile.ParseWork(work, text, nil)
		if err != nil {
			return p, err
		}
		p.Work = work
		for _, use := range file.Use {
			used := filepath.FromSlash(use.Path)
			if !filepath.IsAbs(used) {
				used = filepath.Join(filepath.Dir(work), used)
			}
			p.Dirs = append(p.Dirs, used)
		}
	} else {
		for at := dir; p.Dirs == nil; at = filepath.Dir(at) {
			if info, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && info.Mode().IsRegular() {
				p.Dirs = []string{at}
			} else if at == filepath.Dir(at) {
				return p, &NoProjectError{Dir: dir}
			}
		}
	}
	for _, main := range p.Dirs {
		file := filepath.Join(main, "go.mod")
		text, err := os.ReadFile(file)
		if err != nil {
			return p, err
		}
		path := modfile.ModulePath(text)
		if path == "" {
			return p, fmt.Errorf("%s names no module", file)
		}
		p.Main = append(p.Main, path)
	}
	return p, nil
}

// Vendored tells whether the project carries its modules in a vendor folder, which the go command then takes them from
// unless flags, GOFLAGS, say otherwise.
func (p Project) Vendored(flags string) bool {
	if strings.Contains(flags, "-mod=mod") || strings.Contains(flags, "-mod=readonly") {
		return false
	}
	dir := filepath.Dir(p.Work)
	if p.Work == "" {
		dir = p.Dirs[0]
	}
	_, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt"))
	return err == nil
}

// Sums adds what the project's go.sum files, and the workspace's go.work.sum, say. A module without dependencies has none.
func (p Project) Sums(to *Sums) error {
	var files []string
	for _, dir := range p.Dirs {
		files = append(files, filepath.Join(dir, "go.sum"))
	}
	if p.Work != "" {
		files = append(files, p.Work+".sum")
	}
	for _, file := range files {
		if err := to.Read(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
