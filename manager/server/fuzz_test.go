package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gsw/manager/server"
)

// FuzzRequest sends anything at all. The handler sees nothing but GET and HEAD without a body; the client gets answers
// in HTTP or none; nobody panics and nobody waits for long.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET /a%2fb?c HTTP/1.1\nHost: x\n\n", "HEAD * HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nExpect: 100-continue\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET http://u:p@h/../x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	faults := &lines{}
	r := start(f, server.Options{Limits: server.Limits{Header: 2 * time.Second, Idle: 2 * time.Second}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method != "GET" && r.Method != "HEAD" || len(body) > 0 || r.ContentLength != 0 || len(r.TransferEncoding) > 0 {
			io.WriteString(faults, r.Method+" "+r.RequestURI+" "+string(body)+"\n")
		}
		io.WriteString(w, "hello")
	}))
	f.Fuzz(func(t *testing.T, request []byte) {
		c, err := net.Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = c.Write(request)
		_ = c.(*net.TCPConn).CloseWrite()
		answer, err := io.ReadAll(c)
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Errorf("%q: the connection stays", request)
		}
		if len(answer) > 0 && !strings.HasPrefix(string(answer), "HTTP/1.") {
			t.Errorf("%q is answered %q", request, answer)
		}
		if text := faults.String() + r.warned.String(); strings.Contains(text, "panic") || faults.String() != "" {
			t.Errorf("%q: %s", request, text)
		}
	})
}
