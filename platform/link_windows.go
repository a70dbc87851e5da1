package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

func pointDir(link, dir string) error {
	target, err := targetOf(link, dir)
	if err != nil {
		return err
	}
	return pointReparse(ntfs{}, link, target)
}

// ntfs is Windows' own reparsePoints.
type ntfs struct{}

func (ntfs) read(link string) (string, error) { return readDirLink(link) }
func (ntfs) mkdir(path string) error          { return os.Mkdir(path, 0o777) }
func (ntfs) remove(path string) error         { return os.Remove(path) }
func (ntfs) rename(old, new string) error     { return renameTree(old, new) }

func (ntfs) pass(link string) error {
	_, err := os.Stat(link)
	if errors.Is(err, errorUntrustedMountPoint) {
		return errUntrusted
	}
	return err
}

func (ntfs) supported(folder string) error {
	h, err := openFolderHandle(folder, windows.FILE_READ_ATTRIBUTES, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	var flags uint32
	if err := windows.GetVolumeInformationByHandle(h, nil, 0, nil, nil, &flags, nil, 0); err != nil {
		return nil // the attempt will tell
	}
	if flags&windows.FILE_SUPPORTS_REPARSE_POINTS == 0 {
		return fmt.Errorf("the volume has no links to folders: %w", errors.ErrUnsupported)
	}
	return nil
}

func (ntfs) local(path string) bool {
	if !onDrive(path) {
		return false
	}
	root, err := windows.UTF16PtrFromString(path[:3])
	return err == nil && windows.GetDriveType(root) != windows.DRIVE_REMOTE
}

func (ntfs) set(path string, buffer []byte) error {
	return patiently(2*time.Second, func() error {
		h, err := openFolderHandle(path, windows.FILE_WRITE_ATTRIBUTES, windows.FILE_FLAG_OPEN_REPARSE_POINT)
		if err != nil {
			return err
		}
		defer windows.CloseHandle(h)
		var returned uint32
		err = windows.DeviceIoControl(h, windows.FSCTL_SET_REPARSE_POINT, &buffer[0], uint32(len(buffer)), nil, 0, &returned, nil)
		switch {
		case errors.Is(err, windows.ERROR_REPARSE_TAG_MISMATCH):
			return errOtherKind
		case errors.Is(err, windows.ERROR_INVALID_FUNCTION), errors.Is(err, windows.ERROR_NOT_SUPPORTED):
			return fmt.Errorf("the volume has none: %w", errors.ErrUnsupported)
		}
		return os.NewSyscallError("FSCTL_SET_REPARSE_POINT", err)
	})
}

// symlink asks for what developer mode allows; Windows before 1703 does not know that wish, and refuses it as nonsense.
func (ntfs) symlink(target, path string) error {
	from, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	to, err := windows.UTF16PtrFromString(target)
	if err != nil {
		return err
	}
	const allowUnprivileged = 0x2 // SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE
	err = windows.CreateSymbolicLink(from, to, windows.SYMBOLIC_LINK_FLAG_DIRECTORY|allowUnprivileged)
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		err = windows.CreateSymbolicLink(from, to, windows.SYMBOLIC_LINK_FLAG_DIRECTORY)
	}
	if err != nil {
		return &os.LinkError{Op: "symlink", Old: target, New: path, Err: err}
	}
	return nil
}

const errorUntrustedMountPoint = syscall.Errno(448)

// openFolderHandle opens a folder, or with FILE_FLAG_OPEN_REPARSE_POINT a link itself, in nobody's way.
func openFolderHandle(path string, access, flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	h, err := windows.CreateFile(name, access, shareAll, nil, windows.OPEN_EXISTING, flags|windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return h, nil
}

// targetOf gives the absolute path of dir, which counts from link's folder.
func targetOf(link, dir string) (string, error) {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(link), dir)
	}
	dir, err := filepath.Abs(dir)
	return parsed(dir), err
}

func readDirLink(link string) (string, error) {
	info, err := os.Lstat(link)
	if err != nil {
		return "", err
	}
	// A junction is irregular since Go 1.23.
	if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) == 0 {
		return "", &NotLinkError{Path: link}
	}
	text, err := os.Readlink(link)
	if err != nil {
		// Another kind of reparse point: a file in a cloud, a socket.
		return "", &NotLinkError{Path: link}
	}
	return targetOf(link, text)
}

func pointFile(link, target string) error {
	target, err := targetOf(link, target)
	if err != nil {
		return err
	}
	wanted, err := os.Stat(target)
	if err != nil {
		return err
	}
	if old, err := os.Lstat(link); err == nil {
		if old.IsDir() {
			return &NotLinkError{Path: link}
		}
		if os.SameFile(old, wanted) || old.Size() == wanted.Size() && old.ModTime().Equal(wanted.ModTime()) {
			return nil // a link to it, or its copy
		}
	}
	sibling, err := inSibling(link, func(sibling string) error {
		err := os.Link(target, sibling)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		return copyNew(target, sibling, false)
	})
	if err == nil {
		err = replaceProgram(sibling, link)
	}
	if err != nil {
		os.Remove(sibling)
	}
	return err
}
