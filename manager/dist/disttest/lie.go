package disttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Lie is one way in which a server, or the network before it, does not do what it should. Lies are made by the
// functions below and told with Server.Lie.
type Lie struct {
	name  string
	times int // 0: always
	after int // requests before the first
	tell  func(w http.ResponseWriter, r *http.Request, d document)
}

// Times is the same lie told only n times; after that the server is honest.
func (l Lie) Times(n int) Lie {
	l.times = n
	return l
}

// After is the same lie told only when n requests for the path have been answered in another way.
func (l Lie) After(n int) Lie {
	l.after = n
	return l
}

// document is what an honest server would answer.
type document struct {
	name, kind, etag string
	modified         time.Time
	body             []byte
	status           int // 0: 200
}

// serve is the honest answer, with ranges and conditions.
func (d document) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", d.kind)
	if d.status != 0 {
		w.WriteHeader(d.status)
		w.Write(d.body)
		return
	}
	if d.etag != "" {
		h.Set("ETag", d.etag)
	}
	http.ServeContent(w, r, "", d.modified, bytes.NewReader(d.body))
}

// abort breaks the connection in the middle of an answer.
func abort() { panic(http.ErrAbortHandler) }

// cut passes on n bytes of an answer's body, then does what then says.
type cut struct {
	http.ResponseWriter
	left int64
	then func()
}

func (c *cut) Write(p []byte) (int, error) {
	if int64(len(p)) <= c.left {
		c.left -= int64(len(p))
		return c.ResponseWriter.Write(p)
	}
	n, _ := c.ResponseWriter.Write(p[:c.left])
	c.left = 0
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
	c.then()
	return n, io.ErrClosedPipe
}

// Truncate is a document of which the server has only the first n bytes, while it announces all of them.
func Truncate(n int64) Lie {
	return Lie{name: "truncate", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		from := int64(0)
		if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			from, _ = strconv.ParseInt(strings.TrimSuffix(text, "-"), 10, 64)
		}
		d.serve(&cut{w, max(n-from, 0), abort}, r)
	}}
}

// Drop is a connection that breaks after n bytes of every answer.
func Drop(n int64) Lie {
	return Lie{name: "drop", tell: func(w http.ResponseWriter, r *http.Request, d document) { d.serve(&cut{w, n, abort}, r) }}
}

// Stall is a server that falls silent after n bytes of every answer, and keeps the connection.
func Stall(n int64) Lie {
	return Lie{name: "stall", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		d.serve(&cut{w, n, func() { <-r.Context().Done(); abort() }}, r)
	}}
}

// Hang is a server that accepts the request and never answers.
func Hang() Lie {
	return Lie{name: "hang", tell: func(w http.ResponseWriter, r *http.Request, d document) { <-r.Context().Done(); abort() }}
}

// Close is a server that hangs up instead of answering.
func Close() Lie {
	return Lie{name: "close", tell: func(w http.ResponseWriter, r *http.Request, d document) { abort() }}
}

// Flip is one bit of the document changed, at offset (from the end if negative); everything else stays as announced.
func Flip(offset int64) Lie {
	return Lie{name: "flip", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		d.body = slices.Clone(d.body)
		if offset < 0 {
			d.body[int64(len(d.body))+offset] ^= 0x10
		} else {
			d.body[offset] ^= 0x10
		}
		d.serve(w, r)
	}}
}

// Swap is another document under the same name, with an ETag of its own.
func Swap(body []byte) Lie {
	return Lie{name: "swap", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		d.body = body
		if d.etag != "" {
			d.etag = etag(body)
		}
		d.modified = d.modified.Add(time.Hour)
		d.serve(w, r)
	}}
}

// Oversize is n zeros after the document's end, without announcing any length. n may be absurdly large.
func Oversize(n int64) Lie {
	return Lie{name: "oversize", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		left := n // requests come at once
		w.Header().Set("Content-Type", d.kind)
		w.(http.Flusher).Flush()
		w.Write(d.body)
		zeros := make([]byte, 64<<10)
		for left > 0 {
			k, err := w.Write(zeros[:min(left, int64(len(zeros)))])
			if left -= int64(k); err != nil {
				return
			}
		}
	}}
}

// WrongLength is a Content-Length that differs from the body's by delta; the connection is closed after the body.
func WrongLength(delta int) Lie {
	return Lie{name: "wronglength", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", d.kind, len(d.body)+delta)
		buffered.Write(d.body)
		buffered.Flush()
	}}
}

// Status is another status, with a word of plain text as proxies give.
func Status(code int, text string) Lie {
	return Lie{name: "status", tell: func(w http.ResponseWriter, r *http.Request, d document) { http.Error(w, text, code) }}
}

// RetryAfter is 429 with that header.
func RetryAfter(value string) Lie {
	return Lie{name: "retryafter", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		w.Header().Set("Retry-After", value)
		http.Error(w, "slow down", http.StatusTooManyRequests)
	}}
}

// HTMLPage is a page where a document was asked for, as captive portals and block pages answer, even with status 200.
func HTMLPage(code int) Lie {
	return Lie{name: "html", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		io.WriteString(w, "<!DOCTYPE html>\n<html><head><title>403 Forbidden: ask your administrator</title></head><body></body></html>\n")
	}}
}

// NotJSON is a document that claims to be JSON and is none.
func NotJSON() Lie {
	return Lie{name: "notjson", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `[{"version": "go1.22.3", "stable": tru`)
	}}
}

// Redirect sends the client to another URL; to the request's own, it is a loop.
func Redirect(url string) Lie {
	return Lie{name: "redirect", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		to := url
		if to == "" {
			to = r.URL.String()
		}
		http.Redirect(w, r, to, http.StatusFound)
	}}
}

