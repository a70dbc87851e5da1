//go:build unix

package platform

import (
	"errors"
	"os"
	"syscall"
)

func flushDir(dir string) error { return flushPath(dir) }

func flushPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unlessFolder(f, f.Sync())
}

// unlessFolder forgives that a folder can't be flushed: some file systems, network mounts and FUSE programs among them,
// don't know how, and for files they do.
func unlessFolder(f *os.File, err error) error {
	if !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) && !errors.Is(err, syscall.ENOSYS) {
		return err
	}
	if info, statErr := f.Stat(); statErr == nil && info.IsDir() {
		return nil
	}
	return err
}
