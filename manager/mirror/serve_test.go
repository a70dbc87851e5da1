package mirror

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/platform/platformtest"
)

const secret = "nobody is to see this"

// served is a tree with one file of each kind, and around and in it what is nobody's business.
func served(t testing.TB) (dir string, s *Site) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "tree")
	for name, text := range map[string]string{
		"dl/index.json":                                `[{"version":"go1.22.3","stable":true,"files":[]}]`,
		"dl/index.html":                                `[{"version":"go1.22.3","stable":true,"files":[]}]`,
		"dl/go1.22.3.linux-amd64.tar.gz":               strings.Repeat("0123456789", 100<<10),
		"dl/go1.22.3.linux-amd64.tar.gz.sha256":        strings.Repeat("ab", 32),
		"dl/go1.22.3.linux-amd64.tar.gz.asc":           "-----BEGIN PGP SIGNATURE-----",
		"dl/go1.22.3.windows-amd64.zip":                "a zip",
		"golang.org/toolchain/@v/list":                 "v0.0.1-go1.22.3.linux-amd64\n",
		"golang.org/toolchain/@v/v0.0.1-go1.22.3.info": "{}",
		"golang.org/toolchain/@v/v0.0.1-go1.22.3.mod":  "module golang.org/toolchain\n",
		"golang.org/toolchain/@v/v0.0.1-go1.22.3.zip":  "another",
		"sumdb/sum.golang.org/supported":               "",
		"sumdb/sum.golang.org/latest":                  "a head",
		"sumdb/sum.golang.org/lookup/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64": "a record",
		"sumdb/sum.golang.org/tile/8/0/x001/234":                                       "a tile",
		"sumdb/sum.golang.org/tile/8/1/000.p/12":                                       "a part of one",

		".gsw-mirror/state.json": secret,
		".hidden":                secret,
		"dl/.hidden":             secret,
		"dl/.hidden/below":       "", // made a folder of
		"secrets/key":            secret,
		"key":                    secret,
		"../outside":             secret,
		"../dl/outside":          secret,
	} {
		if name == "dl/.hidden/below" {
			name, text = "dl/.folder/below", secret
		}
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	s, err := OpenSite(dir, time.Now, func(message string) { t.Log(message) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return dir, s
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// put replaces a file as a sync does.
func put(t testing.TB, file, text string) {
	t.Helper()
	write(t, file+".new", text)
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// ask asks the handler; header is "Name: value" pairs.
func ask(s http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestKinds(t *testing.T) {
	_, s := served(t)
	const text, brief, ever = "text/plain; charset=utf-8", "public, max-age=60", "public, max-age=31536000, immutable"
	for _, test := range []struct{ path, kind, cache string }{
		{"/dl/", "application/json", brief},
		{"/dl/?mode=json", "application/json", brief},
		{"/dl/index.json", "application/json", brief},
		{"/dl/index.html", "application/json", brief},
		{"/dl/go1.22.3.linux-amd64.tar.gz", "application/gzip", ever},
		{"/dl/go1.22.3.linux-amd64.tar.gz.sha256", text, brief},
		{"/dl/go1.22.3.linux-amd64.tar.gz.asc", "application/pgp-signature", brief},
		{"/dl/go1.22.3.windows-amd64.zip", "application/zip", ever},
		{"/golang.org/toolchain/@v/list", text, brief},
		{"/golang.org/toolchain/@v/v0.0.1-go1.22.3.info", "application/json", ever},
		{"/golang.org/toolchain/@v/v0.0.1-go1.22.3.mod", text, ever},
		{"/golang.org/toolchain/@v/v0.0.1-go1.22.3.zip", "application/zip", ever},
		{"/sumdb/sum.golang.org/supported", text, brief},
		{"/sumdb/sum.golang.org/latest", text, brief},
		{"/sumdb/sum.golang.org/lookup/golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64", text, brief},
		{"/sumdb/sum.golang.org/tile/8/0/x001/234", "application/octet-stream", ever},
		{"/sumdb/sum.golang.org/tile/8/1/000.p/12", "application/octet-stream", ever},
	} {
		for range 2 { // the second time it is kept
			got := ask(s, "GET", test.path, "Accept-Encoding: gzip")
			h := got.Header()
			if got.Code != 200 || h.Get("Content-Type") != test.kind || h.Get("Cache-Control") != test.cache || h.Get("Last-Modified") == "" ||
				h.Get("Accept-Ranges") != "bytes" || h.Get("Content-Encoding") != "" || h.Get("X-Content-Type-Options") != "nosniff" ||
				!strings.HasPrefix(h.Get("Etag"), `"`) || h.Get("Content-Length") != fmt.Sprint(got.Body.Len()) {
				t.Errorf("%s: %d %v", test.path, got.Code, h)
			}
			head := ask(s, "HEAD", test.path)
			for name := range h {
				if head.Header().Get(name) != h.Get(name) {
					t.Errorf("HEAD %s: %s is %q, not %q", test.path, name, head.Header().Get(name), h.Get(name))
				}
			}
		}
	}
}

// TestConditions holds for what is kept in memory, what is read each time, and the index.
func TestConditions(t *testing.T) {
	_, s := served(t)
	for _, path := range []string{"/dl/go1.22.3.windows-amd64.zip", "/dl/go1.22.3.linux-amd64.tar.gz", "/dl/"} {
		whole := ask(s, "GET", path)
		tag, date, body := whole.Header().Get("Etag"), whole.Header().Get("Last-Modified"), whole.Body.String()
		n := len(body)
		for _, test := range []struct {
			header string
			status int
			want   string // of the body, or of Content-Range where that fails
		}{
			{"If-None-Match: " + tag, 304, ""},
			{`If-None-Match: "x", ` + tag, 304, ""},
			{"If-None-Match: W/" + tag, 304, ""},
			{`If-None-Match: "x"`, 200, body},
			{"If-Modified-Since: " + date, 304, ""},
			{"If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT", 200, body},
			{`If-Match: "x"`, 412, ""},
			{"If-Match: " + tag, 200, body},
			{"Range: bytes=0-0", 206, body[:1]},
			{"Range: bytes=1-3", 206, body[1:4]},
			{"Range: bytes=-2", 206, body[n-2:]},
			{fmt.Sprintf("Range: bytes=%d-", n-1), 206, body[n-1:]},
			{fmt.Sprintf("Range: bytes=2-%d", 10*n), 206, body[2:]},
			{"Range: bytes=1-3|If-Range: " + tag, 206, body[1:4]},
			{`Range: bytes=1-3|If-Range: "x"`, 200, body},
			{"Range: bytes=1-3|If-Range: W/" + tag, 200, body},
			{fmt.Sprintf("Range: bytes=%d-", n), 416, fmt.Sprintf("bytes */%d", n)},
			{"Range: bytes=5-3", 416, ""},
			{"Range: bytes=a-b", 416, ""},
			{"Range: lines=1-2", 416, ""},
			{"Range: bytes=99999999999999999999999-", 416, ""},
			{"Range: bytes=--1", 416, ""},
			{"Range: bytes=" + strings.Repeat("0-0,", 16) + "0-0", 416, fmt.Sprintf("bytes */%d", n)},
			{"Range: bytes=" + strings.Repeat("0-,", 2000) + "0-", 416, fmt.Sprintf("bytes */%d", n)},
		} {
			got := ask(s, "GET", path, strings.Split(test.header, "|")...)
			switch {
			case got.Code != test.status:
				t.Errorf("%s %.60s: %d, not %d", path, test.header, got.Code, test.status)
			case got.Code == 416 && test.want != "" && got.Header().Get("Content-Range") != test.want:
				t.Errorf("%s %.60s: Content-Range is %q", path, test.header, got.Header().Get("Content-Range"))
			case got.Code/100 == 2 && got.Body.String() != test.want:
				t.Errorf("%s %.60s: %d bytes, not %d", path, test.header, got.Body.Len(), len(test.want))
			case got.Code == 304 && (got.Body.Len() > 0 || got.Header().Get("Etag") != tag):
				t.Errorf("%s %.60s: %d bytes, Etag %s", path, test.header, got.Body.Len(), got.Header().Get("Etag"))
			}
		}
	}
}

func TestSeveralRanges(t *testing.T) {
	_, s := served(t)
	got := ask(s, "GET", "/dl/go1.22.3.linux-amd64.tar.gz", "Range: bytes=0-4,10-11,-3")
	_, kind, err := mime.ParseMediaType(got.Header().Get("Content-Type"))
	if got.Code != 206 || err != nil {
		t.Fatalf("%d %v %v", got.Code, got.Header(), err)
	}
	parts := multipart.NewReader(got.Body, kind["boundary"])
	for _, want := range []string{"01234", "01", "789"} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(part); err != nil || string(text) != want {
			t.Errorf("%q %v, want %q", text, err, want)
		}
	}
}

// TestTricks sends paths as they are, which http.NewRequest would not.
func TestTricks(t *testing.T) {
	dir, s := served(t)
	link := func(text, name string) {
		t.Helper()
		platformtest.NeedSymlink(t, text, filepath.Join(dir, filepath.FromSlash(name)))
	}
	link("../../outside", "dl/out")
	link(filepath.Join(dir, "key"), "dl/absolute")
	link("../..", "dl/up")
	link("loop", "dl/loop")
	link("nowhere", "dl/dangling")
	if err := os.Chmod(filepath.Join(dir, "dl"), 0o755); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/..", "/../outside", "/dl/../key", "/dl/../../outside", "/dl/..", "/dl/.", "/dl/./index.json", "/./dl/index.json", "//dl/index.json",
		"/dl//index.json", "/dl/%2e%2e/key", "/dl/%2e%2e%2fkey", "/dl/..%2fkey", "/dl/..%5ckey", "/dl\\..\\key", "/dl/%252e%252e/key",
		"/dl/%c0%ae%c0%ae/key", "/%2e%2e/outside", "/dl/index.json%00.txt", "/dl/%00", "/dl/index.json/", "/dl/index.json/x", "/dl/index.json.",
		"/dl/index.json%20", "/dl/index.json::$DATA", "/dl/CON", "/C:/key", "/dl/C:/key", "/.gsw-mirror/state.json", "/%2egsw-mirror/state.json",
		"/dl/../.gsw-mirror/state.json", "/.hidden", "/dl/.hidden", "/dl/.folder/below", "/dl/%2ehidden", "/key", "/secrets/key", "/secrets/", "/golang.org/",
		"/golang.org", "/sumdb", "/sumdb/", "/dl/out", "/dl/absolute", "/dl/up/outside", "/dl/up/key", "/dl/loop", "/dl/dangling", "/dl/nothing",
		"/dl/" + strings.Repeat("x", 300), "/dl/" + strings.Repeat("x/", 400), "/dl/" + strings.Repeat("../", 100) + "etc/passwd",
		"/etc/passwd", "/dl/\xff\xfe", "/DL/index.json/x", "http://elsewhere/key", "/dl;x/index.json", "/sumdb/sum.golang.org/tile/8/0/x001",
		"/sumdb/sum.golang.org/lookup/../../../key", "/golang.org/toolchain/@v/../../../key",
	}
	http := httptest.NewServer(s)
	defer http.Close()
	address := strings.TrimPrefix(http.URL, "http://")
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD"} {
			status, text := raw(t, address, method, path)
			if strings.Contains(text, secret) || strings.Contains(text, "root:") {
				t.Errorf("%s %.80q: it is told: %s", method, path, text)
			}
			if status < 400 || status >= 500 {
				t.Errorf("%s %.80q: %d", method, path, status)
			}
		}
	}
}

// raw asks with a path as it is.
func raw(t testing.TB, address, method, path string) (status int, text string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path)
	answer, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %q: %v", method, path, err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s %q: %v", method, path, err)
	}
	return answer.StatusCode, string(body)
}

