//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is what is asked of a server in one run: so many requests for one path, on so many connections that stay open.
type load struct {
	name        string
	path        string
	header      string // more lines of each request
	status      int
	connections int
	requests    int // of each connection
	bytes       bool
}

func mirrorLoads() []load {
	return []load{
		{name: "mirror: an archive, 4 clients", path: "/dl/" + archiveName(), status: 200, connections: 4, requests: 3, bytes: true},
		{name: "mirror: an archive, 32 clients", path: "/dl/" + archiveName(), status: 200, connections: 32, requests: 1, bytes: true},
		{name: "mirror: an index of 1 release", path: "/small/dl/index.json", status: 200, connections: 16, requests: 2500},
		{name: "mirror: the index of 365 releases", path: "/dl/index.json", status: 200, connections: 16, requests: 40},
		{name: "mirror: the index, unchanged", path: "/dl/index.json", header: "If-None-Match: %s\r\n", status: 304, connections: 16, requests: 2500},
		{name: "mirror: a record", path: "/sumdb/sum.golang.org/lookup/golang.org/toolchain@v0.0.1-" + measured + ".linux-amd64",
			status: 200, connections: 16, requests: 2500},
	}
}

// site is a server that is being measured, and serves one tree.
type site struct {
	address string
	pids    func() []int
	stop    func()
}

// mirrors prints the rows about serving a mirror: nginx and gsw serve the same tree, one after the other, pair by pair.
func (w *world) mirrors(match *regexp.Regexp, runs int) error {
	var loads []load
	for _, l := range mirrorLoads() {
		if match.MatchString(l.name) {
			loads = append(loads, l)
		}
	}
	if len(loads) == 0 {
		return nil
	}
	fmt.Println("\n| row | gsw | nginx | ratio | gsw cpu µs a request | nginx | gsw peak MiB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	if err := need("nginx"); err != nil {
		fmt.Printf("| mirror | not measured: %v | | | | | |\n", err)
		return nil
	}
	for _, l := range loads {
		if err := w.compare(l, runs); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

// compare measures one load.
func (w *world) compare(l load, runs int) error {
	tree, path, err := w.mirrorTree(l.path)
	if err != nil {
		return err
	}
	l.path = path
	ours, err := w.gswSite(tree)
	if err != nil {
		return err
	}
	defer ours.stop()
	theirs, err := w.nginxSite(tree)
	if err != nil {
		return err
	}
	defer theirs.stop()
	var rates, ratios, bases, cpu, baseCPU []float64
	for i := range runs + 1 {
		a, aCPU, err := l.run(ours)
		if err != nil {
			return fmt.Errorf("gsw: %w", err)
		}
		b, bCPU, err := l.run(theirs)
		if err != nil {
			return fmt.Errorf("nginx: %w", err)
		}
		if i > 0 { // the first warms up
			rates, bases, ratios = append(rates, a), append(bases, b), append(ratios, a/b)
			cpu, baseCPU = append(cpu, aCPU), append(baseCPU, bCPU)
		}
	}
	unit := "requests/s"
	if l.bytes {
		unit = "MB/s"
	}
	fmt.Printf("| %s | %.0f %s | %.0f | %.2f | %.0f | %.0f | %.0f |\n", l.name, median(rates), unit, median(bases), median(ratios),
		median(cpu), median(baseCPU), peakOf(ours.pids()))
	return nil
}

// mirrorTree makes the tree that both serve; a path that begins with /small names one with an index of one release.
func (w *world) mirrorTree(path string) (dir, below string, err error) {
	below, small := strings.CutPrefix(path, "/small")
	dir = filepath.Join(w.dir, map[bool]string{true: "small", false: "mirror"}[small])
	if _, err := os.Stat(dir); err == nil {
		return dir, below, nil
	}
	index := []byte(`[{"version":"go1.22.3","stable":true,"files":[{"filename":"go1.22.3.linux-amd64.tar.gz","os":"linux","arch":"amd64",` +
		`"version":"go1.22.3","sha256":"8920ea521bad8f6b7bc377b4824982e011c19af27df88a815e3586ea895f1b36","size":68988925,"kind":"archive"}]}]`)
	if !small {
		packed, err := os.Open(filepath.Join("manager", "dist", "testdata", "index.json.gz"))
		if err != nil {
			return "", "", err
		}
		defer packed.Close()
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			return "", "", err
		}
		if index, err = io.ReadAll(unpacked); err != nil {
			return "", "", err
		}
	}
	record := "24990374\ngolang.org/toolchain v0.0.1-go1.22.3.linux-amd64 h1:0000000000000000000000000000000000000000000=\n" +
		"golang.org/toolchain v0.0.1-go1.22.3.linux-amd64/go.mod h1:0000000000000000000000000000000000000000000=\n\n" +
		"go.sum database tree\n1\n00000000000000000000000000000000000000000000\n\n— sum.golang.org 000000000000000000000000\n"
	lookup := filepath.Join(dir, "sumdb", "sum.golang.org", "lookup", "golang.org")
	return dir, below, errors.Join(os.MkdirAll(filepath.Join(dir, "dl"), 0o755), os.MkdirAll(lookup, 0o755),
		os.WriteFile(filepath.Join(lookup, "toolchain@v0.0.1-"+measured+".linux-amd64"), []byte(record), 0o644),
		os.WriteFile(filepath.Join(dir, "dl", "index.json"), index, 0o644),
		os.Link(w.archive, filepath.Join(dir, "dl", archiveName())))
}

// gswSite starts gsw mirror serve.
func (w *world) gswSite(tree string) (site, error) {
	cmd := exec.Command(w.gsw, "mirror", "serve", tree, "--listen", "127.0.0.1:0", "--json", "--access-log", filepath.Join(w.dir, "gsw.log"))
	cmd.Env, cmd.Dir = w.env("GSW_HOME="+filepath.Join(w.dir, "serving")), w.dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		return site{}, err
	}
	if err := cmd.Start(); err != nil {
		return site{}, err
	}
	s := site{pids: func() []int { return []int{cmd.Process.Pid} }, stop: func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}}
	var listening struct{ Address string }
	if err := json.NewDecoder(out).Decode(&listening); err != nil {
		s.stop()
		return site{}, fmt.Errorf("gsw mirror serve: %w", err)
	}
	s.address = listening.Address
	return s, nil
}

