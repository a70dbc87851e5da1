//go:build unix

package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func pointDir(link, dir string) error { return pointSymlink(link, dir) }

func pointFile(link, target string) error { return pointSymlink(link, target) }

func readDirLink(link string) (string, error) {
	text, err := os.Readlink(link)
	if errors.Is(err, syscall.EINVAL) {
		return "", &NotLinkError{Path: link}
	}
	return text, err
}

func pointSymlink(link, text string) error {
	switch old, err := readDirLink(link); {
	case err == nil && old == text:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	sibling, err := inSibling(link, func(sibling string) error { return os.Symlink(text, sibling) })
	if err != nil {
		return err
	}
	// A folder that appears at link meanwhile makes the rename fail; only a file that does so would be replaced.
	if err := os.Rename(sibling, link); err != nil {
		os.Remove(sibling)
		return err
	}
	return nil
}

func linkable(dir string) error {
	sibling, err := inSibling(filepath.Join(dir, "try"), func(sibling string) error { return os.Symlink("x", sibling) })
	switch {
	case err == nil:
		return os.Remove(sibling)
	// Linux says EPERM where the file system does not know the call, and a FUSE program ENOSYS.
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.EOPNOTSUPP):
		return &NoLinksError{Dir: dir}
	}
	return err
}
