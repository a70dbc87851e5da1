package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gsw/platform"
)

// GetCached is Get with a copy kept in file. A copy younger than maxAge is returned without asking; an older one is
// asked about with its ETag, and served if the server cannot be asked or does not answer properly.
//
// A document that valid refuses is treated like an answer that did not come, so that no nonsense is ever kept, let
// alone in the place of something good. valid may be nil.
//
// at is when the server last confirmed the body (zero: the client has no clock). stale is nil, or why an old copy
// had to serve. A copy that is damaged, or of another URL, counts as none. The cache failing to be written is no error:
// the document is there.
func (c *Client) GetCached(ctx context.Context, rawURL, file string, limit int64, maxAge time.Duration, valid func([]byte) error) (body []byte, at time.Time, stale, err error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, time.Time{}, nil, err
	}
	now := c.o.Now()
	kept, ok := readCache(file, redacted(u), limit)
	if age := now.Sub(kept.At); ok && age >= 0 && age < maxAge {
		return kept.body, kept.At, nil, nil
	}
	condition := http.Header{}
	if ok && kept.ETag != "" {
		condition.Set("If-None-Match", kept.ETag)
	}
	if ok && kept.LastModified != "" {
		condition.Set("If-Modified-Since", kept.LastModified)
	}
	if len(condition) == 0 {
		condition = nil // then a 304 is not an answer
	}
	doc, err := c.get(ctx, rawURL, limit, condition)
	if err == nil && !doc.unchanged && valid != nil {
		err = valid(doc.body)
	}
	switch {
	case err != nil && ok && ctx.Err() == nil:
		return kept.body, kept.At, err, nil
	case err != nil:
		return nil, time.Time{}, nil, err
	case doc.unchanged:
		kept.At = now
	default:
		kept = cached{
			URL: redacted(u), ETag: doc.header.Get("ETag"), LastModified: doc.header.Get("Last-Modified"), At: now, body: doc.body,
		}
	}
	_ = kept.write(file)
	return kept.body, kept.At, nil, nil
}

// cached is one document as it lies in the cache: a line of JSON, then the body. One file, because two can disagree
// after a kill.
type cached struct {
	URL          string    `json:"url"` // redacted
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	At           time.Time `json:"at"`
	SHA256       string    `json:"sha256"` // the cache is not flushed: this finds what a power loss left
	body         []byte
}

func readCache(file, redacted string, limit int64) (cached, bool) {
	data, err := platform.ReadFile(file)
	if err != nil {
		return cached{}, false
	}
	line, body, ok := bytes.Cut(data, []byte("\n"))
	var c cached
	if !ok || json.Unmarshal(line, &c) != nil || c.URL != redacted || int64(len(body)) > limit || c.SHA256 != sum(body) {
		return cached{}, false
	}
	c.body = body
	return c, true
}

func (c cached) write(file string) error {
	c.SHA256 = sum(c.body)
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("caching %s: %w", c.URL, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return platform.ReplaceFile(file, bytes.Join([][]byte{line, c.body}, []byte("\n")), 0o644)
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// withoutQuery is how a partial file remembers where its bytes came from: signed URLs change from request to request.
func withoutQuery(u *url.URL) string {
	v := *u
	v.User, v.RawQuery, v.Fragment = nil, "", ""
	return v.String()
}
