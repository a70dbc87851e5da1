package manager

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/ide"
	"gsw/manager/local"
	"gsw/manager/store"
	"gsw/platform"
	"gsw/scripts"
)

// A StillInstalledError says what would go with gsw, where nobody has said that it may.
type StillInstalledError struct{ Toolchains int }

func (e *StillInstalledError) Error() string {
	return fmt.Sprintf("nothing was removed: with gsw go its lines in start-up files and %s, with the tools built with them", plural(e.Toolchains, "toolchain"))
}

// SelfRemoval is what removing gsw from a user's account comes to.
type SelfRemoval struct {
	Edits      []scripts.Edit    // of start-up files, and of an editor's settings
	Toolchains []store.Toolchain // that go
	Path       PathEdit          // of the PATH that Windows keeps for the user
	Left       []string          // in GSW_HOME, because gsw did not make it or was told to keep it; GSW_HOME is gone if there is none
	Running    []string          // files that Windows does not let go before the program in them has ended
	Program    string            // this gsw, where it lies somewhere else and stays; "" if it goes
	Owner      PackageManager    // who put it there; zero if that was nobody known
}

// SelfRemovable tells what SelfUninstall would remove.
func (m Manager) SelfRemovable(keepToolchains bool) (SelfRemoval, error) {
	path, err := m.PathPlan(true)
	if err != nil && !notOurs(err) {
		return SelfRemoval{}, err
	}
	r := SelfRemoval{Path: path}
	for _, shell := range scripts.Shells() {
		edits, err := scripts.Uninstall(shell, m.user())
		if err != nil {
			return r, err
		}
		r.Edits = append(r.Edits, edits...)
	}
	if edit, is, err := m.editorEdit(); err != nil {
		return r, err
	} else if is {
		r.Edits = append(r.Edits, edit)
	}
	if m.atHome() != nil {
		r.Program = m.Host.Self
		if file, owner, is := ownerOf("", m.Host.Self, m.Host.Target, m.Host.Env); is {
			r.Program, r.Owner = file, owner
		}
	}
	if keepToolchains {
		return r, nil
	}
	toolchains, err := m.Store.List()
	if err != nil {
		return r, err
	}
	for _, t := range toolchains {
		if strings.HasPrefix(t.Dir, m.Host.Home+string(filepath.Separator)) { // not those of the system's store
			r.Toolchains = append(r.Toolchains, t)
		}
	}
	return r, nil
}

// editorEdit takes gsw out of the settings that an editor has for all projects: they name shims that will not be there.
// Those of single projects nobody knows.
func (m Manager) editorEdit() (scripts.Edit, bool, error) {
	file := ide.UserFile(m.Place())
	vscode, _ := ide.Find("vscode")
	if file == "" {
		return scripts.Edit{}, false, nil
	}
	if _, err := os.Lstat(file); err != nil {
		return scripts.Edit{}, false, nil // no such editor, or nothing that one may look at
	}
	return m.IDE(vscode, file, true)
}

// SelfUninstall takes gsw out of the user's account: its lines in the start-up files of every shell, its toolchains and
// its home folder. What gsw did not make stays, and so do links' targets, and a gsw that lies elsewhere. A toolchain that
// runs is refused before anything is removed. After a failure it may be called again.
func (m Manager) SelfUninstall(ctx context.Context, keepToolchains bool) (SelfRemoval, error) {
	r, err := m.SelfRemovable(keepToolchains)
	if err != nil {
		return r, err
	}
	for _, t := range r.Toolchains {
		if processes, err := t.Running(); err == nil && len(processes) > 0 {
			return r, &RunningError{Version: t.Version, Processes: processes}
		}
	}
	if r.Path, err = m.PathRemove(ctx); err != nil && !notOurs(err) {
		return r, err
	}
	r.Edits = nil
	for _, shell := range scripts.Shells() {
		edits, err := m.InitRemove(shell)
		r.Edits = append(r.Edits, edits...)
		if err != nil {
			return r, err
		}
	}
	if edit, is, err := m.editorEdit(); err != nil {
		return r, err
	} else if is {
		r.Edits = append(r.Edits, edit)
		if err := m.ApplyIDE(ctx, edit); err != nil {
			return r, err
		}
	}
	for _, t := range r.Toolchains {
		if err := m.Store.Remove(ctx, t.Version, true, func() {}); err != nil {
			return r, err
		}
	}
	if r.Running, err = m.clearHome(keepToolchains); err != nil {
		return r, err
	}
	r.Left, err = left(m.Host.Home, r.Running)
	return r, err
}

