package unpack

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io/fs"
	"strings"
	"sync/atomic"

	"gsw/manager/tree"
	"gsw/platform"
)

// Sharing lets new files take their content from equal ones of a toolchain that is installed already, so that both
// lie on the disk once. What is equal is found out by looking, at files that have the same path; nothing is believed.
//
// A clone is as good as a copy. A hard link is the same file under two names: for it, both are made read-only, and the
// time of the older one stays. They are for places where platform.SafeLinks says so.
type Sharing struct {
	GOROOT string // whose files may be equal; "": of none, and only Link has a meaning
	Link   bool   // by hard links; otherwise by clones
	Exact  bool   // compare every byte; otherwise the size and CRC-32 in a zip's directory do, where the tree's hash will tell
}

// Shared is how many bytes lie in files that are shared.
type Shared struct {
	Bytes     int64
	Uncovered int64 // of Bytes: in files that the hash of the tree says nothing about
	Unread    int64 // of Bytes: taken for equal by size and CRC-32; to be proved by the hash of the tree
}

func (s *Shared) add(t Shared) {
	s.Bytes += t.Bytes
	s.Uncovered += t.Uncovered
	s.Unread += t.Unread
}

// Option changes how an archive is unpacked.
type Option func(*sharing)

// Share makes unpacking share files.
func Share(s Sharing) Option { return func(to *sharing) { to.Sharing, to.on = s, true } }

// sharing is what the writers of an archive have in common.
type sharing struct {
	Sharing
	on       bool
	hashOnly bool        // nothing is written
	failed   atomic.Bool // cloning does not work here: nobody needs to try again
}

func newSharing(with []Option) *sharing {
	s := &sharing{}
	for _, option := range with {
		option(s)
	}
	return s
}

// sharer gives a writer its part; nil if nothing is to be shared.
func (s *sharing) sharer() *sharer {
	if !s.on {
		return nil
	}
	return &sharer{sharing: s}
}

// shareable tells whether a file may be shared: what is built from others is not, because old versions build it anew
// in place, and VERSION never is the same.
func shareable(name string) bool {
	top, _, below := strings.Cut(name, "/")
	if !below {
		return name != "VERSION"
	}
	switch top {
	case "src", "lib", "test", "doc", "api", "misc":
		return true
	}
	return false
}

// sharer is the part of a writer that finds equal files. A nil one finds none.
type sharer struct {
	*sharing
	chain []step // from GOROOT to the folder of the last file
	dir   string // that folder's path
	there bool   // it is there
	buf   []byte

	twin   *twin // between begin and end: every byte was equal so far
	shared Shared
}

// twin is a file of the older toolchain, or a clone of one, that may be what is to be written.
type twin struct {
	old    platform.OldFile // to be linked
	clone  platform.NewFile
	cloned bool  // it is clone, not old
	at     int64 // so far it is equal
}

func (t *twin) readAt(p []byte, at int64) error {
	if t.cloned {
		return t.clone.ReadAt(p, at)
	}
	return t.old.ReadAt(p, at)
}

func (t *twin) close() {
	if t.cloned {
		t.clone.Close()
	} else {
		t.old.Close()
	}
}

// mode gives the permissions of a new file. Where links are made, one that has no twin yet may become one.
func (s *sharer) mode(p place) fs.FileMode {
	mode := fs.FileMode(0o644)
	if p.exec {
		mode = 0o755
	}
	if s != nil && s.Link && shareable(p.path) {
		mode &^= 0o222
	}
	return mode
}

func (s *sharer) close() {
	if s == nil {
		return
	}
	if s.twin != nil {
		s.twin.close()
	}
	s.leave(0)
}

// enter makes dir below GOROOT the folder that at is, if it is there.
func (s *sharer) enter(dir string) bool {
	if s.dir == dir && len(s.chain) > 0 {
		return s.there
	}
	s.dir, s.there = dir, false
	if len(s.chain) == 0 {
		root, err := platform.OpenFolder(s.GOROOT)
		if err != nil {
			return false
		}
		s.chain = append(s.chain, step{folder: root})
	}
	depth := 1
	for rest := dir; rest != ""; depth++ {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		if depth < len(s.chain) && s.chain[depth].name == name {
			continue
		}
		s.leave(depth)
		next, err := s.at().Look(name)
		if err != nil {
			return false
		}
		s.chain = append(s.chain, step{name, next})
	}
	s.leave(depth)
	s.there = true
	return true
}

