package sumdb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	modsumdb "golang.org/x/mod/sumdb"

	"gsw/manager/dist/disttest"
	"gsw/manager/journal"
	"gsw/manager/sumdb"
	"gsw/manager/trust"
)

// world is a checksum database that can be made to lie, and a proxy of it.
type world struct {
	t     *testing.T
	db    *disttest.SumDB
	up    *httptest.Server
	proxy *sumdb.Proxy
	url   string // of the proxy
	cache string
	key   sumdb.Key
	o     sumdb.Options

	mu      sync.Mutex
	now     time.Time
	lie     func(path string, status int, body []byte) (int, []byte)
	before  func(path string) // an answer is given
	asked   []string          // of the database
	dials   int               // attempts to ask it
	entries []journal.Entry
	unfit   error // the journal can't be written
	warned  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: disttest.NewSumDB(t, nil), cache: t.TempDir(), now: time.Date(2026, 11, 23, 3, 40, 0, 0, time.UTC)}
	w.up = httptest.NewServer(http.HandlerFunc(w.upstream))
	t.Cleanup(w.up.Close)
	var err error
	if w.key, _, err = sumdb.OpenKey(t.Context(), filepath.Join(t.TempDir(), "key"), "proxy.example"); err != nil {
		t.Fatal(err)
	}
	w.o = sumdb.Options{
		Cache: w.cache, Ways: []trust.Way{{URL: w.up.URL}}, Get: w, LogKey: w.db.Key, Key: w.key, Journal: w, Now: w.clock,
		Warn: w.warn, Patience: time.Second,
		Unreachable: func(err error) bool { dial := new(net.OpError); return errors.As(err, &dial) && dial.Op == "dial" },
	}
	w.start()
	return w
}

// start makes a proxy, as after the one before ended.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.proxy, err = sumdb.New(w.t.Context(), w.o); err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(w.proxy)
	w.t.Cleanup(server.Close)
	w.url = server.URL
}

func (w *world) upstream(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.URL.Path)
	lie, before := w.lie, w.before
	w.mu.Unlock()
	if before != nil {
		before(r.URL.Path)
	}
	answer := httptest.NewRecorder()
	func() {
		defer func() {
			if recover() != nil { // x/mod's server has no word for a tile that it doesn't have
				answer = httptest.NewRecorder()
				answer.Code = http.StatusNotFound
			}
		}()
		w.db.ServeHTTP(answer, r)
	}()
	status, body := answer.Code, answer.Body.Bytes()
	if lie != nil {
		status, body = lie(r.URL.Path, status, body)
	}
	out.WriteHeader(status)
	_, _ = out.Write(body)
}

// lies makes the database change what it answers about paths that contain part; nil makes it honest.
func (w *world) lies(part string, change func([]byte) []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lie = nil
	if change != nil {
		w.lie = func(path string, status int, body []byte) (int, []byte) {
			if strings.Contains(path, part) && status == http.StatusOK {
				return status, change(body)
			}
			return status, body
		}
	}
}

func (w *world) says(part string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lie = func(path string, honest int, body []byte) (int, []byte) {
		if strings.Contains(path, part) {
			return status, nil
		}
		return honest, body
	}
}

// Get is the proxy's way to the network.
func (w *world) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	w.mu.Lock()
	w.dials++
	w.mu.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return io.ReadAll(io.LimitReader(response.Body, limit))
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("%s: %w", response.Status, fs.ErrNotExist)
	}
	return nil, errors.New(response.Status)
}

// Add is the journal.
func (w *world) Add(e journal.Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unfit != nil {
		return w.unfit
	}
	w.entries = append(w.entries, e)
	return nil
}

func (w *world) warn(message string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.warned = append(w.warned, message)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// last is the journal's newest entry.
func (w *world) last() journal.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.entries[len(w.entries)-1]
}

// forget gives what the database was asked for since the last time, of what contains part.
func (w *world) forget(part string) (asked []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, path := range w.asked {
		if strings.Contains(path, part) {
			asked = append(asked, path)
		}
	}
	w.asked = nil
	return asked
}

// get asks the proxy, and fails unless the answer has that status and is signed.
func (w *world) get(path string, status int) (string, http.Header) {
	w.t.Helper()
	return w.ask(http.MethodGet, path, status)
}

func (w *world) ask(method, path string, status int) (string, http.Header) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if response.StatusCode != status {
		w.t.Fatalf("%s: %s, want %d\n%s", path, response.Status, status, body)
	}
	saved := sumdb.Response{Status: response.StatusCode, Signature: response.Header.Get(sumdb.SignatureHeader), Body: body}
	signed, err := saved.Verify(w.key.Verifier, request.URL.Path)
	if err != nil || signed.Method != method || !signed.Time.Equal(w.clock()) {
		w.t.Errorf("%s %s: signed %+v, %v", method, path, signed, err)
	}
	return string(body), response.Header
}

// cached tells whether the cache has a file whose path contains part.
func (w *world) cached(part string) (found []string) {
	w.t.Helper()
	err := filepath.WalkDir(w.cache, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(filepath.ToSlash(name), part) {
			found = append(found, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	return found
}

// client is an x/mod client of the proxy with a memory of its own.
type client struct {
	w      *world
	prefix string
	mu     sync.Mutex
	latest []byte
	cache  map[string][]byte
	fork   string
}

func (c *client) ReadRemote(path string) ([]byte, error) {
	response, err := http.Get(c.w.url + c.prefix + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, err
}

func (c *client) ReadConfig(file string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if file == "key" {
		return []byte(c.w.db.Key), nil
	}
	return c.latest, nil
}

func (c *client) WriteConfig(_ string, _, b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest = b
	return nil
}

func (c *client) ReadCache(file string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, ok := c.cache[file]; ok {
		return data, nil
	}
	return nil, fs.ErrNotExist
}

func (c *client) WriteCache(file string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cache == nil {
		c.cache = map[string][]byte{}
	}
	c.cache[file] = data
}

func (c *client) Log(string)               {}
func (c *client) SecurityError(msg string) { c.fork = msg }

// lookup asks as a process would that starts now: nothing is in memory.
func (c *client) lookup(path, version string) error {
	lines, err := modsumdb.NewClient(c).Lookup(path, version)
	if err == nil && (len(lines) != 1 || !strings.HasPrefix(lines[0], path+" "+version+" h1:")) {
		err = fmt.Errorf("%q", lines)
	}
	return err
}
