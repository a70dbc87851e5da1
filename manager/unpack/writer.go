package unpack

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"gsw/manager/tree"
	"gsw/platform"
)

// openTree opens dir to be unpacked into. It must be empty: what is there already
// would end up between the files of the archive.
func openTree(dir string) (platform.Folder, error) {
	d, err := os.Open(dir)
	if err != nil {
		return platform.Folder{}, err
	}
	defer d.Close()
	switch _, err := d.ReadDir(1); err {
	case io.EOF:
		return platform.OpenFolder(dir)
	case nil:
		return platform.Folder{}, fmt.Errorf("%s is not empty", dir)
	default:
		return platform.Folder{}, err
	}
}

// writer makes what the policy admitted, and hashes it. Every worker has one. It
// keeps the folder it wrote to last open, and those above it: archives are sorted by
// folder, and each step from the root to a file would cost.
type writer struct {
	root  platform.Folder
	chain []step // from the root to the folder of the last file

	file  platform.NewFile // between begin and end
	place place
	left  int64
	sum   hash.Hash

	manifest tree.Manifest
	bytes    int64
	sharer   *sharer // nil: nothing is shared
	hashOnly bool    // nothing is made: root is none
}

// step is one folder of a path.
type step struct {
	name   string
	folder platform.Folder
}

func newWriter(root platform.Folder, share *sharing) *writer {
	return &writer{root: root, sum: sha256.New(), sharer: share.sharer(), hashOnly: share.hashOnly}
}

// at is the folder of the last file.
func (w *writer) at() platform.Folder {
	if len(w.chain) == 0 {
		return w.root
	}
	return w.chain[len(w.chain)-1].folder
}

// whole writes a file whose content is at hand, or makes a folder.
func (w *writer) whole(p place, content []byte) error {
	if p.dir {
		if p.path == "" || w.hashOnly {
			return nil
		}
		return writing(p, w.enter(p.path))
	}
	return w.put(p, content, sha256.Sum256(content))
}

// put makes the file p with this content, which has this sum.
func (w *writer) put(p place, content []byte, sum [sha256.Size]byte) error {
	if shared, err := w.shareWhole(p, content, sum); shared || err != nil {
		return err
	}
	if err := w.create(p); err != nil {
		return err
	}
	if len(content) > 0 && !w.hashOnly {
		if err := w.file.Write(content); err != nil {
			return w.fail(err)
		}
	}
	return w.close(sum)
}

// begin, write and end write a file in parts.
func (w *writer) begin(p place) error {
	w.sum.Reset()
	w.left = p.size
	if following, err := w.beginShared(p); following || err != nil {
		return err
	}
	return w.create(p)
}

func (w *writer) write(part []byte) error {
	if w.left -= int64(len(part)); w.left < 0 {
		w.file.Close()
		return &CorruptError{Reason: fmt.Sprintf("%s is longer than the archive says", quoteEntry(w.place.path))}
	}
	following, err := w.writeShared(part)
	if err != nil {
		return err
	}
	w.sum.Write(part)
	if following || w.hashOnly {
		return nil
	}
	if err := w.file.Write(part); err != nil {
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
	if shared, err := w.endShared(sum); shared || err != nil {
		return err
	}
	return w.close(sum)
}

func (w *writer) create(p place) error {
	w.place = p
	if w.hashOnly {
		return nil
	}
	dir, name := splitPath(p.path)
	if err := w.enter(dir); err != nil {
		return writing(p, err)
	}
	file, err := w.at().Create(name, w.sharer.mode(p))
	if err != nil {
		return writing(p, err)
	}
	w.file = file
	return nil
}

// splitPath parts a clean slash path into its folder, "" for the root, and its last element.
func splitPath(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// enter makes dir the folder that at is, and makes it if need be. "" is the root.
func (w *writer) enter(dir string) error {
	depth := 0
	for rest := dir; rest != ""; depth++ {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		if depth < len(w.chain) && w.chain[depth].name == name {
			continue
		}
		w.leave(depth)
		next, err := w.at().Sub(name, 0o755) // another worker may be making it as well
		if err != nil {
			return err
		}
		w.chain = append(w.chain, step{name, next})
	}
	w.leave(depth)
	return nil
}

// leave lets go of all folders deeper than depth; in the end, of all.
func (w *writer) leave(depth int) {
	for _, s := range w.chain[depth:] {
		s.folder.Close()
	}
	w.chain = w.chain[:depth]
}

// close ends a file: its time, its line in the manifest. The go command keys its
// index of a package by the times of its files, so they have to be the release's
// and not this minute's.
func (w *writer) close(sum [sha256.Size]byte) error {
	p := w.place
	mtime := p.mtime
	if sec := mtime.Unix(); sec <= 0 || 1<<32 <= sec {
		mtime = time.Time{}
	}
	if !w.hashOnly {
		if err := w.file.Finish(mtime); err != nil {
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
// that the folder tells.
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
