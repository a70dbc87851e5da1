package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// Fetch downloads rawURL into file, which appears only when it is complete and as announced; until then the bytes lie
// in file.partial, where a later call finds them. It returns the SHA-256 and the size of what it wrote. progress may be nil.
func (c *Client) Fetch(ctx context.Context, rawURL, file string, want Want, progress func(done, total int64)) (sha256 string, size int64, err error) {
	sha256, size, resumed, err := c.fetch(ctx, rawURL, file, want, progress)
	var changed *ChangedError
	var wrong *SumError
	if errors.As(err, &changed) || errors.As(err, &wrong) && resumed {
		sha256, size, _, err = c.fetch(ctx, rawURL, file, want, progress)
	}
	return sha256, size, err
}

func (c *Client) fetch(ctx context.Context, rawURL, file string, want Want, progress func(done, total int64)) (hash string, size int64, resumed bool, err error) {
	body, err := c.Open(ctx, rawURL, file+".partial", want)
	if err != nil {
		return "", 0, false, err
	}
	body.Progress = progress
	resumed = body.Resumed() > 0
	h := sha256.New()
	size, err = io.CopyBuffer(h, struct{ io.Reader }{body}, make([]byte, 128<<10))
	if err != nil {
		var changed *ChangedError
		if errors.As(err, &changed) {
			return "", 0, resumed, errors.Join(err, body.Discard())
		}
		body.Close()
		return "", 0, resumed, err
	}
	hash = hex.EncodeToString(h.Sum(nil))
	if want.SHA256 != "" && hash != want.SHA256 {
		err := &SumError{URL: redacted(body.url), Want: want.SHA256, Have: hash}
		if removing := body.Discard(); removing != nil {
			return "", 0, resumed, fmt.Errorf("%w (and its partial file could not be removed: %v)", err, removing)
		}
		return "", 0, resumed, err
	}
	if err := body.Close(); err != nil {
		return "", 0, resumed, err
	}
	if err := os.Rename(file+".partial", file); err != nil {
		return "", 0, resumed, err
	}
	_ = os.Remove(originFile(file + ".partial"))
	return hash, size, resumed, nil
}
