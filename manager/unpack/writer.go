package unpack

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"gsw/manager/tree"
)

// openTree opens dir to be unpacked into. It must be empty: what is there already
// would end up between the files of the archive.
func openTree(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d, err := root.Open(".")
	if err == nil {
		_, err = d.ReadDir(1)
		d.Close()
	}
	if err == nil {
		err = fmt.Errorf("%s is not empty", dir)
	}
	if !errors.Is(err, io.EOF) {
		root.Close()
		return nil, err
	}
	return root, nil
}

// writer makes what the policy admitted, and hashes it. Every worker has one. It
// keeps the folder it wrote to last open, and those above it: os.Root walks from its
// root to the file each time, and archives are sorted by folder.
type writer struct {
	root  *os.Root
	chain []step // from the root to the folder of the last file

	file  *os.File // between begin and end
	place place
	left  int64
	sum   hash.Hash

	manifest tree.Manifest
	bytes    int64
}

// step is one folder of a path.
type step struct {
	name string
	root *os.Root
}

func newWriter(root *os.Root) *writer {
	return &writer{root: root, sum: sha256.New()}
}

// at is the folder of the last file.
func (w *writer) at() *os.Root {
	if len(w.chain) == 0 {
		return w.root
	}
	return w.chain[len(w.chain)-1].root
}

// whole writes a file whose content is at hand, or makes a folder.
func (w *writer) whole(p place, content []byte) error {
	if p.dir {
		if p.path == "" {
			return nil
		}
		return writing(p, w.enter(p.path))
	}
	if err := w.create(p); err != nil {
		return err
	}
	if _, err := w.file.Write(content); err != nil {
		return w.fail(err)
	}
	return w.close(sha256.Sum256(content))
}

// begin, write and end write a file in parts.
func (w *writer) begin(p place) error {
	w.sum.Reset()
	w.left = p.size
	return w.create(p)
}

func (w *writer) write(part []byte) error {
	if w.left -= int64(len(part)); w.left < 0 {
		w.file.Close()
		return &CorruptError{Reason: fmt.Sprintf("%s is longer than the archive says", quoteEntry(w.place.path))}
	}
	w.sum.Write(part)
	if _, err := w.file.Write(part); err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *writer) end() error {
	if w.left != 0 {
		w.file.Close()
		return &CorruptError{Reason: fmt.Sprintf("%s is shorter than the archive says", quoteEntry(w.place.path))}
	}
	var sum [sha256.Size]byte
	w.sum.Sum(sum[:0])
	return w.close(sum)
}

func (w *writer) create(p place) error {
	w.place = p
	if err := w.enter(path.Dir(p.path)); err != nil {
		return writing(p, err)
	}
	perm := fs.FileMode(0o644)
	if p.exec {
		perm = 0o755
	}
	f, err := w.at().OpenFile(path.Base(p.path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return writing(p, err)
	}
	w.file = f
	return nil
}

// enter makes dir the folder that at is, and makes it if need be. "." is the root.
func (w *writer) enter(dir string) error {
	for depth, rest := 0, dir; rest != "." && rest != ""; depth++ {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		if depth < len(w.chain) && w.chain[depth].name == name {
			if rest == "" {
				w.leave(depth + 1)
			}
			continue
		}
		w.leave(depth)
		at := w.at()
		// Another worker may be making it as well.
		if err := at.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		next, err := at.OpenRoot(name)
		if err != nil {
			return err
		}
		w.chain = append(w.chain, step{name, next})
	}
	if dir == "." {
		w.leave(0)
	}
	return nil
}

// leave lets go of all folders deeper than depth; in the end, of all.
func (w *writer) leave(depth int) {
	for _, s := range w.chain[depth:] {
		s.root.Close()
	}
	w.chain = w.chain[:depth]
}

// close ends a file: its time, its line in the manifest. The go command keys its
// index of a package by the times of its files, so they have to be the release's
// and not this minute's.
func (w *writer) close(sum [sha256.Size]byte) error {
	p := w.place
	if err := w.file.Close(); err != nil {
		return writing(p, err)
	}
	if sec := p.mtime.Unix(); 0 < sec && sec < 1<<32 {
		if err := w.at().Chtimes(path.Base(p.path), time.Time{}, p.mtime); err != nil {
			return writing(p, err)
		}
	}
	w.bytes += p.size
	w.manifest = append(w.manifest, tree.Entry{Name: p.path, Sum: sum})
	return nil
}

func (w *writer) fail(err error) error {
	w.file.Close()
	return writing(w.place, err)
}

// writing says what was being written, instead of the half path and the system call
// that os.Root tells.
func writing(p place, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing %s: %w", p.path, err)
}
