package platform

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// rootFolder is the Folder of systems for which there is no better one. It is built and tested everywhere.
type rootFolder struct{ root *os.Root }

func openRootFolder(dir string) (folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return rootFolder{root}, nil
}

func (f rootFolder) sub(name string, perm fs.FileMode) (folder, error) {
	if err := f.root.Mkdir(name, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	// os.Root follows a link that stays inside. A folder that was made here is none.
	info, err := f.root.Lstat(name)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("not a folder")}
	}
	if err != nil {
		return nil, err
	}
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return rootFolder{root}, nil
}

func (f rootFolder) create(name string, perm fs.FileMode) (newFile, error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return &rootFile{root: f.root, name: name, file: file}, nil
}

func (f rootFolder) look(string) (folder, error)  { return nil, errors.ErrUnsupported }
func (f rootFolder) open(string) (OldFile, error) { return OldFile{}, errors.ErrUnsupported }
func (f rootFolder) link(oldFile, string) error   { return errors.ErrUnsupported }

func (f rootFolder) remove(name string) error { return f.root.Remove(name) }

func (f rootFolder) clone(oldFile, string, fs.FileMode) (newFile, error) {
	return nil, errors.ErrUnsupported
}

func (f rootFolder) close() error { return f.root.Close() }

type rootFile struct {
	root *os.Root
	name string
	file *os.File
}

func (n *rootFile) write(p []byte) error {
	_, err := n.file.Write(p)
	return err
}

// finish sets the time last: on Windows closing a file that was written to sets it anew.
func (n *rootFile) finish(mtime time.Time) error {
	if err := n.file.Close(); err != nil || mtime.IsZero() {
		return err
	}
	return n.root.Chtimes(n.name, time.Time{}, mtime)
}

func (n *rootFile) readAt([]byte, int64) error { return errors.ErrUnsupported }
func (n *rootFile) cut(int64) error            { return errors.ErrUnsupported }

func (n *rootFile) close() error { return n.file.Close() }
