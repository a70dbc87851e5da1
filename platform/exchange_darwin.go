package platform

import (
	"errors"

	"golang.org/x/sys/unix"
)

func exchangeTrees(a, b string) (bool, error) {
	err := unix.RenamexNp(a, b, unix.RENAME_SWAP)
	// EINVAL: the file system does not know the flag, or one folder lies in the other, which the renames refuse too.
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) {
		return false, exchangeByRenames(a, b)
	}
	return err == nil, err
}
