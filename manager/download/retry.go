package download

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxRetryAfter bounds what a server may ask for: nobody waits an hour before a prompt.
const maxRetryAfter = 30 * time.Second

// transient reports whether the same request may well succeed a moment later.
func transient(err error) bool {
	var (
		status  *StatusError
		stalled *StalledError
		size    *SizeError
		network *NetworkError
		final   *permanentError
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		header  tls.RecordHeaderError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &status):
		return status.Code == http.StatusRequestTimeout || status.Code == http.StatusTooManyRequests || status.Code >= 500
	case errors.As(err, &stalled):
		return true
	case errors.As(err, &size):
		return size.Short()
	case !errors.As(err, &network):
		return false
	case errors.As(err, &final), errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &header):
		return false
	case errors.As(err, &dns):
		return false // the resolver has tried again by itself, for seconds
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return false // see dialTimeout
	}
	return true
}

// pause waits before attempt n, where err ended the one before. It returns the error to report if there is to be no
// such attempt: err itself, or ctx's.
func (c *Client) pause(ctx context.Context, u *url.URL, n int, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n > c.o.Retries || !transient(err) {
		return err
	}
	wait := c.o.Backoff(n)
	var status *StatusError
	if errors.As(err, &status) && status.retryAfter > wait {
		wait = min(status.retryAfter, maxRetryAfter)
	}
	if c.o.Retrying != nil {
		c.o.Retrying(redacted(u), err, wait)
	}
	return c.o.Sleep(ctx, wait)
}

// retryAfter reads the header of that name: seconds, or a date, which is compared with the server's own clock.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), 1<<20)) * time.Second
	}
	until, err1 := http.ParseTime(text)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err1 != nil || err2 != nil {
		return 0
	}
	return max(until.Sub(now), 0)
}
