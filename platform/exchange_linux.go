package platform

import (
	"errors"

	"golang.org/x/sys/unix"
)

func exchangeTrees(a, b string) (bool, error) {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	// EINVAL: the file system does not know the flag, or one folder lies in the other, which the renames refuse too.
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return false, exchangeByRenames(a, b)
	}
	return err == nil, err
}
