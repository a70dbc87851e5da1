package trust

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"gsw/manager/gover"
	"gsw/platform"
)

const (
	testSigner = "PRIVATE+KEY+log.example+4bb06d0e+AdIaQy8b4gx2ReAvBmxBoJq/hPWixnCVbbz0jfYzyUcl"
	testKey    = "log.example+4bb06d0e+AQtl1z8mHNdXBoKiKf65bi6UG1NcUme5qe+F8JoKOmj6"
)

var (
	linux  = platform.Target{OS: "linux", Arch: "amd64"}
	go1223 = gover.MustParse("go1.22.3")
)

// hashOf is the hash that the test database has for a module version.
func hashOf(version string) string { return "h1:" + version }

// httpGet is a Getter over plain HTTP.
type httpGet struct{}

func (httpGet) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
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
		return nil, fmt.Errorf("%s: %s: %w", url, response.Status, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("%s: %s", url, response.Status)
}

// A database is a checksum database with a way to lie.
type database struct {
	*sumdb.TestServer
	url string

	mu       sync.Mutex
	lie      func(path string, status int, body []byte) (int, []byte) // nil: honest
	requests []string
}

// newDatabase serves a database whose record of a version is what records says, or else hashOf; it has none of go1.99.
func newDatabase(t *testing.T, records map[string]string) *database {
	t.Helper()
	return serve(t, sumdb.NewTestServer(testSigner, func(path, version string) ([]byte, error) {
		if path != toolchainModule || strings.Contains(version, "go1.99.") {
			return nil, fs.ErrNotExist
		}
		if record, ok := records[version]; ok {
			return []byte(record), nil
		}
		return fmt.Appendf(nil, "%s %s %s\n%[1]s %[2]s/go.mod h1:mod\n", path, version, hashOf(version)), nil
	}))
}

// mirror serves the same database a second time.
func (d *database) mirror(t *testing.T) *database { return serve(t, d.TestServer) }

