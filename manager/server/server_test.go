package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/server"
)

// running is a server that ends with the test.
type running struct {
	t       testing.TB
	address string
	log     *lines
	warned  *lines
	stop    context.CancelFunc
	ended   chan error
}

// lines is a writer that several goroutines may use.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t testing.TB, o server.Options, handler http.Handler) *running {
	t.Helper()
	return startAt(t, time.Now, o, handler)
}

func startAt(t testing.TB, now func() time.Time, o server.Options, handler http.Handler) *running {
	t.Helper()
	r := &running{t: t, log: &lines{}, warned: &lines{}, ended: make(chan error, 1)}
	o.Listen, o.Now = "127.0.0.1:0", now
	if o.AccessLog == nil {
		o.AccessLog = r.log
	}
	o.Warn = func(message string) { fmt.Fprintln(r.warned, message) }
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	ready := make(chan string, 1)
	go func() { r.ended <- server.Run(ctx, o, handler, func(address string) { ready <- address }) }()
	select {
	case r.address = <-ready:
	case err := <-r.ended:
		t.Fatal(err)
	}
	t.Cleanup(r.end)
	return r
}

// end stops the server, once.
func (r *running) end() {
	r.stop()
	if err, open := <-r.ended; open {
		close(r.ended)
		if err != nil {
			r.t.Error(err)
		}
	}
}

// until asks for something up to a deadline.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (r *running) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// say sends a request as it is and gives the answer, of which nothing may be missing.
func (r *running) say(request string) (*http.Response, string) {
	r.t.Helper()
	c := r.dial()
	if _, err := io.WriteString(c, request); err != nil {
		r.t.Fatal(err)
	}
	return read(r.t, bufio.NewReader(c))
}

