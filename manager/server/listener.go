package server

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// listener takes connections while there are places. When there are none it closes those that have waited longest for a
// request: no client keeps others out by doing nothing. If all are busy a new one waits for a place, and once that has
// taken Limits.Full, new ones are told 503 until a place is free.
type listener struct {
	net.Listener
	limits Limits
	now    func() time.Time
	tls    bool // a refusal can't be said in clear

	mu     sync.Mutex
	open   map[*conn]bool
	freed  chan struct{} // has something in it after a place became free
	ended  chan struct{}
	end    sync.Once
	full   time.Time     // since when there is no place; zero: there was one
	saying chan struct{} // refusals being said

	taken, turned, pushed atomic.Int64 // connections in all, refused ones, and idle ones closed for a new one
}

func newListener(l net.Listener, limits Limits, now func() time.Time, secure bool) *listener {
	return &listener{
		Listener: l, limits: limits, now: now, tls: secure,
		open: map[*conn]bool{}, freed: make(chan struct{}, 1), ended: make(chan struct{}), saying: make(chan struct{}, 32),
	}
}

// soonest is how long a connection may wait for its request before others have more right to its place.
const soonest = time.Second

func (l *listener) Accept() (net.Conn, error) {
	for {
		socket, err := l.Listener.Accept()
		if err != nil {
			l.makeRoom() // the system may have no more files
			return nil, err
		}
		c := &conn{Conn: socket, home: l}
		c.idle.Store(l.now().UnixNano())
		if l.place(c) {
			l.taken.Add(1)
			return c, nil
		}
		l.turned.Add(1)
		l.refuse(socket)
	}
}

// place finds one for c, waiting as long as that makes sense.
func (l *listener) place(c *conn) bool {
	for {
		if l.enter(c) {
			l.full = time.Time{}
			return true
		}
		if l.makeRoom() {
			continue
		}
		now := l.now()
		if l.full.IsZero() {
			l.full = now
		}
		left := l.limits.Full - now.Sub(l.full)
		if left <= 0 {
			return false
		}
		timer := time.NewTimer(min(left, soonest/10)) // somebody may have become idle
		select {
		case <-l.freed:
		case <-timer.C:
		case <-l.ended:
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

func (l *listener) enter(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.limits.Connections {
		return false
	}
	l.open[c] = true
	return true
}

func (l *listener) left(c *conn) {
	l.mu.Lock()
	delete(l.open, c)
	l.mu.Unlock()
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// makeRoom closes those connections that have waited longest: a few at once, since looking for them takes a look at each.
func (l *listener) makeRoom() bool {
	n := l.evict(l.now().Add(-soonest), 1+l.limits.Connections/64)
	l.pushed.Add(int64(n))
	return n > 0
}

// empty closes all that wait for a request. net/http would give new ones five seconds.
func (l *listener) empty() { l.evict(l.now(), l.limits.Connections) }

// evict closes up to most connections that wait for a request since before latest, and tells how many it closed.
func (l *listener) evict(latest time.Time, most int) (n int) {
	type waiting struct {
		conn  *conn
		since int64
	}
	var idle []waiting
	l.mu.Lock()
	for c := range l.open {
		if since := c.idle.Load(); since > 0 && since <= latest.UnixNano() {
			idle = append(idle, waiting{c, since})
		}
	}
	l.mu.Unlock()
	slices.SortFunc(idle, func(a, b waiting) int { return cmp.Compare(a.since, b.since) })
	for _, w := range idle[:min(len(idle), most)] {
		if w.conn.idle.CompareAndSwap(w.since, evicted) {
			_ = w.conn.Close()
			n++
		}
	}
	return n
}

// refuse says why, if that takes neither time nor memory.
func (l *listener) refuse(socket net.Conn) {
	select {
	case l.saying <- struct{}{}:
	default:
		socket.Close()
		return
	}
	go func() {
		defer func() { <-l.saying }()
		defer socket.Close()
		if l.tls {
			return
		}
		_ = socket.SetDeadline(l.now().Add(soonest))
		_, _ = socket.Read(make([]byte, 4<<10)) // a request left unread would take the answer with it
		_, _ = socket.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\n" +
			"Content-Length: 47\r\nConnection: close\r\n\r\nall connections are in use; try again in a bit\n"))
	}()
}

// state learns from net/http which connections wait for a request. One that is sending it still counts as waiting.
func (l *listener) state(nc net.Conn, state http.ConnState) {
	if secure, ok := nc.(*tls.Conn); ok {
		nc = secure.NetConn()
	}
	c, ok := nc.(*conn)
	if !ok {
		return
	}
	was := c.idle.Load()
	switch {
	case was == evicted:
	case state == http.StateActive:
		c.idle.CompareAndSwap(was, 0)
	case state == http.StateIdle:
		c.idle.CompareAndSwap(was, l.now().UnixNano())
	}
}

func (l *listener) Close() error {
	l.end.Do(func() { close(l.ended) })
	return l.Listener.Close()
}

func (l *listener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}