func TestDlRedirects(t *testing.T) {
	_, s := served(t)
	if got := ask(s, "GET", "/dl?mode=json&include=all"); got.Code != 301 || got.Header().Get("Location") != "/dl/?mode=json&include=all" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	if got := ask(s, "GET", "/"); got.Code != 200 || !strings.Contains(got.Body.String(), "GOPROXY=BASE") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// TestReplaced changes the tree while it is served.
func TestReplaced(t *testing.T) {
	dir, s := served(t)
	for path, name := range map[string]string{
		"/dl/": "dl/index.json", "/dl/index.json": "dl/index.json", "/sumdb/sum.golang.org/latest": "sumdb/sum.golang.org/latest",
		"/dl/go1.22.3.linux-amd64.tar.gz": "dl/go1.22.3.linux-amd64.tar.gz",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		old := ask(s, "GET", path)
		for _, text := range []string{"[]", "[ ]", strings.Repeat("[", 300<<10), "[]"} {
			put(t, file, text)
			soon(t, path+" is what the file is", func() bool { return ask(s, "GET", path).Body.String() == text })
			if tag := ask(s, "HEAD", path).Header().Get("Etag"); tag == old.Header().Get("Etag") {
				t.Errorf("%s: the tag %s stayed", path, tag)
			}
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		soon(t, path+" is gone", func() bool { return ask(s, "GET", path).Code == 404 })
	}
}

func soon(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// TestReplacedUnderLoad holds every answer whole while the files change.
func TestReplacedUnderLoad(t *testing.T) {
	dir, s := served(t)
	http := httptest.NewServer(s)
	defer http.Close()
	file := filepath.Join(dir, "dl", "go1.22.3.linux-amd64.tar.gz")
	stop := make(chan bool)
	var wait sync.WaitGroup
	wait.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				put(t, file, strings.Repeat(string(rune('a'+i%26)), 100<<10+i%7*(100<<10)))
			}
		}
	})
	for range 4 {
		wait.Go(func() {
			for range 100 {
				_, text := raw(t, strings.TrimPrefix(http.URL, "http://"), "GET", "/dl/go1.22.3.linux-amd64.tar.gz")
				if strings.HasPrefix(text, "0123456789") {
					continue
				}
				if text == "" || strings.Trim(text, text[:1]) != "" {
					t.Errorf("%d bytes of several files", len(text))
				}
			}
		})
	}
	go func() {
		defer close(stop)
		soon(t, "some of it was kept", func() bool { return s.Kept() > 0 })
	}()
	wait.Wait()
}

