package manager

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gsw/manager/tools"
	"gsw/platform"
)

// Program puts gsw into GSW_HOME/bin, where shims and hooks find it whatever
// becomes of the copy that was started (`go run` deletes its own), and returns
// what shims are links to, relative to GSW_HOME/shims.
//
// The small gsw-shim is taken along where it lies beside gsw, as in a release:
// a shim then starts in a third of the time.
func (m Manager) Program() (string, error) {
	exe := m.Host.Target.Exe
	bin := filepath.Join(m.Host.Home, "bin")
	if err := keep(m.Host.Self, filepath.Join(bin, exe("gsw"))); err != nil {
		return "", err
	}
	if err := platform.PointFile(filepath.Join(bin, exe("goswitch")), exe("gsw")); err != nil {
		return "", err
	}
	shim := filepath.Join(filepath.Dir(m.Host.Self), exe("gsw-shim"))
	if _, err := os.Stat(shim); err == nil {
		if err := keep(shim, filepath.Join(bin, exe("gsw-shim"))); err != nil {
			return "", err
		}
	}
	return m.programInPlace(), nil
}

// programInPlace is what Program returns if it was called before, else "".
func (m Manager) programInPlace() string {
	for _, name := range []string{"gsw-shim", "gsw"} {
		name = m.Host.Target.Exe(name)
		if _, err := os.Stat(filepath.Join(m.Host.Home, "bin", name)); err == nil {
			return filepath.Join("..", "bin", name)
		}
	}
	return ""
}

// Sweep clears away what killed processes left, and looks at the tools if one
// came or went. It costs two small folders' reading when there is nothing.
func (m Manager) Sweep(ctx context.Context) error {
	found, err := tools.Sweep(ctx, m.Host, m.Store, m.Config.Allow, m.programInPlace())
	m.tell(found)
	return err
}

// keep makes the file at to a copy of from, by rename: a running copy is not
// written to. A copy has its original's time, so that equal means size and time.
func keep(from, to string) error {
	source, err := os.Stat(from)
	if err != nil {
		return err
	}
	copied, err := os.Stat(to)
	switch {
	case err == nil && os.SameFile(source, copied):
		return nil
	case err == nil && copied.Size() == source.Size() && copied.ModTime().Equal(source.ModTime()):
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return platform.CopyFile(from, to)
}
