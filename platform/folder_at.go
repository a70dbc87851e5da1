//go:build linux || darwin

package platform

import (
	"io/fs"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// fdFolder is the descriptor of a folder. An *os.File would be put up for polling, which regular files and folders do
// not take part in, and asked for its kind: six system calls of ten.
type fdFolder int

func openFolder(dir string) (folder, error) {
	fd, err := openAt(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return fdFolder(fd), nil
}

func (f fdFolder) sub(name string, perm fs.FileMode) (folder, error) {
	err := unix.Mkdirat(int(f), name, uint32(perm.Perm()))
	if err != nil && err != syscall.EEXIST {
		return nil, &fs.PathError{Op: "mkdir", Path: name, Err: err}
	}
	fd, err := openAt(int(f), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return fdFolder(fd), nil
}

func (f fdFolder) create(name string, perm fs.FileMode) (newFile, error) {
	fd, err := openAt(int(f), name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, perm)
	if err != nil {
		return nil, err
	}
	return fdFile{folder: int(f), name: name, fd: fd}, nil
}

func (f fdFolder) close() error { return closeFD(int(f), "") }

type fdFile struct {
	folder int
	name   string
	fd     int
}

func (n fdFile) write(p []byte) error {
	for len(p) > 0 {
		written, err := unix.Write(n.fd, p[:min(len(p), 1<<30)])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return &fs.PathError{Op: "write", Path: n.name, Err: err}
		case written == 0:
			return &fs.PathError{Op: "write", Path: n.name, Err: syscall.EIO}
		}
		p = p[max(written, 0):]
	}
	return nil
}

func (n fdFile) finish(mtime time.Time) error {
	if mtime.IsZero() {
		return n.close()
	}
	times := [2]unix.Timespec{{Nsec: omitTime}, {}}
	var err error
	if times[1], err = unix.TimeToTimespec(mtime); err == nil {
		err = n.setTimes(&times)
	}
	if closed := n.close(); err == nil {
		return closed
	}
	return &fs.PathError{Op: "chtimes", Path: n.name, Err: err}
}

func (n fdFile) close() error { return closeFD(n.fd, n.name) }

func openAt(at int, name string, flags int, perm fs.FileMode) (int, error) {
	for {
		fd, err := unix.Openat(at, name, flags|unix.O_CLOEXEC, uint32(perm.Perm()))
		if err == nil {
			return fd, nil
		}
		if err != syscall.EINTR {
			return -1, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// closeFD does not try again after EINTR: the descriptor is gone by then, and may be somebody else's.
func closeFD(fd int, name string) error {
	if err := unix.Close(fd); err != nil && err != syscall.EINTR {
		return &fs.PathError{Op: "close", Path: name, Err: err}
	}
	return nil
}
