package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func replaceFile(path string, data []byte, perm fs.FileMode, durable bool) error {
	path, err := followLinks(path)
	if err != nil {
		return err
	}
	old, err := os.Stat(path)
	switch {
	case err == nil && !old.Mode().IsRegular():
		return fmt.Errorf("replacing %s: not a regular file", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	sibling, err := inSibling(path, func(sibling string) error { return writeNew(sibling, data, perm, old, durable) })
	if err == nil {
		err = replace(sibling, path)
	}
	if err != nil {
		os.Remove(sibling)
		if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == sibling {
			e.Path = path // nobody asked for the sibling
		}
		return err
	}
	if durable {
		return FlushDir(filepath.Dir(path))
	}
	return nil
}

// removeAbandoned removes what was to become path and is older by an hour than made, which lies beside it. Both times are
// of one file system's clock, whatever this process takes for the time.
func removeAbandoned(path, made string) {
	now, err := os.Lstat(made)
	if err != nil {
		return
	}
	dir := filepath.Dir(path)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if of, ok := Leftover(e.Name()); !ok || of != filepath.Base(path) {
			continue
		}
		if left, err := e.Info(); err == nil && left.Mode().IsRegular() && now.ModTime().Sub(left.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// writeNew creates path, like old where there is one. In an error it leaves what it wrote.
func writeNew(path string, data []byte, perm fs.FileMode, old fs.FileInfo, durable bool) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if old != nil {
		if err := takeAfter(f, old); err != nil {
			return err
		}
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if durable {
		return f.Sync()
	}
	return nil
}

// followLinks gives the path at the end of a chain of symbolic links, which need not exist.
func followLinks(path string) (string, error) {
	const most = 40 // as Linux counts
	for range most {
		text, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link: whatever is wrong with it the next call reports
		}
		if !filepath.IsAbs(text) {
			text = filepath.Join(filepath.Dir(path), text)
		}
		path = text
	}
	return "", fmt.Errorf("replacing %s: more than %d links", path, most)
}
