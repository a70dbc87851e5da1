package manager

import (
	"context"
	"os"
	"path/filepath"

	"gsw/manager/config"
	"gsw/platform"
	"gsw/scripts"
)

// Hook is the code of a shell's hook. Program must have been called: the hook
// asks the copy in GSW_HOME/bin.
func (m Manager) Hook(shell scripts.Shell) string { return shell.Hook(m.asked(), m.Host.Home) }

// sourced is the same, as the text of a file.
func (m Manager) sourced(shell scripts.Shell) string {
	return scripts.Sourced(shell, m.asked(), m.Host.Home)
}

// asked is the program that hooks ask.
func (m Manager) asked() string {
	return filepath.Join(m.Host.Home, "bin", m.Host.Target.Exe("gsw"))
}

// InitWrite makes every new shell of the user load the hook: one line in each of
// its start-up files, which source a generated file, so that a starting shell
// runs no process. The edits are done when it returns; none means that all was right.
func (m Manager) InitWrite(ctx context.Context, shell scripts.Shell) ([]scripts.Edit, error) {
	if _, err := m.Program(ctx); err != nil {
		return nil, err
	}
	if err := m.writeHook(shell); err != nil {
		return nil, err
	}
	edits, err := scripts.Install(shell, m.user())
	return edits, apply(edits, err)
}

// InitRemove takes out what InitWrite put in: the files are byte for byte as they were.
func (m Manager) InitRemove(shell scripts.Shell) ([]scripts.Edit, error) {
	edits, err := scripts.Uninstall(shell, m.user())
	if err := apply(edits, err); err != nil {
		return edits, err
	}
	err = os.Remove(scripts.HookFile(shell, m.Host.Home))
	if os.IsNotExist(err) {
		err = nil
	}
	return edits, err
}

func apply(edits []scripts.Edit, err error) error {
	for _, e := range edits {
		if err == nil {
			err = e.Apply()
		}
	}
	return err
}

func (m Manager) user() scripts.User {
	return scripts.User{
		Target: m.Host.Target, Env: m.Host.Env, UserHome: m.Host.UserHome, Home: m.Host.Home, ReadFile: os.ReadFile,
		Documents: m.Host.Documents,
	}
}

// writeHook writes the file that start-up files source.
func (m Manager) writeHook(shell scripts.Shell) error {
	if err := os.MkdirAll(m.Host.Home, 0o755); err != nil {
		return err
	}
	return platform.WriteForUser(scripts.HookFile(shell, m.Host.Home), []byte(m.sourced(shell)), 0o644)
}

// askFile makes the hooks ask gsw at every change of directory, because a
// setting makes an environment that they cannot make with builtins alone.
const askFile = ".ask"

// tellHooks leaves or removes the note that hooks have to ask, and writes down where which profile holds.
func (m Manager) tellHooks(c config.Config) error {
	if err := m.TellProfiles(c); err != nil {
		return err
	}
	file := filepath.Join(m.Host.Home, "resolve", askFile)
	if c.ExportGOROOT || c.IsolateGOPATH || c.StrictPin {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return platform.WriteForUser(file, nil, 0o644)
	}
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// RefreshHooks writes the hook files that are there anew where they are an older
// gsw's. A failure is no reason to stop what the user asked for.
func (m Manager) RefreshHooks() {
	for _, shell := range scripts.Shells() {
		file := scripts.HookFile(shell, m.Host.Home)
		if old, err := os.ReadFile(file); err == nil && string(old) != m.sourced(shell) {
			_ = m.writeHook(shell)
		}
	}
}
