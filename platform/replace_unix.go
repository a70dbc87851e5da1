//go:build unix

package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func replace(old, new string) error { return os.Rename(old, new) }

func replaceProgram(old, new string) error { return os.Rename(old, new) }

func removeProgram(path string) (string, error) {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return "", nil
}

func readFile(path string) ([]byte, error) { return os.ReadFile(path) }

func openToAppend(path string, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, perm)
}

func renameTree(old, new string) error { return os.Rename(old, new) }

func moveTree(old, new string) error { return os.Rename(old, new) }

// takeAfter gives f the permissions of old, and where one may, as root may, its owner: sudo must not take a user's
// file away.
func takeAfter(f *os.File, old fs.FileInfo) error {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		if err := f.Chown(int(stat.Uid), int(stat.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return f.Chmod(old.Mode().Perm())
}

// removeTree makes folders writable only where the plain way failed: it is rare, and a second walk.
func removeTree(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	if unlockTree(filepath.Clean(dir)) != nil {
		return err
	}
	return os.RemoveAll(dir)
}

func clearTree(dir string) (kept bool, err error) {
	err = removeTree(dir)
	return err != nil, err
}

// unlockTree makes every folder of the tree its owner's to read and write. A link that somebody puts in a folder's
// place meanwhile can't lead it out of the parent of dir.
func unlockTree(dir string) error {
	parent := filepath.Dir(dir)
	root, err := os.OpenRoot(parent)
	if err != nil {
		return err
	}
	defer root.Close()
	// WalkDir calls this before it reads the folder.
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Mode().Perm()&0o700 == 0o700 {
			return err
		}
		name, err := filepath.Rel(parent, path)
		if err != nil {
			return err
		}
		return root.Chmod(name, info.Mode().Perm()|0o700)
	})
}
