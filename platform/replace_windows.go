package platform

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE

// patiently repeats what fails because somebody, usually a virus scanner, has a file open.
func patiently(patience time.Duration, do func() error) error {
	const soon, seldom = 10 * time.Millisecond, 500 * time.Millisecond
	end := time.Now().Add(patience)
	for pause := soon; ; pause = min(2*pause, seldom) {
		err := do()
		if !held(err) || time.Now().Add(pause).After(end) {
			return err
		}
		time.Sleep(pause)
	}
}

// held tells whether an error may mean that somebody has a file open. It may mean a lack of permission as well.
func held(err error) bool {
	return errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}

// replace renames, as a rule within one folder. os.Root asks for POSIX semantics, which replace a file that readers have open,
// if they opened it through an os.Root too: os.Open does not share it for deletion.
func replace(old, new string) error {
	if filepath.Dir(old) != filepath.Dir(new) {
		return patiently(2*time.Second, func() error { return os.Rename(old, new) })
	}
	root, err := os.OpenRoot(filepath.Dir(new))
	if err != nil {
		return err
	}
	defer root.Close()
	err = patiently(2*time.Second, func() error { return root.Rename(filepath.Base(old), filepath.Base(new)) })
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return &os.LinkError{Op: "rename", Old: old, New: new, Err: link.Err}
	}
	return err
}

// replaceProgram is replace for a file that may be a running program. Windows lets it be renamed, not replaced, for as
// long as it runs: so it goes aside, under a name that Leftover knows, where it can be removed later. For a moment
// between the two renames there is none at new.
func replaceProgram(old, new string) error {
	err := os.Rename(old, new)
	if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return err
	}
	info, lookErr := os.Lstat(new)
	if lookErr != nil || info.IsDir() {
		return replace(old, new)
	}
	aside, moveErr := inSibling(new, func(sibling string) error {
		if _, err := os.Lstat(sibling); err == nil {
			return fs.ErrExist
		}
		return os.Rename(new, sibling)
	})
	if moveErr != nil {
		return replace(old, new) // not a program that runs: somebody reads it
	}
	if err := replace(old, new); err != nil {
		return errors.Join(err, os.Rename(aside, new))
	}
	_ = os.Remove(aside) // a running one stays until it ends
	return nil
}

func removeProgram(path string) (string, error) {
	err := os.Remove(path)
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return "", nil
	case !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION):
		return "", err
	}
	aside := func(in string) (string, error) {
		return inSibling(filepath.Join(in, filepath.Base(path)), func(sibling string) error {
			if _, err := os.Lstat(sibling); err == nil {
				return fs.ErrExist
			}
			return os.Rename(path, sibling)
		})
	}
	held, moving := aside(os.TempDir())
	if moving != nil {
		held, moving = aside(filepath.Dir(path))
	}
	if moving != nil {
		return "", err
	}
	if name, err := windows.UTF16PtrFromString(held); err == nil {
		_ = windows.MoveFileEx(name, nil, windows.MOVEFILE_DELAY_UNTIL_REBOOT)
	}
	return held, nil
}

func readFile(path string) (data []byte, err error) {
	err = patiently(2*time.Second, func() error {
		f, err := openShared(path, windows.GENERIC_READ, windows.OPEN_EXISTING)
		if held(err) {
			// A folder is refused in the same words, and no patience helps.
			if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
				return &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
			}
		}
		if err != nil {
			return err
		}
		defer f.Close()
		data, err = io.ReadAll(f)
		return err
	})
	return data, err
}

func openToAppend(path string, _ fs.FileMode) (*os.File, error) {
	return openShared(path, windows.FILE_APPEND_DATA|windows.FILE_READ_ATTRIBUTES|windows.SYNCHRONIZE, windows.OPEN_ALWAYS)
}

// openShared opens a file so that others may rename and remove it meanwhile, which os.OpenFile does not.
func openShared(path string, access, disposition uint32) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err == nil {
		var h windows.Handle
		if h, err = windows.CreateFile(name, access, shareAll, nil, disposition, windows.FILE_ATTRIBUTE_NORMAL, 0); err == nil {
			return os.NewFile(uintptr(h), path), nil
		}
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: err}
}

func renameTree(old, new string) error {
	var by []Process
	var refused error
	err := patiently(10*time.Second, func() error {
		// What is in the way looks like a virus scanner's work to the rename: the same error 5.
		if _, err := os.Lstat(new); err == nil {
			return &os.LinkError{Op: "rename", Old: old, New: new, Err: syscall.ERROR_ALREADY_EXISTS}
		}
		err := os.Rename(old, new)
		if held(err) {
			if by, _ = Running(old); len(by) > 0 { // scanners let go soon, programs do not
				refused = err
				return nil
			}
		}
		return err
	})
	if refused == nil {
		refused = err
	}
	if !held(refused) {
		return refused
	}
	return &HeldError{Dir: old, By: by, Err: refused}
}

func moveTree(old, new string) error {
	err := renameTree(old, new)
	if !held(err) {
		return err
	}
	if copyErr := moveByCopy(old, new, renameTree); copyErr != nil {
		return errors.Join(err, copyErr)
	}
	return nil
}

// takeAfter has nothing to do: a new file has the access rules of its folder.
func takeAfter(*os.File, fs.FileInfo) error { return nil }

func removeTree(dir string) error {
	return patiently(2*time.Second, func() error { return os.RemoveAll(dir) })
}

func clearTree(dir string) (kept bool, err error) {
	if err = os.RemoveAll(dir); held(err) {
		return true, nil
	}
	return err != nil, err
}
