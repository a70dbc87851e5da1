package command

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// memory reads a line of the process's status, in MiB.
func (s *servingMirror) memory(line string) float64 {
	s.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), line+":")
	if !ok {
		s.t.Fatalf("no %s in %s", line, text)
	}
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return float64(kilobytes) / 1024
}

// figure asks for one of the metrics.
func (s *servingMirror) figure(name string) string {
	s.t.Helper()
	answer, err := http.Get(s.URL + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n"+name+" ")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// TestMirrorCrowd opens ten thousand connections that do nothing, or send a request that never ends: others are answered
// all the while, and the memory is that of the places there are.
func TestMirrorCrowd(t *testing.T) {
	t.Parallel()
	crowd, places := 10000, 2000
	if testing.Short() {
		crowd, places = 1500, 300
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || int(limit.Cur) < crowd+100 {
		disttest.Need(t, "%d files open at once, not %d", crowd+100, limit.Cur)
	}
	h, dir := mirrorOf(t)
	s := h.serveMirror(dir, "--connections", strconv.Itoa(places))
	address := strings.TrimPrefix(s.URL, "http://")
	before := s.memory("VmRSS")
	stop := make(chan bool)
	var others sync.WaitGroup
	answered := 0
	others.Go(func() {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
		for {
			select {
			case <-stop:
				return
			default:
			}
			answer, err := client.Get(s.URL + "/dl/?mode=json")
			if err != nil {
				t.Errorf("after %d answers: %v", answered, err)
				return
			}
			answer.Body.Close()
			if answer.StatusCode != 200 {
				t.Errorf("after %d answers: %s", answered, answer.Status)
			}
			answered++
		}
	})
	for i := range crowd {
		c, err := net.DialTimeout("tcp", address, 30*time.Second)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer c.Close()
		switch i % 3 {
		case 1:
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nX: ")
		case 2:
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 12<<10))
		}
	}
	close(stop)
	others.Wait()
	after := s.memory("VmHWM")
	t.Logf("%d connections, %d places: %.0f MiB before, %.0f MiB at most; %d others answered; evicted %s, refused %s", crowd, places, before, after,
		answered, s.figure("gsw_http_connections_evicted_total"), s.figure("gsw_http_connections_refused_total"))
	if after > before+float64(places)*0.1 { // 100 kB for each place
		t.Errorf("the memory grew from %.0f to %.0f MiB", before, after)
	}
	if answered == 0 {
		t.Error("nobody else was answered")
	}
}

// TestMirrorDownloads has 500 archives on their way at once.
func TestMirrorDownloads(t *testing.T) {
	t.Parallel()
	const clients, size = 500, 70 << 20
	h, dir := mirrorOf(t)
	name := "go1.99.0.linux-amd64.tar.gz"
	f, err := os.Create(filepath.Join(dir, "dl", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s := h.serveMirror(dir)
	before := s.memory("VmRSS")
	const share = 8 << 20 // of each, which is enough to have them all under way
	var begun, done sync.WaitGroup
	begun.Add(clients)
	for range clients {
		done.Go(func() {
			c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Error(err)
				begun.Done()
				return
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(5 * time.Minute))
			fmt.Fprintf(c, "GET /dl/%s HTTP/1.1\r\nHost: x\r\nRange: bytes=0-%d\r\nConnection: close\r\n\r\n", name, share-1)
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			begun.Done()
			if err != nil {
				t.Error(err)
				return
			}
			begun.Wait() // all are under way
			if n, err := io.Copy(io.Discard, answer.Body); n != share || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
	}
	done.Wait()
	after := s.memory("VmHWM")
	t.Logf("%d downloads at once: %.0f MiB before, %.0f MiB at most", clients, before, after)
	if after > before+48 {
		t.Errorf("the memory grew from %.0f to %.0f MiB", before, after)
	}
}
