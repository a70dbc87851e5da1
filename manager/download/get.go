package download

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// Get returns a small document of at most limit bytes: http, https or file. A larger one is a *SizeError, an HTML
// page a *PageError: nothing gsw reads is one.
func (c *Client) Get(ctx context.Context, rawURL string, limit int64) ([]byte, error) {
	doc, err := c.get(ctx, rawURL, limit, nil)
	return doc.body, err
}

// A document is the answer to a conditional GET: its body, or the news that there is none newer.
type document struct {
	body      []byte
	unchanged bool
	header    http.Header
}

func (c *Client) get(ctx context.Context, rawURL string, limit int64, condition http.Header) (document, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return document{}, err
	}
	for attempt := 1; ; attempt++ {
		doc, err := c.getOnce(ctx, u, limit, condition)
		if err == nil {
			return doc, nil
		}
		if err := c.pause(ctx, u, attempt, err); err != nil {
			return document{}, err
		}
	}
}

func (c *Client) getOnce(ctx context.Context, u *url.URL, limit int64, condition http.Header) (document, error) {
	s, err := c.request(ctx, u, condition)
	if err != nil {
		return document{}, err
	}
	if s.StatusCode == http.StatusNotModified && condition != nil {
		s.Close()
		return document{unchanged: true, header: s.Header}, nil
	}
	if s.StatusCode != http.StatusOK || s.isPage() {
		return document{}, s.refuse()
	}
	defer s.Close()
	if s.ContentLength > limit {
		return document{}, &SizeError{URL: redacted(u), Want: limit, Have: s.ContentLength}
	}
	body, err := io.ReadAll(io.LimitReader(s, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) && s.ContentLength > int64(len(body)):
		return document{}, &SizeError{URL: redacted(u), Want: s.ContentLength, Have: int64(len(body))}
	case err != nil:
		return document{}, err
	case int64(len(body)) > limit:
		return document{}, &SizeError{URL: redacted(u), Want: limit, Have: int64(len(body))}
	case looksLikeHTML(body):
		return document{}, &PageError{URL: redacted(u), ContentType: s.Header.Get("Content-Type"), Excerpt: excerpt(body)}
	}
	return document{body: body, header: s.Header}, nil
}

// parseURL refuses what is no complete URL. Its errors, unlike those of net/url, never quote a password.
func parseURL(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		var detail *url.Error
		if errors.As(err, &detail) {
			err = detail.Err
		}
		return nil, &NetworkError{URL: "malformed URL", Err: err}
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" {
			return nil, &NetworkError{URL: redacted(u), Err: errors.New("the URL names no host")}
		}
	case u.Scheme != "file":
		return nil, &NetworkError{URL: redacted(u), Err: errors.New("the URL must begin with https://, http:// or file://")}
	}
	return u, nil
}
