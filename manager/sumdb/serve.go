package sumdb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"gsw/manager/journal"
)

// Where an answer comes from, as the journal has it.
const (
	fromOrigin  = "origin"      // the database was asked
	fromCache   = "cache"       // it wasn't, or its answer was not needed
	fromSelf    = "self"        // the proxy's own
	refused     = "refused"     // what was asked makes no sense, or what the database said is not to be believed
	unreachable = "unreachable" // nobody could be asked
)

// answer is what a request is answered with.
type answer struct {
	status int
	kind   string // of content
	body   []byte
	source string
	reason string // why it is not what was asked for
	fresh  time.Duration
	again  time.Duration // when it makes sense to ask again
}

const (
	text   = "text/plain; charset=UTF-8"
	binary = "application/octet-stream"
)

// longFresh is of what never changes.
const longFresh = 365 * 24 * time.Hour

// ServeHTTP answers GET and HEAD. The answer is in the journal before anything of it is sent.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, asked := p.respond(r)
	entry := journal.Entry{
		Operation: asked.operation, Module: asked.module, Version: asked.version, Go: asked.asker,
		Source: a.source, Status: a.status, Reason: a.reason, Client: client(r),
	}
	if asked.module == "" {
		entry.Path = r.URL.Path
	}
	p.answered[slices.Index(Sources(), a.source)].Add(1)
	if err := p.o.Journal.Add(entry); err != nil {
		p.unwritten(err)
		a = answer{status: http.StatusInternalServerError, kind: text, body: []byte("the log of interactions can't be written, so nothing is answered\n")}
	}
	p.send(w, r, a)
}

// unwritten warns of what the log lacks, once a second: requests come by the thousand, and a disk stays full.
func (p *Proxy) unwritten(err error) {
	at := p.o.Now().UnixNano()
	if last := p.warned.Load(); (last == 0 || at-last >= int64(time.Second)) && p.warned.CompareAndSwap(last, at) {
		p.o.Warn(fmt.Sprintf("writing the log: %v", err))
	}
}

// respond finds the answer.
func (p *Proxy) respond(r *http.Request) (answer, request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return refusal(http.StatusMethodNotAllowed, "it is GET or HEAD"), request{operation: unknown}
	}
	asked, err := parse(r.URL.Path, p.name)
	if malformed, ok := errors.AsType[*badRequest](err); ok {
		return refusal(malformed.status, malformed.reason), asked
	}
	switch asked.operation {
	case supported:
		return answer{status: http.StatusOK, kind: text, source: fromSelf, fresh: time.Hour}, asked
	case key:
		return answer{status: http.StatusOK, kind: text, body: []byte(p.o.Key.Verifier + "\n"), source: fromSelf, fresh: time.Hour}, asked
	}
	return p.together(r.Context(), asked), asked
}

func refusal(status int, reason string) answer {
	return answer{status: status, kind: text, body: []byte(reason + "\n"), source: refused, reason: reason}
}

// together answers equal questions that are asked at once by one. It ends by itself: whoever asked first may have gone.
func (p *Proxy) together(ctx context.Context, asked request) answer {
	name := fmt.Sprint(asked.partition, " ", asked.operation, " ", asked.module, " ", asked.version, " ", asked.tile)
	flight := p.flights.DoChan(name, func() (any, error) { return p.find(context.WithoutCancel(ctx), asked), nil })
	select {
	case result := <-flight:
		return result.Val.(answer)
	case <-ctx.Done():
		return answer{status: http.StatusServiceUnavailable, kind: text, source: unreachable, reason: "the client went away"}
	}
}

// find answers from cache and database, in bounded time. Nobody else would catch its panics: one would end the process.
func (p *Proxy) find(ctx context.Context, asked request) (a answer) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	defer func() {
		if why := recover(); why != nil {
			a = p.broken(fmt.Errorf("panic: %v\n%s", why, debug.Stack()))
		}
	}()
	part := p.partition(asked.partition)
	switch asked.operation {
	case lookup:
		return p.lookup(ctx, part, asked)
	case tile:
		return p.tile(ctx, part, asked)
	default:
		return p.latest(ctx, part)
	}
}

// send writes the answer, signed.
func (p *Proxy) send(w http.ResponseWriter, r *http.Request, a answer) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case a.fresh == longFresh:
		h.Set("Cache-Control", "public, max-age="+seconds(a.fresh)+", immutable")
	case a.fresh > 0:
		h.Set("Cache-Control", "public, max-age="+seconds(a.fresh))
	default:
		h.Set("Cache-Control", "no-store")
	}
	if a.again > 0 {
		h.Set("Retry-After", seconds(a.again))
	}
	if a.status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD")
	}
	body := a.body
	if r.Method == http.MethodHead {
		body = nil
	}
	signature, err := p.o.Key.sign(Statement{Method: r.Method, Path: r.URL.Path, Status: a.status, Time: p.o.Now()}, body)
	if err != nil {
		p.o.Warn(fmt.Sprintf("signing an answer: %v", err))
		http.Error(w, "the answer can't be signed", http.StatusInternalServerError)
		return
	}
	h.Set(SignatureHeader, signature)
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// client is who asked, without the port. What stands before the proxy is taken for the client: headers that name
// another one can be made up.
func client(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}
