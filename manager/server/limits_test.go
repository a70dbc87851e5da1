package server_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gsw/manager/server"
)

// TestSlowHeaders sends requests that never come to their end.
func TestSlowHeaders(t *testing.T) {
	r := start(t, server.Options{Limits: server.Limits{Header: 300 * time.Millisecond}}, http.HandlerFunc(hello))
	for _, beginning := range []string{"", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: "} {
		for _, trickles := range []bool{false, true} {
			c := r.dial()
			if _, err := io.WriteString(c, beginning); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if trickles && beginning != "" {
				ticker := time.NewTicker(10 * time.Millisecond)
				for range ticker.C {
					if _, err := io.WriteString(c, "y"); err != nil {
						break
					}
				}
				ticker.Stop()
			}
			if text, _ := io.ReadAll(c); strings.HasPrefix(string(text), "HTTP/1.1 200") {
				t.Errorf("%q was answered: %s", beginning, text)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%q took %v", beginning, took)
			}
		}
	}
	if answer, _ := r.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); answer.StatusCode != 200 {
		t.Error(answer.Status)
	}
}

// TestSlowBody announces a body that does not come.
func TestSlowBody(t *testing.T) {
	r := start(t, server.Options{Limits: server.Limits{Header: 100 * time.Millisecond}}, http.HandlerFunc(hello))
	for request, status := range map[string]int{
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n":        413,
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n": 405,
	} {
		c := r.dial()
		_, _ = io.WriteString(c, request)
		from := bufio.NewReader(c)
		if answer, _ := read(t, from); answer.StatusCode != status || !answer.Close {
			t.Errorf("%q: %v", request, answer)
		}
		if _, err := from.ReadByte(); err == nil {
			t.Errorf("%q: the connection goes on", request)
		}
	}
}

// TestLongAnswer thinks for longer than a head may take to arrive.
func TestLongAnswer(t *testing.T) {
	r := start(t, server.Options{Limits: server.Limits{Header: 500 * time.Millisecond}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case <-r.Context().Done():
			http.Error(w, "given up", http.StatusInternalServerError)
		case <-timer.C:
			fmt.Fprint(w, "thought")
		}
	}))
	if answer, body := r.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); body != "thought" {
		t.Errorf("%s %q", answer.Status, body)
	}
}

func TestIdleEnds(t *testing.T) {
	r := start(t, server.Options{Limits: server.Limits{Idle: 50 * time.Millisecond}}, http.HandlerFunc(hello))
	c := r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	from := bufio.NewReader(c)
	if _, body := read(t, from); body != "hello /\n" {
		t.Errorf("%q", body)
	}
	if _, err := from.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the idle connection: %v", err)
	}
}

// TestSlowButSteady reads so that the answer takes longer than a piece of it may, and every piece less.
func TestSlowButSteady(t *testing.T) {
	const size, stall = 32 << 20, 2 * time.Second // a busy machine may pause for one
	r := start(t, server.Options{Limits: server.Limits{Stall: stall}}, sized(t, size))
	c := r.dial().(*net.TCPConn)
	if err := c.SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	began, total := time.Now(), 0
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		n, err := io.CopyN(io.Discard, c, 128<<10)
		total += int(n)
		if err != nil {
			break
		}
		<-ticker.C
	}
	if took := time.Since(began); total < size || took < stall {
		t.Errorf("%d bytes in %v", total, took)
	}
}

// pair writes a new certificate for 127.0.0.1 and its key.
func pair(t testing.TB, dir string, serial int64) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "mirror"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o644),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)); err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, roots
}

// client speaks HTTP/2 where it can.
func client(t testing.TB, roots *x509.CertPool) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

func TestTLS(t *testing.T) {
	certFile, keyFile, roots := pair(t, t.TempDir(), 1)
	file := sized(t, 3<<20)
	r := start(t, server.Options{CertFile: certFile, KeyFile: keyFile}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/file" {
			file.ServeHTTP(w, r)
			return
		}
		hello(w, r)
	}))
	c := client(t, roots)
	for _, test := range []struct {
		method, path string
		status, size int
	}{{"GET", "/a", 200, 9}, {"HEAD", "/a", 200, 0}, {"GET", "/file", 200, 3 << 20}, {"DELETE", "/a", 405, 33}, {"GET", "/healthz", 200, 3}} {
		request, _ := http.NewRequest(test.method, "https://"+r.address+test.path, nil)
		answer, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != test.status || len(body) != test.size || answer.ProtoMajor != 2 {
			t.Errorf("%s %s: %s %s, %d bytes, %v", test.method, test.path, answer.Proto, answer.Status, len(body), err)
		}
	}
	if answer, err := c.Post("https://"+r.address+"/a", "text/plain", strings.NewReader("abc")); err != nil || answer.StatusCode != 405 {
		t.Errorf("%v %v", answer, err)
	}
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		c, err := tls.Dial("tcp", r.address, &tls.Config{RootCAs: roots, MinVersion: version, MaxVersion: version})
		if (err == nil) != (version >= tls.VersionTLS12) {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			c.Close()
		}
	}
	plain, body := r.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if plain.StatusCode != 400 {
		t.Errorf("plain HTTP: %s %q", plain.Status, body)
	}
	r.end()
	if text := r.warned.String(); text != "" {
		t.Errorf("warned: %s", text)
	}
	if !strings.Contains(r.log.String(), `"path":"/file","status":200,"bytes":3145728,`) {
		t.Errorf("log: %s", r.log)
	}
}

