package server

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// accessLog writes a line of JSON for each answered request. Requests put their line into memory; one goroutine writes
// what has come together, once a second or sooner. Whoever reads the log too slowly misses lines, and is told how many,
// but holds nobody up.
type accessLog struct {
	to  io.Writer // nil: none
	now func() time.Time

	mu      sync.Mutex
	pending []byte
	dropped int64         // since it was last said
	lost    int64         // in all
	soon    chan struct{} // enough has come together

	unix  int64  // the second that stamp says
	stamp []byte // made once a second, since that takes as long as the rest of a line
}

const (
	logTogether = 64 << 10
	logMost     = 4 << 20
	logPath     = 2 << 10 // of one line
	logAgent    = 256
)

func newAccessLog(to io.Writer, now func() time.Time) *accessLog {
	return &accessLog{to: to, now: now, soon: make(chan struct{}, 1)}
}

// add writes one request down: no query and no header but the agent's name, since both may hold what is secret.
func (l *accessLog) add(at time.Time, took time.Duration, r *http.Request, status int, bytes int64) {
	if l.to == nil {
		return
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") { // http://user:password@host/
		path = r.URL.EscapedPath()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) > logMost {
		l.dropped++
		l.lost++
		return
	}
	b := append(l.pending, `{"time":"`...)
	b = l.appendTime(b, at)
	b = appendText(append(b, `","method":`...), r.Method, 16)
	b = appendText(append(b, `,"path":`...), path, logPath)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(status), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), bytes, 10)
	b = strconv.AppendFloat(append(b, `,"duration":`...), took.Seconds(), 'f', 6, 64)
	b = appendText(append(b, `,"remote":`...), r.RemoteAddr, 64)
	b = appendText(append(b, `,"agent":`...), r.UserAgent(), logAgent)
	l.pending = append(b, '}', '\n')
	if len(l.pending) > logTogether {
		select {
		case l.soon <- struct{}{}:
		default:
		}
	}
}

const second = "2006-01-02T15:04:05"

// appendTime appends the time to the millisecond. l.mu is held.
func (l *accessLog) appendTime(b []byte, at time.Time) []byte {
	if unix := at.Unix(); unix != l.unix || l.stamp == nil {
		l.unix, l.stamp = unix, at.UTC().AppendFormat(l.stamp[:0], second)
	}
	ms := at.Nanosecond() / 1e6
	return append(append(b, l.stamp...), '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// start begins to write; end writes the rest.
func (l *accessLog) start() (end func()) {
	if l.to == nil {
		return func() {}
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		var spare []byte
		for last := false; !last; {
			select {
			case <-ticker.C:
			case <-l.soon:
			case <-stop:
				last = true
			}
			spare = l.flush(spare)
		}
	}()
	return func() {
		close(stop)
		<-done
	}
}

// flush writes what has come together and gives the buffer back for the next time.
func (l *accessLog) flush(spare []byte) []byte {
	l.mu.Lock()
	lines, dropped := l.pending, l.dropped
	l.pending, l.dropped = spare[:0], 0
	l.mu.Unlock()
	if dropped > 0 {
		lines = append(lines, `{"time":"`...)
		lines = l.now().UTC().AppendFormat(lines, second+".000Z")
		lines = strconv.AppendInt(append(lines, `","dropped":`...), dropped, 10)
		lines = append(lines, '}', '\n')
	}
	if len(lines) > 0 {
		_, _ = l.to.Write(lines) // a full disk is no reason to stop serving
	}
	if cap(lines) > 16*logTogether {
		return nil
	}
	return lines
}

// missed is how many lines were dropped.
func (l *accessLog) missed() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

const hexadecimal = "0123456789abcdef"

// appendText appends at most most bytes of s as a JSON string of printable ASCII: nothing in it can end the line, or
// move a terminal's cursor.
func appendText(b []byte, s string, most int) []byte {
	cut := len(s) > most
	if cut {
		s = s[:most]
	}
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			i += size
			if r > 0xffff {
				r -= 0x10000
				b = appendEscape(b, 0xd800+r>>10)
				r = 0xdc00 + r&0x3ff
			}
			b = appendEscape(b, r)
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c == 0x7f:
			b = appendEscape(b, rune(c))
		default:
			b = append(b, c)
		}
	}
	if cut {
		b = append(b, "..."...)
	}
	return append(b, '"')
}

func appendEscape(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexadecimal[r>>12&15], hexadecimal[r>>8&15], hexadecimal[r>>4&15], hexadecimal[r&15])
}
