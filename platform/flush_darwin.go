package platform

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushTree asks for the drive's own cache to be emptied once, at the end: os.File.Sync does it for every file, and
// takes minutes for a toolchain.
func flushTree(dir string) error {
	if err := flushEach(dir, handToDrive); err != nil {
		return err
	}
	return flushPath(dir)
}

func handToDrive(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unlessFolder(f, os.NewSyscallError("fsync", unix.Fsync(int(f.Fd()))))
}
