package manager

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/local"
	"gsw/manager/store"
	"gsw/platform"
	"gsw/scripts"
)

// A StillInstalledError says what would go with gsw, where nobody has said that it may.
type StillInstalledError struct{ Toolchains int }

func (e *StillInstalledError) Error() string {
	return fmt.Sprintf("nothing was removed: with gsw go its lines in start-up files and %d toolchains, with the tools built with them", e.Toolchains)
}

// SelfRemoval is what removing gsw from a user's account comes to.
type SelfRemoval struct {
	Edits      []scripts.Edit    // of start-up files
	Toolchains []store.Toolchain // that go
	Path       PathEdit          // of the PATH that Windows keeps for the user
	Left       []string          // in GSW_HOME, because gsw did not make it or was told to keep it; GSW_HOME is gone if there is none
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

// SelfUninstall takes gsw out of the user's account: its lines in the start-up files of every shell, its toolchains and
// its home folder. What gsw did not make stays, and so do links' targets. A toolchain that runs is refused before
// anything is removed. After a failure it may be called again.
func (m Manager) SelfUninstall(ctx context.Context, keepToolchains bool) (SelfRemoval, error) {
	if err := m.packaged(); err != nil {
		return SelfRemoval{}, err
	}
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
	for _, t := range r.Toolchains {
		if err := m.Store.Remove(ctx, t.Version, true, func() {}); err != nil {
			return r, err
		}
	}
	if err := m.clearHome(keepToolchains); err != nil {
		return r, err
	}
	r.Left, err = left(m.Host.Home)
	return r, err
}

// clearHome removes what gsw put into GSW_HOME, name by name: removing all of it would take along what somebody else put there.
func (m Manager) clearHome(keepToolchains bool) error {
	for _, dir := range []string{"shims", "bin"} {
		if err := m.clearPrograms(filepath.Join(m.Host.Home, dir)); err != nil {
			return err
		}
	}
	trees, files := []string{"cache", "resolve", "previous", "locks"}, []string{}
	if !keepToolchains {
		files = append(files, "current", "config.toml", "installs.jsonl", "installs.jsonl.lock")
	}
	for _, name := range trees {
		if err := platform.RemoveTree(filepath.Join(m.Host.Home, name)); err != nil {
			return err
		}
	}
	for _, name := range files {
		if err := os.Remove(filepath.Join(m.Host.Home, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if !keepToolchains {
		if err := clearVersions(filepath.Join(m.Host.Home, "versions")); err != nil {
			return err
		}
	}
	_ = os.Remove(m.Host.Home) // it stays if something is in it, and the caller says what
	return nil
}

// clearPrograms removes gsw's programs and links from a folder, and the folder if that was all.
func (m Manager) clearPrograms(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	own := map[string]bool{}
	for _, name := range []string{local.Front, local.Goswitch, local.Complete, local.Shim} {
		own[m.Host.Target.Exe(name)] = filepath.Base(dir) == "bin"
	}
	shim, _ := os.Stat(m.bin(local.Shim))
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Lstat(path)
		if err != nil {
			continue
		}
		// A link is a shim, or a way to a toolchain; on Windows shims are hard links of one file.
		if own[e.Name()] || info.Mode()&fs.ModeSymlink != 0 && inside(m.Host.Home, path) || shim != nil && os.SameFile(shim, info) {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	_ = os.Remove(dir)
	return nil
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

// clearVersions removes what killed processes left among the toolchains, and the folder if nothing else is there.
func clearVersions(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			if err := platform.RemoveTree(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	_ = os.Remove(dir)
	return nil
}

func left(home string) ([]string, error) {
	entries, err := os.ReadDir(home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, filepath.Join(home, e.Name()))
	}
	return names, err
}