func read(t testing.TB, from *bufio.Reader) (*http.Response, string) {
	t.Helper()
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// figure reads one line of /metrics.
func (r *running) figure(name string) string {
	r.t.Helper()
	_, body := r.say("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	for line := range strings.Lines(body) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello "+r.URL.Path) }

func TestOnlyReading(t *testing.T) {
	r := start(t, server.Options{}, http.HandlerFunc(hello))
	for _, test := range []struct {
		request string
		status  int
		body    string
		header  string
	}{
		{"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 200, "hello /a\n", ""},
		{"GET /a HTTP/1.0\r\n\r\n", 200, "hello /a\n", ""},
		{"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 405, "this server answers GET and HEAD\n", "Allow: GET, HEAD"},
		{"DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n", 405, "this server answers GET and HEAD\n", "Allow: GET, HEAD"},
		{"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405, "this server answers GET and HEAD\n", "Allow: GET, HEAD"},
		{"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405, "this server answers GET and HEAD\n", "Allow: GET, HEAD"},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405, "this server answers GET and HEAD\n", ""},
		{"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 413, "this server takes no request bodies\n", "Connection: close"},
		{"GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413, "this server takes no request bodies\n", ""},
		{"GET /a HTTP/1.1\r\n\r\n", 400, "400 Bad Request: missing required Host header", ""},
		{"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "400 Bad Request", ""},
		{"GET\r\n\r\n", 400, "400 Bad Request", ""},
		{"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "400 Bad Request", ""},
		{"GET /a HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n\r\n", 431, "431 Request Header Fields Too Large", ""},
		{"GET /" + strings.Repeat("x", 32<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431, "431 Request Header Fields Too Large", ""},
		{"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200, "ok\n", "Cache-Control: no-store"},
	} {
		answer, body := r.say(strings.Replace(test.request, "Host: x\r\n", "Host: x\r\nConnection: close\r\n", 1))
		name, value, _ := strings.Cut(test.header, ": ")
		if answer.StatusCode != test.status || body != test.body || test.header != "" && answer.Header.Get(name) != value && !answer.Close {
			t.Errorf("%.60q: %s %v %q; want %d %q %s", test.request, answer.Status, answer.Header, body, test.status, test.body, test.header)
		}
	}
}

func TestAccessLog(t *testing.T) {
	r := start(t, server.Options{}, http.HandlerFunc(hello))
	for _, path := range []string{"/a?token=secret", "/%22%0a%7B%22x%22", "/%1b[31m", "/\xff\u202e\U0001F600", "/" + strings.Repeat("y", 5000)} {
		r.say("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\r\nUser-Agent: one\ttwo\xff\"\r\nConnection: close\r\n\r\n")
	}
	r.end()
	text := r.log.String()
	if strings.Contains(text, "secret") || strings.Contains(text, "c2VjcmV0") {
		t.Errorf("the log has a secret: %s", text)
	}
	paths := []string{"/a", "/%22%0a%7B%22x%22", "/%1b[31m", "/\ufffd\u202e\U0001F600", "/" + strings.Repeat("y", 2047) + "..."}
	for line := range strings.Lines(text) {
		for _, c := range []byte(strings.TrimSuffix(line, "\n")) {
			if c < ' ' || c > '~' {
				t.Errorf("%q has the byte %#x", line, c)
			}
		}
		var entry struct {
			Time                        time.Time
			Method, Path, Remote, Agent string
			Status, Bytes               int
			Duration                    *float64
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if entry.Method != "GET" || entry.Status != 200 || entry.Bytes == 0 || entry.Duration == nil || time.Since(entry.Time) > time.Minute ||
			!strings.HasPrefix(entry.Remote, "127.0.0.1:") || entry.Agent != "one\ttwo\ufffd\"" {
			t.Errorf("%s", line)
		}
		if len(paths) == 0 || entry.Path != paths[0] {
			t.Errorf("the path is %q, not %.100q", entry.Path, paths)
		}
		paths = paths[min(1, len(paths)):]
	}
	if len(paths) > 0 {
		t.Errorf("not in the log: %.100q", paths)
	}
}

func TestPanic(t *testing.T) {
	r := start(t, server.Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "hal")
		}
		panic("the handler's")
	}))
	answer, body := r.say("GET /early HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if answer.StatusCode != 500 || body != "internal error\n" {
		t.Errorf("%s %q", answer.Status, body)
	}
	c := r.dial()
	_, _ = io.WriteString(c, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
	if all, err := io.ReadAll(c); err == nil && strings.HasSuffix(string(all), "hal") {
		answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(all)), nil)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("half an answer looks whole: %q %v", all, err)
		}
	}
	if got := r.figure("gsw_http_panics_total"); got != "2" {
		t.Errorf("%s panics", got)
	}
	if got := r.figure(`gsw_http_requests_total{code="500"}`); got != "1" {
		t.Errorf("%s answers with 500", got)
	}
	if text := r.warned.String(); !strings.Contains(text, "panic while answering GET /early: the handler's\n") || !strings.Contains(text, "server_test.go") {
		t.Errorf("warned: %s", text)
	}
}

// TestDrain ends a server while it answers.
func TestDrain(t *testing.T) {
	asked, answer := make(chan bool), make(chan bool)
	r := start(t, server.Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-answer
		fmt.Fprint(w, "whole")
	}))
	idle := r.dial()
	c := r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-asked
	r.stop()
	until(t, "nobody listens", func() bool {
		c, err := net.Dial("tcp", r.address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-r.ended:
		t.Fatalf("ended while an answer was under way: %v", err)
	default:
	}
	close(answer)
	if answer, body := read(t, bufio.NewReader(c)); body != "whole" || !answer.Close {
		t.Errorf("%v %q", answer, body)
	}
	r.end()
	if n, err := idle.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("the idle connection is open")
	}
	if !strings.Contains(r.log.String(), `"status":200,"bytes":5,`) {
		t.Errorf("log: %s", r.log)
	}
}

func TestDrainIsBounded(t *testing.T) {
	asked := make(chan bool)
	r := start(t, server.Options{Limits: server.Limits{Drain: 10 * time.Millisecond}}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	c := r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-asked
	r.end()
}

func TestAddressInUse(t *testing.T) {
	r := start(t, server.Options{}, http.HandlerFunc(hello))
	err := server.Run(context.Background(), server.Options{Listen: r.address, Now: time.Now}, http.HandlerFunc(hello), nil)
	var listen *server.ListenError
	want := "listening on " + r.address + ": bind: " // and what the system calls it
	if runtime.GOOS != "windows" {
		want += "address already in use"
	}
	if !errors.As(err, &listen) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// sized answers with a file.
func sized(t testing.TB, size int64) http.Handler {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) })
}

// TestStalledReader asks for a large file and does not read it.
func TestStalledReader(t *testing.T) {
	r := start(t, server.Options{Limits: server.Limits{Stall: 200 * time.Millisecond}}, sized(t, 64<<20))
	c := r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	until(t, "the answer is given up", func() bool { return strings.Contains(r.log.String(), `"path":"/",`) })
	n, _ := io.Copy(io.Discard, c)
	if n == 0 || n >= 64<<20 {
		t.Errorf("read %d bytes", n)
	}
}

func TestLargeFile(t *testing.T) {
	r := start(t, server.Options{}, sized(t, 5<<20+17))
	if answer, body := r.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); len(body) != 5<<20+17 || answer.ContentLength != 5<<20+17 {
		t.Errorf("%d bytes of %d", len(body), answer.ContentLength)
	}
	if got := r.figure("gsw_http_response_bytes_total"); got != "5.242897e+06" {
		t.Errorf("%s bytes", got)
	}
}

// TestIdleMakeRoom fills all places with connections that do nothing.
func TestIdleMakeRoom(t *testing.T) {
	const places = 8
	r := start(t, server.Options{Limits: server.Limits{Connections: places}}, http.HandlerFunc(hello))
	for range places * 3 {
		r.dial()
	}
	for range 3 {
		if answer, body := r.say("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"); answer.StatusCode != 200 || body != "hello /x\n" {
			t.Errorf("%s %q", answer.Status, body)
		}
	}
	if got := r.figure("gsw_http_connections_evicted_total"); got == "0" || got == "" {
		t.Errorf("%q were evicted", got)
	}
	if got := r.figure("gsw_http_connections_limit"); got != "8" {
		t.Errorf("the limit is %q", got)
	}
}

// TestAllBusy fills all places with requests that are being answered.
func TestAllBusy(t *testing.T) {
	const places = 4
	answer := make(chan bool)
	r := start(t, server.Options{Limits: server.Limits{Connections: places, Full: 50 * time.Millisecond}},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/wait" {
				<-answer
			}
			fmt.Fprint(w, "done")
		}))
	var busy []net.Conn
	for range places {
		c := r.dial()
		_, _ = io.WriteString(c, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
		busy = append(busy, c)
	}
	var refusal *http.Response
	var why string
	until(t, "somebody is refused", func() bool {
		refusal, why = r.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		return refusal.StatusCode != 200
	})
	if refusal.StatusCode != 503 || refusal.Header.Get("Retry-After") != "5" || why != "all connections are in use; try again in a bit\n" {
		t.Errorf("%v %q", refusal, why)
	}
	close(answer)
	for _, c := range busy {
		if _, body := read(t, bufio.NewReader(c)); body != "done" {
			t.Errorf("%q", body)
		}
	}
	until(t, "a place is free", func() bool {
		answer, _ := r.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		return answer.StatusCode == 200
	})
}
