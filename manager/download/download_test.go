package download_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/download"
	"gsw/platform"
)

// patience is a Client whose waits take no time and are written down.
type patience struct {
	waits  []time.Duration
	causes []error
}

func (p *patience) options() download.Options {
	return download.Options{
		UserAgent: "gsw/test",
		Stall:     20 * time.Second, // tests share a busy machine
		Backoff:   func(n int) time.Duration { return time.Duration(n) * time.Second },
		Sleep: func(ctx context.Context, d time.Duration) error {
			p.waits = append(p.waits, d)
			return ctx.Err()
		},
		Retrying: func(_ string, err error, _ time.Duration) { p.causes = append(p.causes, err) },
	}
}

// document is what most tests fetch: long enough for several parts, and no compression to blur its size.
func document() []byte { return disttest.Random("document", 1<<20).Data }

func serve(t *testing.T) (*disttest.Server, string) {
	s := disttest.NewServer(t)
	s.Serve("/x", "application/octet-stream", document())
	return s, s.URL + "/x"
}

func TestGet(t *testing.T) {
	tests := []struct {
		name     string
		lie      disttest.Lie
		attempts int
		err      any // pointer to the type of error expected, nil for success
		text     string
	}{
		{"honest", disttest.NoETag(), 1, nil, ""},
		{"500 then fine", disttest.Status(500, "oops").Times(2), 3, nil, ""},
		{"500 for good", disttest.Status(502, "bad\x1b[31m gateway\x07"), 4, new(*download.StatusError), "URL: 502 Bad Gateway: bad[31m gateway"},
		{"404", disttest.Status(404, "not found"), 1, new(*download.StatusError), "URL: 404 Not Found: not found"},
		{"403 of a proxy", disttest.Status(403, "This module version is not available."), 1, new(*download.StatusError), "URL: 403 Forbidden: This module version is not available."},
		{"403 page", disttest.HTMLPage(403), 1, new(*download.StatusError), "URL: 403 Forbidden: 403 Forbidden: ask your administrator"},
		{"page with status 200", disttest.HTMLPage(200), 1, new(*download.PageError), `URL: answered with an HTML page ("403 Forbidden: ask your administrator")`},
		{"408", disttest.Status(408, "").Times(1), 2, nil, ""},
		{"dropped, then fine", disttest.Drop(1000).Times(3), 4, nil, ""},
		{"dropped for good", disttest.Drop(1000), 4, new(*download.SizeError), "URL: 1000 bytes instead of 1048576"},
		{"closed without an answer", disttest.Close(), 4, new(*download.NetworkError), "URL: unexpected EOF"},
		{"silent in the body", disttest.Stall(1000).Times(1), 2, nil, ""},
		{"silent from the start", disttest.Hang(), 4, new(*download.StalledError), "URL: no byte for 300ms"},
		{"longer than announced", disttest.WrongLength(-1000), 1, nil, ""}, // HTTP ends where it was announced to end
		{"shorter than announced", disttest.WrongLength(1), 4, new(*download.SizeError), "URL: 1048576 bytes instead of 1048577"},
		{"oversized without a length", disttest.Oversize(1 << 40), 1, new(*download.SizeError), "URL: larger than the 2097152 bytes expected"},
		{"redirect loop", disttest.Redirect(""), 1, new(*download.NetworkError), "URL: more than 10 redirects"},
		{"redirect to a file", disttest.Redirect("file:///etc/passwd"), 1, new(*download.NetworkError), "URL: redirected to a file URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, url := serve(t)
			s.Lie("/x", test.lie)
			var p patience
			o := p.options()
			switch test.name {
			case "silent from the start":
				o.Stall = 300 * time.Millisecond
			case "silent in the body": // once; the machine may be busy when it is not
				o.Stall = 2 * time.Second
			}
			body, err := download.New(o).Get(t.Context(), url, 2<<20)
			if test.err == nil {
				want := document()
				if test.name == "longer than announced" {
					want = want[:len(want)-1000]
				}
				if err != nil || !bytes.Equal(body, want) {
					t.Errorf("%d bytes, %v", len(body), err)
				}
			} else if err == nil || !errors.As(err, test.err) {
				t.Fatalf("error %T %v", err, err)
			}
			if err != nil && strings.ReplaceAll(err.Error(), url, "URL") != test.text {
				t.Errorf("error %q, want %q", strings.ReplaceAll(err.Error(), url, "URL"), test.text)
			}
			if len(p.waits)+1 != test.attempts {
				t.Errorf("%d attempts, want %d: %v", len(p.waits)+1, test.attempts, p.causes)
			}
		})
	}
}