func TestUnservable(t *testing.T) {
	dir := t.TempDir()
	var none *UnservableError
	if _, err := OpenSite(dir, time.Now, nil); !errors.As(err, &none) {
		t.Errorf("%v", err)
	}
	if _, err := OpenSite(filepath.Join(dir, "x"), time.Now, nil); err == nil {
		t.Error("a folder that is not there is served")
	}
	write(t, filepath.Join(dir, "golang.org", "toolchain", "@v", "list"), "")
	s, err := OpenSite(dir, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if archives, modules := s.Holds(); archives || !modules || s.Healthy() != nil {
		t.Errorf("%v %v", archives, modules)
	}
	if got := ask(s, "GET", "/dl/?mode=json"); got.Code != 404 {
		t.Errorf("%d", got.Code)
	}
	if err := os.RemoveAll(filepath.Join(dir, "golang.org")); err != nil {
		t.Fatal(err)
	}
	if s.Healthy() == nil {
		t.Error("healthy without a tree")
	}
}

// TestNewest holds the answer to ?mode=json against the rule of go.dev, on its real index.
func TestNewest(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "dist", "testdata", "index.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	index, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	dir, s := served(t)
	put(t, filepath.Join(dir, "dl", "index.json"), string(index))
	soon(t, "the index is the new one", func() bool { return ask(s, "GET", "/dl/?mode=json&include=all").Body.Len() == len(index) })
	type release struct {
		Version string
		Stable  bool
		Files   []struct{ Filename, SHA256 string }
	}
	var all, some []release
	got := ask(s, "GET", "/dl/?mode=json")
	if err := errors.Join(json.Unmarshal(index, &all), json.Unmarshal(got.Body.Bytes(), &some)); err != nil {
		t.Fatal(err)
	}
	if len(some) != 2 || some[0].Version != "go1.27.1" || some[1].Version != "go1.26.8" || len(some[0].Files) != len(all[0].Files) {
		t.Errorf("%.300s", got.Body)
	}
	for query, n := range map[string]int{
		"": len(all), "mode=html": len(all), "mode=json&include=all": len(all), "include=all&mode=json": len(all), "mode=json&include=stable": 2,
		"mode=json&x=%zz": 2, "mode=json;include=all": len(all),
	} {
		var list []release
		got := ask(s, "GET", "/dl/?"+query)
		if err := json.Unmarshal(got.Body.Bytes(), &list); err != nil || len(list) != n {
			t.Errorf("?%s: %d releases, want %d (%v)", query, len(list), n, err)
		}
	}
}

func TestSpoiltIndex(t *testing.T) {
	dir, s := served(t)
	put(t, filepath.Join(dir, "dl", "index.json"), `{"version":`)
	soon(t, "all is what the file is", func() bool { return ask(s, "GET", "/dl/?mode=json&include=all").Body.String() == `{"version":` })
	if got := ask(s, "GET", "/dl/?mode=json"); got.Code != 500 || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
}

func TestKeepIsBounded(t *testing.T) {
	dir, s := served(t)
	for i := range 300 {
		write(t, filepath.Join(dir, "dl", fmt.Sprintf("go1.%d.src.tar.gz", i)), strings.Repeat("x", keepFile))
	}
	for i := range 300 {
		if got := ask(s, "GET", fmt.Sprintf("/dl/go1.%d.src.tar.gz", i)); got.Code != 200 || got.Body.Len() != keepFile {
			t.Fatalf("%d, %d bytes", got.Code, got.Body.Len())
		}
	}
	var sum int64
	for _, d := range s.known {
		sum += int64(len(d.body))
	}
	if s.Kept() > keepAll || s.Kept() != sum || sum == 0 {
		t.Errorf("%d bytes are kept, %d counted", sum, s.Kept())
	}
}

// FuzzPath asks for any path: never is anything told that is outside of the three folders.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"/dl/index.json", "/dl/../key", "/dl/.hidden", "//", "/dl/%2e%2e/key", "/sumdb/sum.golang.org/tile/8/0/x001/234"} {
		f.Add(path, "bytes=0-1", `"x"`)
	}
	_, s := served(f)
	f.Fuzz(func(t *testing.T, path, ranges, tag string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		r.Header.Set("Range", ranges)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%q: it is told", path)
		}
		if name, ok := servedName(path); ok && (!filepath.IsLocal(name) || strings.Contains(name, "/.") || strings.ContainsAny(name, `\:%`)) {
			t.Errorf("%q is a name", name)
		}
	})
}

// FuzzNewest: what it picks is a part of the index, and one it can pick from again.
func FuzzNewest(f *testing.F) {
	f.Add([]byte(`[{"version":"go1.22.3","stable":true},{"version":"go1.21","stable":true},{"version":"go1.22.2","stable":true}]`))
	f.Add([]byte(`[{"version":"go1.23rc1","stable":false},null,{}]`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, index []byte) {
		some, err := newestOf(index)
		if err != nil {
			return
		}
		again, err := newestOf(some)
		if err != nil || string(again) != string(some) {
			t.Errorf("%q, then %q (%v)", some, again, err)
		}
	})
}
