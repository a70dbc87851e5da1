package disttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
)

// A SumDB is a checksum database with a key of its own that knows toolchain modules. It is an http.Handler for
// …/sumdb/NAME/… (as a module proxy passes it on, with /supported) and for …/lookup, /latest, /tile directly.
type SumDB struct {
	Name string // sum.golang.org
	Key  string // the verifier key; its name is Name

	signer  string
	mu      sync.Mutex
	records map[string]string // module version → h1
	modules map[string]string // path@version → the lines of its record
	tree    *sumdb.TestServer
	dropped map[string]bool
	forged  map[string]string
	lie     string // "", "unsupported", "hang", "tile"
	lookups int
}

// NewSumDB makes a database with records (module version, as Tree.Module gives it → h1 hash). It holds some hundred
// other records already, so that a client meets full and partial tiles.
func NewSumDB(t testing.TB, records map[string]string) *SumDB {
	t.Helper()
	db := &SumDB{Name: "sum.golang.org", records: map[string]string{}, dropped: map[string]bool{}, forged: map[string]string{}}
	var err error
	db.signer, db.Key, err = note.GenerateKey(rand.Reader, db.Name)
	if err != nil {
		t.Fatal(err)
	}
	for version, h1 := range records {
		db.records[version] = h1
	}
	db.grow("example.com/filler")
	return db
}

// Set gives a module version its record. A record that was asked for already stays as it is: logs only grow.
func (db *SumDB) Set(version, h1 string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.records[version] = h1
}

// SetModule gives a version of any module its record.
func (db *SumDB) SetModule(path, version, h1, goMod string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.modules == nil {
		db.modules = map[string]string{}
	}
	db.modules[path+"@"+version] = fmt.Sprintf("%s %s %s\n%[1]s %[2]s/go.mod %[4]s\n", path, version, h1, goMod)
}

// Drop makes lookups of a version 404, as caches do for what is rarely asked for.
func (db *SumDB) Drop(version string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.dropped[version] = true
}

// Forge makes lookups answer another hash than the one that is in the tree: the proof of inclusion does not fit.
func (db *SumDB) Forge(version, h1 string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.forged[version] = h1
}

// Fork starts another tree under the same key, with other records at its beginning, and longer than the first.
func (db *SumDB) Fork() { db.grow("example.com/fork", "example.com/longer") }

// Shrink starts the tree anew, without what was added by lookups since: a rolled back database.
func (db *SumDB) Shrink() { db.grow("example.com/filler") }

// Unsupported makes /supported 404, as proxies do that pass on no database.
func (db *SumDB) Unsupported() { db.tell("unsupported") }

// Hang makes every answer wait until the client gives up.
func (db *SumDB) Hang() { db.tell("hang") }

// Tamper flips a bit in every tile.
func (db *SumDB) Tamper() { db.tell("tile") }

// Honest ends all lies but Fork, Shrink and Set.
func (db *SumDB) Honest() {
	db.tell("")
	db.mu.Lock()
	defer db.mu.Unlock()
	clear(db.dropped)
	clear(db.forged)
}

// Lookups is how many records were asked for.
func (db *SumDB) Lookups() int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.lookups
}

func (db *SumDB) tell(lie string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.lie = lie
}

// grow begins a tree with 300 records below each path: more than one full tile.
func (db *SumDB) grow(paths ...string) {
	tree := sumdb.NewTestServer(db.signer, db.gosum)
	for _, path := range paths {
		for i := range 300 {
			if _, err := tree.Lookup(context.Background(), module.Version{Path: path, Version: fmt.Sprintf("v1.0.%d", i)}); err != nil {
				panic(err) // gosum knows them
			}
		}
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.tree = tree
}

// gosum is the text of a new record.
func (db *SumDB) gosum(path, version string) ([]byte, error) {
	db.mu.Lock()
	text, known := db.modules[path+"@"+version]
	db.mu.Unlock()
	if known {
		return []byte(text), nil
	}
	h1 := "h1:" + strings.Repeat("A", 43) + "="
	if path == "golang.org/toolchain" {
		db.mu.Lock()
		defer db.mu.Unlock()
		var ok bool
		if h1, ok = db.records[version]; !ok {
			return nil, &fs.PathError{Op: "lookup", Path: path + "@" + version, Err: fs.ErrNotExist} // unwrapped: the server asks os.IsNotExist
		}
	} else if !strings.HasPrefix(path, "example.com/") {
		return nil, &fs.PathError{Op: "lookup", Path: path, Err: fs.ErrNotExist}
	}
	return fmt.Appendf(nil, "%s %s %s\n%s %s/go.mod h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=\n", path, version, h1, path, version), nil
}

func (db *SumDB) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, rest, ok := strings.Cut(r.URL.Path, "/sumdb/"+db.Name); ok {
		r = r.Clone(r.Context())
		r.URL.Path = rest
	}
	version := r.URL.Path[strings.LastIndex(r.URL.Path, "@")+1:]
	isLookup := strings.HasPrefix(r.URL.Path, "/lookup/")
	db.mu.Lock()
	lie, tree, dropped, forged := db.lie, db.tree, isLookup && db.dropped[version], ""
	if isLookup {
		db.lookups++
		forged = db.forged[version]
	}
	honest := db.records[version]
	db.mu.Unlock()

	switch {
	case lie == "hang":
		<-r.Context().Done()
		abort()
	case r.URL.Path == "/supported" && lie != "unsupported":
		return
	case dropped, r.URL.Path == "/supported":
		http.NotFound(w, r)
		return
	case forged != "":
		w = &replacing{ResponseWriter: w, old: honest, new: forged}
	case lie == "tile" && strings.HasPrefix(r.URL.Path, "/tile/"):
		w = &flipping{w}
	}
	if !slices.ContainsFunc(sumdb.ServerPaths, func(p string) bool { return strings.HasPrefix(r.URL.Path, p) }) {
		http.NotFound(w, r)
		return
	}
	sumdb.NewServer(tree).ServeHTTP(w, r)
}

// replacing answers with one text in the place of another.
type replacing struct {
	http.ResponseWriter
	old, new string
}

func (w *replacing) Write(p []byte) (int, error) {
	if _, err := w.ResponseWriter.Write([]byte(strings.ReplaceAll(string(p), w.old, w.new))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flipping changes a bit in every write.
type flipping struct{ http.ResponseWriter }

func (w *flipping) Write(p []byte) (int, error) {
	p = slices.Clone(p)
	if len(p) > 0 {
		p[0] ^= 1
	}
	return w.ResponseWriter.Write(p)
}