func serve(t *testing.T, records *sumdb.TestServer) *database {
	d := &database{TestServer: records}
	honest := sumdb.NewServer(records)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		func() {
			defer func() {
				if recover() != nil { // the test server has no word for a tile it doesn't have
					answer.Code = http.StatusNotFound
				}
			}()
			honest.ServeHTTP(answer, r)
		}()
		d.mu.Lock()
		d.requests = append(d.requests, r.URL.Path)
		lie := d.lie
		d.mu.Unlock()
		status, body := answer.Code, answer.Body.Bytes()
		if lie != nil {
			status, body = lie(r.URL.Path, status, body)
		}
		w.WriteHeader(status)
		w.Write(body)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// grow adds the records of n other toolchains, go1.21.first and later.
func (d *database) grow(t *testing.T, first, n int) {
	t.Helper()
	for i := range n {
		if _, err := d.Lookup(t.Context(), module.Version{Path: toolchainModule, Version: fmt.Sprintf("v0.0.1-go1.21.%d.linux-amd64", first+i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *database) asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.requests
	d.requests = nil
	return all
}

// lies makes the database lie from now on: about the paths that contain part, as change says.
func (d *database) lies(part string, change func([]byte) []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lie = func(path string, status int, body []byte) (int, []byte) {
		if !strings.Contains(path, part) {
			return status, body
		}
		return http.StatusOK, change(body)
	}
}

func (d *database) answers(part string, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lie = func(path string, honest int, body []byte) (int, []byte) {
		if strings.Contains(path, part) {
			return status, nil
		}
		return honest, body
	}
}

func (d *database) honest() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lie = nil
}

// logOf is a Log that asks the databases in turn.
func logOf(t *testing.T, databases ...*database) *Log {
	l := &Log{Get: httpGet{}, CacheDir: t.TempDir(), Key: testKey}
	for _, d := range databases {
		l.Ways = append(l.Ways, Way{URL: d.url})
	}
	return l
}

// said is an error's text with the names of this run replaced: WAY1, WAY2, CACHE.
func said(l *Log, err error) string {
	if err == nil {
		return "<nil>"
	}
	text := err.Error()
	for i, way := range l.Ways {
		text = strings.ReplaceAll(text, way.URL, "WAY"+strconv.Itoa(i+1))
	}
	return filepath.ToSlash(strings.ReplaceAll(text, l.CacheDir, "CACHE"))
}

func mustSay(t *testing.T, l *Log, err error, want string) {
	t.Helper()
	if got := said(l, err); got != want {
		t.Errorf("error:\n%s\nwant:\n%s", got, want)
	}
}

func mustRecord(t *testing.T, l *Log, v gover.Version) {
	t.Helper()
	h1, _, _, err := l.Record(t.Context(), v, linux)
	if err != nil {
		t.Fatalf("%s: %s", v, said(l, err))
	}
	if want := hashOf(ModuleVersion(v, linux)); h1 != want {
		t.Fatalf("%s: h1 %q, want %q", v, h1, want)
	}
}

func TestRecord(t *testing.T) {
	d := newDatabase(t, nil)
	d.grow(t, 1, 5)
	l := logOf(t, d)
	h1, id, size, err := l.Record(t.Context(), go1223, linux)
	if err != nil || h1 != "h1:v0.0.1-go1.22.3.linux-amd64" || id != 5 || size != 6 {
		t.Fatalf("Record = %q, %d, %d, %v", h1, id, size, err)
	}
	d.asked()
	d.answers("", http.StatusInternalServerError)
	mustRecord(t, l, go1223) // what was proved is cached
	if asked := d.asked(); len(asked) != 0 {
		t.Errorf("a cached record made requests: %q", asked)
	}
	l.Ways = nil
	mustRecord(t, l, go1223)
	_, _, _, err = l.Record(t.Context(), gover.MustParse("go1.22.4"), linux)
	mustSay(t, l, err, "log: no record of golang.org/toolchain v0.0.1-go1.22.4.linux-amd64: it is not cached, and there is no way to ask")
}

// TestRecordOffline lets the database grow past several tiles: every record proved on the way stays provable offline.
func TestRecordOffline(t *testing.T) {
	d := newDatabase(t, nil)
	l := logOf(t, d)
	var proved []gover.Version
	for i := range 6 {
		d.grow(t, i*i*120, i*150)
		v := gover.MustParse("go1.22." + strconv.Itoa(i+1))
		mustRecord(t, l, v)
		proved = append(proved, v)
	}
	l.Ways = nil
	for _, v := range proved {
		mustRecord(t, l, v)
	}
}

func TestRecordWays(t *testing.T) {
	good := newDatabase(t, nil)
	proxy := good.mirror(t)

	t.Run("a module proxy is asked whether it serves the database", func(t *testing.T) {
		l := logOf(t, proxy, good)
		l.Ways[0].Supported = true
		proxy.asked()
		mustRecord(t, l, go1223)
		if got := proxy.asked(); len(got) != 1 || got[0] != "/supported" {
			t.Errorf("asked of the proxy: %q", got)
		}
		l = logOf(t, proxy)
		l.Ways[0].Supported = true
		proxy.lies("/supported", func([]byte) []byte { return nil })
		defer proxy.honest()
		mustRecord(t, l, go1223)
	})
	t.Run("no record there, so the next", func(t *testing.T) {
		proxy.answers("/lookup/", http.StatusGone)
		defer proxy.honest()
		mustRecord(t, logOf(t, proxy, good), go1223)
	})
	t.Run("no tiles there, so the next", func(t *testing.T) {
		proxy.answers("/tile/", http.StatusBadGateway)
		defer proxy.honest()
		mustRecord(t, logOf(t, proxy, good), go1223)
	})
	t.Run("each way is quoted", func(t *testing.T) {
		broken := good.mirror(t)
		broken.answers("/lookup/", http.StatusBadGateway)
		page := good.mirror(t)
		page.lies("", func([]byte) []byte {
			return []byte("<html><body>Please log in to the network of Example Corporation</body></html>")
		})
		unsupporting := good.mirror(t)
		l := logOf(t, good, broken, page, unsupporting)
		l.Ways[3].Supported = true
		_, _, _, err := l.Record(t.Context(), gover.MustParse("go1.99.1"), linux)
		mustSay(t, l, err, "log: no record of golang.org/toolchain v0.0.1-go1.99.1.linux-amd64: "+
			"WAY1: it has no such record; "+
			"WAY2/lookup/golang.org/toolchain@v0.0.1-go1.99.1.linux-amd64: 502 Bad Gateway; "+
			`WAY3: what it answers is not a record: "<html><body>Please log in to the network of Example Corporat…"; `+
			"WAY4: it does not serve the checksum database")
		var silent *SilentError
		if !errors.As(err, &silent) || !silent.Absent {
			t.Errorf("%#v: want an absent record", err)
		}
	})
	t.Run("passwords are not quoted", func(t *testing.T) {
		for url, want := range map[string]string{
			"https://me:secret@proxy.example/sumdb/sum.golang.org": "https://proxy.example/sumdb/sum.golang.org",
			"https://me:se%cret@proxy.example":                     "proxy.example",
			"https://sum.golang.org":                               "https://sum.golang.org",
		} {
			if got := (Way{URL: url}).String(); got != want {
				t.Error(got)
			}
		}
	})
}

func TestRecordHangs(t *testing.T) {
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer hanging.Close()
	defer close(release)

	l := logOf(t)
	l.Ways = []Way{{URL: hanging.URL}}
	l.Patience = 20 * time.Millisecond
	_, _, _, err := l.Record(t.Context(), go1223, linux)
	mustSay(t, l, err, "log: no record of golang.org/toolchain v0.0.1-go1.22.3.linux-amd64: "+
		"WAY1: no answer to /lookup/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64 within 20ms")

	l.Patience = time.Hour
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errors.New("interrupted")) })
	_, _, _, err = l.Record(ctx, go1223, linux)
	mustSay(t, l, err, "asking log.example about golang.org/toolchain v0.0.1-go1.22.3.linux-amd64: interrupted")
}

