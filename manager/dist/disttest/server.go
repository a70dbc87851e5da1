package disttest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/gover"
)

// A Server publishes trees on the loopback interface:
//
//	/dl/?mode=json&include=all          the index, as go.dev/dl has it
//	/dl/NAME                            a redirect to
//	/files/NAME                         the archive, with its ETag and in parts if asked for
//	/dl/mod/golang.org/toolchain/@v/…   a module proxy that has the toolchain modules alone
//	/sumdb/sum.golang.org/…             a checksum database; also below /dl/mod
type Server struct {
	URL   string
	SumDB *SumDB // has a record of every published tree

	t        testing.TB
	http     *httptest.Server
	mu       sync.Mutex
	listed   []*Tree // in the index
	modules  []*Tree
	files    map[string]document // by path
	lies     []*told
	requests []Request
}

type told struct {
	pattern string
	lie     Lie
	seen    int
	count   int
}

// A Request is one request that a Server got.
type Request struct {
	Path   string // with the query
	Header http.Header
}

// NewServer starts a server that ends with the test.
func NewServer(t testing.TB, trees ...*Tree) *Server {
	t.Helper()
	s := newServer(t)
	s.http.Start()
	return s.started(trees)
}

// NewTLSServer is NewServer with https and a certificate that RootCAs trusts.
func NewTLSServer(t testing.TB, trees ...*Tree) *Server {
	t.Helper()
	s := newServer(t)
	s.http.EnableHTTP2 = true
	s.http.StartTLS()
	return s.started(trees)
}

func newServer(t testing.TB) *Server {
	s := &Server{t: t, files: map[string]document{}, SumDB: NewSumDB(t, nil)}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.handle))
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // half of what it would say is intended
	return s
}

func (s *Server) started(trees []*Tree) *Server {
	s.URL = s.http.URL
	s.t.Cleanup(func() {
		s.http.CloseClientConnections()
		s.http.Close()
		// Package testing keeps this function until the last test beside this one has ended, and what it reaches: gigabytes.
		s.mu.Lock()
		defer s.mu.Unlock()
		s.listed, s.modules, s.files = nil, nil, nil
	})
	s.Publish(trees...)
	return s
}

// DL is the base URL of the index and the archives: what GSW_MIRROR may name.
func (s *Server) DL() string { return s.URL + "/dl" }

// Proxy is the base URL of the module proxy: what GOPROXY may name.
func (s *Server) Proxy() string { return s.URL + "/dl/mod" }

// RootCAs trusts the server, if it is a TLS server.
func (s *Server) RootCAs() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.http.Certificate())
	return pool
}

// CertificatePEM is the certificate of a TLS server, as SSL_CERT_FILE wants it.
func (s *Server) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.http.Certificate().Raw})
}

// Publish adds trees to the index, the module proxy and the checksum database.
func (s *Server) Publish(trees ...*Tree) {
	for _, tree := range trees {
		archive := tree.Archive(s.t)
		kind := "application/x-gzip"
		if strings.HasSuffix(tree.ArchiveName(), ".zip") {
			kind = "application/zip"
		}
		s.Serve("/files/"+tree.ArchiveName(), kind, archive)
		s.Serve("/files/"+tree.ArchiveName()+".sha256", "text/plain", []byte(sum(archive)))
		s.mu.Lock()
		s.listed = append(s.listed, tree)
		s.mu.Unlock()
	}
	s.PublishModule(trees...)
}

// PublishModule adds trees to the module proxy and the checksum database, not to the index.
func (s *Server) PublishModule(trees ...*Tree) {
	for _, tree := range trees {
		s.SumDB.Set(tree.Module(), tree.H1(s.t))
		module := "/dl/mod/golang.org/toolchain/@v/" + tree.Module()
		s.Serve(module+".info", "application/json", tree.info())
		s.Serve(module+".mod", "text/plain; charset=utf-8", []byte("module golang.org/toolchain\n"))
		s.Serve(module+".zip", "application/zip", tree.ModuleZip(s.t))
		s.mu.Lock()
		s.modules = append(s.modules, tree)
		s.mu.Unlock()
	}
	s.Serve("/dl/mod/golang.org/toolchain/@v/list", "text/plain; charset=utf-8", s.list())
}

// WriteStatic writes what a server of files publishes: dl/ with index.json and the archives, mod/ as a module proxy.
func WriteStatic(t testing.TB, dir string, trees ...*Tree) {
	t.Helper()
	s := newServer(t)
	defer s.http.Listener.Close()
	s.Publish(trees...)
	s.Serve("/dl/index.json", "application/json", s.index(true))
	for name, d := range s.files {
		name = strings.Replace(strings.Replace(name, "/dl/mod/", "/mod/", 1), "/files/", "/dl/", 1)
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, d.body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Serve publishes any document under a path.
func (s *Server) Serve(path, kind string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = document{name: path, kind: kind, etag: etag(body), modified: time.Date(2024, 5, 7, 16, 0, 0, 0, time.UTC), body: body}
}

// Remove withdraws what was published under a path: it is 404 from now on.
func (s *Server) Remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, path)
}

