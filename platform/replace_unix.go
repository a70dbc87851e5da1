//go:build unix

package platform

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func replace(old, new string) error { return os.Rename(old, new) }

func renameTree(old, new string) error { return os.Rename(old, new) }

// takeAfter gives f the permissions of old, and where one may, as root may, its owner: sudo must not take a user's
// file away.
func takeAfter(f *os.File, old fs.FileInfo) error {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		if err := f.Chown(int(stat.Uid), int(stat.Gid)); err != nil && !os.IsPermission(err) {
			return err
		}
	}
	return f.Chmod(old.Mode().Perm())
}

// removeTree makes folders writable only where the plain way failed: it is rare, and a second walk.
func removeTree(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil || !os.IsPermission(err) {
		return err
	}
	if info, statErr := os.Lstat(dir); statErr != nil || !info.IsDir() {
		return err
	}
	// Every folder becomes readable before WalkDir reads it.
	walkErr := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return unlockDir(path)
		}
		return nil
	})
	if walkErr != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// unlockDir changes the folder it opened, never what a link put in its place names.
func unlockDir(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm()&0o700 == 0o700 {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()|0o700)
}
