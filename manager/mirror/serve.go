package mirror

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Site answers requests out of the tree of a mirror: files byte by byte as they are, and the release index as go.dev/dl
// answers it. It serves what lies below dl, golang.org and sumdb, and there neither folders nor names that begin with a
// dot, nor anything that a link leads out of the tree for. The tree may change meanwhile, by files that are renamed into
// place. It may be used by several goroutines.
type Site struct {
	root *os.Root
	dir  string
	now  func() time.Time
	warn func(string)

	mu    sync.RWMutex
	known map[string]*document // by name
	kept  int64                // bytes of their bodies

	indexMu sync.Mutex
	index   atomic.Pointer[releaseIndex]

	warned atomic.Int64 // when the last warning was given
}

// An UnservableError is a folder that holds no tree of a mirror.
type UnservableError struct{ Dir string }

func (e *UnservableError) Error() string {
	return e.Dir + " holds no mirror: there is neither " + servedIndex + " nor " + servedList
}

const (
	servedIndex = "dl/index.json"
	servedList  = "golang.org/toolchain/@v/list"
)

// OpenSite opens the tree in dir. warn is told what the tree's owner should know, at most once a second; it may be nil.
func OpenSite(dir string, now func() time.Time, warn func(string)) (*Site, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if warn == nil {
		warn = func(string) {}
	}
	s := &Site{root: root, dir: dir, now: now, warn: warn, known: map[string]*document{}}
	if err := s.Healthy(); err != nil {
		_ = root.Close()
		return nil, &UnservableError{Dir: dir}
	}
	return s, nil
}

// Close lets go of the folder.
func (s *Site) Close() error { return s.root.Close() }

// Healthy tells whether there is a tree to serve.
func (s *Site) Healthy() error {
	if archives, modules := s.Holds(); !archives && !modules {
		return errors.New("the tree has no index")
	}
	return nil
}

// Holds tells whether the tree has archives and toolchain modules: their indexes, which a sync puts in place last.
func (s *Site) Holds() (archives, modules bool) {
	_, noArchives := s.root.Stat(servedIndex)
	_, noModules := s.root.Stat(servedList)
	return noArchives == nil, noModules == nil
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch name, ok := servedName(r.URL.Path); {
	case ok && name == servedIndex:
		s.releases(w, r, true)
	case ok:
		s.file(w, r, name)
	case r.URL.Path == "/dl/":
		s.releases(w, r, !newest(r))
	case r.URL.Path == "/dl":
		target := "/dl/"
		if r.URL.RawQuery != "" {
			target += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, target, http.StatusMovedPermanently)
	case r.URL.Path == "/":
		s.about(w)
	default:
		notFound(w)
	}
}

// servedName is the path of a request as a file's name in the tree, if it could be one: names of letters, digits and
// the few marks that releases, modules and tiles are written with. What has another meaning anywhere (.. \ : % NUL, a
// stream, a device) is none.
func servedName(path string) (name string, ok bool) {
	name = strings.TrimPrefix(path, "/")
	if len(name) == len(path) || len(name) > 512 {
		return "", false
	}
	first, _, below := strings.Cut(name, "/")
	if !below || first != "dl" && first != "golang.org" && first != "sumdb" {
		return "", false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" || segment[0] == '.' || segment[len(segment)-1] == '.' || len(segment) > 200 {
			return "", false
		}
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/.-_+@!", c) >= 0:
		default:
			return "", false
		}
	}
	return name, true
}

// file answers with a file of the tree.
func (s *Site) file(w http.ResponseWriter, r *http.Request, name string) {
	if d := s.unchanged(name); d != nil {
		d.answer(w, r)
		return
	}
	info, err := s.root.Stat(name)
	if err == nil && !info.Mode().IsRegular() { // to open a pipe would wait for its writer
		err = fs.ErrNotExist
	}
	if err != nil {
		s.missing(w, name, err)
		return
	}
	d, err := s.document(name, info)
	if err != nil {
		s.missing(w, name, err)
		return
	}
	if d.body != nil {
		d.answer(w, r)
		return
	}
	f, err := s.root.Open(name)
	if err != nil {
		s.missing(w, name, err)
		return
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		s.missing(w, name, cmp.Or(err, fs.ErrNotExist))
		return
	}
	large(name, info).stream(w, r, f)
}

// missing answers for a file that can't be had. Only a fault of the machine is no 404: to the go command that means that
// there is no such version.
func (s *Site) missing(w http.ResponseWriter, name string, err error) {
	number, isSystem := errors.AsType[syscall.Errno](err)
	if !isSystem || errors.Is(err, fs.ErrNotExist) || number == syscall.ENOTDIR || number == syscall.ELOOP {
		notFound(w)
		return
	}
	s.tell(fmt.Sprintf("%s can't be served: %v", name, err))
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "this file can't be read now", http.StatusInternalServerError)
}

// tell warns, unless it did so a moment ago: requests come by the thousand.
func (s *Site) tell(message string) {
	at := s.now().UnixNano()
	if last := s.warned.Load(); at-last >= int64(time.Second) && s.warned.CompareAndSwap(last, at) {
		s.warn(message)
	}
}

func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache") // it may be there after the next sync
	http.Error(w, "not found", http.StatusNotFound)
}

// about is for people who look at the address with a browser.
func (s *Site) about(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, _ = io.WriteString(w, `A mirror of Go toolchains. With BASE as the address of this page:

  GSW_MIRROR=BASE/dl   gsw, and what else speaks go.dev/dl's protocol: BASE/dl/?mode=json
  GOPROXY=BASE         the go command; GOSUMDB may stay on, the proofs are below BASE/sumdb
`)
}
