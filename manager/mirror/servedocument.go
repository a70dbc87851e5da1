package mirror

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// document is a file with what an answer says about it. The bodies of small files are kept, so that a question for a
// record, a tile or the index costs one look whether the file is still the same.
type document struct {
	size     int64
	modified time.Time
	body     []byte // nil: too large to keep
	path     string // from outside, to look whether the file is still the same
	looked   atomic.Int64

	// Values of the header, as net/http wants them: made once.
	kind, cache, etag, length, date, nosniff, bytes []string
}

const (
	keepFile = 256 << 10 // the largest file that is kept, but for the index
	keepAll  = 64 << 20
	ranges   = 16 // of one request
)

// glance is how long a kept document is answered with before the next look at its file: at twenty thousand questions a
// second the looks would be a tenth of the work. What a sync puts in place is true of the tree before and after it.
const glance = 50 * time.Millisecond

// unchanged gives the document called name if it is kept, and its file was the same a moment ago. That takes one call of
// the system instead of those that lead through the root folder by folder: nothing is read that a link could have led to.
func (s *Site) unchanged(name string) *document {
	s.mu.RLock()
	d := s.known[name]
	s.mu.RUnlock()
	if d == nil || !d.fresh(s.now().UnixNano()) {
		return nil
	}
	return d
}

// fresh tells whether d is what its file holds.
func (d *document) fresh(at int64) bool {
	if last := d.looked.Load(); last <= at && at-last < int64(glance) {
		return true
	}
	if info, err := os.Lstat(d.path); err != nil || !d.describes(info) {
		return false
	}
	d.looked.Store(at)
	return true
}

// describes tells whether the file that info is about is the one that d was made of.
func (d *document) describes(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && d.size == info.Size() && d.modified.Equal(info.ModTime())
}

// document gives what is known about the file called name, which info describes now.
func (s *Site) document(name string, info fs.FileInfo) (*document, error) {
	if info.Size() > keepFile {
		return large(name, info), nil
	}
	body, info, err := s.read(name, keepFile)
	if err != nil {
		return nil, err
	}
	if int64(len(body)) != info.Size() {
		return large(name, info), nil // it grows, or is larger by now
	}
	d := small(name, info.ModTime(), body)
	d.path = filepath.Join(s.dir, filepath.FromSlash(name))
	s.keep(name, d)
	return d, nil
}

// read reads up to most bytes of a file, and tells what file that was.
func (s *Site) read(name string, most int64) ([]byte, fs.FileInfo, error) {
	f, err := s.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fs.ErrNotExist
	}
	body := bytes.NewBuffer(make([]byte, 0, min(info.Size(), most)+bytes.MinRead))
	if _, err := io.Copy(body, io.LimitReader(f, most)); err != nil {
		return nil, nil, err
	}
	return body.Bytes(), info, nil
}

// keep remembers a document, and forgets others where there are too many.
func (s *Site) keep(name string, d *document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.known[name]; old != nil {
		s.kept -= int64(len(old.body))
	}
	s.known[name] = d
	s.kept += int64(len(d.body))
	for other, o := range s.known {
		if s.kept <= keepAll {
			return
		}
		if other != name {
			delete(s.known, other)
			s.kept -= int64(len(o.body))
		}
	}
}

// Kept is how many bytes of documents are in memory.
func (s *Site) Kept() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.kept
}

// small is a document with its body, whose ETag is the body's hash: the same on every server that has the same tree.
func small(name string, modified time.Time, body []byte) *document {
	if body == nil {
		body = []byte{}
	}
	sum := sha256.Sum256(body)
	d := described(name, int64(len(body)), modified)
	d.body = body
	d.etag = []string{`"` + hex.EncodeToString(sum[:16]) + `"`}
	return d
}

// large is a document whose ETag is its size and time: whoever changes a file gives it another one, or another size.
func large(name string, info fs.FileInfo) *document {
	d := described(name, info.Size(), info.ModTime())
	d.etag = []string{fmt.Sprintf(`"%x-%x"`, info.Size(), info.ModTime().UnixNano())}
	return d
}

func described(name string, size int64, modified time.Time) *document {
	kind, cache := kindOf(name)
	return &document{
		size: size, modified: modified,
		kind: []string{kind}, cache: []string{cache}, length: []string{strconv.FormatInt(size, 10)},
		date:    []string{modified.UTC().Format(http.TimeFormat)},
		nosniff: []string{"nosniff"}, bytes: []string{"bytes"},
	}
}

const (
	forever = "public, max-age=31536000, immutable" // the name says what is in it
	briefly = "public, max-age=60"                  // the next sync may change it
)

// kindOf is the content type of a file and for how long it may be kept. Nothing is compressed on its way: what is large
// is compressed already.
func kindOf(name string) (kind, cache string) {
	const text = "text/plain; charset=utf-8"
	has := func(ending string) bool { return strings.HasSuffix(name, ending) }
	switch {
	case strings.HasPrefix(name, "sumdb/") && strings.Contains(name, "/tile/"):
		return "application/octet-stream", forever // a tile of another width has another name
	case strings.HasPrefix(name, "sumdb/"):
		return text, briefly
	case name == "dl/index.html", has(".json"): // the same bytes
		return "application/json", briefly
	case has(".info"):
		return "application/json", forever
	case has(".mod"):
		return text, forever
	case has(".zip"):
		return "application/zip", forever
	case has(".tar.gz"):
		return "application/gzip", forever
	case has(".sha256"), has("/list"):
		return text, briefly
	case has(".asc"):
		return "application/pgp-signature", briefly
	}
	return "application/octet-stream", briefly
}

// head sets what every answer about d says.
func (d *document) head(w http.ResponseWriter) http.Header {
	h := w.Header()
	h["Content-Type"] = d.kind
	h["Cache-Control"] = d.cache
	h["Etag"] = d.etag
	h["X-Content-Type-Options"] = d.nosniff
	return h
}

// answer answers out of memory. The usual questions, for all of it and whether it is still the same, take no detour.
func (d *document) answer(w http.ResponseWriter, r *http.Request) {
	asked := r.Header
	tags := asked["If-None-Match"]
	switch {
	case asked["Range"] != nil || asked["If-Modified-Since"] != nil || asked["If-Match"] != nil || asked["If-Unmodified-Since"] != nil:
		d.stream(w, r, bytes.NewReader(d.body))
	case len(tags) == 1 && tags[0] == d.etag[0]:
		h := w.Header()
		h["Cache-Control"], h["Etag"], h["Last-Modified"] = d.cache, d.etag, d.date
		w.WriteHeader(http.StatusNotModified)
	case tags != nil:
		d.stream(w, r, bytes.NewReader(d.body))
	default:
		h := d.head(w)
		h["Last-Modified"] = d.date
		h["Accept-Ranges"] = d.bytes
		h["Content-Length"] = d.length
		_, _ = w.Write(d.body)
	}
}

// stream answers as net/http does, with conditions and ranges. Many small ranges would make a large answer of headers.
func (d *document) stream(w http.ResponseWriter, r *http.Request, from io.ReadSeeker) {
	d.head(w)
	if strings.Count(r.Header.Get("Range"), ",") >= ranges {
		w.Header().Set("Content-Range", "bytes */"+d.length[0])
		w.Header().Del("Etag")
		http.Error(w, fmt.Sprintf("more than %d ranges", ranges), http.StatusRequestedRangeNotSatisfiable)
		return
	}
	http.ServeContent(w, r, "", d.modified, from)
}
