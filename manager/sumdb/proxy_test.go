package sumdb_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/sumdb"
)

// TestClients lets clients of all ages look up records while the database grows, by every road; then the database is
// gone, and each still gets all that was asked for once, whatever tree it knew.
func TestClients(t *testing.T) {
	w := newWorld(t)
	roads := []string{"", "/go1.22", "/sumdb/sum.golang.org", "/go1.21/sumdb/sum.golang.org"}
	var known []*client // what clients had seen at some time
	seen := func(c *client) { known = append(known, &client{w: w, prefix: c.prefix, latest: c.latest}) }
	for _, road := range roads {
		c := &client{w: w, prefix: road}
		for i := range 4 {
			for j := range 70 * i { // other people's
				if _, err := w.Get(t.Context(), fmt.Sprintf("%s/lookup/example.com/other@v%d.%d.0", w.up.URL, i, j), 1<<20); err != nil {
					t.Fatal(err)
				}
			}
			for _, m := range []string{"example.com/filler", "example.com/Mine/x"} {
				if err := c.lookup(m, fmt.Sprintf("v1.0.%d", i)); err != nil {
					t.Fatalf("%s %d: %v", road, i, err)
				}
			}
			seen(c)
		}
	}
	w.up.Close()
	w.start() // and the proxy starts anew, with nothing in memory
	for _, c := range append(known, &client{w: w}, &client{w: w, prefix: "/go1.21"}) {
		for i := range 4 {
			fresh := &client{w: w, prefix: c.prefix, latest: c.latest}
			if err := fresh.lookup("example.com/Mine/x", fmt.Sprintf("v1.0.%d", i)); err != nil || fresh.fork != "" {
				t.Errorf("%s, knowing %.40q: %v %s", c.prefix, c.latest, err, fresh.fork)
			}
		}
	}
	if err := (&client{w: w}).lookup("example.com/Mine/x", "v1.0.9"); err == nil || !strings.Contains(err.Error(), "503 Service Unavailable: no record of example.com/Mine/x v1.0.9: ") {
		t.Errorf("what was never asked for: %v", err)
	}
}

// TestEveryBit changes the database's answers by one bit each: nothing of it is answered or cached, and an honest
// answer afterwards is.
func TestEveryBit(t *testing.T) {
	const lookup = "/lookup/example.com/filler@v1.0.7"
	honest := newWorld(t)
	record, _ := honest.get(lookup, 200)
	for _, part := range []string{"/lookup/", "/tile/"} {
		length := len(record)
		if part == "/tile/" {
			length = 44 * 32 // of the narrowest tile with content
		}
		for bit := 0; bit < 8*length; bit += 53 {
			w := newWorld(t)
			var changed atomic.Bool
			w.lies(part, func(b []byte) []byte {
				if bit/8 < len(b) {
					changed.Store(true)
					b = append([]byte(nil), b...)
					b[bit/8] ^= 1 << (bit % 8)
				}
				return b
			})
			response, err := http.Get(w.url + lookup)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if !changed.Load() || response.StatusCode == http.StatusOK {
				t.Fatalf("%s bit %d: changed %v, %s", part, bit, changed.Load(), response.Status)
			}
			if response.StatusCode != http.StatusBadGateway && response.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("%s bit %d: %s", part, bit, response.Status)
			}
			if e := w.last(); e.Status != response.StatusCode || e.Reason == "" || e.Source == "origin" || e.Source == "cache" {
				t.Fatalf("%s bit %d: %+v", part, bit, e)
			}
			if found := w.cached("/lookup/"); found != nil {
				t.Fatalf("%s bit %d: %q is cached", part, bit, found)
			}
			if bit%(8*53) == 0 {
				w.lies("", nil)
				w.get(lookup, 200)
			}
		}
	}
}

