package modcache

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"

	"gsw/platform"
)

// A DiffersError says that the cache has a file of a module with other content than the one that was proved. Either was
// changed; neither is replaced.
type DiffersError struct {
	Module     string // path@version
	File       string
	Have, Want string // hashes
	Proof      string // who says so
}

func (e *DiffersError) Error() string {
	return fmt.Sprintf("%s of %s is in the module cache already and differs: it hashes to %s, but %s says %s (%s)",
		filepath.Base(e.File), e.Module, e.Have, e.Proof, e.Want, e.File)
}

// Staged is a module whose files lie, proved, in a folder of the same volume. An empty name is a file that is not put.
type Staged struct {
	Module         module.Version
	Info, Mod, Zip string // files
	Sum, GoModSum  string // what they were proved to hash to
	Proof          string // by whom, for messages
}

// Check says whether what the cache has of the module already is the same: *DiffersError if not. complete tells that
// everything is there.
func (c Cache) Check(s Staged) (complete bool, err error) {
	complete = true
	mod, err := c.File(s.Module, ".mod")
	if err != nil {
		return false, err
	}
	same, err := s.compare(mod, s.GoModSum, HashGoMod)
	if err != nil {
		return false, err
	}
	complete = complete && same
	if s.Zip == "" {
		return complete, nil
	}
	zip, _ := c.File(s.Module, ".zip")
	same, err = s.compare(zip, s.Sum, func(file string) (string, error) { return HashZip(s.Module, file) })
	if err != nil {
		return false, err
	}
	info, _ := c.File(s.Module, ".info")
	_, missing := ReadInfo(s.Module, info)
	return complete && same && missing == nil && c.Claimed(s.Module) == s.Sum, nil
}

// compare tells whether a file is there; one that is must hash to want.
func (s Staged) compare(file, want string, hash func(string) (string, error)) (there bool, err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	have, err := hash(file)
	if wrong := (*ZipError)(nil); errors.As(err, &wrong) {
		have, err = "nothing, for it is no zip of a module", nil
	}
	if err != nil {
		return false, err
	}
	if have != want {
		return false, &DiffersError{Module: s.Module.String(), File: file, Have: have, Want: want, Proof: s.Proof}
	}
	return true, nil
}

// Put moves the files into the cache, those that it does not have: each by one rename, the .ziphash last. Check first.
// It returns the folder in which they are, for whoever flushes its names.
func (c Cache) Put(s Staged) (dir string, err error) {
	mod, err := c.File(s.Module, ".mod")
	if err != nil {
		return "", err
	}
	dir = filepath.Dir(mod)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	for _, f := range []struct{ staged, suffix string }{{s.Info, ".info"}, {s.Mod, ".mod"}, {s.Zip, ".zip"}} {
		if f.staged == "" {
			continue
		}
		file, _ := c.File(s.Module, f.suffix)
		if _, senseless := ReadInfo(s.Module, file); f.suffix == ".info" && senseless != nil {
			_ = os.Remove(file) // the go command could not use it either
		}
		if err := moveNew(f.staged, file); err != nil {
			return "", err
		}
	}
	if s.Zip == "" {
		return dir, nil
	}
	hash, _ := c.File(s.Module, ".ziphash")
	if have, err := os.ReadFile(hash); err == nil && bytes.Equal(have, []byte(s.Sum)) {
		return dir, nil
	}
	return dir, platform.ReplaceFile(hash, []byte(s.Sum), 0o666)
}

// moveNew renames a file to where none is yet.
func moveNew(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	return os.Rename(from, to)
}
