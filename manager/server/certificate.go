package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is the server's own, read again when its files have changed: those of an automatic authority do every few
// weeks.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	warn              func(string)

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  [2]time.Time // of the files as they were read
	looked time.Time
}

// reread is how often the files are looked at.
const reread = 10 * time.Second

// certificate reads the one that the options name; nil if they name none.
func (o Options) certificate() (*certificate, error) {
	if o.CertFile == "" && o.KeyFile == "" {
		return nil, nil
	}
	c := &certificate{certFile: o.CertFile, keyFile: o.KeyFile, now: o.Now, warn: o.Warn}
	if o.CertFile == "" || o.KeyFile == "" {
		return nil, c.wrong(errors.New("TLS takes both"))
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	c.looked = o.Now()
	return c, nil
}

func (c *certificate) wrong(err error) error {
	return &CertificateError{CertFile: c.certFile, KeyFile: c.keyFile, Err: err}
}

func (c *certificate) load() error {
	stamp, err := c.stamps()
	if err != nil {
		return c.wrong(err)
	}
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return c.wrong(err)
	}
	c.loaded, c.stamp = &loaded, stamp
	return nil
}

func (c *certificate) stamps() (stamp [2]time.Time, err error) {
	for i, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}

// get gives the newest that could be read: a pair of which one half is written already goes on with the old one.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.looked) < reread {
		return c.loaded, nil
	}
	c.looked = now
	if stamp, err := c.stamps(); err == nil && stamp == c.stamp {
		return c.loaded, nil
	}
	if err := c.load(); err != nil {
		c.warn(fmt.Sprintf("%v; the one from before stays in use", err))
	}
	return c.loaded, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}
