// Package download is the network: one URL into memory or into one file, bounded, resumable and cancellable.
//
// It guarantees that nothing is read without a bound, that a silent server is given up, that what is transient is
// tried again and what is not is not, and that no error shows a password. Whether the bytes are the right ones is for others to decide.
package download

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"

	"gsw/platform"
)

// Options is what a Client depends on. The zero value works: it asks no proxy and sends no credentials.
type Options struct {
	UserAgent string       // always sent; "gsw" if empty. Some mirrors refuse clients without one
	Env       platform.Env // HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from it, never from the process

	// Credentials are sent to hosts (host:port where the URL names a port) reached by https, as the go command does. See Netrc.
	Credentials func(host string) (user, password string, ok bool)
	RootCAs     *x509.CertPool // nil: the system's

	Offline bool                                             // ask no server; file URLs still work
	Stall   time.Duration                                    // a server that sends no byte for so long is given up; 30 s if zero
	Retries int                                              // attempts after the first that brought nothing; 3 if zero, none if negative
	Backoff func(attempt int) time.Duration                  // the wait before attempt 1, 2, …; nil: from 0.25 s doubling to 8 s, with jitter
	Sleep   func(ctx context.Context, d time.Duration) error // nil: a real one
	Now     func() time.Time                                 // the age of cached documents; nil: they are always asked about again

	Retrying func(url string, err error, wait time.Duration) // told before every wait; the URL carries no password
}

// A Client downloads. It may be used by several goroutines at once.
type Client struct {
	o    Options
	http *http.Client
}

// dialTimeout is the patience for one connection. A packet lost on the way is sent again by the kernel within it, so a
// time-out here means a host that does not answer, and is not tried again: behind a firewall that drops packets, the
// next source must get its turn soon.
const dialTimeout = 10 * time.Second

// New returns a client for o.
func New(o Options) *Client {
	if o.UserAgent == "" {
		o.UserAgent = "gsw"
	}
	if o.Stall == 0 {
		o.Stall = 30 * time.Second
	}
	if o.Retries == 0 {
		o.Retries = 3
	}
	if o.Backoff == nil {
		o.Backoff = backoff
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Time{} }
	}
	proxy := proxyFunc(o.Env)
	transport := &http.Transport{
		Proxy:                 func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		DialContext:           (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   dialTimeout,
		ExpectContinueTimeout: time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
	}
	transport.RegisterProtocol("file", fileTransport{})
	return &Client{o: o, http: &http.Client{Transport: transport, CheckRedirect: checkRedirect}}
}

// proxyFunc decides by env which proxy a URL goes through. Variables have lower-case twins except on Windows, where
// the names are the same.
func proxyFunc(env platform.Env) func(*url.URL) (*url.URL, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if v := env.Get(name); v != "" {
				return v
			}
		}
		return ""
	}
	config := httpproxy.Config{
		HTTPProxy:  first("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: first("HTTPS_PROXY", "https_proxy"),
		NoProxy:    first("NO_PROXY", "no_proxy"),
		CGI:        env.Get("REQUEST_METHOD") != "",
	}
	return config.ProxyFunc()
}

const maxRedirects = 10

// checkRedirect follows what a mirror may reasonably ask for. From https it never goes down to http: everything that
// TLS proved about the index would be lost on the way. From the network it never goes to a file of this machine.
func checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) >= maxRedirects:
		return &permanentError{"more than 10 redirects"}
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return &permanentError{"redirected to a " + req.URL.Scheme + " URL"}
	case via[0].URL.Scheme == "https" && req.URL.Scheme != "https":
		return &permanentError{"redirected from https to " + redacted(req.URL)}
	}
	return nil
}

// backoff doubles from a quarter of a second and varies by half, so that many machines that failed together do not
// come back together.
func backoff(attempt int) time.Duration {
	d := 250 * time.Millisecond << min(attempt-1, 5)
	return d/2 + rand.N(d)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