// TestForgedIsTold: what was refused, and by whom it came.
func TestForgedIsTold(t *testing.T) {
	w := newWorld(t)
	w.lies("/lookup/", func(b []byte) []byte { return []byte(strings.Replace(string(b), "h1:A", "h1:B", 1)) })
	body, header := w.get("/go1.22/lookup/example.com/filler@v1.0.7", 502)
	want := "refused: " + w.up.URL + " gave a forged or damaged answer about example.com/filler v1.0.7: cannot authenticate record data in server response"
	if body != want+"\n" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", body, header)
	}
	e := w.last()
	if e.Operation != "lookup" || e.Module != "example.com/filler" || e.Version != "v1.0.7" || e.Go != "go1.22" || e.Source != "refused" ||
		e.Status != 502 || "refused: "+e.Reason != want || e.Client != "127.0.0.1" {
		t.Errorf("%+v", e)
	}
	if len(w.warned) != 1 || w.warned[0] != want {
		t.Errorf("warned %q", w.warned)
	}
}

func TestFork(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	w.get("/go1.21/lookup/example.com/mine@v1.0.0", 200)
	w.db.Fork()
	for _, path := range []string{
		"/lookup/example.com/mine@v1.0.0",
		"/go1.21/lookup/example.com/mine@v1.0.1",
		"/go1.23/lookup/example.com/mine@v1.0.0", // has no history of its own yet
	} {
		body, _ := w.get(path, 502)
		if !strings.Contains(body, "sum.golang.org has shown two histories") || strings.Contains(body, w.cache) {
			t.Errorf("%s: %s", path, body)
		}
	}
	w.pass(time.Minute)
	w.get("/latest", 502)
	found := w.cached("/evidence/fork-")
	if len(found) == 0 || len(found) > 4 {
		t.Fatalf("evidence: %q", found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil || !strings.HasPrefix(string(text), "2026-11-23T03:4") || strings.Count(string(text), "go.sum database tree") != 2 || !strings.Contains(string(text), "proof of misbehavior:") {
		t.Errorf("%v\n%s", err, text)
	}
	w.get("/lookup/example.com/filler@v1.0.7", 200) // what was proved before goes on, with the tree of before
	for _, road := range []string{"", "/go1.21"} {
		m := map[string]string{"": "example.com/filler", "/go1.21": "example.com/mine"}[road]
		if err := (&client{w: w, prefix: road}).lookup(m, map[string]string{"": "v1.0.7", "/go1.21": "v1.0.0"}[road]); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	w.up.Close()
	w.start()
	if err := (&client{w: w}).lookup("example.com/filler", "v1.0.7"); err != nil {
		t.Errorf("after the fork, offline: %v", err)
	}
}

// TestOldHead: a tree head that is older than one seen is of the same history, so it proves no fork; it is refused, kept and
// told once, and never handed on.
func TestOldHead(t *testing.T) {
	w := newWorld(t)
	old, _ := w.get("/latest", 200)
	w.get("/lookup/example.com/new@v1.0.0", 200)
	newest, _ := w.get("/latest", 200)
	if old == newest || w.last().Source != "cache" {
		t.Fatalf("%+v\n%s", w.last(), newest)
	}
	w.lies("/latest", func([]byte) []byte { return []byte(old) })
	for range 3 {
		w.pass(time.Minute)
		if head, _ := w.get("/latest", 200); head != newest {
			t.Errorf("handed on:\n%s", head)
		}
	}
	found := w.cached("/evidence/shrunk-")
	if len(found) != 1 {
		t.Fatalf("evidence: %q", found)
	}
	text, err := os.ReadFile(found[0])
	if err != nil || !strings.Contains(string(text), newest) || !strings.Contains(string(text), old) {
		t.Errorf("%v\n%s", err, text)
	}
	told := 0
	for _, e := range w.entries {
		if e.Operation == "follow" && e.Source == "refused" && e.Reason == w.up.URL+" shows a tree of 300, but 301 were seen before: an old copy, or records were taken away" {
			told++
		}
	}
	if told != 3 || len(w.warned) == 0 || !strings.Contains(w.warned[0], "kept in "+found[0]) {
		t.Errorf("told %d times, warned %q", told, w.warned)
	}
}

// TestRolledBack: a database that starts again without its last records gives their places to others.
func TestRolledBack(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/new@v1.0.0", 200)
	w.db.Shrink()
	body, _ := w.get("/lookup/example.com/newer@v1.0.0", 502)
	if !strings.Contains(body, "two histories") || w.cached("/evidence/fork-") == nil {
		t.Error(body)
	}
	w.get("/lookup/example.com/new@v1.0.0", 200)
}

func TestUnreachable(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	head, _ := w.get("/latest", 200)
	w.up.Close()
	w.pass(time.Minute)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	if again, _ := w.get("/latest", 200); again != head || w.last().Source != "cache" {
		t.Errorf("%+v\n%s", w.last(), again)
	}
	before := w.dials
	body, header := w.get("/lookup/example.com/filler@v1.0.8", 503)
	if !strings.Contains(body, "not asked again for 5s after ") || header.Get("Retry-After") != "5" || w.dials != before {
		t.Errorf("%d requests, %v, %s", w.dials-before, header, body)
	}
	if e := w.last(); e.Source != "unreachable" || e.Status != 503 || e.Reason+"\n" != body {
		t.Errorf("%+v", e)
	}
	w.pass(6 * time.Second)
	w.get("/lookup/example.com/filler@v1.0.8", 503)
	if w.dials == before {
		t.Error("it is never asked again")
	}
}

// TestHangs: one answer is waited for no longer than Patience, and what others ask meanwhile not even that.
func TestHangs(t *testing.T) {
	w := newWorld(t)
	w.db.Hang()
	w.o.Patience = 50 * time.Millisecond
	w.start()
	body, _ := w.get("/lookup/example.com/filler@v1.0.7", 503)
	if !strings.Contains(body, "no answer to /lookup/example.com/filler@v1.0.7 within 50ms") {
		t.Error(body)
	}
	before := w.dials
	w.get("/lookup/example.com/filler@v1.0.8", 503)
	w.get("/go1.22/tile/8/0/000", 503)
	w.get("/latest", 503)
	if w.dials != before {
		t.Error("a host that hangs was asked again at once")
	}
}

// TestTogether: equal questions at once are one question, also if whoever asked first goes away.
func TestTogether(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	w.before = func(path string) {
		if strings.HasPrefix(path, "/lookup/") {
			arrived <- struct{}{}
			<-release
		}
	}
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	gone, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/lookup/example.com/filler@v1.0.7", nil)
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan error)
	go func() {
		_, err := http.DefaultClient.Do(gone)
		left <- err
	}()
	<-arrived
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() { w.get("/lookup/example.com/filler@v1.0.7", 200) })
	}
	hangUp()
	if err := <-left; err == nil {
		t.Error("the first one got an answer")
	}
	close(release)
	all.Wait()
	if asked := w.forget("/lookup/"); len(asked) != 1 {
		t.Errorf("asked %q", asked)
	}
}

