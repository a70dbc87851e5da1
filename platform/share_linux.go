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
	fd, err := openAt(int(f), name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, perm)
	if err != nil {
		return nil, err
	}
	if err = unix.IoctlFileClone(fd, o.fd); err == nil {
		return fdFile{folder: int(f), name: name, fd: fd}, nil
	}
	if noClones(err) {
		err = errors.Join(errors.ErrUnsupported, err)
	}
	return nil, errors.Join(err, closeFD(fd, name), unix.Unlinkat(int(f), name, 0))
}
