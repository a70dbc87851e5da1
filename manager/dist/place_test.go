package dist_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist"
	"gsw/manager/dist/disttest"
	"gsw/manager/download"
	"gsw/manager/gover"
	"gsw/platform"
)

// client is the real Getter, without patience.
func client() *download.Client {
	return download.New(download.Options{UserAgent: "gsw/test", Retries: -1, Now: time.Now})
}

func TestIndexArchive(t *testing.T) {
	linux, windows, arm := target(t, "linux-amd64"), target(t, "windows-amd64"), target(t, "linux-arm")
	trees := []*disttest.Tree{
		disttest.Fake(t, "1.21.6", linux), disttest.Fake(t, "1.22.3", linux), disttest.Fake(t, "1.22.3", windows),
		disttest.Fake(t, "1.22.3", arm), disttest.Fake(t, "1.23rc1", linux),
	}
	s := disttest.NewServer(t, trees...)
	x := dist.Index{Base: s.DL(), Get: client()}
	for _, tree := range trees {
		a, err := x.Archive(t.Context(), tree.Version, tree.Target)
		if err != nil {
			t.Fatal(err)
		}
		if a.Name != tree.ArchiveName() || a.URL != s.DL()+"/"+a.Name || a.Size != int64(len(tree.Archive(t))) || a.Place != s.DL() || a.Origin {
			t.Errorf("%+v", a)
		}
		got, err := client().Get(t.Context(), a.URL, 1<<30)
		if err != nil || string(got) != string(tree.Archive(t)) {
			t.Errorf("%s: %d bytes, %v", a.URL, len(got), err)
		}
	}
	for _, missing := range []struct {
		version string
		target  platform.Target
	}{{"1.22.9", linux}, {"1.21.6", windows}} {
		_, err := x.Archive(t.Context(), gover.MustParse(missing.version), missing.target)
		var not *dist.NotPublishedError
		if !errors.As(err, &not) || err.Error() != "go"+missing.version+" is not published for "+missing.target.String() || not.Where != s.DL() {
			t.Errorf("%v", err)
		}
	}
	releases, err := x.Releases(t.Context())
	if err != nil || len(releases) != 3 || releases[0].Version.Tag() != "go1.23rc1" || releases[0].Stable || !releases[1].Stable {
		t.Errorf("%+v, %v", releases, err)
	}
}

