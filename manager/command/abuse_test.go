package command

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/download"
	"gsw/manager/journal"
	"gsw/manager/mirror"
	"gsw/manager/server"
	"gsw/manager/servers"
	"gsw/manager/sumdb"
	"gsw/manager/trust"
)

// victim is one of gsw's servers, as strangers meet it: all that holds for one holds for the other.
type victim struct {
	t       *testing.T
	name    string
	address string
	good    []string // paths that are answered
	bad     []string // paths of its own that make no sense: a clear 4xx
	guarded string   // a file that is not to be told
	warned  *safeBuffer
}

// safeBuffer is written to by several goroutines.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

const guardedText = "nobody is to be told this"

// eachVictim runs a test against every server.
func eachVictim(t *testing.T, limits server.Limits, test func(t *testing.T, v *victim)) {
	t.Run("mirror", func(t *testing.T) { test(t, mirrorVictim(t, limits)) })
	t.Run("sumdb", func(t *testing.T) { test(t, sumdbVictim(t, limits)) })
}

func (v *victim) serve(o server.Options, handler http.Handler) {
	v.t.Helper()
	v.warned = &safeBuffer{}
	o.Listen, o.Now = "127.0.0.1:0", time.Now
	o.Warn = func(message string) { fmt.Fprintln(v.warned, message) }
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- server.Run(ctx, o, handler, func(address string) { ready <- address }) }()
	select {
	case v.address = <-ready:
	case err := <-ended:
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			v.t.Error(err)
		}
		if text := v.warned.String(); strings.Contains(text, "panic") {
			v.t.Error(text)
		}
	})
}

