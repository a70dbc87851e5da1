package trust_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/trust"
)

func TestFollow(t *testing.T) {
	db, server, log := upstream(t)
	if _, _, err := log.Head(t.Context()); !errors.Is(err, trust.ErrNoHead) {
		t.Errorf("before: %v", err)
	}
	first, err := log.Follow(t.Context())
	if err != nil || first.TreeSize != 300 || first.ShownSize != 300 || string(first.Head) != string(first.Shown) || first.Way != server.URL {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := (web{}).Get(t.Context(), server.URL+"/lookup/example.com/new@v1.0.0", 1<<20); err != nil {
		t.Fatal(err)
	}
	second, err := log.Follow(t.Context())
	if err != nil || second.TreeSize != 301 {
		t.Fatalf("%+v, %v", second, err)
	}
	if head, size, err := log.Head(t.Context()); err != nil || size != 301 || string(head) != string(second.Head) {
		t.Errorf("kept: %d, %v\n%s", size, err, head)
	}

	// An older head of the same history changes nothing.
	honest := server.Config.Handler
	answer := func(path, body string) {
		server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path {
				_, _ = w.Write([]byte(body))
				return
			}
			honest.ServeHTTP(w, r)
		})
	}
	answer("/latest", string(first.Head))
	if old, err := log.Follow(t.Context()); err != nil || old.TreeSize != 301 || old.ShownSize != 300 || string(old.Head) != string(second.Head) || string(old.Shown) != string(first.Head) {
		t.Errorf("%+v, %v", old, err)
	}
	if err := log.Merge(t.Context(), first.Head); err != nil {
		t.Errorf("merging an older head: %v", err)
	}

	var forged *trust.ForgedError
	answer("/latest", strings.Replace(string(second.Head), "\n301\n", "\n302\n", 1))
	if _, err := log.Follow(t.Context()); !errors.As(err, &forged) || !strings.HasPrefix(err.Error(), server.URL+" gave a forged or damaged answer about its tree head: reading tree note: invalid signature") {
		t.Errorf("another size: %v", err)
	}
	if err := log.Merge(t.Context(), []byte("go.sum database tree\n")); !errors.As(err, &forged) {
		t.Errorf("merging no head: %v", err)
	}
	answer("/latest", "<html>log in</html>")
	if _, err := log.Follow(t.Context()); err == nil || err.Error() != "log: no tree head: "+server.URL+`: what it answers is not a tree head: "<html>log in</html>"` {
		t.Errorf("a page: %v", err)
	}
	db.Hang()
	server.Config.Handler = http.NotFoundHandler()
	if _, err := log.Follow(t.Context()); err == nil || err.Error() != "log: no tree head: "+server.URL+": it shows no tree head" {
		t.Errorf("nothing there: %v", err)
	}
}

