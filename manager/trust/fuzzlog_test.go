package trust_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/dist/disttest"
	"gsw/manager/trust"
)

// kindOf a document: 0 a lookup, 1 a tree head, 2 a tile.
func kindOf(path string) int {
	switch {
	case strings.HasPrefix(path, "/latest"):
		return 1
	case strings.HasPrefix(path, "/tile/"):
		return 2
	}
	return 0
}

// told answers out of what a database said, one document of which is another.
type told struct {
	truth map[string][]byte
	which int // kind
	lie   []byte
}

func (w *told) Get(_ context.Context, url string, limit int64) ([]byte, error) {
	path := url[strings.Index(url, "example/")+len("example"):]
	if kindOf(path) == w.which {
		if int64(len(w.lie)) > limit {
			return nil, errors.New("too long")
		}
		return w.lie, nil
	}
	if text, ok := w.truth[path]; ok {
		return text, nil
	}
	return nil, fs.ErrNotExist
}

// FuzzLog: whatever a way answers instead of a record, a tree head or the tiles, what is proved is what the database
// has, and so are the tree head and the tiles that a proxy hands on.
func FuzzLog(f *testing.F) {
	db := disttest.NewSumDB(f, nil)
	truth := map[string][]byte{}
	recorder := &recording{handler: db, answers: truth}
	ways := []trust.Way{{URL: "http://log.example"}}
	const module, version = "example.com/filler", "v1.0.7"
	honest := &trust.Log{Get: recorder, Ways: ways, CacheDir: f.TempDir(), Key: db.Key}
	want, err := honest.Prove(f.Context(), module, version)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := honest.Follow(f.Context()); err != nil {
		f.Fatal(err)
	}
	tile := tlog.Tile{H: trust.TileHeight, L: 0, N: 0, W: 1 << trust.TileHeight}
	wantTile, err := honest.Tile(f.Context(), tile)
	if err != nil {
		f.Fatal(err)
	}
	for path, text := range truth {
		f.Add(kindOf(path), text)
		f.Add(kindOf(path), text[:len(text)/2])
	}
	f.Add(0, []byte("99999999999999999999\nx\n\n"))
	f.Add(0, []byte("7\n\n\n"))
	f.Add(1, []byte("go.sum database tree\n9223372036854775807\nAAAA\n\n— x y\n"))
	f.Add(2, []byte{})
	f.Fuzz(func(t *testing.T, which int, lie []byte) {
		log := &trust.Log{Get: &told{truth, ((which % 3) + 3) % 3, lie}, Ways: ways, CacheDir: t.TempDir(), Key: db.Key}
		if proven, err := log.Prove(t.Context(), module, version); err == nil && (string(proven.Text) != string(want.Text) || proven.ID != want.ID) {
			t.Errorf("%d %q proves %q", which, lie, proven.Text)
		}
		if followed, err := log.Follow(t.Context()); err == nil && !strings.HasPrefix(string(followed.Head), fmt.Sprintf("go.sum database tree\n%d\n", followed.TreeSize)) {
			t.Errorf("%d %q leads to %q", which, lie, followed.Head)
		}
		if proven, err := log.Tile(t.Context(), tile); err == nil && string(proven.Data) != string(wantTile.Data) {
			t.Errorf("%d %q proves another tile", which, lie)
		}
	})
}

// recording asks a handler, and remembers what it said. Tiles are asked for at once.
type recording struct {
	handler http.Handler

	mu      sync.Mutex
	answers map[string][]byte
}

func (r *recording) Get(_ context.Context, url string, _ int64) ([]byte, error) {
	path := url[strings.Index(url, "example/")+len("example"):]
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != 200 {
		return nil, fs.ErrNotExist
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[path] = w.Body.Bytes()
	return w.Body.Bytes(), nil
}
