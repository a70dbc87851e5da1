// Package release knows what a release of gsw itself looks like: a folder with archives and checksums.txt.
//
// It reads what somebody else may have written: names with a path, sums that are none, and archives that hold anything
// but the two programs under their plain names, are refused.
package release

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gsw/platform"
)

// Sums is the name of the file with the SHA-256 of every other file of the release.
const Sums = "checksums.txt"

// SumsLimit bounds that file; real ones have less than 10 KiB.
const SumsLimit = 1 << 20

// programLimit bounds each program; real ones have less than 25 MB.
const programLimit = 128 << 20

// Archive is what a release has for one platform.
type Archive struct {
	Version string // as v1.2.3
	Name    string // of the file
	SHA256  string // lower-case hex
}

// A NoArchiveError says that a release has nothing for this platform, or isn't one.
type NoArchiveError struct {
	Place  string
	Target platform.Target
}

func (e *NoArchiveError) Error() string {
	return fmt.Sprintf("%s in %s names no archive of gsw for %s", Sums, e.Place, e.Target)
}

// A DamagedError is an archive, with the right sum, that is none of a release.
type DamagedError struct{ Archive, Reason string }

func (e *DamagedError) Error() string { return e.Archive + " is no release of gsw: " + e.Reason }

// Find reads checksums.txt. Two lines for one platform are as bad as none: which is meant nobody can say.
func Find(sums []byte, place string, t platform.Target) (Archive, error) {
	end := ".tar.gz"
	if t.OS == "windows" {
		end = ".zip"
	}
	line := regexp.MustCompile(`^([0-9a-f]{64})  (gsw_([0-9][0-9A-Za-z.+-]*)_` + regexp.QuoteMeta(t.OS+"_"+t.Arch+end) + `)$`)
	var found []Archive
	for text := range strings.Lines(string(sums)) {
		if m := line.FindStringSubmatch(strings.TrimRight(text, "\r\n")); m != nil {
			found = append(found, Archive{Version: "v" + m[3], Name: m[2], SHA256: m[1]})
		}
	}
	if len(found) != 1 {
		return Archive{}, &NoArchiveError{Place: place, Target: t}
	}
	return found[0], nil
}

// Unpack writes the programs of the archive file into dir, and nothing else. names are gsw and gsw-shim, with .exe
// where that belongs.
func Unpack(file, dir string, names []string) error {
	open := unpackTar
	if strings.HasSuffix(file, ".zip") {
		open = unpackZip
	}
	left := map[string]bool{}
	for _, name := range names {
		left[name] = true
	}
	damaged := func(reason string) error { return &DamagedError{Archive: filepath.Base(file), Reason: reason} }
	err := open(file, func(name string, regular bool, r io.Reader) error {
		if !left[name] {
			return nil
		}
		if !regular {
			return damaged(name + " is no regular file")
		}
		delete(left, name)
		return write(filepath.Join(dir, name), r)
	})
	var storage *os.PathError
	switch {
	case errors.As(err, &storage):
		return fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
	case err != nil:
		return damaged(err.Error())
	}
	for _, name := range names {
		if left[name] {
			return damaged("it has no " + name)
		}
	}
	return nil
}

func write(path string, r io.Reader) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, io.LimitReader(r, programLimit+1))
	if n > programLimit {
		return fmt.Errorf("%s has more than %d bytes", filepath.Base(path), programLimit)
	}
	return err
}

func unpackTar(file string, each func(name string, regular bool, r io.Reader) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = each(h.Name, h.Typeflag == tar.TypeReg, t)
		}
		if err != nil {
			return err
		}
	}
}

func unpackZip(file string, each func(name string, regular bool, r io.Reader) error) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, entry := range z.File {
		r, err := entry.Open()
		if err != nil {
			return err
		}
		err = each(entry.Name, entry.Mode().IsRegular(), r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}