// Slow is a line of so many bytes a second.
func Slow(bytesPerSecond int) Lie {
	return Lie{name: "slow", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		d.serve(&slow{ResponseWriter: w, r: r, rate: bytesPerSecond}, r)
	}}
}

type slow struct {
	http.ResponseWriter
	r     *http.Request
	rate  int
	start time.Time // of the first byte
	sent  int
}

func (s *slow) Write(p []byte) (int, error) {
	const parts = 50 // a second
	written := 0
	if s.start.IsZero() {
		s.start = time.Now()
	}
	for len(p) > 0 {
		n, err := s.ResponseWriter.Write(p[:min(len(p), max(s.rate/parts, 1))])
		written += n
		if err != nil {
			return written, err
		}
		http.NewResponseController(s.ResponseWriter).Flush()
		p = p[n:]
		s.sent += n
		due := s.start.Add(time.Duration(float64(s.sent) / float64(s.rate) * float64(time.Second)))
		select {
		case <-s.r.Context().Done():
			return written, s.r.Context().Err()
		case <-time.After(time.Until(due)):
		}
	}
	return written, nil
}

// IgnoreRange is a server that always sends the whole document.
func IgnoreRange() Lie {
	return Lie{name: "ignorerange", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		r.Header.Del("Range")
		d.serve(w, r)
	}}
}

// IgnoreIfRange is a server that sends the part asked for although the document is another one by now.
func IgnoreIfRange(body []byte) Lie {
	return Lie{name: "ignoreifrange", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		r.Header.Del("If-Range")
		d.body, d.etag = body, ""
		d.serve(w, r)
	}}
}

// WrongContentRange is a server that sends another part than it was asked for, and says so.
func WrongContentRange() Lie {
	return Lie{name: "wrongcontentrange", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		if r.Header.Get("Range") != "" {
			r.Header.Set("Range", "bytes=1-")
		}
		d.serve(w, r)
	}}
}

// NotSatisfiable is 416 to every request for a part.
func NotSatisfiable() Lie {
	return Lie{name: "notsatisfiable", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		if r.Header.Get("Range") == "" {
			d.serve(w, r)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(d.body)))
		http.Error(w, "range not satisfiable", http.StatusRequestedRangeNotSatisfiable)
	}}
}

// NoETag is a server without ETag and Last-Modified, as many module proxies are.
func NoETag() Lie {
	return Lie{name: "noetag", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		d.etag, d.modified = "", time.Time{}
		d.serve(w, r)
	}}
}

// Secret is a server that answers only who knows the password.
func Secret(user, password string) Lie {
	return Lie{name: "secret", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		d.serve(w, r)
	}}
}

// Zeros is an archive with one file of n zeros, made while it is sent. n may be absurdly large.
func Zeros(n int64) Lie {
	return Lie{name: "zeros", tell: func(w http.ResponseWriter, r *http.Request, d document) {
		w.Header().Set("Content-Type", d.kind)
		zw, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			panic(err)
		}
		tw := tar.NewWriter(zw)
		if tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "go/src/zeros", Mode: 0o644, Size: n}) != nil {
			return
		}
		zeros := make([]byte, 64<<10)
		for left := n; left > 0; {
			k, err := tw.Write(zeros[:min(left, int64(len(zeros)))])
			if left -= int64(k); err != nil {
				return
			}
		}
		tw.Close()
		zw.Close()
	}}
}

// ParseLie reads a lie as a test script writes it: the function's name in lower case, its argument, then times=N and
// after=N: "drop 1000 times=2", "status 503", "html", "redirect". Lies whose argument is a document cannot be written so.
func ParseLie(text string) (Lie, error) {
	words := strings.Fields(text)
	number, times, after := int64(0), 0, 0
	argument := ""
	for _, word := range words[min(1, len(words)):] {
		var err error
		if value, ok := strings.CutPrefix(word, "times="); ok {
			times, err = strconv.Atoi(value)
		} else if value, ok := strings.CutPrefix(word, "after="); ok {
			after, err = strconv.Atoi(value)
		} else {
			argument = word
			number, _ = strconv.ParseInt(word, 10, 64)
		}
		if err != nil {
			return Lie{}, fmt.Errorf("lie %q: %w", text, err)
		}
	}
	code := func(otherwise int) int {
		if number == 0 {
			return otherwise
		}
		return int(number)
	}
	known := map[string]func() Lie{
		"truncate": func() Lie { return Truncate(number) }, "drop": func() Lie { return Drop(number) },
		"stall": func() Lie { return Stall(number) }, "hang": Hang, "close": Close, "flip": func() Lie { return Flip(number) },
		"oversize": func() Lie { return Oversize(number) }, "wronglength": func() Lie { return WrongLength(int(number)) },
		"status":     func() Lie { return Status(code(500), strings.ToLower(http.StatusText(code(500)))) },
		"retryafter": func() Lie { return RetryAfter(argument) }, "html": func() Lie { return HTMLPage(code(200)) },
		"notjson": NotJSON, "redirect": func() Lie { return Redirect(argument) }, "slow": func() Lie { return Slow(code(1 << 20)) },
		"ignorerange": IgnoreRange, "wrongcontentrange": WrongContentRange, "notsatisfiable": NotSatisfiable, "noetag": NoETag,
		"zeros": func() Lie { return Zeros(number) },
	}
	if len(words) == 0 || known[words[0]] == nil {
		return Lie{}, fmt.Errorf("unknown lie %q", text)
	}
	return known[words[0]]().Times(times).After(after), nil
}
