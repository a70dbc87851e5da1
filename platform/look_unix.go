//go:build unix

package platform

import (
	"errors"

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
		err := unix.Fstatat(fd, name, &stat, 0)
		for errors.Is(err, unix.EINTR) {
			err = unix.Fstatat(fd, name, &stat, 0)
		}
		if err == nil {
			seen[i] = Seen{There: true, Time: unix.TimespecToNsec(stat.Mtim), Size: stat.Size}
		}
	}
	return seen
}

func openDir(dir string) (int, error) {
	for {
		fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}