// TestFollowForked: a shorter and a longer tree of another history are refused with both heads and a proof, whoever
// shows them, and what was proved before stays provable from the cache alone.
func TestFollowForked(t *testing.T) {
	db, server, log := upstream(t)
	for _, version := range []string{"v1.0.0", "v1.0.1"} {
		if _, err := log.Prove(t.Context(), "example.com/mine", version); err != nil {
			t.Fatal(err)
		}
	}
	db.Fork() // 600 records
	longer, err := (web{}).Get(t.Context(), server.URL+"/latest", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func() error{
		"follow": func() error { _, err := log.Follow(t.Context()); return err },
		"merge":  func() error { return log.Merge(t.Context(), longer) },
		"prove":  func() error { _, err := log.Prove(t.Context(), "example.com/mine", "v1.0.2"); return err },
	} {
		err := ask()
		var forked *trust.TreeHeadError
		if !errors.As(err, &forked) || forked.Log != db.Name || forked.File != filepath.Join(log.CacheDir, db.Name, "latest") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, part := range []string{"old database:\n", "go.sum database tree\n\t302\n", "new database:\n", "go.sum database tree\n\t60", "proof of misbehavior:\n\t"} {
			if !strings.Contains(forked.Evidence, part) {
				t.Errorf("%s: the evidence lacks %q:\n%s", name, part, forked.Evidence)
			}
		}
		if strings.Contains(forked.Evidence, "no proof") {
			t.Errorf("%s:\n%s", name, forked.Evidence)
		}
	}
	offline := *log
	offline.Ways = nil
	for _, version := range []string{"v1.0.0", "v1.0.1"} {
		if p, err := offline.Prove(t.Context(), "example.com/mine", version); err != nil || p.TreeSize != 302 {
			t.Errorf("%s, proved before the fork: %+v, %v", version, p, err)
		}
	}

	// Shrunk to 300, and grown again with others in the places of what is gone.
	db.Shrink()
	if f, err := log.Follow(t.Context()); err != nil || f.ShownSize != 300 || f.TreeSize != 302 {
		t.Errorf("shrunk: %+v, %v", f, err)
	}
	for _, m := range []string{"a", "b", "c"} {
		if _, err := (web{}).Get(t.Context(), server.URL+"/lookup/example.com/"+m+"@v1.0.0", 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	var forked *trust.TreeHeadError
	if _, err := log.Follow(t.Context()); !errors.As(err, &forked) {
		t.Errorf("grown again: %v", err)
	}
}

func TestTile(t *testing.T) {
	db, server, log := upstream(t)
	tile := tlog.Tile{H: 8, L: 0, N: 0, W: 256}
	var beyond *trust.BeyondError
	if _, err := log.Tile(t.Context(), tile); !errors.As(err, &beyond) || err.Error() != "tile/8/0/000 is not in the tree of 0, the newest known" {
		t.Errorf("before any tree is known: %v", err)
	}
	if _, err := log.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tile := range []tlog.Tile{tile, {H: 8, L: 0, N: 1, W: 44}, {H: 8, L: 0, N: 1, W: 3}, {H: 8, L: 1, N: 0, W: 1}, {H: 8, L: -1, N: 0, W: 256}, {H: 8, L: -1, N: 1, W: 44}, {H: 8, L: -1, N: 1, W: 3}} {
		want, err := (web{}).Get(t.Context(), server.URL+"/"+tile.Path(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for _, cached := range []bool{false, true} {
			got, err := log.Tile(t.Context(), tile)
			if err != nil || string(got.Data) != string(want) || cached && !got.Cached {
				t.Errorf("%s: %d bytes, want %d, cached %v, %v", tile.Path(), len(got.Data), len(want), got.Cached, err)
			}
		}
	}
	for _, tile := range []tlog.Tile{{H: 8, L: 0, N: 1, W: 45}, {H: 8, L: 0, N: 2, W: 1}, {H: 8, L: 1, N: 0, W: 2}, {H: 8, L: 2, N: 0, W: 1}, {H: 8, L: -1, N: 1, W: 45}, {H: 8, L: 63, N: 0, W: 1}, {H: 8, L: 0, N: 1<<55 - 1, W: 256}} {
		if _, err := log.Tile(t.Context(), tile); !errors.As(err, &beyond) {
			t.Errorf("%s: %v", tile.Path(), err)
		}
	}
	for _, tile := range []tlog.Tile{{H: 2, L: 0, N: 0, W: 4}, {H: 8, L: 0, N: 0, W: 257}, {H: 8, L: 0, N: 0, W: 0}, {H: 8, L: 0, N: -1, W: 1}, {H: 8, L: -2, N: 0, W: 1}} {
		if _, err := log.Tile(t.Context(), tile); err == nil || errors.As(err, &beyond) {
			t.Errorf("%+v: %v", tile, err)
		}
	}
	db.Tamper()
	if err := os.RemoveAll(filepath.Join(log.CacheDir, db.Name, "tile")); err != nil {
		t.Fatal(err)
	}
	var forged *trust.ForgedError
	if _, err := log.Tile(t.Context(), tile); !errors.As(err, &forged) {
		t.Errorf("tampered: %v", err)
	}
}