// TestRecordForged is the attacker's test: what a way can't prove is refused with what is wrong, never as trouble with
// the network, and not made good by asking elsewhere.
func TestRecordForged(t *testing.T) {
	const forged = "WAY1 gave a forged or damaged answer about golang.org/toolchain v0.0.1-go1.22.3.linux-amd64: "
	flip := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.Replace(string(b), old, new, 1)) }
	}
	tests := []struct {
		name   string
		part   string
		change func([]byte) []byte
		want   string
	}{
		{"the hash in the record", "/lookup/", flip("h1:v0", "h1:x0"), forged + "cannot authenticate record data in server response"},
		{"the number of the record", "/lookup/", flip("6\n", "4\n"), forged + "cannot authenticate record data in server response"},
		{"a number beyond the tree", "/lookup/", flip("6\n", "66\n"), forged + "cannot validate record 66 in tree of size 7"},
		{"a tile", "/tile/", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, forged + "downloaded inconsistent tile"},
		{"a shortened tile", "/tile/", func(b []byte) []byte { return b[:len(b)-1] }, forged + "TileReader returned bad result slice (tile/8/0/000.p/7 len=223, want 224)"},
		{"no tile", "/tile/", func(b []byte) []byte { return nil }, forged + "TileReader returned bad result slice (tile/8/0/000.p/7 len=0, want 224)"},
		{"the size in the tree head", "/lookup/", flip("tree\n7\n", "tree\n8\n"), forged + `reading tree note: invalid signature for key log.example+4bb06d0e
	note:
	go.sum database tree
	8
	LCqct1iaQyDs2q7ydCjTU066ZbgZ3+2ND4FfwAC+OYI=

	— log.example S7BtDuz63LaMABy/AImOuh8x1OIWQzZ5b+CaZuwLplKXQjevDAQQl4R+7xB6NXafuwRF/kdYfJid8cQu/34L3KqtdQQ=`},
		{"a tree head without signature", "/lookup/", func(b []byte) []byte { head, _, _ := strings.Cut(string(b), "\n\n—"); return []byte(head + "\n") }, forged + `reading tree note: malformed note
	note:
	go.sum database tree
	7
	LCqct1iaQyDs2q7ydCjTU066ZbgZ3+2ND4FfwAC+OYI=`},
		{"no tree head", "/lookup/", func(b []byte) []byte { text, _, _ := strings.Cut(string(b), "go.sum database"); return []byte(text) }, forged + "cannot validate record 6 in tree of size 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDatabase(t, nil)
			d.grow(t, 1, 6)
			d.lies(test.part, test.change)
			l := logOf(t, d, d.mirror(t))
			_, _, _, err := l.Record(t.Context(), go1223, linux)
			mustSay(t, l, err, test.want)
			var forgedError *ForgedError
			if !errors.As(err, &forgedError) {
				t.Errorf("%T, want *ForgedError", err)
			}
			d.honest()
			mustRecord(t, l, go1223) // the lie left no trace
		})
	}
}