// TestStalledStream leaves the window of a stream of HTTP/2 shut, on a connection that is used.
func TestStalledStream(t *testing.T) {
	certFile, keyFile, roots := pair(t, t.TempDir(), 1)
	file := sized(t, 64<<20)
	r := start(t, server.Options{CertFile: certFile, KeyFile: keyFile, Limits: server.Limits{Stall: 300 * time.Millisecond}},
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/file" {
				file.ServeHTTP(w, r)
				return
			}
			hello(w, r)
		}))
	c := client(t, roots)
	stalled, err := c.Get("https://" + r.address + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Body.Close()
	until(t, "the stream is given up", func() bool {
		answer, err := c.Get("https://" + r.address + "/other")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return strings.Contains(r.log.String(), `"path":"/file",`)
	})
	if n, err := io.Copy(io.Discard, stalled.Body); err == nil {
		t.Errorf("%d bytes, no error", n)
	}
}

func TestCertificateIsReread(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, first := pair(t, dir, 1)
	var later atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	r := startAt(t, now, server.Options{CertFile: certFile, KeyFile: keyFile}, http.HandlerFunc(hello))
	serial := func(roots *x509.CertPool) string {
		c, err := tls.Dial("tcp", r.address, &tls.Config{RootCAs: roots})
		if err != nil {
			return err.Error()
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.String()
	}
	if got := serial(first); got != "1" {
		t.Fatal(got)
	}
	if err := os.WriteFile(keyFile, []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	later.Add(int64(time.Minute))
	if got := serial(first); got != "1" {
		t.Errorf("with a broken key: %s", got)
	}
	if text := r.warned.String(); !strings.Contains(text, "the one from before stays in use") {
		t.Errorf("warned: %q", text)
	}
	_, _, second := pair(t, dir, 2)
	later.Add(int64(time.Minute))
	if got := serial(second); got != "2" {
		t.Errorf("after the change: %s", got)
	}
}

func TestCertificateMustBeThere(t *testing.T) {
	certFile, keyFile, _ := pair(t, t.TempDir(), 1)
	for _, o := range []server.Options{{CertFile: certFile}, {KeyFile: keyFile}, {CertFile: keyFile, KeyFile: certFile}, {CertFile: "x", KeyFile: keyFile}} {
		o.Listen, o.Now = "127.0.0.1:0", time.Now
		var wrong *server.CertificateError
		if err := server.Run(t.Context(), o, http.HandlerFunc(hello), nil); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestLogIsRotated renames the log as logrotate does.
func TestLogIsRotated(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "access.log")
	log, err := server.OpenLog(file)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r := start(t, server.Options{AccessLog: log}, http.HandlerFunc(hello))
	has := func(file, what string) func() bool {
		return func() bool {
			text, _ := os.ReadFile(file)
			return strings.Contains(string(text), what)
		}
	}
	r.say("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
	until(t, "the first line is written", has(file, "/first"))
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	r.say("GET /second HTTP/1.1\r\nHost: x\r\n\r\n")
	until(t, "the second line is in a new file", has(file, "/second"))
	if has(file+".1", "/second")() || has(file, "/first")() {
		t.Error("lines are in the wrong file")
	}
}

// stuck is a reader of the log that takes nothing until it may.
type stuck struct {
	may chan bool
	lines
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.may
	return s.lines.Write(p)
}

// TestLogHoldsNobodyUp lets the log's reader sleep while requests are answered.
func TestLogHoldsNobodyUp(t *testing.T) {
	log := &stuck{may: make(chan bool)}
	r := start(t, server.Options{AccessLog: log}, http.HandlerFunc(hello))
	var wait sync.WaitGroup
	path := "/" + strings.Repeat("x", 2000)
	for range 8 {
		wait.Go(func() {
			c := r.dial()
			from := bufio.NewReader(c)
			for range 500 {
				fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
				read(t, from)
			}
		})
	}
	wait.Wait()
	if r.figure("gsw_access_log_dropped_total") == "0" {
		t.Error("nothing was dropped")
	}
	close(log.may)
	r.end()
	if text := log.String(); !strings.Contains(text, `"dropped":`) {
		t.Errorf("the log does not say what it lacks: %d bytes", len(text))
	}
}
