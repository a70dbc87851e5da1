package platformtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrInUse is what Busy says where Windows says that access is denied or that sharing is violated.
var ErrInUse = errors.New("it is in use")

// Busy plays Windows' manners towards what is in use, over real files of any system. By its name a file runs ("runs…")
// or is open as most programs open theirs ("open…"), and somebody stands in a folder ("stood…"): no folder above one of
// them may be renamed, none of them may be removed, and only what runs may be renamed itself. Nothing has to be kept in
// mind, so several processes may play it together. Below a hidden folder nobody stands: a folder of that name was made
// there in the other's stead.
type Busy struct{}

// Rename refuses, as Windows does, also a folder in the place of another one.
func (Busy) Rename(old, new string) error {
	info, err := os.Lstat(old)
	if err != nil {
		return err
	}
	name := filepath.Base(old)
	if info.IsDir() {
		if _, err := os.Lstat(new); err == nil || inUseBelow(old) {
			return &os.LinkError{Op: "rename", Old: old, New: new, Err: ErrInUse}
		}
	} else if strings.HasPrefix(name, "open") {
		return &os.LinkError{Op: "rename", Old: old, New: new, Err: ErrInUse}
	}
	return os.Rename(old, new)
}

// Remove refuses what is in use.
func (Busy) Remove(path string) error {
	if inUse(path) {
		return &os.PathError{Op: "remove", Path: path, Err: ErrInUse}
	}
	return os.Remove(path)
}

// Clear removes what it can of a tree, or a file.
func (b Busy) Clear(dir string) (kept bool, err error) {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && !info.IsDir() {
		if err = b.Remove(dir); errors.Is(err, ErrInUse) {
			return true, nil
		}
		return err != nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return true, err
	}
	for _, e := range entries {
		stays, err := b.Clear(filepath.Join(dir, e.Name()))
		if err != nil {
			return true, err
		}
		kept = kept || stays
	}
	if kept {
		return true, nil
	}
	if err = b.Remove(dir); errors.Is(err, ErrInUse) {
		return true, nil
	}
	return err != nil, err
}

func inUse(path string) bool {
	name := filepath.Base(path)
	hidden := strings.Contains(path, string(filepath.Separator)+".")
	return strings.HasPrefix(name, "runs") || strings.HasPrefix(name, "open") || strings.HasPrefix(name, "stood") && !hidden
}

func inUseBelow(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if found = found || err == nil && inUse(path); found {
			return fs.SkipAll
		}
		return nil
	})
	return found
}