// TestRecordForgedBeforehand: a tile that proves nothing about the tree head kept from earlier, before any record is asked for.
func TestRecordForgedBeforehand(t *testing.T) {
	d := newDatabase(t, nil)
	d.grow(t, 1, 6)
	l := logOf(t, d, d.mirror(t))
	mustRecord(t, l, gover.MustParse("go1.21.1"))
	if err := os.RemoveAll(filepath.Join(l.CacheDir, "log.example", "tile")); err != nil {
		t.Fatal(err)
	}
	d.lies("/tile/", func(b []byte) []byte { b[0] ^= 1; return b })
	_, _, _, err := l.Record(t.Context(), go1223, linux)
	mustSay(t, l, err, "WAY1 gave a forged or damaged answer about golang.org/toolchain v0.0.1-go1.22.3.linux-amd64: checking tree#6: downloaded inconsistent tile")
}

// TestRecordEmpty: an empty answer is no answer. Nothing it could be mistaken for may come out of it (CVE-2026-42501).
func TestRecordEmpty(t *testing.T) {
	d := newDatabase(t, nil)
	d.lies("", func([]byte) []byte { return nil })
	l := logOf(t, d)
	_, _, _, err := l.Record(t.Context(), go1223, linux)
	mustSay(t, l, err, `log: no record of golang.org/toolchain v0.0.1-go1.22.3.linux-amd64: WAY1: what it answers is not a record: ""`)
}

func TestRecordUnrelated(t *testing.T) {
	const module = "golang.org/toolchain v0.0.1-go1.22.3.linux-amd64"
	tests := []struct{ name, record, want string }{
		{"another module", "golang.org/x/mod v0.0.1-go1.22.3.linux-amd64 h1:x\n",
			"record 0 does not name it\n\tgolang.org/x/mod v0.0.1-go1.22.3.linux-amd64 h1:x"},
		{"another version", "golang.org/toolchain v0.0.1-go1.22.31.linux-amd64 h1:x\n",
			"record 0 does not name it\n\tgolang.org/toolchain v0.0.1-go1.22.31.linux-amd64 h1:x"},
		{"its go.mod only", module + "/go.mod h1:x\n", "record 0 does not name it\n\t" + module + "/go.mod h1:x"},
		{"another kind of hash", module + " h2:x\n", "record 0 does not name it\n\t" + module + " h2:x"},
		{"two hashes", module + " h1:x\n" + module + " h1:y\n", "record 0 names two hashes\n\t" + module + " h1:x\n\t" + module + " h1:y"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDatabase(t, map[string]string{"v0.0.1-go1.22.3.linux-amd64": test.record})
			l := logOf(t, d)
			for range 2 { // the second time, nothing of it must have been cached
				d.asked()
				_, _, _, err := l.Record(t.Context(), go1223, linux)
				mustSay(t, l, err, "WAY1 gave a forged or damaged answer about "+module+": "+test.want)
				if len(d.asked()) == 0 {
					t.Error("the unrelated record was cached")
				}
			}
		})
	}
}

