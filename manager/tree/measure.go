package tree

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Irregular is something in a toolchain that is neither a file nor a folder, or
// whose name cannot be written down in a manifest.
type Irregular struct {
	Name string
	Kind string // "symbolic link", "device", …
}

// IrregularError lists what Measure found and could not hash, by name. An
// official toolchain holds nothing of the kind.
type IrregularError struct {
	Files []Irregular
}

func (e *IrregularError) Error() string {
	first := fmt.Sprintf("%q is a %s, not a regular file", e.Files[0].Name, e.Files[0].Kind)
	if len(e.Files) > 1 {
		return fmt.Sprintf("%s (and %d more like it)", first, len(e.Files)-1)
	}
	return first
}

// Measure hashes every regular file below goroot, reading on all cores. It
// follows no link. When all else went well and there are irregular files, the
// manifest of the regular ones comes together with an *IrregularError. Other
// errors, and a cancelled ctx, return no manifest.
func Measure(ctx context.Context, goroot string) (Manifest, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	// One more worker than cores: on a cold cache some of them wait for the disk.
	workers := make([]measurer, runtime.GOMAXPROCS(0)+1)
	names := make(chan []string, 4*len(workers))
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			if err := workers[i].run(goroot, names); err != nil {
				cancel(err)
				for range names { // the walk must not block
				}
			}
		})
	}
	irregular, err := walk(ctx, goroot, names)
	close(names)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	var m Manifest
	for _, w := range workers {
		m = append(m, w.found...)
	}
	m = m.sorted()
	if irregular != nil {
		return m, &IrregularError{Files: irregular}
	}
	return m, nil
}

// walk sends the names of all regular files below goroot, a folder's at once so
// that one worker reads what lies together.
func walk(ctx context.Context, goroot string, names chan<- []string) (irregular []Irregular, err error) {
	var folder func(name string) error
	folder = func(name string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := os.ReadDir(filepath.Join(goroot, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		var files []string
		for _, e := range entries {
			below := path.Join(name, e.Name())
			switch {
			case strings.ContainsAny(e.Name(), "\n\r"):
				irregular = append(irregular, Irregular{Name: below, Kind: "file whose name has a line break"})
			case e.IsDir():
				if err := folder(below); err != nil {
					return err
				}
			case e.Type().IsRegular():
				files = append(files, below)
			default:
				irregular = append(irregular, Irregular{Name: below, Kind: kind(e.Type())})
			}
		}
		if len(files) > 0 {
			names <- files
		}
		return nil
	}
	err = folder("")
	return irregular, err
}

func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

// measurer is one worker of Measure.
type measurer struct {
	found Manifest
	buf   []byte
}

func (w *measurer) run(goroot string, names <-chan []string) error {
	w.buf = make([]byte, 256<<10)
	for files := range names {
		for _, name := range files {
			sum, err := w.hash(filepath.Join(goroot, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			w.found = append(w.found, Entry{Name: name, Sum: sum})
		}
	}
	return nil
}

// hash reads small files, nearly all of them, by one call and hashes them
// without a hash.Hash.
func (w *measurer) hash(file string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	n, err := io.ReadFull(f, w.buf)
	switch err {
	case io.EOF, io.ErrUnexpectedEOF:
		return sha256.Sum256(w.buf[:n]), nil
	case nil:
	default:
		return sum, err
	}
	h := sha256.New()
	h.Write(w.buf[:n])
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{f}, w.buf); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
