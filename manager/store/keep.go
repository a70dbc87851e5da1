package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// keepTools puts everything that is in a version's bin/ into the bin/ that is to replace it and that nobody sees yet,
// and tells whether there was anything new. GOBIN is the user's: a toolchain that is replaced hands it on, also if it
// is a link to somewhere else. Files become hard links, where there are some.
func keepTools(from, to string) (kept bool, err error) {
	text, err := os.Readlink(from)
	if err == nil {
		if same, err := os.Readlink(to); err == nil && same == text {
			return false, nil
		}
		if err := os.RemoveAll(to); err != nil {
			return false, err
		}
		return true, os.Symlink(text, to)
	}
	return mergeTools(from, to, func(path, place string, info fs.FileInfo) error {
		if err := os.RemoveAll(place); err != nil {
			return err
		}
		if info.Mode().Type() == fs.ModeSymlink {
			text, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(text, place)
		}
		if os.Link(path, place) == nil {
			return nil
		}
		return copyFile(path, place, info)
	})
}

// moveTools moves what is newer in a bin/ that was just replaced into the visible one, each by one rename.
func moveTools(from, to string) error {
	_, err := mergeTools(from, to, func(path, place string, _ fs.FileInfo) error { return os.Rename(path, place) })
	return err
}

// mergeTools calls put for every file and link below from that to lacks or has an older one of. Files that disappear
// while it looks are no error: somebody may be working there.
func mergeTools(from, to string, put func(path, place string, info fs.FileInfo) error) (merged bool, err error) {
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return gone(err)
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		place := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(place, 0o755)
		}
		info, err := d.Info()
		if err != nil {
			return gone(err)
		}
		if kind := info.Mode().Type(); kind != 0 && kind != fs.ModeSymlink || !newer(info, place) {
			return nil
		}
		merged = true
		return gone(put(path, place, info))
	})
	if err != nil {
		return merged, fmt.Errorf("keeping the tools in %s: %w", from, err)
	}
	return merged, nil
}

func newer(info fs.FileInfo, place string) bool {
	other, err := os.Lstat(place)
	return err != nil || !os.SameFile(info, other) && info.ModTime().After(other.ModTime())
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func copyFile(path, place string, info fs.FileInfo) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(place, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Chtimes(place, info.ModTime(), info.ModTime())
}
