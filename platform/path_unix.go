//go:build unix

package platform

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const pathSeparators = "/"

func executableExtensions(string, Env) []string { return []string{""} }

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir() || info.Mode().Perm()&0o111 == 0:
		return fs.ErrPermission
	}
	return unix.Access(path, unix.X_OK)
}

func ownedByAnother(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	return owner != 0 && owner != os.Geteuid(), nil
}

func owner(path string) (int, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	return int(info.Sys().(*syscall.Stat_t).Uid), nil
}

func user() int { return os.Geteuid() }
