package trust_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/dist/disttest"
	"gsw/manager/trust"
)

// web is a trust.Getter over plain HTTP.
type web struct{}

func (web) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %s: %w", url, response.Status, fs.ErrNotExist)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, limit))
}

// files is a client's only world: what a static tree has, and what it kept itself.
type files struct {
	key    string
	served map[string][]byte
	latest []byte
	fork   string
}

func (f *files) ReadRemote(path string) ([]byte, error) {
	if data, ok := f.served[strings.TrimPrefix(path, "/")]; ok {
		return data, nil
	}
	return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
}

func (f *files) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(f.key), nil
	}
	return f.latest, nil
}

func (f *files) WriteConfig(_ string, _, b []byte) error { f.latest = b; return nil }
func (f *files) ReadCache(string) ([]byte, error)        { return nil, fs.ErrNotExist }
func (f *files) WriteCache(string, []byte)               {}
func (f *files) Log(string)                              {}
func (f *files) SecurityError(msg string)                { f.fork = msg }

// upstream is a checksum database, and a log that asks it.
func upstream(t *testing.T) (*disttest.SumDB, *httptest.Server, *trust.Log) {
	t.Helper()
	db := disttest.NewSumDB(t, nil)
	server := httptest.NewServer(db)
	t.Cleanup(server.Close)
	return db, server, &trust.Log{Get: web{}, Ways: []trust.Way{{URL: server.URL}}, CacheDir: t.TempDir(), Key: db.Key}
}

func TestProveAnyModule(t *testing.T) {
	db, _, log := upstream(t)
	for _, m := range []struct{ path, version, file string }{
		{"example.com/filler", "v1.0.7", "example.com/filler@v1.0.7"},
		{"example.com/BurntSushi/toml", "v1.4.0", "example.com/!burnt!sushi/toml@v1.4.0"},
		{"example.com/a", "v2.0.0-RC.1+incompatible", "example.com/a@v2.0.0-!r!c.1+incompatible"},
	} {
		proven, err := log.Prove(t.Context(), m.path, m.version)
		if err != nil {
			t.Fatal(err)
		}
		text := m.path + " " + m.version + " h1:" + strings.Repeat("A", 43) + "=\n" + m.path + " " + m.version + "/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n"
		if string(proven.Text) != text || proven.H1 != "h1:"+strings.Repeat("A", 43)+"=" || proven.GoMod != "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=" {
			t.Errorf("%+v\n%s", proven, proven.Text)
		}
		if proven.Module != m.path || proven.Version != m.version || proven.ID < 0 || proven.ID >= proven.TreeSize || proven.Cached {
			t.Errorf("%+v", proven)
		}
		if head := fmt.Sprintf("go.sum database tree\n%d\n", proven.TreeSize); !strings.HasPrefix(string(proven.Head), head) {
			t.Errorf("the head is not of the tree of %d:\n%s", proven.TreeSize, proven.Head)
		}
		if _, err := os.Stat(filepath.Join(log.CacheDir, db.Name, "lookup", filepath.FromSlash(m.file))); err != nil {
			t.Error(err)
		}
		offline := *log
		offline.Ways = nil
		again, err := offline.Prove(t.Context(), m.path, m.version)
		if err != nil || string(again.Text) != text || !again.Cached {
			t.Errorf("offline: %+v, %v", again, err)
		}
	}
}

func TestProveSenselessNames(t *testing.T) {
	db, _, log := upstream(t)
	for _, m := range [][2]string{
		{"", "v1.0.0"}, {"example.com/../x", "v1.0.0"}, {"example.com/a b", "v1.0.0"}, {"/example.com", "v1.0.0"},
		{"example.com/a", ""}, {"example.com/a", "v1.0.0/go.mod"}, {"example.com/a", "../v1"}, {"example.com/a", "v1!0"}, {"example.com/a\nb", "v1.0.0"},
	} {
		if proven, err := log.Prove(t.Context(), m[0], m[1]); err == nil {
			t.Errorf("%q: %+v", m, proven)
		}
	}
	if db.Lookups() != 0 {
		t.Errorf("the database was asked %d times", db.Lookups())
	}
}