func TestRecordForked(t *testing.T) {
	first := newDatabase(t, nil)
	second := newDatabase(t, map[string]string{"v0.0.1-go1.21.1.linux-amd64": "golang.org/toolchain v0.0.1-go1.21.1.linux-amd64 h1:other\n"})
	first.grow(t, 1, 3)
	l := logOf(t, first)
	mustRecord(t, l, go1223)

	l.Ways = []Way{{URL: second.url}, {URL: first.url}}
	_, _, _, err := l.Record(t.Context(), gover.MustParse("go1.22.4"), linux)
	mustSay(t, l, err, `log.example has shown two histories, now through WAY1, earlier as kept in CACHE/log.example/latest
	old database:
		go.sum database tree
		1
		+5gUY/sWIzMd2ud5IeIQcRkCfhseqd6nFV5/rOFKjvA=

		— log.example S7BtDuw6h/QkksQvOWbySO1cY2aQKsR0e5tRjgY3Y8WijZ+8Pd2rJTLnqG3lGh5OFL7If5AagOTXCzyF1jLzq+o7Bws=

	new database:
		go.sum database tree
		4
		CiPDMgJm32D4on6NPoJwv+Yo/ILMNBPGBVJK0cLDLco=

		— log.example S7BtDm8p2Sr/KY+mhA3kJu6c2q0dVdk1qAvV9vs/olUfPazeI8ytE+zvQZHVslkMQ8mFSoIPmF9CFU/EgxWJANLhPgg=

	proof of misbehavior:
		raYaDDDHr3OT1Qr7tgS2L/VeZqcxjGv5UyX/DsUJO7k=
		TCqSkfCSc7ya4yldzHkJMoexuoo2C1i2QiPbGlZmSDE=
		Lft7hadGUGyoVvHUsZdTwYb9Sqm1dYAQTU7VFv2rAbo=`)

	second.grow(t, 1, 6)
	_, _, _, err = l.Record(t.Context(), gover.MustParse("go1.22.5"), linux)
	mustSay(t, l, err, `log.example has shown two histories, now through WAY1, earlier as kept in CACHE/log.example/latest
	old database:
		go.sum database tree
		4
		CiPDMgJm32D4on6NPoJwv+Yo/ILMNBPGBVJK0cLDLco=

		— log.example S7BtDm8p2Sr/KY+mhA3kJu6c2q0dVdk1qAvV9vs/olUfPazeI8ytE+zvQZHVslkMQ8mFSoIPmF9CFU/EgxWJANLhPgg=

	new database:
		go.sum database tree
		8
		IKNaUppmZQejLTSg3jpaWk6YHKhuorwzKAInh/1eqOU=

		— log.example S7BtDs3LD9Mb+82zK4nhiH8oelV2Mm2a4lKSG+ktgmRk1Ut4uNHf8zNADx0GFUTahSx9sQ8MzaRwCQIK/E62uUefqgM=

	proof of misbehavior:
		3hKABFqvTO2LOcbBE0kZcOk523eTWIhqjCDltn2+Vew=
		jZoLG4ddkYZquUtI4OMZSuR9Mu1vBVEEwzzk8VEmP/E=`)
	mustRecord(t, l, go1223) // what was proved before the fork still is
}

// TestRecordLagging: a mirror without the tiles of the newest tree seen proves nothing, but another way can.
func TestRecordLagging(t *testing.T) {
	d := newDatabase(t, nil)
	old := newDatabase(t, nil)
	for _, d := range []*database{d, old} {
		d.grow(t, 1, 2)
		d.Lookup(t.Context(), module.Version{Path: toolchainModule, Version: ModuleVersion(go1223, linux)})
	}
	d.grow(t, 3, 300)
	l := logOf(t, old, d)
	if _, err := (&Log{Get: httpGet{}, Ways: []Way{{URL: d.url}}, CacheDir: l.CacheDir, Key: testKey}).Vouch(
		t.Context(), Subject{Version: gover.MustParse("go1.22.1"), Target: linux, Tree: hashOf("v0.0.1-go1.22.1.linux-amd64")}); err != nil {
		t.Fatal(err)
	}
	d.asked()
	if err := os.RemoveAll(filepath.Join(l.CacheDir, "log.example", "tile")); err != nil {
		t.Fatal(err)
	}
	mustRecord(t, l, go1223)
	if len(d.asked()) == 0 {
		t.Error("proved without the way that can")
	}
	l.Ways = l.Ways[:1]
	if err := os.RemoveAll(filepath.Join(l.CacheDir, "log.example", "tile")); err != nil {
		t.Fatal(err)
	}
	_, _, _, err := l.Record(t.Context(), gover.MustParse("go1.21.2"), linux)
	mustSay(t, l, err, "log: no record of golang.org/toolchain v0.0.1-go1.21.2.linux-amd64: "+
		"it has no proof from the tree of 304, the newest seen (WAY1/tile/8/1/000.p/1: 404 Not Found: file does not exist)")
}

