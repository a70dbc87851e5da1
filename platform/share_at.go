//go:build linux || darwin

package platform

import (
	"errors"
	"io"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

func (f fdFolder) look(name string) (folder, error) {
	fd, err := openAt(int(f), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return fdFolder(fd), nil
}

// fdOld is an open file and the name it was opened under.
type fdOld struct {
	folder   int
	name     string
	fd       int
	mode     uint32
	dev, ino uint64
}

func (f fdFolder) open(name string) (OldFile, error) {
	// Without O_NONBLOCK, a pipe would hold up who opens it.
	fd, err := openAt(int(f), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return OldFile{}, err
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return OldFile{}, &fs.PathError{Op: "open", Path: name, Err: errors.Join(err, unix.Close(fd))}
	}
	old := fdOld{folder: int(f), name: name, fd: fd, mode: uint32(st.Mode), dev: uint64(st.Dev), ino: st.Ino}
	return OldFile{body: old, Size: st.Size, Perm: fs.FileMode(st.Mode).Perm()}, nil
}

func (o fdOld) readAt(p []byte, at int64) error { return readAt(o.fd, o.name, p, at) }
func (o fdOld) close() error                    { return closeFD(o.fd, o.name) }

func (o fdOld) protect() error {
	if err := unix.Fchmod(o.fd, o.mode&0o777&^0o222); err != nil {
		return &fs.PathError{Op: "chmod", Path: o.name, Err: err}
	}
	return nil
}

func (f fdFolder) link(old oldFile, name string) error {
	o, ok := old.(fdOld)
	if !ok {
		return errors.ErrUnsupported
	}
	if err := shareable(o.fd); err != nil {
		return err
	}
	if err := unix.Linkat(o.folder, o.name, int(f), name, 0); err != nil {
		return err
	}
	var st unix.Stat_t
	err := unix.Fstatat(int(f), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case err != nil:
	case uint64(st.Dev) != o.dev || st.Ino != o.ino:
		err = errors.New("it was replaced meanwhile")
	case st.Mode&0o222 != 0:
		err = errors.New("it is not read-only")
	default:
		return nil
	}
	return errors.Join(err, unix.Unlinkat(int(f), name, 0))
}

func (f fdFolder) remove(name string) error {
	if err := unix.Unlinkat(int(f), name, 0); err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
}

func (n fdFile) readAt(p []byte, at int64) error { return readAt(n.fd, n.name, p, at) }

func (n fdFile) cut(at int64) error {
	_, err := unix.Seek(n.fd, at, io.SeekStart)
	if err == nil {
		err = unix.Ftruncate(n.fd, at)
	}
	if err != nil {
		return &fs.PathError{Op: "truncate", Path: n.name, Err: err}
	}
	return nil
}

func readAt(fd int, name string, p []byte, at int64) error {
	for len(p) > 0 {
		n, err := unix.Pread(fd, p, at)
		switch {
		case err == syscall.EINTR:
			continue
		case err == nil && n == 0:
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return &fs.PathError{Op: "read", Path: name, Err: err}
		}
		p, at = p[n:], at+int64(n)
	}
	return nil
}

// noClones tells whether an error of cloning is about the file system, and not about this file.
func noClones(err error) bool {
	// ENOTTY: file systems from before there was such a thing. EINVAL: one that can, but not for these two.
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOTTY) ||
		errors.Is(err, unix.EXDEV) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS)
}