// mirrorVictim serves a tree, beside and in which there are files that are nobody's business.
func mirrorVictim(t *testing.T, limits server.Limits) *victim {
	dir := filepath.Join(t.TempDir(), "tree")
	for name, text := range map[string]string{
		"dl/index.json":                  `[{"version":"go1.22.3","stable":true,"files":[]}]`,
		"dl/go1.22.3.linux-amd64.tar.gz": strings.Repeat("0123456789", 100<<10),
		"golang.org/toolchain/@v/list":   "v0.0.1-go1.22.3.linux-amd64\n",
		"sumdb/sum.golang.org/latest":    "a head",
		".gsw-mirror/state.json":         guardedText,
		"dl/.guarded":                    guardedText,
		"guarded":                        guardedText,
		"../guarded":                     guardedText,
	} {
		plantText(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	for name, to := range map[string]string{"dl/link": "../../guarded", "dl/absolute": filepath.Join(dir, "guarded"), "dl/up": "../.."} {
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	site, err := mirror.OpenSite(dir, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, name: "mirror", guarded: filepath.Join(dir, "guarded"),
		good: []string{"/dl/", "/dl/?mode=json", "/dl/go1.22.3.linux-amd64.tar.gz", "/golang.org/toolchain/@v/list", "/sumdb/sum.golang.org/latest"},
		bad: []string{"/dl/link", "/dl/absolute", "/dl/up/guarded", "/dl/.guarded", "/.gsw-mirror/state.json", "/guarded",
			"/golang.org/toolchain/@v/../../../guarded", "/sumdb/sum.golang.org/tile/8/0/x001"}}
	v.serve(server.Options{Limits: limits, Healthy: site.Healthy}, site)
	t.Cleanup(func() { site.Close() })
	return v
}

// sumdbVictim is a proxy with a database behind it.
func sumdbVictim(t *testing.T, limits server.Limits) *victim {
	db := disttest.NewSumDB(t, nil)
	db.SetModule("example.com/m", "v1.0.0", "h1:"+strings.Repeat("A", 43)+"=", "h1:"+strings.Repeat("B", 43)+"=")
	origin := httptest.NewServer(db)
	t.Cleanup(origin.Close)
	dir := t.TempDir()
	guarded := filepath.Join(dir, "guarded")
	plantText(t, guarded, guardedText)
	key, _, err := sumdb.OpenKey(t.Context(), filepath.Join(dir, "key"), "abused")
	if err != nil {
		t.Fatal(err)
	}
	log, err := journal.Open(time.Now, filepath.Join(dir, "log"), filepath.Join(dir, "copy"))
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := sumdb.New(t.Context(), sumdb.Options{
		Cache: filepath.Join(dir, "cache"), Ways: []trust.Way{{URL: origin.URL}},
		Get: download.New(download.Options{Retries: -1}), LogKey: db.Key, Key: key, Journal: log,
		Now: time.Now, Warn: func(string) {}, Unreachable: servers.Unconnected,
	})
	if err != nil {
		t.Fatal(err)
	}
	const module = "example.com/m@v1.0.0"
	v := &victim{t: t, name: "sumdb", guarded: guarded,
		good: []string{"/supported", "/latest", "/lookup/" + module, "/go1.22/lookup/" + module, "/key"},
		bad: []string{"/tile", "/tile/", "/tile/8", "/tile/8/0", "/tile/8/0/", "/tile/8/0/x", "/tile/8/0/0", "/tile/8/0/0000", "/tile/8/0/x001", "/tile/8/0/001/x",
			"/tile/8/-1/000", "/tile/8/99/000", "/tile/9/0/000", "/tile/0/0/000", "/tile/30/0/000", "/tile/8/0/x999/x999/x999/x999/x999/x999/999",
			"/tile/8/0/000.p/0", "/tile/8/0/000.p/256", "/tile/8/0/000.p/-1", "/tile/8/0/000.p/1/1", "/tile/8/0/000.p", "/tile/8/data/x001", "/tile/8/0/+01",
			"/tile/8/0/000.p/99999999999999999999", "/tile/99999999999999999999/0/000", "/tile/8/0/../../../guarded", "/tile/8/0/" + strings.Repeat("x000/", 2000) + "000",
			"/lookup/", "/lookup/@", "/lookup/@v1.0.0", "/lookup/m", "/lookup/m@", "/lookup/m@latest", "/lookup/m@v1", "/lookup/m@v1.0.0@v1.0.0",
			"/lookup/example.com/M@v1.0.0", "/lookup/example.com/!@v1.0.0", "/lookup/../guarded@v1.0.0", "/lookup/example.com/../../../guarded@v1.0.0",
			"/lookup//etc/passwd@v1.0.0", "/lookup/example.com/%00@v1.0.0", "/lookup/example.com/a%0ab@v1.0.0", "/lookup/example.com/m@v1.0.0%0a",
			"/lookup/example.com/m@v1.0.0-%2e%2e%2f%2e%2e", "/lookup/C:%5cm@v1.0.0", "/lookup/example.com/con@v1.0.0", "/lookup/" + strings.Repeat("a", 3000) + ".com/m@v1.0.0",
			"/lookup/example.com/m@v" + strings.Repeat("9", 3000) + ".0.0", "/latest/", "/latest/x", "/supported/x", "/go1.22", "/go1.22/", "/go1.22/key", "/go1.999/latest",
			"/go../latest", "/go1.22/go1.22/latest", "/go1.22%00/latest", "/gopher/latest", "/sumdb/other.example/latest", "/sumdb/sum.golang.org", "/sumdb/sum.golang.org/..",
			"/go%2e%2e%2f%2e%2e/latest", "/.lock", "/evidence", "/cache"}}
	v.serve(server.Options{Limits: limits, Healthy: log.Err}, proxy)
	t.Cleanup(func() {
		if _, err := log.Close(); err != nil {
			t.Error(err)
		}
		a, err := journal.Audit(context.Background(), journal.Inquiry{File: filepath.Join(dir, "log"), Second: filepath.Join(dir, "copy")})
		if err != nil || len(a.Findings) > 0 {
			t.Errorf("what strangers asked broke the log: %v %+v", err, a.Findings)
		}
	})
	return v
}

func plantText(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func (v *victim) dial() net.Conn {
	v.t.Helper()
	c, err := net.Dial("tcp", v.address)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// say sends bytes as they are, and gives the status and the whole answer; 0 for a connection that was closed without one.
func (v *victim) say(request string) (status int, text string) {
	v.t.Helper()
	c := v.dial()
	defer c.Close()
	// A server that has heard enough closes: what it said before that counts.
	_, _ = io.WriteString(c, request)
	all, _ := io.ReadAll(io.LimitReader(c, 4<<20))
	return statusOf(string(all)), string(all)
}

func statusOf(answer string) int {
	fields := strings.Fields(answer)
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/1.") {
		return 0
	}
	status, _ := strconv.Atoi(fields[1])
	return status
}

// lives fails unless a client with good manners is answered.
func (v *victim) lives() {
	v.t.Helper()
	for _, path := range v.good {
		if status, text := v.say("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); status != 200 {
			v.t.Errorf("%s: %d %.200s", path, status, text)
		}
	}
}

// TestAbusePaths: no path leads out of what is served, and none that makes no sense is more than a clear 4xx.
func TestAbusePaths(t *testing.T) {
	eachVictim(t, server.Limits{}, func(t *testing.T, v *victim) {
		paths := append([]string{
			"/..", "/../", "/../guarded", "/../../guarded", "/../../../../../../etc/passwd", "/./../guarded", "//guarded", "///etc/passwd", "/etc/passwd",
			"/%2e%2e/guarded", "/%2e%2e%2fguarded", "/..%2fguarded", "/..%5cguarded", "/\\..\\guarded", "/..\\guarded", "/%5c..%5cguarded",
			"/%252e%252e/guarded", "/%252e%252e%252fguarded", "/%c0%ae%c0%ae/guarded", "/%uff0e%uff0e/guarded", "/\xc0\xae\xc0\xae/guarded",
			"/%00", "/guarded%00", "/guarded%00.html", "/dl/..;/guarded", "/dl/../guarded", "/dl/%2e%2e/guarded", "/dl/..%2fguarded", "/dl/..%5cguarded",
			"/dl/....//guarded", "/lookup/../../guarded", "/tile/../../guarded", "/go1.22/../../guarded", "/C:/guarded", "/c:%5cguarded", "/dl/C:guarded",
			"/file:///etc/passwd", "http://elsewhere/guarded", "http://elsewhere/../guarded", "file:///etc/passwd", "/CON", "/NUL", "/aux.txt", "/x::$DATA",
			"/" + strings.Repeat("../", 500) + "etc/passwd", "/" + strings.Repeat("a", 8000), "/" + strings.Repeat("a/", 4000), "/%", "/%zz", "/%2",
			"/guarded?", "/guarded#x", "/?/../guarded", v.guarded, "/" + v.guarded, "/.", "/~root", "/.git/config", "/favicon.ico", "/debug/pprof/", "/server-status",
		}, v.bad...)
		for _, path := range paths {
			for _, method := range []string{"GET", "HEAD"} {
				status, text := v.say(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if strings.Contains(text, guardedText) || strings.Contains(text, "root:") {
					t.Errorf("%s %.100q tells: %.300s", method, path, text)
				}
				if strings.HasPrefix(path, "/?") {
					continue // the page at /, which a query does not change
				}
				if status < 400 || status > 499 || len(text) > 4096+2*len(path) { // a signature has the path in it
					t.Errorf("%s %.100q: %d, %d bytes: %.300s", method, path, status, len(text), text)
				}
			}
		}
		v.lives()
	})
}

// TestAbuseRequests: what is no request, or not one of those that a server of files has to do with, is refused by its
// own status, and closes the connection where it can't be told what comes after it.
func TestAbuseRequests(t *testing.T) {
	eachVictim(t, server.Limits{Header: time.Second, Idle: time.Second}, func(t *testing.T, v *victim) {
		good := v.good[0]
		get := "GET " + good + " HTTP/1.1\r\nHost: x\r\n"
		const last = "Connection: close\r\n\r\n"
		tests := []struct {
			name, request string
			want          string // statuses; 0 is a closed connection
		}{
			{"a header of a megabyte", get + "X: " + strings.Repeat("x", 1<<20) + "\r\n" + last, "431 0"},
			{"a hundred thousand headers", get + strings.Repeat("X: x\r\n", 100_000) + last, "431 0"},
			{"a name of a megabyte", get + strings.Repeat("x", 1<<20) + ": x\r\n" + last, "431 0"},
			{"a path of a megabyte", "GET /" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\nHost: x\r\n" + last, "431 414 0"},
			{"a query of 8 KiB", "GET " + good + "?" + strings.Repeat("&a=b", 2000) + " HTTP/1.1\r\nHost: x\r\n" + last, "200"},
			{"no host", "GET " + good + " HTTP/1.1\r\n" + last, "400"},
			{"two hosts", get + "Host: y\r\n" + last, "400"},
			{"a host that is none", "GET " + good + " HTTP/1.1\r\nHost: x y/..\r\n" + last, "400"},
			{"HTTP/1.0", "GET " + good + " HTTP/1.0\r\n\r\n", "200"},
			{"HTTP/1.0 that stays", "GET " + good + " HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "200"},
			{"HTTP/0.9", "GET " + good + "\r\n", "400"},
			{"HTTP/1.2", "GET " + good + " HTTP/1.2\r\nHost: x\r\n" + last, "200 505"},
			{"HTTP/2.0 in words of 1", "GET " + good + " HTTP/2.0\r\nHost: x\r\n" + last, "505 400"},
			{"HTTP/9.9", "GET " + good + " HTTP/9.9\r\nHost: x\r\n" + last, "505 400"},
			{"HTTP/x", "GET " + good + " HTTP/x\r\nHost: x\r\n" + last, "400"},
			{"HTTP/2 from the start", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "405 505 400 0"},
			{"no method", " " + good + " HTTP/1.1\r\nHost: x\r\n" + last, "400"},
			{"a method with NUL", "G\x00T " + good + " HTTP/1.1\r\nHost: x\r\n" + last, "400"},
			{"a long method", strings.Repeat("GET", 3000) + " " + good + " HTTP/1.1\r\nHost: x\r\n" + last, "405"},
			{"small letters", "get " + good + " HTTP/1.1\r\nHost: x\r\n" + last, "405"},
			{"a body", "POST " + good + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "405"},
			{"a body with GET", get + "Content-Length: 5\r\n" + last + "hello", "413"},
			{"a body that is announced only", get + "Content-Length: 99999999999\r\n" + last, "413"},
			{"a body in chunks", get + "Transfer-Encoding: chunked\r\n" + last + "5\r\nhello\r\n0\r\n\r\n", "413"},
			{"a chunk without end", get + "Transfer-Encoding: chunked\r\n" + last + "ffffffffffffffff\r\nhello", "413"},
			{"a length below zero", get + "Content-Length: -1\r\n" + last, "400"},
			{"two lengths", get + "Content-Length: 1\r\nContent-Length: 2\r\n" + last + "xx", "400"},
			{"a length and chunks", get + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" + last + "0\r\n\r\n", "400 413"},
			{"an unknown coding", get + "Transfer-Encoding: gzip, x\r\n" + last, "501 400"},
			{"waits for 100", get + "Expect: 100-continue\r\nContent-Length: 5\r\n" + last, "413 417"},
			{"expects the unknown", get + "Expect: tea\r\n" + last, "417"},
			{"asks for another protocol", get + "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", "200"},
			{"a websocket", get + "Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", "200"},
			{"a folded header", get + "X: a\r\n b\r\n" + last, "200 400"},
			{"a header without name", get + ": x\r\n" + last, "400"},
			{"a blank in a name", get + "X Y: x\r\n" + last, "400"},
			{"NUL in a header", get + "X: a\x00b\r\n" + last, "400"},
			{"CR in a header", get + "X: a\rb\r\n" + last, "400"},
			{"an agent that would write lines", get + "User-Agent: \x1b[2J\xff\xfe\r\n" + last, "200 400"},
			{"newlines alone", strings.Repeat("\r\n", 10_000), "400 0"},
			{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500) + "\r\n\r\n", "400"},
			{"ssh", "SSH-2.0-OpenSSH_9.6\r\n\r\n", "400"},
			{"zeros", strings.Repeat("\x00", 1<<20), "400 431 0"},
			{"nothing but a megabyte of letters", strings.Repeat("x", 1<<20), "400 431 0"},
			{"a tag of 10 KiB", get + "If-None-Match: " + strings.Repeat(`"x",`, 2500) + "\r\n" + last, "200"},
			{"a tag that is none", get + "If-None-Match: \"\r\nIf-Match: *\r\nIf-Modified-Since: yesterday\r\n" + last, "200"},
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW", "GETX", "M-SEARCH"} {
			tests = append(tests, struct{ name, request, want string }{method, method + " " + good + " HTTP/1.1\r\nHost: x\r\n" + last, "405"})
		}
		tests = append(tests, struct{ name, request, want string }{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n" + last, "405"},
			struct{ name, request, want string }{"CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n" + last, "405"},
			struct{ name, request, want string }{"GET *", "GET * HTTP/1.1\r\nHost: x\r\n" + last, "400 404"})
		var all sync.WaitGroup
		for _, test := range tests {
			all.Go(func() {
				status, text := v.say(test.request)
				if !strings.Contains(" "+test.want+" ", fmt.Sprintf(" %d ", status)) {
					t.Errorf("%s: %d, want %s: %.200s", test.name, status, test.want, text)
				}
				if test.want == "405" && !strings.Contains(text, "\r\nAllow: GET, HEAD\r\n") {
					t.Errorf("%s: it is not said what is allowed: %.300s", test.name, text)
				}
				if strings.Contains(strings.ToLower(text), "goroutine") || status >= 500 && status != 505 && status != 501 {
					t.Errorf("%s: %.300s", test.name, text)
				}
			})
		}
		all.Wait()
		v.lives()
	})
}

// TestAbuseRanges: many, bad and overlapping ranges make no answer longer than the file, and none a fault.
func TestAbuseRanges(t *testing.T) {
	eachVictim(t, server.Limits{}, func(t *testing.T, v *victim) {
		for _, path := range v.good {
			_, whole := v.say("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			for _, ranges := range []string{
				"bytes=0-0", "bytes=-1", "bytes=-0", "bytes=0-", "bytes=1-0", "bytes=-", "bytes=", "bytes", "=0-1", "bytes=0-1-2", "bytes=a-b", "bytes=0x0-0x1", "bytes=--1",
				"bytes=18446744073709551615-", "bytes=-18446744073709551616", "bytes=9223372036854775807-9223372036854775807", "bytes=0-9223372036854775807",
				"bytes=0-0,-1", "bytes=0-,0-", "bytes=" + strings.Repeat("0-,", 1300) + "0-", "bytes=" + strings.Repeat("0-0,", 1300) + "0-0",
				"bytes=" + strings.Repeat(",", 4000), "bytes=" + strings.Repeat("5-3,", 1000), "lines=0-1", "bytes=0-1\tx", "bytes = 0 - 1", "bytes=0-1,\r\n 2-3", "BYTES=0-1", "none",
			} {
				status, text := v.say("GET " + path + " HTTP/1.1\r\nHost: x\r\nRange: " + ranges + "\r\nConnection: close\r\n\r\n")
				if status != 200 && status != 206 && status != 416 && status != 400 {
					t.Errorf("%s %.60q: %d %.200s", path, ranges, status, text)
				}
				if len(text) > len(whole)+4096 {
					t.Errorf("%s %.60q: %d bytes, of a file of %d", path, ranges, len(text), len(whole))
				}
			}
		}
		v.lives()
	})
}

// TestAbusePipelining: requests that come without waiting are answered in their order; after one that is wrong nothing
// is, for nobody can tell where the next one begins.
func TestAbusePipelining(t *testing.T) {
	eachVictim(t, server.Limits{}, func(t *testing.T, v *victim) {
		path := v.good[0]
		c := v.dial()
		defer c.Close()
		const many = 500
		go func() {
			_, _ = io.WriteString(c, strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n", many)+
				"GET "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\nGET "+path+"?smuggled HTTP/1.1\r\nHost: x\r\n\r\nGET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		}()
		from := bufio.NewReader(c)
		for i := range many {
			answer, err := http.ReadResponse(from, nil)
			if err != nil {
				t.Fatalf("answer %d: %v", i, err)
			}
			if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 200 {
				t.Fatalf("answer %d: %d %v", i, answer.StatusCode, err)
			}
		}
		rest, _ := io.ReadAll(from)
		if statusOf(string(rest)) != 413 || strings.Count(string(rest), "HTTP/1.1 ") != 1 {
			t.Errorf("after a body: %.500s", rest)
		}
		v.lives()
	})
}

// crowd is how many connections the tests of many make: more with GSW_TEST_CONNECTIONS, which the limit of open files
// has to allow, twice.
func crowd(t *testing.T) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("GSW_TEST_CONNECTIONS"), "300"))
	if err != nil || n < 1 {
		t.Fatalf("GSW_TEST_CONNECTIONS: %v", err)
	}
	return n
}

// TestAbuseSlowLoris: connections that send a request letter by letter, or none, hold nobody up, and are closed.
func TestAbuseSlowLoris(t *testing.T) {
	limits := server.Limits{Connections: max(64, crowd(t)/3), Header: 3 * time.Second, Idle: 3 * time.Second}
	eachVictim(t, limits, func(t *testing.T, v *victim) {
		v.lives()
		before := footprint()
		var all []net.Conn
		defer func() {
			for _, c := range all {
				c.Close()
			}
		}()
		for i := range crowd(t) {
			c := v.dial()
			all = append(all, c)
			switch i % 3 {
			case 0: // nothing
			case 1:
				_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-")
			case 2:
				go drip(c)
			}
		}
		began := time.Now()
		v.lives()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("a client with good manners waited for %v", took)
		}
		// More than a third of the crowd found no place, or lost it; the rest is closed when its time is over.
		for i, c := range all {
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.Copy(io.Discard, c); err != nil && isTimeout(err) {
				t.Fatalf("connection %d is still open", i)
			}
			c.Close()
		}
		v.lives()
		comesDown(t, before, crowd(t))
	})
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// drip sends a header that never ends, until the connection does.
func drip(c net.Conn) {
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n"); err != nil {
		return
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		if _, err := io.WriteString(c, "a"); err != nil {
			return
		}
	}
}

// TestAbuseMemory: senseless requests by the thousand, each different, leave nothing behind.
func TestAbuseMemory(t *testing.T) {
	eachVictim(t, server.Limits{}, func(t *testing.T, v *victim) {
		v.lives()
		wave := func(from, n int) {
			var all sync.WaitGroup
			for g := range 8 {
				all.Go(func() {
					c := v.dial()
					defer c.Close()
					r := bufio.NewReader(c)
					for i := from + g; i < from+n; i += 8 {
						shape := []string{"/dl/go1.%d.tar.gz", "/tile/8/0/x%03d", "/lookup/example.com/m%d@latest", "/go1.%d/x", "/sumdb/x%d/latest", "/%d"}[i%6]
						fmt.Fprintf(c, "GET "+shape+" HTTP/1.1\r\nHost: x\r\nX-Number: %d\r\n\r\n", i, i)
						answer, err := http.ReadResponse(r, nil)
						if err != nil {
							t.Error(err)
							return
						}
						_, _ = io.Copy(io.Discard, answer.Body)
						if answer.StatusCode/100 != 4 {
							t.Errorf("%d: %d", i, answer.StatusCode)
						}
					}
				})
			}
			all.Wait()
		}
		wave(0, 2000)
		before := footprint()
		wave(2000, 20_000)
		comesDown(t, before, 16)
	})
}

// foot is what the process holds.
type foot struct {
	heap       uint64
	goroutines int
}

func footprint() foot {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return foot{m.HeapAlloc, runtime.NumGoroutine()}
}

// comesDown fails unless the process soon holds about what it held before: two megabytes and ten goroutines more are
// nobody's, and the runtime keeps a kilobyte for each goroutine that there ever was at once.
func comesDown(t *testing.T, before foot, goroutines int) {
	t.Helper()
	before.heap += uint64(goroutines) << 10
	var now foot
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		now = footprint()
		if now.heap < before.heap+2<<20 && now.goroutines < before.goroutines+10 {
			t.Logf("%d kB and %d goroutines, before %d kB and %d", now.heap>>10, now.goroutines, before.heap>>10, before.goroutines)
			return
		}
	}
	t.Errorf("%d kB and %d goroutines, before %d kB and %d", now.heap>>10, now.goroutines, before.heap>>10, before.goroutines)
}
