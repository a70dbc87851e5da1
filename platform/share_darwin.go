package platform

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

func (f fdFolder) clone(old oldFile, name string, perm fs.FileMode) (newFile, error) {
	o, ok := old.(fdOld)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	if err := unix.Fclonefileat(o.fd, int(f), name, unix.CLONE_NOOWNERCOPY); err != nil {
		if noClones(err) {
			err = errors.Join(errors.ErrUnsupported, err)
		}
		return nil, err
	}
	// Attributes came along, and what is in quarantine would be so for good. Whatever permissions the old one has came along. They stand for the umask, which can't be asked for without changing it.
	err := unix.Fchmodat(int(f), name, uint32(perm.Perm())&(o.mode|0o700), 0)
	if err == nil {
		var fd int
		if fd, err = openAt(int(f), name, unix.O_RDWR|unix.O_NOFOLLOW, 0); err == nil {
			if err = release(fd); err == nil {
				return fdFile{folder: int(f), name: name, fd: fd}, nil
			}
			err = errors.Join(err, closeFD(fd, name))
		}
	}
	return nil, errors.Join(err, unix.Unlinkat(int(f), name, 0))
}
