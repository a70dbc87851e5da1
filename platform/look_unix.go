//go:build unix

package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func look(dir string, names []string) []Seen {
	seen := make([]Seen, len(names))
	if len(names) == 0 {
		return seen
	}
	fd, err := openDir(dir)
	if err != nil {
		return seen
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	for i, name := range names {
		if statAt(fd, name, &stat) == nil {
			seen[i] = Seen{There: true, Time: unix.TimespecToNsec(stat.Mtim), Size: stat.Size, Changed: unix.TimespecToNsec(stat.Ctim)}
		}
	}
	return seen
}

func peek(dir string, names []string) (foreign, holds, ok bool) {
	fd, err := openDir(dir)
	if err != nil {
		return false, false, false
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil {
		return false, false, false
	}
	if owner := int(stat.Uid); owner != 0 && owner != os.Geteuid() {
		return true, false, true
	}
	for _, name := range names {
		switch err := statAt(fd, name, &stat); err {
		case nil:
			return false, true, true
		case unix.ENOENT:
		default:
			return false, false, false // what is wrong is the caller's to find out and to say
		}
	}
	return false, false, true
}

func statAt(fd int, name string, stat *unix.Stat_t) error {
	for {
		if err := unix.Fstatat(fd, name, stat, 0); err != unix.EINTR {
			return err
		}
	}
}

// openDir opens a folder to look into it.
func openDir(dir string) (int, error) {
	for {
		fd, err := unix.Open(dir, openToLook|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
