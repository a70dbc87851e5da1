package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func flushTree(dir string) error {
	return flushEach(dir, func(path string) error {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return flushDir(path)
		}
		return flushFile(path, info)
	})
}

// flushFile opens the file for writing, because FlushFileBuffers insists on it: a read-only one is made writable for
// as long as that takes.
func flushFile(path string, info os.FileInfo) (err error) {
	if info.Mode().Perm()&0o200 == 0 {
		if err := os.Chmod(path, 0o666); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.Chmod(path, info.Mode().Perm())) }()
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// flushDir does what a folder's file system allows: not every one lets a folder be opened for writing, or flushed.
func flushDir(dir string) error {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_WRITE, shareAll, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	defer windows.CloseHandle(h)
	// NTFS logs what happens to names whether this succeeds or not.
	_ = windows.FlushFileBuffers(h)
	return nil
}
