package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// guard stands before the handler: it lets through what the handler is made for, and tells what came of it.
type guard struct {
	inner   http.Handler
	now     func() time.Time
	log     *accessLog
	figures *figures
	warn    func(string)
	healthy func() error
	most    int64 // requests at once
	limits  Limits

	running atomic.Int64
	answers sync.Pool // of *answer
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, _ := g.answers.Get().(*answer)
	if a == nil {
		a = &answer{}
	}
	*a = answer{ResponseWriter: w, head: r.Method == http.MethodHead, streamed: r.ProtoMajor >= 2, guard: g, began: g.now()}
	running := g.running.Add(1)
	defer g.ended(a, r)
	g.serve(a, r, running)
}

func (g *guard) serve(a *answer, r *http.Request, running int64) {
	switch {
	case running > g.most: // HTTP/2 has many on one connection
		a.Header().Set("Retry-After", "5")
		http.Error(a, "too many requests are under way; try again in a bit", http.StatusServiceUnavailable)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		a.Header().Set("Allow", "GET, HEAD")
		g.last(a)
		http.Error(a, "this server answers GET and HEAD", http.StatusMethodNotAllowed)
	case r.ContentLength != 0:
		g.last(a)
		http.Error(a, "this server takes no request bodies", http.StatusRequestEntityTooLarge)
	case r.URL.Path == "/healthz":
		g.health(a)
	case r.URL.Path == "/metrics":
		g.figures.ServeHTTP(a, r)
	default:
		g.inner.ServeHTTP(a, r)
	}
}

// last makes this answer the connection's last. net/http reads a little of an unread body before it closes, for which the
// client gets as long as for a head. To limit the reading of every request would end the contexts of long answers, too.
func (g *guard) last(a *answer) {
	a.Header().Set("Connection", "close")
	_ = http.NewResponseController(a.ResponseWriter).SetReadDeadline(g.now().Add(g.limits.Header))
}

func (g *guard) health(a *answer) {
	a.Header().Set("Cache-Control", "no-store")
	if g.healthy != nil {
		if err := g.healthy(); err != nil {
			http.Error(a, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	a.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(a, "ok\n")
}

// ended writes down what was answered. A handler that panicked has answered nothing: 500 if that can be said still, and
// otherwise a broken connection, so that nobody takes half an answer for a whole one.
func (g *guard) ended(a *answer, r *http.Request) {
	cut := false
	if p := recover(); p != nil {
		cut = a.status != 0
		if p != http.ErrAbortHandler {
			g.figures.panics.Inc()
			g.warn(fmt.Sprintf("panic while answering %s %s: %v\n%s", r.Method, r.URL.EscapedPath(), p, bytes.TrimSpace(debug.Stack())))
		}
		if !cut {
			clear(a.Header())
			http.Error(a, "internal error", http.StatusInternalServerError)
		}
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	g.running.Add(-1)
	now := g.now()
	took := now.Sub(a.began)
	g.figures.answered(a.status, a.bytes, took)
	g.log.add(now, took, r, a.status, a.bytes)
	*a = answer{}
	g.answers.Put(a)
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// answer counts what is answered, and keeps an answer on HTTP/2, which has deadlines of its own, in motion.
type answer struct {
	http.ResponseWriter
	status   int
	bytes    int64
	head     bool
	streamed bool
	guard    *guard
	began    time.Time
	paid     int64 // bytes up to which the client has its time
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (n int, err error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if !a.streamed {
		n, err = a.ResponseWriter.Write(p)
		a.count(int64(n))
		return n, err
	}
	for {
		part := p[n:min(len(p), n+piece)]
		a.extend(len(part))
		m, err := a.ResponseWriter.Write(part)
		n += m
		a.count(int64(m))
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

// ReadFrom keeps the way open for sendfile.
func (a *answer) ReadFrom(from io.Reader) (n int64, err error) {
	if file, ok := a.ResponseWriter.(io.ReaderFrom); ok {
		if a.status == 0 {
			a.status = http.StatusOK
		}
		n, err = file.ReadFrom(from)
		a.count(n)
		return n, err
	}
	return io.Copy(struct{ io.Writer }{a}, from)
}

func (a *answer) count(n int64) {
	if !a.head { // net/http drops it
		a.bytes += n
	}
}

// extend gives the next piece of a stream of HTTP/2 its time: the client's window may stay shut while the connection
// moves.
func (a *answer) extend(n int) {
	if a.bytes+int64(n) > a.paid {
		a.paid = a.bytes + piece
		_ = http.NewResponseController(a.ResponseWriter).SetWriteDeadline(a.guard.now().Add(a.guard.limits.Stall))
	}
}

// complaints are what net/http has to say. Clients that break off a handshake are a figure; the rest is for people.
type complaints struct {
	figures *figures
	warn    func(string)
}

func (c *complaints) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	switch {
	case strings.HasPrefix(text, "http: TLS handshake error"):
		c.figures.handshakes.Inc()
	case strings.HasPrefix(text, "http: URL query contains semicolon"), strings.HasPrefix(text, "http: superfluous"):
	default:
		c.warn(text)
	}
	return len(line), nil
}