// TestRecordDamaged: what a disk has lost is asked for again.
func TestRecordDamaged(t *testing.T) {
	d := newDatabase(t, nil)
	d.grow(t, 1, 5)
	damages := map[string]func([]byte) []byte{
		"emptied": func([]byte) []byte { return nil },
		"zeroed":  func(b []byte) []byte { return make([]byte, len(b)) },
		"cut":     func(b []byte) []byte { return b[:len(b)/2] },
		"flipped": func(b []byte) []byte { b[3] ^= 1; return b },
	}
	for name, damage := range damages {
		for _, what := range []string{"lookup", "tile"} {
			t.Run(name+" "+what, func(t *testing.T) {
				l := logOf(t, d)
				mustRecord(t, l, go1223)
				damaged := 0
				err := filepath.WalkDir(filepath.Join(l.CacheDir, "log.example", what), func(path string, entry fs.DirEntry, err error) error {
					if err != nil || entry.IsDir() {
						return err
					}
					damaged++
					data, err := os.ReadFile(path)
					if err != nil {
						return err
					}
					return os.WriteFile(path, damage(data), 0o644)
				})
				if err != nil || damaged == 0 {
					t.Fatal(damaged, err)
				}
				offline := *l
				offline.Ways = nil
				_, _, _, err = offline.Record(t.Context(), go1223, linux)
				mustSay(t, l, err, "log: no record of golang.org/toolchain v0.0.1-go1.22.3.linux-amd64: "+
					"it is not cached, and there is no way to ask, and what is cached is damaged")
				mustRecord(t, l, go1223)
				mustRecord(t, &offline, go1223)
			})
		}
	}
}

func TestHeadFile(t *testing.T) {
	d := newDatabase(t, nil)
	l := logOf(t, d)
	mustRecord(t, l, go1223)
	file := filepath.Join(l.CacheDir, "log.example", "latest")
	if err := os.WriteFile(file, []byte("go.sum database tree\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, _, err := l.Record(t.Context(), go1223, linux)
	mustSay(t, l, err, "CACHE/log.example/latest is not a tree head signed by log.example: malformed note")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = l.Record(t.Context(), go1223, linux)
	const unreadable = "reading the newest tree head: read CACHE/log.example/latest: " // and the system's word for a folder
	if got := said(l, err); !strings.HasPrefix(got, unreadable) {
		t.Errorf("%s, want %s…", got, unreadable)
	}

	// A head that can't be kept is an error of the disk, though the record is proved: it must be told, and as that.
	l = logOf(t, d)
	if err := os.MkdirAll(filepath.Join(l.CacheDir, "log.example", "latest.lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = l.Record(t.Context(), go1223, linux)
	mustSay(t, l, err, "keeping the newest tree head: locking CACHE/log.example/latest.lock: open CACHE/log.example/latest.lock: is a directory")
}

// TestReplaceHead: x/mod compares with ==, so a conflict must be exactly its error.
func TestReplaceHead(t *testing.T) {
	d := newDatabase(t, nil)
	l := logOf(t, d)
	mustRecord(t, l, go1223)
	before, err := os.ReadFile(l.headFile())
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(testKey)
	if err != nil {
		t.Fatal(err)
	}
	a := &asking{log: l, ctx: t.Context(), verifier: verifier}
	for _, old := range []string{"", "go.sum database tree\n1\n"} {
		if err := a.WriteConfig("log.example/latest", []byte(old), []byte("new")); err != sumdb.ErrWriteConflict {
			t.Errorf("replacing %q: %v", old, err)
		}
	}
	if after, err := os.ReadFile(l.headFile()); err != nil || string(after) != string(before) {
		t.Errorf("%v: %s", err, after)
	}
	if err := a.WriteConfig("log.example/latest", before, []byte("new")); err != nil {
		t.Error(err)
	}
}

// TestRecordAtOnce has several processes' worth of logs share one folder; the newest tree head of all is kept.
func TestRecordAtOnce(t *testing.T) {
	d := newDatabase(t, nil)
	l := logOf(t, d)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			own := *l
			v := gover.MustParse("go1.22." + strconv.Itoa(i%4+1))
			if _, _, _, err := own.Record(t.Context(), v, linux); err != nil {
				t.Error(said(l, err))
			}
		})
	}
	all.Wait()
	head, err := os.ReadFile(filepath.Join(l.CacheDir, "log.example", "latest"))
	if err != nil || !strings.HasPrefix(string(head), "go.sum database tree\n4\n") {
		t.Errorf("newest tree head: %v\n%s", err, head)
	}
}

func TestLogVouch(t *testing.T) {
	d := newDatabase(t, nil)
	l := logOf(t, d)
	windows := platform.Target{OS: "windows", Arch: "arm64"}
	tests := []struct {
		name    string
		subject Subject
		claim   string
		err     string
	}{
		{"agrees", Subject{Version: go1223, Target: linux, Source: SourceDL, Tree: hashOf("v0.0.1-go1.22.3.linux-amd64")},
			"record 0 of log.example (tree of 1) names h1:v0.0.1-go1.22.3.linux-amd64 for golang.org/toolchain v0.0.1-go1.22.3.linux-amd64", ""},
		{"differs", Subject{Version: go1223, Target: linux, Source: SourceDL, Tree: "h1:else"}, "",
			"go1.22.3 for linux-amd64 is not the release: the hash of its files is h1:else, but log says h1:v0.0.1-go1.22.3.linux-amd64 (record 0 of log.example)"},
		{"the oldest archive built like its module", Subject{Version: gover.MustParse("go1.21rc2"), Target: linux, Source: SourceFile, Tree: "h1:else"}, "",
			"go1.21rc2 for linux-amd64 is not the release: the hash of its files is h1:else, but log says h1:v0.0.1-go1.21rc2.linux-amd64 (record 1 of log.example)"},
		{"an archive from before", Subject{Version: gover.MustParse("go1.20"), Target: windows, Source: SourceDL, Tree: "h1:else"}, "",
			"log: record 2 of log.example is the module's, h1:v0.0.1-go1.20.windows-arm64; archives before go1.21 were built separately, and this one's files have h1:else"},
		{"a module from before", Subject{Version: gover.MustParse("go1.20"), Target: windows, Source: SourceModule, Tree: "h1:else"}, "",
			"go1.20 for windows-arm64 is not the release: the hash of its files is h1:else, but log says h1:v0.0.1-go1.20.windows-arm64 (record 2 of log.example)"},
		{"not measured", Subject{Version: go1223, Target: linux}, "", "log: the files were not measured"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proof, err := l.Vouch(t.Context(), test.subject)
			if test.err != "" {
				mustSay(t, l, err, test.err)
				return
			}
			if err != nil || proof != (Proof{Party: "log", Claim: test.claim, TreeSize: 1}) {
				t.Errorf("%+v, %v", proof, err)
			}
		})
	}
}