// nginxConfig is Debian's, less what is about other content: workers for every processor, sendfile, connections that stay
// open, and a log that is written together as gsw's is.
const nginxConfig = `daemon off; user root; worker_processes auto; pid %[1]s/pid; error_log %[1]s/error;
events { worker_connections 2048; }
http {
  sendfile on; tcp_nopush on; keepalive_timeout 65; keepalive_requests 1000000;
  access_log %[1]s/access combined buffer=64k flush=1s;
  types { application/json json; application/gzip gz; } default_type application/octet-stream;
  client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
  server { listen %[2]s; root %[3]s; }
}
`

// nginxSite starts nginx.
func (w *world) nginxSite(tree string) (site, error) {
	dir, err := os.MkdirTemp(w.dir, "nginx-")
	if err != nil {
		return site{}, err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return site{}, err
	}
	address := free.Addr().String()
	free.Close()
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, address, tree), 0o644); err != nil {
		return site{}, err
	}
	var said limited
	cmd := exec.Command("nginx", "-p", dir, "-e", filepath.Join(dir, "error"), "-c", config)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return site{}, err
	}
	s := site{address: address, pids: func() []int { return append([]int{cmd.Process.Pid}, children(cmd.Process.Pid)...) }, stop: func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return s, nil
		}
		if time.Now().After(end) {
			s.stop()
			return site{}, fmt.Errorf("nginx does not listen: %w\n%s", err, said)
		}
	}
}

// run asks all of it, and gives requests or megabytes a second, and the processor time of the server for each request in
// microseconds.
func (l load) run(s site) (rate, cpu float64, err error) {
	request := "GET " + l.path + " HTTP/1.1\r\nHost: mirror\r\nUser-Agent: bench\r\n"
	if l.header != "" {
		tag, err := etag(s.address, request+"\r\n")
		if err != nil {
			return 0, 0, err
		}
		request += fmt.Sprintf(l.header, tag)
	}
	request += "\r\n"
	before, start := spent(s.pids()), time.Now()
	var wait sync.WaitGroup
	results := make([]struct {
		bytes int64
		err   error
	}, l.connections)
	for i := range results {
		wait.Go(func() { results[i].bytes, results[i].err = l.connection(s.address, request) })
	}
	wait.Wait()
	took, used := time.Since(start), spent(s.pids())-before
	var total int64
	for _, r := range results {
		err = errors.Join(err, r.err)
		total += r.bytes
	}
	n := float64(l.connections * l.requests)
	cpu = float64(used.Microseconds()) / n
	if l.bytes {
		return float64(total) / 1e6 / took.Seconds(), cpu, err
	}
	return n / took.Seconds(), cpu, err
}

// connection asks its share. It reads no more of an answer's head than it must.
func (l load) connection(address, request string) (total int64, err error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	from, ask := bufio.NewReaderSize(c, 256<<10), []byte(request)
	for range l.requests {
		if _, err := c.Write(ask); err != nil {
			return total, err
		}
		status, length, _, err := answerHead(from)
		if err != nil {
			return total, err
		}
		if status != l.status {
			return total, fmt.Errorf("status %d", status)
		}
		for left := length; left > 0; {
			n, err := from.Discard(int(min(left, 256<<10)))
			left -= int64(n)
			total += int64(n)
			if err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

func answerHead(from *bufio.Reader) (status int, length int64, tag string, err error) {
	for first := true; ; first = false {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return 0, 0, "", err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			return status, length, tag, nil
		case first:
			status, err = strconv.Atoi(string(line[9:min(12, len(line))]))
		case line[0] == 'C' && bytes.HasPrefix(line, []byte("Content-Length: ")):
			length, err = strconv.ParseInt(string(line[16:]), 10, 64)
		case (line[0] == 'E') && bytes.EqualFold(line[:min(6, len(line))], []byte("ETag: ")):
			tag = string(line[6:])
		}
		if err != nil {
			return 0, 0, "", fmt.Errorf("the answer's line %q: %w", line, err)
		}
	}
}

func etag(address, request string) (string, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	_, _, tag, err := answerHead(bufio.NewReader(c))
	if err == nil && tag == "" {
		err = errors.New("the answer has no ETag")
	}
	return tag, err
}

// spent is the processor time of processes, as far as /proc tells.
func spent(pids []int) (total time.Duration) {
	for _, pid := range pids {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		for _, task := range tasks {
			if text, err := os.ReadFile(task); err == nil {
				var nanoseconds int64
				_, _ = fmt.Sscan(string(text), &nanoseconds)
				total += time.Duration(nanoseconds)
			}
		}
	}
	return total
}

// peakOf is the most memory that any of the processes had, in MiB.
func peakOf(pids []int) (most float64) {
	for _, pid := range pids {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				var kilobytes float64
				_, _ = fmt.Sscan(rest, &kilobytes)
				most = max(most, kilobytes/1024)
			}
		}
	}
	return most
}

func children(pid int) (pids []int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, word := range strings.Fields(string(text)) {
		if n, err := strconv.Atoi(word); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}