func (s *sharer) at() platform.Folder { return s.chain[len(s.chain)-1].folder }

// leave lets go of all folders deeper than depth; GOROOT is the first.
func (s *sharer) leave(depth int) {
	for len(s.chain) > depth {
		s.at().Close()
		s.chain = s.chain[:len(s.chain)-1]
	}
}

// find gives the twin of p, of which name is the last element; to is the folder that p will be in. Whatever stands in the
// way (it is not there, another gsw is removing it, it can't be read) is no error: p is written as if nothing had been
// there.
func (s *sharer) find(p place, name string, to platform.Folder) *twin {
	old, err := s.at().Open(name)
	if err != nil {
		return nil
	}
	switch {
	case old.Size != p.size:
	case !s.Link:
		// Before anybody compares: what is compared then is what will be there, even if somebody writes to the old one
		// at this moment.
		clone, err := to.Clone(old, name, s.mode(p))
		old.Close()
		if err != nil {
			if errors.Is(err, errors.ErrUnsupported) {
				s.failed.Store(true)
			}
			return nil
		}
		return &twin{clone: clone, cloned: true}
	case old.Perm&0o111 != 0 != p.exec:
	// Before anybody compares: who opens it from now on can't change it any more. It stays so even if it turns out to be
	// different, because another gsw may have linked it meanwhile.
	case old.Perm&0o222 == 0 || old.Protect() == nil:
		return &twin{old: old}
	}
	old.Close()
	return nil
}

// equal tells whether the twin goes on with part, and goes on itself if so.
func (s *sharer) equal(t *twin, part []byte) bool {
	at := t.at
	for len(part) > 0 {
		buf := s.buffer()[:min(len(part), chunkSize)]
		if err := t.readAt(buf, at); err != nil || !bytes.Equal(buf, part[:len(buf)]) {
			return false
		}
		at, part = at+int64(len(buf)), part[len(buf):]
	}
	t.at = at
	return true
}

func (s *sharer) buffer() []byte {
	if s.buf == nil {
		s.buf = make([]byte, chunkSize)
	}
	return s.buf
}

// sum reads all of a twin of that size. It is the right one if its checksum is crc; of a wrong one there is no hash.
func (s *sharer) sum(t *twin, size int64, crc uint32) (sum [sha256.Size]byte, right bool, err error) {
	if size <= chunkSize { // nearly all of them
		buf := s.buffer()[:size]
		if err := t.readAt(buf, 0); err != nil || crc32.ChecksumIEEE(buf) != crc {
			return sum, false, err
		}
		return sha256.Sum256(buf), true, nil
	}
	h, have := sha256.New(), uint32(0)
	for at := int64(0); at < size; {
		buf := s.buffer()[:min(size-at, chunkSize)]
		if err := t.readAt(buf, at); err != nil {
			return sum, false, err
		}
		h.Write(buf)
		have, at = crc32.Update(have, crc32.IEEETable, buf), at+int64(len(buf))
	}
	h.Sum(sum[:0])
	return sum, have == crc, nil
}

// twin finds the twin of p, and makes the folder that both need. nil: there is none.
func (w *writer) twin(p place) (*twin, error) {
	s := w.sharer
	if s == nil || s.GOROOT == "" || p.dir || p.size == 0 || !shareable(p.path) || s.failed.Load() {
		return nil, nil
	}
	dir, name := splitPath(p.path)
	if !s.enter(dir) {
		return nil, nil
	}
	if err := w.enter(dir); err != nil {
		return nil, writing(p, err)
	}
	w.place = p
	return s.find(p, name, w.at()), nil
}