func TestIndexLies(t *testing.T) {
	s := disttest.NewServer(t, disttest.Fake(t, "1.22.3", disttest.Host()))
	x := dist.Index{Base: s.DL(), Get: client()}
	for name, test := range map[string]struct {
		lie disttest.Lie
		err string
	}{
		"not JSON":     {disttest.NotJSON(), "BASE: not a release index: invalid character ' ' in literal true (expecting 'e')"},
		"a page":       {disttest.HTMLPage(200), `BASE/?mode=json&include=all: answered with an HTML page ("403 Forbidden: ask your administrator")`},
		"403":          {disttest.Status(403, "go away"), "BASE/?mode=json&include=all: 403 Forbidden: go away"},
		"404":          {disttest.Status(404, ""), "BASE/?mode=json&include=all: 404 Not Found"},
		"500":          {disttest.Status(500, ""), "BASE/?mode=json&include=all: 500 Internal Server Error"},
		"cut":          {disttest.Truncate(100), "BASE/?mode=json&include=all: 100 bytes instead of "},
		"endless":      {disttest.Oversize(1 << 40), "BASE/?mode=json&include=all: larger than the 33554432 bytes expected"},
		"another page": {disttest.Swap([]byte("[]")), "BASE: not a release index: it lists no release"},
	} {
		s.Honest()
		s.Lie("/dl/", test.lie)
		_, err := x.Archive(t.Context(), gover.MustParse("1.22.3"), disttest.Host())
		var unavailable *dist.UnavailableError
		if !errors.As(err, &unavailable) || !strings.HasPrefix(strings.ReplaceAll(err.Error(), s.DL(), "BASE"), test.err) || unavailable.Place != s.DL() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIndexCache(t *testing.T) {
	host := disttest.Host()
	s := disttest.NewServer(t, disttest.Fake(t, "1.22.3", host))
	now := time.Date(2026, 8, 6, 0, 0, 0, 0, time.UTC)
	get := download.New(download.Options{Retries: -1, Now: func() time.Time { return now }})
	var stale error
	x := dist.Index{
		Base: s.DL(), Get: get, CacheFile: filepath.Join(t.TempDir(), "index.json"), MaxAge: time.Hour,
		Stale: func(at time.Time, why error) { stale = why },
	}
	archive := func(version string) error {
		t.Helper()
		stale = nil
		_, err := x.Archive(t.Context(), gover.MustParse(version), host)
		return err
	}
	if err := archive("1.22.3"); err != nil || s.Count("/dl/") != 1 {
		t.Fatalf("%v, %d requests", err, s.Count("/dl/"))
	}
	if err := archive("1.22.3"); err != nil || s.Count("/dl/") != 1 {
		t.Errorf("from the cache: %v, %d requests", err, s.Count("/dl/"))
	}
	// Released within the hour: a cached index is no proof that it does not exist.
	s.Publish(disttest.Fake(t, "1.22.4", host))
	if err := archive("1.22.4"); err != nil || s.Count("/dl/") != 2 {
		t.Errorf("a new release: %v, %d requests", err, s.Count("/dl/"))
	}
	var not *dist.NotPublishedError
	if err := archive("1.22.5"); !errors.As(err, &not) || s.Count("/dl/") != 3 {
		t.Errorf("no such release: %v, %d requests", err, s.Count("/dl/"))
	}
	// Offline the copy serves what it has, and cannot say that the rest does not exist.
	now = now.Add(48 * time.Hour)
	s.Lie("/dl/", disttest.NotJSON())
	if err := archive("1.22.4"); err != nil || stale == nil {
		t.Errorf("offline: %v, stale: %v", err, stale)
	}
	var unavailable *dist.UnavailableError
	if err := archive("1.22.5"); !errors.As(err, &unavailable) {
		t.Errorf("offline, no such release: %v", err)
	}
	s.Honest()
	if err := archive("1.22.4"); err != nil || stale != nil {
		t.Errorf("online again: %v, stale: %v", err, stale)
	}
}

func TestOrigin(t *testing.T) {
	index := []byte("[" + release("go1.22.3", file("go1.22.3.linux-amd64.tar.gz", "linux", "amd64", "go1.22.3", "", "archive")) + "]")
	for base, origin := range map[string]bool{
		"https://go.dev/dl": true, "https://golang.google.cn/dl": true, "https://go.dev:443/dl": true,
		"http://go.dev/dl": false, "https://go.dev:8443/dl": false, "https://go.dev.example.com/dl": false,
		"https://mirror.example.com/go.dev/dl": false, "https://go.dev@mirror.example.com/dl": false,
	} {
		var asked string
		x := dist.Index{Base: base, Get: fixed(func(url string) ([]byte, error) { asked = url; return index, nil })}
		a, err := x.Archive(t.Context(), gover.MustParse("1.22.3"), target(t, "linux-amd64"))
		if err != nil || a.Origin != origin || asked != base+"/?mode=json&include=all" || a.URL != base+"/"+a.Name {
			t.Errorf("%s: %+v, asked %s, %v", base, a, asked, err)
		}
		if strings.Contains(a.Place, "@") || strings.Contains(a.Public(), "@") {
			t.Errorf("%s: credentials in %q or %q", base, a.Place, a.Public())
		}
	}
}

// fixed is a Getter that answers from a function.
type fixed func(url string) ([]byte, error)

func (f fixed) Get(_ context.Context, url string, _ int64) ([]byte, error) { return f(url) }
func (f fixed) GetCached(_ context.Context, url, _ string, _ int64, _ time.Duration, _ func([]byte) error) ([]byte, time.Time, error, error) {
	b, err := f(url)
	return b, time.Time{}, nil, err
}

func TestParseMirrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "https://go.dev/dl",
		" , ":                 "https://go.dev/dl",
		"golang.google.cn/dl": "https://golang.google.cn/dl",
		"https://a.example/x/,http://b.example:8080/go/dl,": "https://a.example/x http://b.example:8080/go/dl",
		"file:///srv/mirror":                  "file:///srv/mirror",
		"https://token:secret@mirror.example": "https://token:secret@mirror.example",
	} {
		bases, err := dist.ParseMirrors(text)
		if err != nil || strings.Join(bases, " ") != want {
			t.Errorf("%q: %q, %v", text, bases, err)
		}
	}
	for text, want := range map[string]string{
		"china":                       `GSW_MIRROR: "china" is no URL: https://, http:// or file:// is missing`,
		"/srv/mirror":                 `GSW_MIRROR: "/srv/mirror" is no URL: https://, http:// or file:// is missing`,
		"ftp://u:secret@mirror/dl":    `GSW_MIRROR: "ftp://mirror/dl" has a scheme other than https, http and file`,
		"file://":                     `GSW_MIRROR: "file:" is a file URL without a path`,
		"file://srv/mirror":           `GSW_MIRROR: "file://srv/mirror" is a file URL with more than a path: an absolute path needs three slashes`,
		"https://u:sec%ret@mirror/dl": `GSW_MIRROR holds a malformed URL`,
		"https:///dl":                 `GSW_MIRROR: "https:///dl" names no host`,
	} {
		_, err := dist.ParseMirrors(text)
		var place *dist.PlaceError
		if !errors.As(err, &place) || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestFileMirror is a folder, as gsw mirror sync makes it, without any server.
func TestFileMirror(t *testing.T) {
	var asked string
	x := dist.Index{Base: "file:///srv/mirror", Get: fixed(func(url string) ([]byte, error) { asked = url; return realIndex(t), nil })}
	a, err := x.Archive(t.Context(), gover.MustParse("1.22.3"), target(t, "linux-amd64"))
	if err != nil || asked != "file:///srv/mirror/index.json" || a.URL != "file:///srv/mirror/go1.22.3.linux-amd64.tar.gz" {
		t.Errorf("%+v, asked %s, %v", a, asked, err)
	}
}

func TestIndexCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := disttest.NewServer(t)
	_, err := dist.Index{Base: s.DL(), Get: client()}.Releases(ctx)
	var unavailable *dist.UnavailableError
	if !errors.Is(err, context.Canceled) || errors.As(err, &unavailable) {
		t.Errorf("%v", err)
	}
}

// A folder behind a server of files is a mirror: the server takes the query for nothing, and its answer for a page.
func TestServedFolder(t *testing.T) {
	linux := target(t, "linux-amd64")
	dir := t.TempDir()
	tree := disttest.Fake(t, "1.22.3", linux)
	disttest.WriteStatic(t, dir, tree)
	files := http.FileServer(http.Dir(dir))
	all, err := os.ReadFile(filepath.Join(dir, "dl", "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"html", "listing", "forbidden", "missing"} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/dl/" && how == "html": // the same bytes, as index.html
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(all)
			case r.URL.Path == "/dl/" && how == "forbidden":
				w.WriteHeader(http.StatusForbidden)
			case r.URL.Path == "/dl/" && how == "missing":
				w.WriteHeader(http.StatusNotFound)
			default:
				files.ServeHTTP(w, r)
			}
		}))
		defer s.Close()
		x := dist.Index{Base: s.URL + "/dl", Get: client(), CacheFile: filepath.Join(t.TempDir(), "index"), MaxAge: time.Hour}
		for range 2 {
			if a, err := x.Archive(t.Context(), tree.Version, linux); err != nil || a.URL != s.URL+"/dl/go1.22.3.linux-amd64.tar.gz" {
				t.Errorf("%s: %+v, %v", how, a, err)
			}
		}
	}
	// A place that has neither is told by what was asked first.
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	_, err = dist.Index{Base: s.URL + "/dl", Get: client()}.Releases(t.Context())
	if err == nil || !strings.Contains(err.Error(), "/dl/?mode=json&include=all: 404") {
		t.Errorf("%v", err)
	}
}
