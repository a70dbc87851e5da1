package platform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

func pointDir(link, dir string) error {
	target, err := targetOf(link, dir)
	if err != nil {
		return err
	}
	old, err := readDirLink(link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = newJunction(link, target)
	case err != nil:
		return err
	case strings.EqualFold(old, target):
		return nil
	default:
		err = setJunction(link, target)
		if errors.Is(err, windows.ERROR_REPARSE_TAG_MISMATCH) {
			// A symbolic link. os.Remove takes the link, not what it names.
			if err = os.Remove(link); err == nil {
				err = newJunction(link, target)
			}
		}
	}
	if errors.Is(err, fs.ErrExist) {
		// Somebody made one at the same time: look again what it is.
		return pointDir(link, dir)
	}
	if err != nil {
		return err
	}
	return verifyLink(link, target)
}

// targetOf gives the absolute path of dir, which counts from link's folder.
func targetOf(link, dir string) (string, error) {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(link), dir)
	}
	return filepath.Abs(dir)
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

// newJunction makes the junction beside link, and renames it there when it is whole.
func newJunction(link, target string) error {
	sibling, err := inSibling(link, func(sibling string) error { return os.Mkdir(sibling, 0o777) })
	if err != nil {
		return err
	}
	if err = setJunction(sibling, target); err == nil {
		err = verifyLink(sibling, target)
	}
	if err == nil {
		err = renameTree(sibling, link)
	}
	if err != nil {
		return errors.Join(err, os.Remove(sibling))
	}
	return nil
}

// setJunction makes an empty folder or a junction name target, in one step.
func setJunction(folder, target string) error {
	buffer, err := junctionBuffer(target)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return err
	}
	const flags = windows.FILE_FLAG_OPEN_REPARSE_POINT | windows.FILE_FLAG_BACKUP_SEMANTICS
	h, err := windows.CreateFile(name, windows.FILE_WRITE_ATTRIBUTES, shareAll, nil, windows.OPEN_EXISTING, flags, 0)
	if err != nil {
		return &fs.PathError{Op: "open", Path: folder, Err: err}
	}
	defer windows.CloseHandle(h)
	var returned uint32
	err = windows.DeviceIoControl(h, windows.FSCTL_SET_REPARSE_POINT, &buffer[0], uint32(len(buffer)), nil, 0, &returned, nil)
	if errors.Is(err, windows.ERROR_INVALID_FUNCTION) || errors.Is(err, windows.ERROR_NOT_SUPPORTED) {
		return fmt.Errorf("the volume has no junctions: %w", errors.ErrUnsupported)
	}
	return os.NewSyscallError("FSCTL_SET_REPARSE_POINT", err)
}

// verifyLink believes no call that reports success: Wine's made nothing, and a process under RedirectionGuard cannot
// pass through a junction that was made as it should (error 448).
func verifyLink(link, target string) error {
	got, err := readDirLink(link)
	if err != nil {
		return fmt.Errorf("reading the link back: %w", err)
	}
	if !strings.EqualFold(got, target) {
		return fmt.Errorf("the link names %s", got)
	}
	if _, err := os.Stat(link); err != nil {
		return fmt.Errorf("looking through the link: %w", err)
	}
	return nil
}

func linkable(string) error { return nil }

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
		if os.SameFile(old, wanted) {
			return nil
		}
	}
	sibling, err := inSibling(link, func(sibling string) error {
		err := os.Link(target, sibling)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		return copyFile(target, sibling)
	})
	if err == nil {
		err = replace(sibling, link)
	}
	if err != nil {
		os.Remove(sibling)
	}
	return err
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o777)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, source)
	return err
}