// shareWhole shares a file whose content is at hand. If it does not, the file is to be written.
func (w *writer) shareWhole(p place, content []byte, sum [sha256.Size]byte) (shared bool, err error) {
	t, err := w.twin(p)
	if t == nil {
		return false, err
	}
	if w.sharer.equal(t, content) {
		if shared, err = w.keep(t, sum); shared || err != nil {
			return shared, err
		}
	}
	return false, w.drop(t)
}

// shareUnread shares a file of which only size and checksum are at hand, where the hash of the tree will tell whether
// it was the right one. If it does not, the file is to be inflated.
func (w *writer) shareUnread(p place, crc uint32) (shared bool, err error) {
	if w.sharer == nil || w.sharer.Exact || !tree.Covered(p.path) {
		return false, nil
	}
	t, err := w.twin(p)
	if t == nil {
		return false, err
	}
	if sum, right, err := w.sharer.sum(t, p.size, crc); err == nil && right {
		if shared, err := w.keep(t, sum); shared || err != nil {
			w.sharer.shared.Unread += p.size
			return shared, err
		}
	}
	return false, w.drop(t)
}

// keep makes an equal twin the new file. If it can't, the twin is as before.
func (w *writer) keep(t *twin, sum [sha256.Size]byte) (kept bool, err error) {
	p, s := w.place, w.sharer
	if t.cloned {
		w.file = t.clone
		if err := w.close(sum); err != nil {
			return false, err
		}
	} else {
		_, name := splitPath(p.path)
		if w.at().Link(t.old, name) != nil {
			return false, nil // no more links, another volume, removed meanwhile
		}
		t.old.Close()
		w.bytes += p.size
		w.manifest = append(w.manifest, tree.Entry{Name: p.path, Sum: sum})
	}
	s.shared.Bytes += p.size
	if !tree.Covered(p.path) {
		s.shared.Uncovered += p.size
	}
	return true, nil
}

// drop gives up a twin.
func (w *writer) drop(t *twin) error {
	t.close()
	if !t.cloned {
		return nil
	}
	_, name := splitPath(w.place.path)
	return writing(w.place, w.at().Remove(name))
}

// A file that comes in parts is compared as long as it is equal to its twin. From the first byte on that is not it is
// written.

// beginShared looks for a twin of the file that begins.
func (w *writer) beginShared(p place) (following bool, err error) {
	t, err := w.twin(p)
	if t != nil {
		w.sharer.twin, w.file = t, platform.NewFile{} // the file before is closed
	}
	return t != nil, err
}

// writeShared tells whether the current file, of which part comes now, still is equal to its twin.
func (w *writer) writeShared(part []byte) (following bool, err error) {
	s := w.sharer
	if s == nil || s.twin == nil {
		return false, nil
	}
	if s.equal(s.twin, part) {
		return true, nil
	}
	return false, w.part()
}

// endShared ends a file that was equal to its twin to the end; false if it is not, or is to be written after all.
func (w *writer) endShared(sum [sha256.Size]byte) (shared bool, err error) {
	s := w.sharer
	if s == nil || s.twin == nil {
		return false, nil
	}
	if shared, err = w.keep(s.twin, sum); !shared && err == nil {
		return false, w.part()
	}
	s.twin = nil
	return shared, err
}

// part goes on by writing the current file where it parts from its twin.
func (w *writer) part() error {
	t := w.sharer.twin
	w.sharer.twin = nil
	if t.cloned {
		w.file = t.clone
		if err := w.file.Cut(t.at); err != nil {
			return w.fail(err)
		}
		return nil
	}
	defer t.close()
	if err := w.create(w.place); err != nil {
		return err
	}
	written := sha256.New()
	for at := int64(0); at < t.at; {
		buf := w.sharer.buffer()[:min(t.at-at, chunkSize)]
		if err := t.readAt(buf, at); err != nil {
			return w.fail(err)
		}
		if err := w.file.Write(buf); err != nil {
			return w.fail(err)
		}
		written.Write(buf)
		at += int64(len(buf))
	}
	if !bytes.Equal(written.Sum(nil), w.sum.Sum(nil)) {
		return w.fail(errors.New("the file it was compared with changed meanwhile"))
	}
	return nil
}
