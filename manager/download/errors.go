package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// A StatusError is an answer that is not the document.
type StatusError struct {
	URL     string
	Code    int
	Excerpt string // the beginning of what the server said, on one line, safe for a terminal; may be empty

	retryAfter time.Duration
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: %d %s", e.URL, e.Code, http.StatusText(e.Code))
	if e.Excerpt != "" {
		text += ": " + e.Excerpt
	}
	return strings.TrimSpace(text)
}

// Is makes 404 and 410 the same as a file that does not exist; a GOPROXY list goes on after those two alone.
func (e *StatusError) Is(target error) bool {
	return target == fs.ErrNotExist && (e.Code == http.StatusNotFound || e.Code == http.StatusGone)
}

// Answered reports whether the server did its work, and said no.
func (e *StatusError) Answered() bool { return e.Code < http.StatusInternalServerError }

// A StalledError is a server that connected, or not even that, and then kept silent.
type StalledError struct {
	URL   string
	After time.Duration
}

func (e *StalledError) Error() string { return fmt.Sprintf("%s: no byte for %v", e.URL, e.After) }

// A SizeError is a document of another size than was announced: by the caller, or by the server itself.
type SizeError struct {
	URL        string
	Want, Have int64 // where Have is the larger one, it may be where reading stopped

	announced bool // the server itself named this size: asking again is of no use
}

func (e *SizeError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("%s: larger than the %d bytes expected", e.URL, e.Want)
	}
	return fmt.Sprintf("%s: %d bytes instead of %d", e.URL, e.Have, e.Want)
}

// Short tells whether the document broke off before its announced end, as
// connections do, rather than being another one.
func (e *SizeError) Short() bool { return e.Have < e.Want && !e.announced }

// A SumError is a complete document with another hash than was announced.
type SumError struct {
	URL        string
	Want, Have string // SHA-256, lower-case hex
}

func (e *SumError) Error() string {
	return fmt.Sprintf("%s: SHA-256 is %s, expected %s", e.URL, e.Have, e.Want)
}

// A ChangedError is a document that was replaced while it was being read: what was read before must be thrown away.
type ChangedError struct{ URL string }

func (e *ChangedError) Error() string { return e.URL + ": changed during the download" }

// A PageError is an HTML page, with status 200, where something else was asked for: a captive portal, a company's
// block page, a mirror's 404 page.
type PageError struct {
	URL         string
	ContentType string
	Excerpt     string // the page's title, if it has one
}

func (e *PageError) Error() string {
	text := e.URL + ": answered with an HTML page"
	if e.Excerpt != "" {
		text += fmt.Sprintf(" (%q)", e.Excerpt)
	}
	return text
}

// Answered reports that there was an answer.
func (e *PageError) Answered() bool { return true }

// A NetworkError is a server that could not be reached or spoken with.
type NetworkError struct {
	URL string
	Err error
}

func (e *NetworkError) Error() string { return fmt.Sprintf("%s: %v", e.URL, e.Err) }
func (e *NetworkError) Unwrap() error { return e.Err }

// A permanentError is what asking again cannot mend: a redirect that is not followed, a URL that is none.
type permanentError struct{ reason string }

func (e *permanentError) Error() string { return e.reason }

// explain turns what net/http reports about a request for u into one of the errors above. A cancelled ctx wins: then
// the network is not to blame.
func explain(ctx context.Context, u *url.URL, guard *guard, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if guard.fired() {
		return &StalledError{URL: redacted(u), After: guard.after}
	}
	// url.Error repeats the method and the URL.
	var urlError *url.Error
	if errors.As(err, &urlError) {
		err = urlError.Err
	}
	var pathError *fs.PathError
	if u.Scheme == "file" && errors.As(err, &pathError) {
		return pathError
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &NetworkError{URL: redacted(u), Err: err}
}

// redacted is a URL as it may be shown and kept. The user's name goes too: tokens are often put there.
func redacted(u *url.URL) string {
	v := *u
	v.User = nil
	return v.String()
}

// excerptLimit is how much of an unwanted answer is read to quote from.
const excerptLimit = 4 << 10

// excerpt is what a person can learn from the beginning of an unwanted answer: the title of a page, else its first
// words. Control characters are dropped, because the text ends up on a terminal.
func excerpt(body []byte) string {
	text := strings.ToValidUTF8(string(body), "")
	if looksLikeHTML(body) {
		lower := strings.ToLower(text)
		from := strings.Index(lower, "<title>")
		to := strings.Index(lower, "</title>")
		if len(lower) != len(text) || from < 0 || to < from {
			return ""
		}
		text = text[from+len("<title>") : to]
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return text
}

// looksLikeHTML looks at the first bytes only: none of the documents of this trade begins like this.
func looksLikeHTML(body []byte) bool {
	start := strings.ToLower(strings.TrimLeft(string(body[:min(len(body), 256)]), "\ufeff \t\r\n"))
	for _, prefix := range []string{"<!doctype html", "<html", "<head", "<body", "<script", "<!--"} {
		if strings.HasPrefix(start, prefix) {
			return true
		}
	}
	return false
}
