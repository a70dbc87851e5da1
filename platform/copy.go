package platform

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// CopyFile makes to a copy of the regular file from, with its permissions and time, by writing a sibling and renaming
// it: a program that is running under the name to is not written to. With flush the copy survives a power loss once
// CopyFile returned; without it, to may be empty afterwards.
func CopyFile(from, to string, flush bool) error {
	sibling, err := inSibling(to, func(sibling string) error { return copyNew(from, sibling, flush) })
	if err == nil {
		err = replace(sibling, to)
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
