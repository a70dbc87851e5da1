package download

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// A stream is one answer whose body is being read, under guard against silence.
type stream struct {
	*http.Response
	ctx   context.Context
	url   *url.URL
	guard *guard
}

// request sends one GET and returns the answer, whatever its status.
func (c *Client) request(ctx context.Context, u *url.URL, header http.Header) (*stream, error) {
	guarded, guard := newGuard(ctx, c.o.Stall)
	fail := func(err error) (*stream, error) {
		guard.release()
		return nil, explain(ctx, u, guard, err)
	}
	if c.o.Offline && u.Scheme != "file" {
		return fail(&permanentError{"not asked, to stay offline"})
	}
	if u.Scheme == "http" && u.User != nil {
		return fail(&permanentError{"refusing to send credentials over plain http"})
	}
	req, err := http.NewRequestWithContext(guarded, http.MethodGet, u.String(), nil)
	if err != nil {
		return fail(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	if u.Scheme == "https" && u.User == nil && c.o.Credentials != nil {
		if user, password, ok := c.o.Credentials(u.Host); ok {
			req.SetBasicAuth(user, password)
		}
	}
	// An archive is the last thing asked of its server. Closing keeps what a server sends beyond the length it
	// announced from being taken for the next answer.
	req.Close = req.Header.Get("Accept-Encoding") == "identity"

	res, err := c.http.Do(req)
	guard.rest()
	if err != nil {
		return fail(err)
	}
	return &stream{Response: res, ctx: ctx, url: u, guard: guard}, nil
}

// Read reads the body; every error but io.EOF is explained.
func (s *stream) Read(p []byte) (int, error) {
	s.guard.watch()
	n, err := s.Body.Read(p)
	s.guard.rest()
	if err != nil && err != io.EOF {
		err = explain(s.ctx, s.url, s.guard, err)
	}
	return n, err
}

func (s *stream) Close() {
	s.guard.release()
	s.Body.Close()
}

// refuse closes the stream and returns the error for an answer that is not the document.
func (s *stream) refuse() error {
	defer s.Close()
	beginning, _ := io.ReadAll(io.LimitReader(s, excerptLimit))
	if s.StatusCode == http.StatusOK || s.StatusCode == http.StatusPartialContent {
		return &PageError{URL: redacted(s.url), ContentType: s.Header.Get("Content-Type"), Excerpt: excerpt(beginning)}
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return &StatusError{
		URL: redacted(s.url), Code: s.StatusCode, Excerpt: excerpt(beginning), retryAfter: retryAfter(s.Header),
	}
}

// isPage reports whether the server itself calls the body an HTML page.
func (s *stream) isPage() bool {
	kind, _, _ := mime.ParseMediaType(s.Header.Get("Content-Type"))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// A guard cancels a request when its server is silent for too long. It watches only while somebody waits for the
// network: a reader that is busy elsewhere is not the server's fault.
type guard struct {
	after  time.Duration
	timer  *time.Timer
	cancel context.CancelFunc
	late   atomic.Bool
}

func newGuard(ctx context.Context, after time.Duration) (context.Context, *guard) {
	ctx, cancel := context.WithCancel(ctx)
	g := &guard{after: after, cancel: cancel}
	g.timer = time.AfterFunc(after, func() {
		g.late.Store(true)
		cancel()
	})
	return ctx, g
}

func (g *guard) watch()      { g.timer.Reset(g.after) }
func (g *guard) rest()       { g.timer.Stop() }
func (g *guard) fired() bool { return g.late.Load() }
func (g *guard) release() {
	g.timer.Stop()
	g.cancel()
}
