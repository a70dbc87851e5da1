package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func flushTree(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = unix.Syncfs(int(d.Fd()))
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return flushEach(dir, flushPath)
	}
	return os.NewSyscallError("syncfs", err)
}
