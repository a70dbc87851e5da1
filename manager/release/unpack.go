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
	"strings"
)

// Limits are what an archive may come to when it is unpacked.
type Limits struct {
	Program int64 // bytes of each program
	Total   int64 // bytes of all entries together, those too that are passed over
	Entries int
}

// Usual is far more than a release has: programs of 20 MB, some thirty entries.
func Usual() Limits { return Limits{Program: 128 << 20, Total: 512 << 20, Entries: 1000} }

// Unpack writes the programs of the archive file into dir, and nothing else. names are gsw and gsw-shim, with .exe
// where that belongs. After an error some of them may lie in dir.
func Unpack(file, dir string, names []string, limits Limits) error {
	u := unpacking{dir: dir, limits: limits, wanted: map[string]bool{}, there: map[string]bool{}}
	for _, name := range names {
		u.wanted[name] = true
	}
	open := unpackTar
	if strings.HasSuffix(file, ".zip") {
		open = unpackZip
	}
	err := open(file, &u)
	var storage *os.PathError
	switch {
	case errors.As(err, &storage):
		return fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
	case err != nil:
		return &DamagedError{Archive: filepath.Base(file), Reason: err.Error()}
	}
	for _, name := range names {
		if !u.there[name] {
			return &DamagedError{Archive: filepath.Base(file), Reason: "it has no " + name}
		}
	}
	return nil
}

// unpacking is an archive on its way into a folder.
type unpacking struct {
	dir           string
	limits        Limits
	wanted, there map[string]bool
	entries       int
}

// take has a look at one entry, and writes it if it is a program.
func (u *unpacking) take(name string, regular bool, open func() (io.ReadCloser, error)) error {
	u.entries++
	switch {
	case u.entries > u.limits.Entries:
		return fmt.Errorf("it has more than %d entries", u.limits.Entries)
	case strings.ContainsAny(name, "\\:\x00") || !filepath.IsLocal(filepath.FromSlash(strings.TrimSuffix(name, "/"))):
		return fmt.Errorf("it has an entry %q, which leads out of its folder", name)
	case !u.wanted[name]:
		return nil
	case u.there[name]:
		return fmt.Errorf("it has %s twice", name)
	case !regular:
		return fmt.Errorf("%s is no regular file", name)
	}
	u.there[name] = true
	r, err := open()
	if err != nil {
		return err
	}
	return errors.Join(u.write(name, r), r.Close())
}

func (u *unpacking) write(name string, r io.Reader) (err error) {
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(f, io.LimitReader(r, u.limits.Program+1))
	if n > u.limits.Program {
		return fmt.Errorf("%s has more than %d bytes", name, u.limits.Program)
	}
	return err
}

func unpackTar(file string, u *unpacking) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	whole := &bounded{r: z, left: u.limits.Total}
	for t := tar.NewReader(whole); ; {
		h, err := t.Next()
		if err == io.EOF {
			_, err := io.Copy(io.Discard, whole) // what gzip says of the whole comes last
			return err
		}
		if err == nil {
			err = u.take(h.Name, h.Typeflag == tar.TypeReg, func() (io.ReadCloser, error) { return io.NopCloser(t), nil })
		}
		if err != nil {
			return err
		}
	}
}

// bounded is a reader that has too much to say: that is an error, where io.LimitReader would end.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("it unpacks to more than any release has")
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func unpackZip(file string, u *unpacking) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, entry := range z.File {
		if err := u.take(entry.Name, entry.Mode().IsRegular(), entry.Open); err != nil {
			return err
		}
	}
	return nil
}