// TestSnapshot publishes a snapshot and lets clients that have nothing else look up every record: one that knows
// nothing, and those that know an older tree head.
func TestSnapshot(t *testing.T) {
	db, server, log := upstream(t)
	var heads [][]byte
	var sizes, ids []int64
	var proven []trust.Proven
	prove := func(path, version string) {
		p, err := log.Prove(t.Context(), path, version)
		if err != nil {
			t.Fatal(err)
		}
		proven, ids = append(proven, p), append(ids, p.ID)
		if len(sizes) == 0 || sizes[len(sizes)-1] != p.TreeSize {
			heads, sizes = append(heads, p.Head), append(sizes, p.TreeSize)
		}
	}
	prove("example.com/filler", "v1.0.0")
	for i := range 5 {
		for j := range 60 * i { // records of others
			if _, err := (web{}).Get(t.Context(), fmt.Sprintf("%s/lookup/example.com/other@v%d.0.%d", server.URL, i, j), 1<<20); err != nil {
				t.Fatal(err)
			}
		}
		prove("example.com/mine", fmt.Sprintf("v1.0.%d", i))
	}
	prove("example.com/filler", "v1.0.299")

	served := map[string][]byte{}
	last := ""
	put := func(path string, data []byte) error {
		if _, twice := served[path]; twice {
			t.Errorf("%s was put twice", path)
		}
		served[path], last = data, path
		return nil
	}
	server.CloseClientConnections()
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/lookup/") {
			t.Errorf("asked for %s", r.URL)
		}
		db.ServeHTTP(w, r)
	})
	head, err := log.Snapshot(t.Context(), ids, sizes, put)
	if err != nil {
		t.Fatal(err)
	}
	if last != "latest" || string(served["latest"]) != string(head) || string(head) != string(heads[len(heads)-1]) {
		t.Errorf("last came %s\n%s", last, head)
	}
	if len(served) > 20 {
		t.Errorf("%d files for %d records: %q", len(served), len(ids), slices.Sorted(maps.Keys(served)))
	}
	for _, p := range proven {
		path, err := trust.LookupPath(p.Module, p.Version)
		if err != nil {
			t.Fatal(err)
		}
		if served[path], err = p.Answer(head); err != nil {
			t.Fatal(err)
		}
	}
	for i, latest := range append([][]byte{nil}, heads...) {
		for _, p := range proven { // each client asks for one record, as the first thing it ever does
			client := &files{key: db.Key, served: served, latest: latest}
			lines, err := sumdb.NewClient(client).Lookup(p.Module, p.Version)
			if err != nil || len(lines) != 1 || lines[0] != p.Module+" "+p.Version+" "+p.H1 || client.fork != "" {
				t.Errorf("client %d, %s %s: %q, %v %s", i, p.Module, p.Version, lines, err, client.fork)
			}
		}
	}

	// The tiles are needed, every one: without it some client fails.
	for missing := range served {
		if !strings.HasPrefix(missing, "tile/") {
			continue
		}
		fewer := maps.Clone(served)
		delete(fewer, missing)
		failed := false
		for _, latest := range append([][]byte{nil}, heads...) {
			for _, p := range proven {
				_, err := sumdb.NewClient(&files{key: db.Key, served: fewer, latest: latest}).Lookup(p.Module, p.Version)
				failed = failed || err != nil
			}
		}
		if !failed {
			t.Errorf("%s is needed by nobody", missing)
		}
	}

	offline := *log
	offline.Ways = nil
	clear(served)
	if _, err := offline.Snapshot(t.Context(), ids, sizes, put); err != nil {
		t.Errorf("again, from the cache alone: %v", err)
	}
}

func TestSnapshotRefuses(t *testing.T) {
	db, _, log := upstream(t)
	nothing := func(path string, _ []byte) error { t.Errorf("%s was put", path); return nil }
	if _, err := log.Snapshot(t.Context(), nil, nil, nothing); !errors.Is(err, trust.ErrNoHead) {
		t.Errorf("before anything was proved: %v", err)
	}
	p, err := log.Prove(t.Context(), "example.com/filler", "v1.0.7")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ids, older []int64
		want       string
	}{
		{[]int64{300}, nil, "record 300 is not in the tree of 300, the newest known of sum.golang.org"},
		{[]int64{-1}, nil, "record -1 is not in the tree of 300, the newest known of sum.golang.org"},
		{nil, []int64{301}, "a tree of 301 is no older one than the tree of 300, the newest known of sum.golang.org"},
	} {
		if _, err := log.Snapshot(t.Context(), c.ids, c.older, nothing); err == nil || err.Error() != c.want {
			t.Errorf("%v %v: %v, want %s", c.ids, c.older, err, c.want)
		}
	}

	if err := log.Forget(); err != nil {
		t.Fatal(err)
	}
	db.Tamper()
	_, err = log.Snapshot(t.Context(), []int64{p.ID}, nil, nothing)
	var forged *trust.ForgedError
	if !errors.As(err, &forged) || !strings.HasSuffix(err.Error(), " gave a forged or damaged answer about the tiles of its tree: downloaded inconsistent tile") {
		t.Errorf("tampered tiles: %v", err)
	}
	db.Honest()
	full := errors.New("disk full")
	if _, err := log.Snapshot(t.Context(), []int64{p.ID}, nil, func(string, []byte) error { return full }); err != full {
		t.Errorf("a put that fails: %v", err)
	}
	served := map[string][]byte{}
	put := func(path string, data []byte) error { served[path] = data; return nil }
	if _, err := log.Snapshot(t.Context(), []int64{p.ID}, nil, put); err != nil {
		t.Fatal(err)
	}
	for path, data := range served {
		if tile, err := tlog.ParseTilePath(path); err == nil && len(data) != tile.W*tlog.HashSize {
			t.Errorf("%s has %d bytes", path, len(data))
		}
	}

	// What the disk damaged is fetched again; without anybody to ask, that is said.
	tile := filepath.Join(log.CacheDir, db.Name, "tile", "8", "0", "000")
	if err := os.WriteFile(tile, make([]byte, 8192), 0o644); err != nil {
		t.Fatal(err)
	}
	offline := *log
	offline.Ways = nil
	_, err = offline.Snapshot(t.Context(), []int64{p.ID}, nil, nothing)
	if err == nil || err.Error() != "log: no proof of the tiles of its tree: it is not cached, and there is no way to ask, and what is cached is damaged" {
		t.Errorf("damaged and offline: %v", err)
	}
	if _, err := log.Snapshot(t.Context(), []int64{p.ID}, nil, put); err != nil {
		t.Error(err)
	}
	if _, err := offline.Snapshot(t.Context(), []int64{p.ID}, nil, put); err != nil {
		t.Errorf("the damaged tile was not replaced: %v", err)
	}
}
