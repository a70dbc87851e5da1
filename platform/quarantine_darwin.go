package platform

import (
	"errors"

	"golang.org/x/sys/unix"
)

const quarantine = "com.apple.quarantine"

func quarantined(path string) bool {
	_, err := unix.Getxattr(path, quarantine, nil)
	return err == nil
}

// release takes the attribute from an open file. One that has none is released already.
func release(fd int) error {
	err := unix.Fremovexattr(fd, quarantine)
	if errors.Is(err, unix.ENOATTR) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

// shareable: a second name has the first one's attributes.
func shareable(fd int) error {
	if _, err := unix.Fgetxattr(fd, quarantine, nil); err == nil {
		return errors.New("it is in quarantine")
	}
	return nil
}