func TestGetBounds(t *testing.T) {
	s, url := serve(t)
	var p patience
	_, err := download.New(p.options()).Get(t.Context(), url, 1000)
	var size *download.SizeError
	if !errors.As(err, &size) || size.Want != 1000 || size.Have != 1<<20 || len(p.waits) != 0 {
		t.Errorf("%v after %v", err, p.waits)
	}
	if have := s.Requests()[0].Header.Get("User-Agent"); have != "gsw/test" {
		t.Errorf("User-Agent %q", have)
	}
}

func TestNotFoundIsNotExist(t *testing.T) {
	s, url := serve(t)
	for code, want := range map[int]bool{404: true, 410: true, 403: false, 500: false} {
		s.Lie("/x", disttest.Status(code, ""))
		var p patience
		if _, err := download.New(p.options()).Get(t.Context(), url, 1<<20); errors.Is(err, fs.ErrNotExist) != want {
			t.Errorf("%d is fs.ErrNotExist: %v", code, !want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{"7": 7 * time.Second, "86400": 30 * time.Second, "-3": time.Second, "soon": time.Second} {
		s, url := serve(t)
		s.Lie("/x", disttest.RetryAfter(header).Times(1))
		var p patience
		if _, err := download.New(p.options()).Get(t.Context(), url, 1<<20); err != nil || !slices.Equal(p.waits, []time.Duration{want}) {
			t.Errorf("Retry-After: %s: waited %v, %v", header, p.waits, err)
		}
	}
}

// TestDefaultBackoff looks at the waits that users get: they grow, differ, and stay bearable.
func TestDefaultBackoff(t *testing.T) {
	s, url := serve(t)
	s.Lie("/x", disttest.Status(503, ""))
	differ := false
	var first []time.Duration
	for range 4 {
		var p patience
		o := p.options()
		o.Backoff, o.Retries = nil, 8
		download.New(o).Get(t.Context(), url, 1<<20)
		for i, wait := range p.waits {
			middle := min(250*time.Millisecond<<i, 8*time.Second)
			if wait < middle/2 || wait > middle*3/2 {
				t.Errorf("wait %d is %v, want about %v", i+1, wait, middle)
			}
		}
		differ = differ || first != nil && !slices.Equal(first, p.waits)
		first = p.waits
	}
	if !differ {
		t.Error("the waits have no jitter")
	}
}

func TestCancelled(t *testing.T) {
	s, url := serve(t)
	s.Lie("/x", disttest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	var p patience
	if _, err := download.New(p.options()).Get(ctx, url, 1<<20); !errors.Is(err, context.Canceled) || len(p.waits) != 0 {
		t.Errorf("%v after %v", err, p.waits)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String() + "/x"
	l.Close()
	var p patience
	var network *download.NetworkError
	if _, err := download.New(p.options()).Get(t.Context(), url, 1); !errors.As(err, &network) || len(p.waits) != 3 {
		t.Errorf("refused: %v after %v", err, p.waits)
	}
	p = patience{}
	if _, err := download.New(p.options()).Get(t.Context(), "http://no-such-host.invalid/", 1); !errors.As(err, &network) || len(p.waits) != 0 {
		t.Errorf("no such host: %v after %v", err, p.waits)
	}
}

func TestMalformedURLs(t *testing.T) {
	for _, url := range []string{"", "go.dev/dl", "ftp://go.dev/", "https:///x", "http://a b/", "https://u:secret%zz@go.dev/", "file:relative", "http://u:secret@127.0.0.1:1/x"} {
		var p patience
		_, err := download.New(p.options()).Get(t.Context(), url, 1)
		var network *download.NetworkError
		if !errors.As(err, &network) || len(p.waits) != 0 {
			t.Errorf("%q: %v after %v", url, err, p.waits)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", url, err)
		}
	}
}

func TestTLS(t *testing.T) {
	s := disttest.NewTLSServer(t)
	plain, plainURL := serve(t)
	s.Serve("/x", "text/plain", []byte("secure"))
	s.Serve("/y", "text/plain", []byte("moved"))

	var p patience
	o := p.options()
	if _, err := download.New(o).Get(t.Context(), s.URL+"/x", 100); err == nil || len(p.waits) != 0 {
		t.Errorf("an unknown certificate: %v after %v", err, p.waits)
	}
	o.RootCAs = s.RootCAs()
	o.Credentials = func(host string) (string, string, bool) { return "ada", "pass", "https://"+host == s.URL }
	c := download.New(o)
	if body, err := c.Get(t.Context(), s.URL+"/x", 100); string(body) != "secure" {
		t.Errorf("%q, %v", body, err)
	}
	requests := s.Requests()
	if user, pass, ok := (&http.Request{Header: requests[len(requests)-1].Header}).BasicAuth(); user != "ada" || pass != "pass" || !ok {
		t.Errorf("credentials sent: %q %q %v", user, pass, ok)
	}
	s.Lie("/x", disttest.Redirect(s.URL+"/y"))
	if body, err := c.Get(t.Context(), s.URL+"/x", 100); string(body) != "moved" {
		t.Errorf("redirect: %q, %v", body, err)
	}
	s.Lie("/x", disttest.Redirect(plainURL))
	if _, err := c.Get(t.Context(), s.URL+"/x", 2<<20); err == nil || !strings.Contains(err.Error(), "redirected from https to http://") {
		t.Errorf("downgrade: %v", err)
	}
	if n := len(plain.Requests()); n != 0 {
		t.Errorf("the plain server was asked %d times", n)
	}
	userinfo := strings.Replace(s.URL, "https://", "https://token:secret@", 1)
	s.Lie("/x", disttest.Status(403, "no"))
	_, err := c.Get(t.Context(), userinfo+"/x", 100)
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "token") {
		t.Errorf("error shows credentials: %v", err)
	}
	requests = s.Requests()
	if user, pass, _ := (&http.Request{Header: requests[len(requests)-1].Header}).BasicAuth(); user != "token" || pass != "secret" {
		t.Errorf("the URL's credentials were not sent, but %q %q", user, pass)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = tls11()
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	defer s.Close()
	var p patience
	o := p.options()
	o.Retries = -1
	if _, err := download.New(o).Get(t.Context(), s.URL, 1); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
}

func TestProxyVariables(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		io.WriteString(w, "by proxy")
	}))
	defer proxy.Close()
	var p patience
	o := p.options()
	o.Retries = -1
	target := platform.Target{OS: "linux", Arch: "amd64"}
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		asked = nil
		o.Env = platform.NewEnv(target, []string{name + "=" + proxy.URL, "NO_PROXY=.invalid"})
		if body, err := download.New(o).Get(t.Context(), "http://mirror.test/dl", 100); string(body) != "by proxy" || !slices.Equal(asked, []string{"http://mirror.test/dl"}) {
			t.Errorf("%s: %q, %v; asked for %v", name, body, err, asked)
		}
		if _, err := download.New(o).Get(t.Context(), "http://mirror.invalid/", 100); err == nil || len(asked) != 1 {
			t.Errorf("NO_PROXY: %v; asked for %v", err, asked)
		}
	}
}

// TestLocal: what lies on this machine is found where it is; for anything else there is Open, which says what is wrong.
func TestLocal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a file")
	if err := os.WriteFile(file, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	base := "file://" + filepath.ToSlash(dir)
	if filepath.Separator == '\\' {
		base = "file:///" + filepath.ToSlash(dir)
	}
	if path, size, ok := download.Local(base + "/a%20file"); path != file || size != 7 || !ok {
		t.Errorf("got %q, %d, %v", path, size, ok)
	}
	for _, url := range []string{base, base + "/none", "file://server/share/file", "file:relative", "https://go.dev/dl/", "::"} {
		if path, _, ok := download.Local(url); ok {
			t.Errorf("%s is %s", url, path)
		}
	}
}

func TestFileURLs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a b", "list")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("v0.0.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	base := "file://"
	if runtime.GOOS == "windows" {
		base = "file:///"
	}
	base += filepath.ToSlash(dir)
	var p patience
	c := download.New(p.options())
	if body, err := c.Get(t.Context(), base+"/a%20b/list", 100); string(body) != "v0.0.1\n" {
		t.Errorf("%q, %v", body, err)
	}
	for url, want := range map[string]error{base + "/none": fs.ErrNotExist, base + "/a%20b": nil, "file://host/x": nil} {
		if _, err := c.Get(t.Context(), url, 100); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if len(p.waits) > 3 {
		t.Errorf("files were tried again: %v", p.causes)
	}
}
