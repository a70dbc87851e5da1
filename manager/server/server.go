// Package server answers HTTP to strangers. Whatever clients do, slowly, hugely or by the thousand, it takes bounded
// memory, files and time; it reads no request bodies, says what it did in an access log and in metrics, and ends when it
// is asked to, letting answers that are under way come to their end.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"gsw/platform"
)

// Options are what a server is started with. Zero Limits are the usual ones.
type Options struct {
	Listen            string // HOST:PORT; without a host every address of the machine, with port 0 one that is free
	CertFile, KeyFile string // PEM; both: HTTPS with HTTP/2. They are read again when they change
	AccessLog         io.Writer
	Now               func() time.Time // must go as time does: deadlines are made of it
	Limits            Limits

	Warn    func(message string) // of what nobody is answered about: a panic, a certificate that can't be read again
	Healthy func() error         // asked by /healthz
	Figures []Figure             // the handler's own, on /metrics
}

// Limits are how much a client may have.
type Limits struct {
	Connections int           // at once; no more than the system lets this process have files. Usually 4096
	Header      time.Duration // until a request has arrived whole: 10 s
	Idle        time.Duration // between two requests of a connection: 60 s
	Stall       time.Duration // until the client has taken the next quarter of a megabyte: 60 s
	Full        time.Duration // that a new connection waits for a place when all are taken, before it is told 503: 5 s
	Drain       time.Duration // that answers under way have to end once the server stops: 30 s
}

const (
	headerBytes   = 16 << 10
	streams       = 100 // requests at once on one connection of HTTP/2
	filesElsewhen = 64  // files that this process has open beside those of its clients
)

// usual fills in what is not said, and takes from Connections what the system would not bear: every connection may need
// a socket and a file.
func (l Limits) usual() Limits {
	set := func(d *time.Duration, usual time.Duration) {
		if *d <= 0 {
			*d = usual
		}
	}
	set(&l.Header, 10*time.Second)
	set(&l.Idle, time.Minute)
	set(&l.Stall, time.Minute)
	set(&l.Full, 5*time.Second)
	set(&l.Drain, 30*time.Second)
	if l.Connections <= 0 {
		l.Connections = 4096
	}
	if files := platform.FileLimit(); files > 0 {
		l.Connections = max(1, min(l.Connections, (files-filesElsewhen)/2))
	}
	return l
}

// A ListenError is an address that can't be listened on.
type ListenError struct {
	Address string
	Err     error
}

func (e *ListenError) Error() string { return "listening on " + e.Address + ": " + e.Err.Error() }
func (e *ListenError) Unwrap() error { return e.Err }

// A CertificateError is a certificate or key that is of no use.
type CertificateError struct {
	CertFile, KeyFile string
	Err               error
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("reading the certificate %s and its key %s: %v", e.CertFile, e.KeyFile, e.Err)
}
func (e *CertificateError) Unwrap() error { return e.Err }

// Run serves handler until ctx ends, and returns nil then, once the answers under way have ended or Limits.Drain is over.
// ready is told the address as soon as connections are taken. The handler sees requests with GET and HEAD and without a
// body alone; /healthz and /metrics it never sees. A panic in it is one request's.
func Run(ctx context.Context, o Options, handler http.Handler, ready func(address string)) error {
	o.Limits = o.Limits.usual()
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	certificate, err := o.certificate()
	if err != nil {
		return err
	}
	tcp, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return &ListenError{Address: o.Listen, Err: cause(err)}
	}
	requests := newAccessLog(o.AccessLog, o.Now)
	places := newListener(tcp, o.Limits, o.Now, certificate != nil)
	door := &guard{
		inner: handler, now: o.Now, log: requests, warn: o.Warn, healthy: o.Healthy,
		most: int64(o.Limits.Connections), limits: o.Limits,
	}
	door.figures = newFigures(places, requests, door.running.Load, o.Figures)
	end := requests.start()
	defer end()

	s := &http.Server{
		Handler:           door,
		ReadHeaderTimeout: o.Limits.Header,
		IdleTimeout:       o.Limits.Idle,
		MaxHeaderBytes:    headerBytes,
		ConnState:         places.state,
		// OPTIONS * is for the guard to refuse, as every OPTIONS.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(&complaints{door.figures, o.Warn}, "", 0),
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: streams, SendPingTimeout: o.Limits.Idle, WriteByteTimeout: o.Limits.Stall},
	}
	s.RegisterOnShutdown(places.empty)
	failed := make(chan error, 1)
	go func() {
		if certificate == nil {
			failed <- s.Serve(places)
			return
		}
		s.TLSConfig = certificate.config()
		failed <- s.ServeTLS(places, "", "")
	}()
	if ready != nil {
		ready(tcp.Addr().String())
	}
	select {
	case err := <-failed:
		return &ListenError{Address: o.Listen, Err: err}
	case <-ctx.Done():
	}
	return drain(s, o.Limits.Drain)
}

// drain ends s: idle connections at once, the others with their answers or when the time is over.
func drain(s *http.Server, most time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		_ = s.Close()
		return fmt.Errorf("ending the server: %w", err)
	}
	_ = s.Close() // what is left had its time
	return nil
}

// cause is what went wrong without the address, which is said already.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
