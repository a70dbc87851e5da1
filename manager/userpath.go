package manager

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gsw/manager/ide"
	"gsw/platform"
	"gsw/scripts"
)

// A LongPathError says that with gsw's folders the PATH would be longer than Windows makes one.
type LongPathError struct{ Length int }

func (e *LongPathError) Error() string {
	return fmt.Sprintf("with gsw's folders PATH has %d characters, and Windows gives programs %d at most: nothing was changed", e.Length, platform.PathLimit)
}

// PathEdit is what happens to the PATH that Windows keeps for the user.
type PathEdit struct {
	Place    string // in the registry
	Old, New platform.Setting

	Announced bool   // the programs that run were told
	Rival     string // a go command that comes first whatever the user's PATH says: the machine's has it
	Homeless  bool   // programs will look for gsw's home elsewhere: Windows keeps no GSW_HOME that says where it is
}

// Changes tells whether anything happens.
func (e PathEdit) Changes() bool { return e.Old != e.New }

// Diff shows the edit, an entry a line.
func (e PathEdit) Diff() string {
	lines := func(s platform.Setting) []byte {
		var text strings.Builder
		for _, entry := range s.PathEntries(platform.Env{}) {
			text.WriteString(entry.Text + "\n")
		}
		return []byte(text.String())
	}
	return ide.Diff(scripts.Edit{File: e.Place, Old: lines(e.Old), New: lines(e.New)})
}

// PathPlan is what PathWrite would do, or PathRemove. errors.ErrUnsupported where the system keeps no PATH: shells do.
func (m Manager) PathPlan(remove bool) (PathEdit, error) {
	registry, env := m.Host.Registry, m.Host.Env
	old, err := registry.UserVariable("Path")
	if err != nil {
		return PathEdit{}, err
	}
	e := PathEdit{Place: registry.User + `\Path`, Old: old}
	shims, bin := filepath.Join(m.Host.Home, "shims"), filepath.Join(m.Host.Home, "bin")
	if remove {
		e.New = old.WithoutFolders(env, shims, bin)
		return e, nil
	}
	if e.New, err = old.WithFirst(env, shims, bin); err != nil {
		return e, err
	}
	machine, err := registry.MachineVariable("Path")
	if err != nil && !notOurs(err) {
		return e, err
	}
	if length := platform.PathLength(env, machine, e.New); e.Changes() && length > platform.PathLimit {
		return e, &LongPathError{Length: length}
	}
	e.Rival, e.Homeless = m.rival(machine), m.homeless()
	return e, nil
}

// PathWrite makes every program of the user that starts from now on find gsw and the shims first of all that is the
// user's: cmd, editors and CI read no start-up file. What is right already is not written again.
func (m Manager) PathWrite(ctx context.Context) (PathEdit, error) {
	if e, err := m.PathPlan(false); err != nil {
		return e, err
	}
	if _, err := m.Program(ctx); err != nil {
		return PathEdit{}, err
	}
	return m.replacePath(ctx, false)
}

// PathRemove takes out what PathWrite put in: the registry is byte for byte as it was.
func (m Manager) PathRemove(ctx context.Context) (PathEdit, error) {
	if e, err := m.PathPlan(true); err != nil || !e.Changes() {
		return e, err
	}
	return m.replacePath(ctx, true)
}

// replacePath lets one gsw after the other do it: the second finds nothing to change.
func (m Manager) replacePath(ctx context.Context, remove bool) (e PathEdit, err error) {
	unlock, err := platform.Lock(ctx, filepath.Join(m.Host.Home, "locks", "path"), nil)
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if e, err = m.PathPlan(remove); err == nil && e.Changes() {
		e.Announced, err = m.Host.Registry.ReplaceUserPath(e.Old, e.New)
	}
	return e, err
}

// notOurs tells whether an error says that gsw can have put nothing there.
func notOurs(err error) bool {
	var foreign *platform.ForeignSettingError
	return errors.Is(err, errors.ErrUnsupported) || errors.As(err, &foreign)
}

// homeless tells whether gsw's home is none that a program finds which starts without this one's environment.
func (m Manager) homeless() bool {
	if platform.SameWindowsPath(m.Host.Home, filepath.Join(m.Host.UserHome, ".gsw")) {
		return false
	}
	for _, read := range []func(string) (platform.Setting, error){m.Host.Registry.UserVariable, m.Host.Registry.MachineVariable} {
		kept, err := read("GSW_HOME")
		if text := kept.Text; err == nil && kept.Is {
			if kept.Expands {
				text = m.Host.Env.Expand(text)
			}
			return !platform.SameWindowsPath(text, m.Host.Home)
		}
	}
	return true
}

// rival is the go command that the machine's PATH has.
func (m Manager) rival(machine platform.Setting) string {
	var folders []string
	for _, e := range machine.PathEntries(m.Host.Env) {
		if !platform.SameWindowsPath(e.Folder, filepath.Join(m.Host.Home, "shims")) {
			folders = append(folders, e.Folder)
			continue
		}
		break
	}
	file, err := platform.LookPath(m.Host.Exe("go"), m.Host.Env.WithPath(folders), m.Host.Dir)
	if err != nil {
		return ""
	}
	return file
}