// TestAbsent: that there is no record is believed for a minute, and said so.
func TestAbsent(t *testing.T) {
	w := newWorld(t)
	for _, status := range []int{404, 410} {
		path := fmt.Sprintf("/lookup/example.com/late@v1.0.%d", status)
		w.says("/lookup/", status)
		body, header := w.get(path, 404)
		if header.Get("Cache-Control") != "public, max-age=60" || w.last().Source != "origin" || !strings.Contains(body, "it has no such record") {
			t.Errorf("%v %+v %s", header, w.last(), body)
		}
		w.lies("", nil)
		w.forget("")
		w.pass(20 * time.Second)
		if _, header := w.get(path, 404); header.Get("Cache-Control") != "public, max-age=40" || w.last().Source != "cache" || w.forget("") != nil {
			t.Errorf("%v %+v", header, w.last())
		}
		w.pass(41 * time.Second)
		w.get(path, 200)
	}
}

// TestTiles compares every tile with the database's own, in each width that it has had.
func TestTiles(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	for i := range 300 {
		if _, err := w.Get(t.Context(), fmt.Sprintf("%s/lookup/example.com/other@v1.%d.0", w.up.URL, i), 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	same := func(path string) {
		t.Helper()
		want, err := w.Get(t.Context(), w.up.URL+path, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if got, header := w.get(path, 200); got != string(want) || header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s differs: %d bytes, want %d, %v", path, len(got), len(want), header)
		}
	}
	same("/tile/8/0/001.p/44") // of the tree that the proxy knows
	w.forget("")
	same("/tile/8/0/002.p/88") // of a newer one
	if asked := w.forget("/latest"); len(asked) != 1 {
		t.Errorf("to find the newer tree it asked %q", asked)
	}
	for _, size := range []int64{1, 255, 256, 257, 300, 511, 512, 600} {
		for _, tile := range tlog.NewTiles(8, 0, size) {
			same("/" + tile.Path())
			if tile.L == 0 {
				tile.L = -1
				same("/" + tile.Path())
			}
		}
	}
	w.up.Close()
	w.start()
	w.get("/tile/8/0/001", 200)
	w.get("/tile/8/0/001.p/17", 200) // never asked for in this width
	w.get("/tile/8/data/001", 200)
	if e := w.last(); e.Operation != "tile" || e.Path != "/tile/8/data/001" || e.Source != "cache" {
		t.Errorf("%+v", e)
	}
}

func TestTilesRefused(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.299", 200)
	for name, change := range map[string]func([]byte) []byte{
		"a bit":         func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"shorter":       func(b []byte) []byte { return b[:len(b)-1] },
		"longer":        func(b []byte) []byte { return append(b, 'x') },
		"nothing":       func([]byte) []byte { return nil },
		"an empty line": func(b []byte) []byte { return append([]byte("\n\n"), b...) },
	} {
		for _, path := range []string{"/tile/8/0/000", "/tile/8/data/000", "/tile/8/data/000.p/9"} {
			w.lies("/tile/", change)
			body, _ := w.get(path, 502)
			if !strings.HasPrefix(body, "refused: ") || w.last().Source != "refused" {
				t.Errorf("%s %s: %s", path, name, body)
			}
		}
	}
	if found := append(w.cached("/tile/8/0/000"), w.cached("/tile/8/data/")...); found != nil {
		t.Errorf("cached: %q", found)
	}
	w.lies("", nil)
	for _, path := range []string{"/tile/8/0/000", "/tile/8/data/000", "/tile/8/data/000.p/9"} {
		w.get(path, 200)
	}
	body, _ := w.get("/tile/8/0/001.p/45", 404)
	if body != "tile/8/0/001.p/45 is not in the tree of 300, the newest known\n" {
		t.Error(body)
	}
	// The database dropped the partial tile, as it may.
	w.says("/tile/8/data/000.p/11", 404)
	w.get("/tile/8/data/000.p/11", 200)
}

// TestDamagedCache: what the disk changed is not answered; it is asked for again, or else said.
func TestDamagedCache(t *testing.T) {
	w := newWorld(t)
	const path = "/lookup/example.com/filler@v1.0.7"
	want, _ := w.get(path, 200)
	damage := func() {
		for _, file := range append(w.cached("/lookup/"), w.cached("/tile/")...) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 1
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	damage()
	if got, _ := w.get(path, 200); got != want || w.last().Source != "origin" {
		t.Errorf("%+v\n%s", w.last(), got)
	}
	damage()
	w.up.Close()
	if body, _ := w.get(path, 503); !strings.Contains(body, "what is cached is damaged") {
		t.Error(body)
	}
	if err := os.WriteFile(filepath.Join(w.cache, "any", w.db.Name, "latest"), []byte("junk"), 0o644); err != nil {
		t.Fatal(err)
	}
	body, _ := w.get(path, 500)
	if body != "the proxy can't go on with this; whoever runs it is told why\n" || !strings.Contains(w.last().Reason, "latest is not a tree head signed by sum.golang.org") {
		t.Errorf("%+v\n%s", w.last(), body)
	}
	if _, err := sumdb.New(t.Context(), w.o); err == nil || !strings.Contains(err.Error(), "is not a tree head signed by") {
		t.Errorf("started: %v", err)
	}
}

func TestNothingUnrecorded(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	w.unfit = errors.New("disk full")
	for _, path := range []string{"/lookup/example.com/filler@v1.0.7", "/latest", "/supported", "/tile/8/0/000", "/nonsense"} {
		if body, _ := w.get(path, 500); body != "the log of interactions can't be written, so nothing is answered\n" {
			t.Errorf("%s: %s", path, body)
		}
	}
	// The five came within a second.
	if len(w.warned) != 1 || w.warned[0] != "writing the log: disk full" {
		t.Errorf("warned %q", w.warned)
	}
}

// TestPanic: a fault in one question is that question's.
func TestPanic(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	w.o.Get = panicking{}
	w.start()
	w.get("/lookup/example.com/filler@v1.0.8", 500)
	if e := w.last(); e.Reason != "panic: out of order" || e.Status != 500 {
		t.Errorf("%+v", e)
	}
	w.get("/lookup/example.com/filler@v1.0.7", 200)
}

type panicking struct{}

func (panicking) Get(context.Context, string, int64) ([]byte, error) { panic("out of order") }

// TestLongEvidence: what a liar says is not passed on at any length.
func TestLongEvidence(t *testing.T) {
	w := newWorld(t)
	w.lies("/lookup/", func(b []byte) []byte { return []byte(string(b) + strings.Repeat("and so on\n", 90_000)) })
	body, _ := w.get("/lookup/example.com/filler@v1.0.7", 502)
	if len(body) > 10_000 || len(w.warned[0]) > 10_000 || len(w.last().Reason) > 1000 {
		t.Errorf("%d bytes answered, %d on stderr, %d in the log", len(body), len(w.warned[0]), len(w.last().Reason))
	}
}

func TestOffline(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	w.get("/latest", 200)
	before := w.dials
	w.o.Ways = nil
	w.start()
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	w.get("/latest", 200)
	for path, want := range map[string]string{
		"/lookup/example.com/filler@v1.0.8":        "no record of example.com/filler v1.0.8: it is not cached, and there is no way to ask\n",
		"/go1.22/lookup/example.com/filler@v1.0.7": "no record of example.com/filler v1.0.7: it is not cached, and there is no way to ask\n",
	} {
		if body, _ := w.get(path, 503); body != want {
			t.Errorf("%s: %s", path, body)
		}
	}
	w.get("/tile/8/0/009", 404)
	if w.dials != before {
		t.Error("offline, it asked")
	}
}

func TestWatch(t *testing.T) {
	w := newWorld(t)
	w.get("/lookup/example.com/filler@v1.0.7", 200)
	w.db.Fork()
	w.proxy.Follow(t.Context())
	if e := w.last(); e.Operation != "follow" || e.Source != "refused" || e.Status != 502 || w.cached("/evidence/fork-") == nil {
		t.Errorf("%+v", e)
	}
	w.up.Close()
	w.proxy.Follow(t.Context())
	if e := w.last(); e.Source != "unreachable" || e.Status != 503 || !strings.HasPrefix(w.warned[len(w.warned)-1], "the database can't be reached, so what is cached is answered: ") {
		t.Errorf("%+v %q", e, w.warned)
	}
}

func TestHead(t *testing.T) {
	w := newWorld(t)
	whole, header := w.get("/lookup/example.com/filler@v1.0.7", 200)
	body, same := w.ask(http.MethodHead, "/lookup/example.com/filler@v1.0.7", 200)
	if body != "" || same.Get("Content-Length") != fmt.Sprint(len(whole)) || same.Get("Content-Type") != header.Get("Content-Type") {
		t.Errorf("%q %v", body, same)
	}
	if _, header := w.ask(http.MethodPost, "/latest", 405); header.Get("Allow") != "GET, HEAD" {
		t.Error(header)
	}
}