// Lie makes the server tell a lie about every path that pattern (of path.Match; "/dl/" is the index) matches. Of
// several the newest that still has something to tell is told.
func (s *Server) Lie(pattern string, lie Lie) {
	if _, err := path.Match(pattern, ""); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lies = append(s.lies, &told{pattern: pattern, lie: lie})
}

// Honest ends all lies.
func (s *Server) Honest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lies = nil
}

// Requests are those that came so far, or since Forget.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count is how many requests came for paths that pattern matches.
func (s *Server) Count(pattern string) int {
	n := 0
	for _, r := range s.Requests() {
		name, _, _ := strings.Cut(r.Path, "?")
		if ok, _ := path.Match(pattern, name); ok {
			n++
		}
	}
	return n
}

// Forget empties the list of requests.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, Request{Path: r.URL.RequestURI(), Header: r.Header.Clone()})
	lie := s.nextLie(r.URL.Path)
	d, ok := s.files[r.URL.Path]
	s.mu.Unlock()

	name, isArchive := strings.CutPrefix(r.URL.Path, "/dl/")
	switch {
	case r.URL.Path == "/dl/" && r.URL.Query().Get("mode") == "json":
		body := s.index(r.URL.Query().Get("include") == "all")
		d = document{kind: "application/json", etag: etag(body), body: body}
	case ok:
	case strings.Contains(r.URL.Path, "/sumdb/"+s.SumDB.Name+"/"):
		if lie == nil {
			s.SumDB.ServeHTTP(w, r)
			return
		}
	case isArchive && s.file("/files/"+name).name != "":
		if lie == nil {
			http.Redirect(w, r, "/files/"+name, http.StatusFound)
			return
		}
		d = s.file("/files/" + name)
	default:
		d = document{kind: "text/plain; charset=utf-8", status: http.StatusNotFound, body: []byte("not found: " + r.URL.Path + "\n")}
	}
	if lie != nil {
		lie(w, r, d)
		return
	}
	d.serve(w, r)
}

// nextLie picks the lie for one request. s.mu is held.
func (s *Server) nextLie(name string) func(http.ResponseWriter, *http.Request, document) {
	var chosen *told
	for _, l := range s.lies {
		if ok, _ := path.Match(l.pattern, name); !ok {
			continue
		}
		if l.seen++; l.seen > l.lie.after && (l.lie.times == 0 || l.count < l.lie.times) {
			chosen = l
		}
	}
	if chosen == nil {
		return nil
	}
	chosen.count++
	return chosen.lie.tell
}

func (s *Server) file(path string) document {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[path]
}

func (s *Server) list() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, tree := range s.modules {
		fmt.Fprintln(&b, tree.Module())
	}
	return []byte(b.String())
}

// index is the JSON of go.dev/dl: all releases, newest first, or the newest of the two newest lines.
func (s *Server) index(all bool) []byte {
	type file struct {
		Filename string `json:"filename"`
		OS       string `json:"os"`
		Arch     string `json:"arch"`
		Version  string `json:"version"`
		SHA256   string `json:"sha256"`
		Size     int    `json:"size"`
		Kind     string `json:"kind"`
	}
	type release struct {
		Version string `json:"version"`
		Stable  bool   `json:"stable"`
		Files   []file `json:"files"`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	byVersion := map[gover.Version]*release{}
	for _, tree := range s.listed {
		v := tree.Version
		if byVersion[v] == nil {
			source := file{Filename: v.Tag() + ".src.tar.gz", Version: v.Tag(), SHA256: sum([]byte(v.Tag())), Size: 1, Kind: "source"}
			byVersion[v] = &release{Version: v.Tag(), Stable: !v.Prerelease(), Files: []file{source}}
		}
		name, arch := tree.ArchiveName(), tree.Target.Arch
		if strings.Contains(name, "armv6l") {
			arch = "armv6l"
		}
		archive := s.files["/files/"+name].body
		byVersion[v].Files = append(byVersion[v].Files, file{
			Filename: name, OS: tree.Target.OS, Arch: arch, Version: v.Tag(), SHA256: sum(archive), Size: len(archive), Kind: "archive",
		})
	}
	versions := slices.Collect(maps.Keys(byVersion))
	gover.Sort(versions)
	releases, lines := []*release{}, map[string]bool{}
	for _, v := range versions {
		if !all && (v.Prerelease() || lines[v.Line()] || len(lines) == 2) {
			continue
		}
		lines[v.Line()] = true
		releases = append(releases, byVersion[v])
	}
	body, err := json.MarshalIndent(releases, "", " ")
	if err != nil {
		panic(err)
	}
	return body
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func etag(b []byte) string { return `"` + sum(b)[:16] + `"` }
