package manager

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gsw/manager/ide"
	"gsw/scripts"
)

// IDE gives the edit after which an editor's settings in a file follow every switch or, to take that out again, the edit
// that undoes it. One that changes nothing is none: ok is false. Nothing is written; ApplyIDE does that.
func (m Manager) IDE(editor ide.Editor, file string, remove bool) (edit scripts.Edit, ok bool, err error) {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return scripts.Edit{}, false, err
	}
	was := err == nil
	change := editor.Write
	if remove {
		change = editor.Remove
	}
	text, err := change(string(old), m.Place())
	if err != nil {
		return scripts.Edit{}, false, fmt.Errorf("editing %s: %w", file, err)
	}
	edit = scripts.Edit{File: file, Old: old, New: []byte(text), Was: was, Is: text != ""}
	return edit, text != string(old), nil
}

// ApplyIDE writes an edit. The shims that the settings name are made before, and a folder that is empty after goes with the
// file.
func (m Manager) ApplyIDE(ctx context.Context, edit scripts.Edit) error {
	if !edit.Is {
		if err := edit.Apply(); err != nil {
			return err
		}
		dir := filepath.Dir(edit.File)
		_ = os.Remove(dir) // only if nothing else is in it
		if edit.File == ide.UserFile(m.Place()) {
			_ = os.Remove(filepath.Dir(dir)) // Code, above User
		}
		return nil
	}
	if err := m.Settle(ctx); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(edit.File), 0o755); err != nil {
		return err
	}
	return edit.Apply()
}

// Place is whose editors' settings are written.
func (m Manager) Place() ide.Place {
	return ide.Place{Target: m.Host.Target, Env: m.Host.Env, UserHome: m.Host.UserHome, Home: m.Host.Home}
}
