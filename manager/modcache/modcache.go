// Package modcache is the go command's module cache: where the files of a module lie, what they hash to, and what
// projects expect them to hash to. What is put there is complete or not there, and never in the place of something else.
//
// The layout is that of cmd/go/internal/modfetch/cache.go: below GOMODCACHE/cache/download, files as a module proxy
// serves them and a .ziphash beside each zip, which the go command believes without hashing the zip again.
package modcache

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// Cache is a module cache: GOMODCACHE.
type Cache struct{ Dir string }

// Download is the folder with the files of all modules, laid out as a module proxy is.
func (c Cache) Download() string { return filepath.Join(c.Dir, "cache", "download") }

// SumDB is the folder in which the go command keeps what checksum databases said: NAME/lookup/… and NAME/tile/….
func (c Cache) SumDB() string { return filepath.Join(c.Download(), "sumdb") }

// File is one of a module's files. The suffix is ".info", ".mod", ".zip" or ".ziphash". Of a path or version that is
// none it is an error.
func (c Cache) File(m module.Version, suffix string) (string, error) {
	if err := valid(m); err != nil {
		return "", err
	}
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	return filepath.Join(c.Download(), filepath.FromSlash(path), "@v", version+suffix), err
}

// valid tells what is wrong with a module's path or version. Versions are as the go command writes them down: in full.
func valid(m module.Version) error {
	if err := module.Check(m.Path, m.Version); err != nil {
		return err
	}
	if module.CanonicalVersion(m.Version) != m.Version {
		return &module.ModuleError{Path: m.Path, Version: m.Version, Err: errors.New("the version is not written in full")}
	}
	return nil
}

// Claimed is what the cache says that a module's zip hashes to, as the go command would believe it; "" if there is no
// zip, or nothing is said.
func (c Cache) Claimed(m module.Version) string {
	zipFile, err := c.File(m, ".zip")
	if err != nil {
		return ""
	}
	if _, err := os.Stat(zipFile); err != nil {
		return ""
	}
	sum, err := os.ReadFile(zipFile + "hash")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(sum))
}

// HashGoMod is the hash of a go.mod as go.sum has it.
func HashGoMod(file string) (string, error) {
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return os.Open(file) })
}

// HashZip is the hash of a module's zip as go.sum has it. A zip that the go command would refuse to unpack, for what its
// names or sizes are, is not read any further: *ZipError.
func HashZip(m module.Version, file string) (string, error) {
	if _, err := modzip.CheckZip(m, file); err != nil {
		if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
			return "", err
		}
		return "", &ZipError{Module: m.String(), Err: err}
	}
	return hash(m, file)
}

// HashToolchain is HashZip of a toolchain's module, which is larger than others may be.
func HashToolchain(m module.Version, file string, limit int64) (string, error) {
	r, err := zip.OpenReader(file)
	if err != nil {
		return "", &ZipError{Module: m.String(), Err: err}
	}
	defer r.Close()
	left := uint64(limit)
	for _, f := range r.File {
		if f.UncompressedSize64 > left {
			return "", &ZipError{Module: m.String(), Err: fmt.Errorf("it unpacks to more than %d MiB", limit>>20)}
		}
		left -= f.UncompressedSize64
	}
	return hash(m, file)
}

func hash(m module.Version, file string) (string, error) {
	sum, err := dirhash.HashZip(file, dirhash.Hash1)
	if err != nil {
		return "", &ZipError{Module: m.String(), Err: err}
	}
	return sum, nil
}

// A ZipError says that a zip is none of a module.
type ZipError struct {
	Module string // path@version
	Err    error
}

func (e *ZipError) Error() string { return fmt.Sprintf("the zip of %s: %v", e.Module, e.Err) }

func (e *ZipError) Unwrap() error { return e.Err }

// Info is what a proxy says of a version. Nobody vouches for the time.
type Info struct {
	Version string
	Time    time.Time
}

// ReadInfo reads an .info file, which must be of m.
func ReadInfo(m module.Version, file string) (Info, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Info{}, err
	}
	var info Info
	if err := json.Unmarshal(text, &info); err != nil || info.Version != m.Version {
		return Info{}, &InfoError{Module: m.String(), File: file}
	}
	return info, nil
}

// Text is the .info file, the same for the same version and time.
func (i Info) Text() ([]byte, error) {
	i.Time = i.Time.UTC()
	return json.Marshal(i)
}

// An InfoError says that an .info file is not of its version.
type InfoError struct{ Module, File string }

func (e *InfoError) Error() string { return e.File + " is not about " + e.Module }