// TestRecordReal asks the real database through the module proxy that is set up here.
func TestRecordReal(t *testing.T) {
	l := &Log{Get: httpGet{}, CacheDir: t.TempDir()}
	l.Ways = realWays(t)
	tests := []struct{ version, h1 string }{
		{"go1.22.3", "h1:LqXmlW4rn/rqR5z8Sz3hri+dYqwQ73YKgkSjm31jRFM="},
		{"go1.2.2", "h1:3KdvVGC+x7YH2ZhgsiqdUmmrciX/uMjuuaAzbLiYgfk="},
	}
	for _, test := range tests {
		h1, id, size, err := l.Record(t.Context(), gover.MustParse(test.version), linux)
		if err != nil {
			unreachable(t, err)
		}
		if h1 != test.h1 || id <= 0 || size <= id {
			t.Errorf("%s: %s, record %d in a tree of %d; want %s", test.version, h1, id, size, test.h1)
		}
	}
	l.Ways = nil
	for _, test := range tests {
		if h1, _, _, err := l.Record(t.Context(), gover.MustParse(test.version), linux); h1 != test.h1 {
			t.Errorf("%s, offline: %s, %v; want %s", test.version, h1, err, test.h1)
		}
	}
}

// realWays are the ways of the module proxies that the go command uses here.
func realWays(t *testing.T) []Way {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: does not use the module proxy")
	}
	list, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		unreachable(t, err)
	}
	var ways []Way
	for _, proxy := range strings.FieldsFunc(strings.TrimSpace(string(list)), func(r rune) bool { return r == ',' || r == '|' }) {
		if strings.HasPrefix(proxy, "http") {
			ways = append(ways, Way{URL: strings.TrimSuffix(proxy, "/") + "/sumdb/sum.golang.org", Supported: true})
		}
	}
	if len(ways) == 0 {
		unreachable(t, errors.New("GOPROXY names no server"))
	}
	return ways
}

// unreachable skips a test that needs the module proxy, unless every test is required to run.
func unreachable(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf("the module proxy is required: %v", err)
	}
	t.Skipf("the module proxy can't be used: %v", err)
}