// clearHome removes what gsw put into GSW_HOME, name by name: removing all of it would take along what somebody else put
// there. It gives the files of programs that run and can't be removed.
func (m Manager) clearHome(keepToolchains bool) (running []string, err error) {
	for _, dir := range []string{"shims", "bin"} {
		held, err := m.clearPrograms(filepath.Join(m.Host.Home, dir))
		if running = append(running, held...); err != nil {
			return running, err
		}
	}
	trees, files := []string{"cache", "resolve", "previous", local.Next, "locks"}, []string{}
	if !keepToolchains {
		files = append(files, "current", "default", "config.toml", "installs.jsonl", "installs.jsonl.lock")
	}
	for _, name := range trees {
		if err := platform.RemoveTree(filepath.Join(m.Host.Home, name)); err != nil {
			return running, err
		}
	}
	for _, name := range files {
		if err := os.Remove(filepath.Join(m.Host.Home, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return running, err
		}
	}
	if !keepToolchains {
		held, err := clearVersions(filepath.Join(m.Host.Home, "versions"))
		if running = append(running, held...); err != nil {
			return running, err
		}
	}
	_ = os.Remove(m.Host.Home) // it stays if something is in it, and the caller says what
	return running, nil
}

// clearPrograms removes gsw's programs and links from a folder, and the folder if that was all.
func (m Manager) clearPrograms(dir string) (running []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !m.ownProgram(path) {
			continue
		}
		held, err := platform.RemoveProgram(path)
		if err != nil {
			return running, err
		}
		if held != "" {
			running = append(running, held)
		}
	}
	_ = os.Remove(dir)
	return running, nil
}

// ownProgram tells whether a file of bin or shims is gsw's: one of its programs, or what became of one that ran while it
// was replaced; a link to a shim or a toolchain; on Windows a shim, which is a hard link to the program or a copy of it.
func (m Manager) ownProgram(path string) bool {
	name := filepath.Base(path)
	if of, is := platform.Leftover(name); is {
		return store.Essential(of) || filepath.Base(filepath.Dir(path)) == "shims"
	}
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return inside(m.Host.Home, path)
	}
	programs := []string{local.Front, local.Goswitch, local.Complete, local.Shim, local.Server}
	for _, program := range programs {
		if m.bin(program) == path || info.Mode().IsRegular() && same(path, m.bin(program)) {
			return true
		}
	}
	return false
}

// inside tells whether the link at path leads to somewhere in home.
func inside(home, path string) bool {
	text, err := os.Readlink(path)
	if err != nil {
		return false
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(filepath.Dir(path), text)
	}
	return strings.HasPrefix(filepath.Clean(text), home+string(filepath.Separator))
}

// clearVersions removes what killed processes left among the toolchains, and the folder if nothing else is there. It gives
// what a program holds that still runs out of a toolchain that is gone.
func clearVersions(dir string) (running []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); strings.HasPrefix(e.Name(), ".") {
			kept, err := platform.ClearTree(path)
			if err != nil {
				return running, err
			}
			if kept {
				running = append(running, path)
			}
		}
	}
	_ = os.Remove(dir)
	return running, nil
}

// left names what is in home still, but for what is told of as running, and folders that hold nothing else.
func left(home string, running []string) ([]string, error) {
	entries, err := os.ReadDir(home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		path := filepath.Join(home, e.Name())
		if below, err := os.ReadDir(path); err == nil && len(below) > 0 && !slices.ContainsFunc(below, func(e fs.DirEntry) bool {
			return !slices.Contains(running, filepath.Join(path, e.Name()))
		}) {
			continue
		}
		names = append(names, path)
	}
	return names, err
}
