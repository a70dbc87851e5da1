package server

import (
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// piece is what a client has Limits.Stall to take. Each is written with a deadline of its own, so that a long answer may
// take as long as it does, and one that nobody reads ends. It also bounds what one sendfile hands to the kernel.
const piece = 256 << 10

// conn is one client's connection: it has a place at the listener until it is closed, and its writes make headway or end.
type conn struct {
	net.Conn
	home  *listener
	leave sync.Once

	// idle is when it began to wait for a request, in nanoseconds; 0 while one is answered. A place is taken from it only by
	// changing that to evicted.
	idle atomic.Int64

	// until is the deadline that net/http or crypto/tls set for writing, which counts where it is nearer than ours.
	until atomic.Int64
	set   int64 // when ours was last set; of the goroutine that writes
}

const evicted = -1

func (c *conn) Close() error {
	err := c.Conn.Close()
	c.leave.Do(func() { c.home.left(c) })
	return err
}

// CloseWrite lets crypto/tls and net/http end their side first.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	c.until.Store(nanoseconds(t))
	return c.Conn.SetDeadline(t)
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.until.Store(nanoseconds(t))
	return c.Conn.SetWriteDeadline(t)
}

func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// extend gives the next piece its time. A deadline that has most of its time left is let be: setting one costs as much
// as writing a small answer.
func (c *conn) extend() error {
	if c.until.Load() != 0 {
		c.set = 0
		return nil
	}
	now := c.home.now()
	if at := now.UnixNano(); at-c.set > int64(c.home.limits.Stall/8) || at < c.set {
		c.set = at
		return c.Conn.SetWriteDeadline(now.Add(c.home.limits.Stall))
	}
	return nil
}

// Write is called by one goroutine at a time: net/http's for the connection, under crypto/tls's lock if there is one.
func (c *conn) Write(p []byte) (n int, err error) {
	for {
		part := p[n:min(len(p), n+piece)]
		if err := c.extend(); err != nil {
			return n, err
		}
		m, err := c.Conn.Write(part)
		n += m
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

// ReadFrom passes a file on in pieces, for each of which the kernel copies from file to socket.
func (c *conn) ReadFrom(from io.Reader) (n int64, err error) {
	socket, ok := c.Conn.(io.ReaderFrom)
	if !ok {
		return io.Copy(struct{ io.Writer }{c}, from)
	}
	whole, ok := from.(*io.LimitedReader)
	if !ok {
		whole = &io.LimitedReader{R: from, N: math.MaxInt64}
	}
	part := &io.LimitedReader{R: whole.R}
	for whole.N > 0 {
		if err := c.extend(); err != nil {
			return n, err
		}
		part.N = min(whole.N, piece)
		m, err := socket.ReadFrom(part)
		n += m
		whole.N -= m
		if err != nil || part.N > 0 { // there was no more
			return n, err
		}
	}
	return n, nil
}
