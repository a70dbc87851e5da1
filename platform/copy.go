package platform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// CopyFile makes to a copy of the regular file from, with its permissions and time, by writing a sibling and renaming
// it: a program that is running under the name to is not written to. With flush the copy survives a power loss once
// CopyFile returned; without it, to may be empty afterwards.
//
// Windows: a program that runs is renamed away for that, to a name that Leftover recognises and that stays until the
// program ends.
func CopyFile(from, to string, flush bool) error {
	sibling, err := inSibling(to, func(sibling string) error { return copyNew(from, sibling, flush) })
	if err == nil {
		err = replaceProgram(sibling, to)
	}
	if err == nil && flush {
		return FlushDir(filepath.Dir(to))
	}
	if err != nil {
		os.Remove(sibling)
		return fmt.Errorf("copying %s to %s: %w", from, to, err)
	}
	return nil
}

// ReplaceProgram gives the program file from, on the same volume, the name to, whether or not something has that name and
// whether or not that runs. fs.ErrNotExist if there is no from.
//
// Unix: one rename. Windows: one rename too, unless the program to is running: that is renamed away first, as CopyFile does
// it, so that for a moment there is no file to.
func ReplaceProgram(from, to string) error { return replaceProgram(from, to) }

// RemoveProgram removes the file of a program. It is no error if there is none.
//
// Windows: one that runs can't be removed, only renamed: it goes to the user's folder for temporary files, or stays beside
// where it was if that is another volume, and the system is asked to remove it when it starts next, which administrators
// may ask for. held is what it is called then, "" if it is gone.
func RemoveProgram(path string) (held string, err error) { return removeProgram(path) }

// CopyPlain makes to, which must not be there, a copy of the regular file from, with its time, and with the permissions
// that a file of a release has: 0755 for a program or what was executable, else 0644. Where the file system can, the two
// share their content (Linux: copy_file_range).
func CopyPlain(from, to string, program bool) (size int64, err error) {
	source, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is no regular file", from)
	}
	mode := os.FileMode(0o644)
	if program || info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(file, source)
	if err := errors.Join(err, file.Close()); err != nil {
		return size, err
	}
	return size, os.Chtimes(to, info.ModTime(), info.ModTime())
}

// moveByCopy gives a copy of old the name new, where old itself can't be renamed, and removes old as far as that goes. The
// copy is whole and flushed before rename makes it visible. After an error there is only old.
func moveByCopy(old, new string, rename func(old, new string) error) error {
	made := old + "-copy"
	err := copyTree(old, made)
	if err == nil {
		err = FlushTree(made)
	}
	if err == nil {
		err = rename(made, new)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("copying %s: %w", old, err), removeTree(made))
	}
	_ = removeTree(old)
	return nil
}

// copyTree makes the folder to, which must not be there, a copy of from: files with their permissions and times,
// folders, and nothing else.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		place := filepath.Join(to, rest)
		switch {
		case entry.IsDir():
			return os.Mkdir(place, 0o755)
		case entry.Type().IsRegular():
			return copyNew(path, place, false)
		}
		return fmt.Errorf("%s is neither a file nor a folder", path)
	})
}

func copyNew(from, to string, flush bool) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(file, source)
	if err == nil && flush {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}
