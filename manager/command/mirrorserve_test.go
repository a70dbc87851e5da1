package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

// servingMirror is a gsw mirror serve that runs.
type servingMirror struct {
	t      *testing.T
	cmd    *exec.Cmd
	URL    string
	stderr *bytes.Buffer
}

// serveMirror starts gsw mirror serve as a process, by the real time.
func (h *house) serveMirror(dir string, args ...string) *servingMirror {
	h.t.Helper()
	s := &servingMirror{t: h.t, stderr: &bytes.Buffer{}}
	s.cmd = h.command(append([]string{"mirror", "serve", dir, "--listen", "127.0.0.1:0", "--json"}, args...)...)
	s.cmd.Env = slices.DeleteFunc(s.cmd.Env, func(v string) bool { return strings.HasPrefix(v, testNow) })
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { s.end(0) })
	var listening struct {
		Version int `json:"schema_version"`
		Address string
		URL     string
	}
	if err := json.NewDecoder(out).Decode(&listening); err != nil || listening.Version != 1 || !strings.HasSuffix(listening.URL, "://"+listening.Address) {
		s.end(0)
		h.t.Fatalf("%+v %v\n%s", listening, err, s.stderr)
	}
	s.URL = listening.URL
	return s
}

// end sends Ctrl-C, once, and holds the exit code against code.
func (s *servingMirror) end(code int) {
	s.t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("mirror serve ended with %d, not %d\n%s", got, code, s.stderr)
	}
}

// mirrorOf syncs a mirror of two releases.
func mirrorOf(t *testing.T) (h *house, dir string) {
	t.Helper()
	if disttest.Host().OS == "windows" {
		disttest.Need(t, "a Ctrl-C that can be sent to a process")
	}
	h = newHouse(t, disttest.Fake(t, "1.22.3", disttest.Host()), disttest.Fake(t, "1.21.6", disttest.Host()))
	h.extra = []string{"GOPROXY=" + h.server.Proxy()}
	dir = filepath.Join(t.TempDir(), "tree")
	h.must("mirror", "sync", dir, "--versions", ">=1.21")
	return h, dir
}

// nginxServing serves a tree by nginx, as docs/MIRROR.md says.
func nginxServing(t *testing.T, tree string) (url string) {
	t.Helper()
	if _, err := exec.LookPath("nginx"); err != nil {
		disttest.Need(t, "nginx")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	dir := t.TempDir()
	var user string
	if os.Geteuid() == 0 {
		user = "user root;"
	}
	config := fmt.Sprintf(`daemon off; %s pid %[2]s/pid; error_log %[2]s/error; events {}
http {
  access_log off; client_body_temp_path %[2]s/a; proxy_temp_path %[2]s/b; fastcgi_temp_path %[2]s/c; uwsgi_temp_path %[2]s/d; scgi_temp_path %[2]s/e;
  server { listen %[3]s; root %[4]s; location ~ /\. { return 404; } location = /dl/ { try_files /dl/index.json =404; } }
}`, user, dir, address, tree)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("nginx", "-p", dir, "-e", filepath.Join(dir, "error"), "-c", filepath.Join(dir, "conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return "http://" + address
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(filepath.Join(dir, "error"))
			t.Fatalf("nginx does not listen: %v\n%s", err, text)
		}
	}
}

// TestMirrorClients serves one tree by gsw, by nginx and as files, to clients that know nothing of gsw, and
// to gsw.
func TestMirrorClients(t *testing.T) {
	t.Parallel()
	h, dir := mirrorOf(t)
	for _, by := range []struct {
		name string
		url  func(t *testing.T) string
	}{
		{"gsw", func(t *testing.T) string { return h.serveMirror(dir).URL }},
		{"nginx", func(t *testing.T) string { return nginxServing(t, dir) }},
		{"file", func(*testing.T) string { return "file://" + dir }},
	} {
		t.Run(by.name, func(t *testing.T) {
			url := by.url(t)
			t.Run("the go command", func(t *testing.T) { goFromMirror(t, h, url) })
			t.Run("gsw", func(t *testing.T) { gswFromMirror(t, h, "GSW_MIRROR="+url+"/dl", "GOPROXY="+url) })
		})
	}
}

// goFromMirror lets the real go command switch to a toolchain that it has to fetch and prove, with no other host to ask.
func goFromMirror(t *testing.T, h *house, url string) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	run := func(version, key string) (string, error) {
		work := t.TempDir()
		// What it fetches for itself is read-only, whatever GOFLAGS says.
		t.Cleanup(func() {
			if err := platform.RemoveTree(filepath.Join(work, "gopath")); err != nil {
				t.Error(err)
			}
		})
		cmd := exec.Command(filepath.Join(strings.TrimSpace(string(out)), "bin", "go"), "version")
		cmd.Dir = work
		cmd.Env = []string{"HOME=" + work, "PATH=/usr/bin:/bin", "GOENV=off", "GOPATH=" + filepath.Join(work, "gopath"),
			"GOPROXY=" + url, "GOTOOLCHAIN=go" + version, "GOSUMDB=" + key, "HTTPS_PROXY=http://127.0.0.1:1"}
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	if text, err := run("1.22.3", h.server.SumDB.Key); err != nil || !strings.Contains(text, "go version go1.22.3 ") {
		t.Errorf("%v\n%s", err, text)
	}
	stranger := disttest.NewSumDB(t, nil)
	if text, err := run("1.21.6", stranger.Key); err == nil {
		t.Errorf("proved by a key that signed nothing:\n%s", text)
	}
}

// gswFromMirror installs with nothing but the mirror to ask.
func gswFromMirror(t *testing.T, h *house, settings ...string) {
	client := newHouseAt(t, filepath.Join(t.TempDir(), ".gsw"), h.server)
	cmd := client.command("install", "1.22.3", "1.21")
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == testIndex || name == testLogAt || name == "GOPROXY"
	})
	cmd.Env = append(cmd.Env, append(settings, testIndex+"=http://127.0.0.1:1/dl", testLogAt+"=http://127.0.0.1:1/sumdb")...)
	stdout, stderr, code := finish(t, cmd)
	if code != 0 || strings.Count(stdout, "log") < 2 {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// TestMirrorServe reads what gsw mirror serve says, and what curl gets.
func TestMirrorServe(t *testing.T) {
	t.Parallel()
	h, dir := mirrorOf(t)
	log := filepath.Join(t.TempDir(), "access.log")
	s := h.serveMirror(dir, "--access-log", log)
	curl := func(args ...string) (head, body string) {
		t.Helper()
		if _, err := exec.LookPath("curl"); err != nil {
			disttest.Need(t, "curl")
		}
		out, err := exec.Command("curl", append([]string{"-sS", "-i", "--path-as-is", "--max-time", "60"}, args...)...).Output()
		if err != nil {
			t.Fatalf("curl %q: %v", args, err)
		}
		head, body, _ = strings.Cut(string(out), "\r\n\r\n")
		return head, body
	}
	archive := s.URL + "/dl/go1.22.3." + disttest.Host().String() + ".tar.gz"
	want, err := os.ReadFile(filepath.Join(dir, "dl", filepath.Base(archive)))
	if err != nil {
		t.Fatal(err)
	}
	head, body := curl("-r", "100-199", archive)
	if !strings.HasPrefix(head, "HTTP/1.1 206 ") || body != string(want[100:200]) {
		t.Errorf("a range: %s, %d bytes", head, len(body))
	}
	head, body = curl("-I", archive)
	if !strings.HasPrefix(head, "HTTP/1.1 200 ") || body != "" || !strings.Contains(head, fmt.Sprintf("Content-Length: %d\r\n", len(want))) {
		t.Errorf("HEAD: %s, %q", head, body)
	}
	_, tag, _ := strings.Cut(head, "Etag: ")
	tag, _, _ = strings.Cut(tag, "\r\n")
	if head, body = curl("-H", "If-None-Match: "+tag, archive); !strings.HasPrefix(head, "HTTP/1.1 304 ") || body != "" {
		t.Errorf("If-None-Match %s: %s", tag, head)
	}
	part := filepath.Join(t.TempDir(), "part")
	if err := os.WriteFile(part, want[:1000], 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("curl", "-sS", "-C", "-", "-o", part, archive).CombinedOutput(); err != nil {
		t.Errorf("resuming: %v %s", err, out)
	}
	if got, _ := os.ReadFile(part); !bytes.Equal(got, want) {
		t.Errorf("resumed to %d bytes of %d", len(got), len(want))
	}
	for _, path := range []string{"/.gsw-mirror/state.json", "/dl/../.gsw-mirror/lock", "/dl/%2e%2e/.gsw-mirror/lock", "/dl/", "/../../etc/passwd"} {
		head, body := curl(s.URL + path)
		if status := strings.Fields(head)[1]; status != map[bool]string{true: "200", false: "404"}[path == "/dl/"] || strings.Contains(body, "root:") {
			t.Errorf("%s: %s", path, head)
		}
	}
	if head, _ := curl("-X", "PUT", "-d", "x", archive); !strings.HasPrefix(head, "HTTP/1.1 405 ") || !strings.Contains(head, "Allow: GET, HEAD\r\n") {
		t.Errorf("PUT: %s", head)
	}
	if _, body := curl(s.URL + "/metrics"); !strings.Contains(body, `gsw_http_requests_total{code="206"} 2`) {
		t.Errorf("metrics: %s", body)
	}
	s.end(0)
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), `"status":206,"bytes":100,`) {
		t.Errorf("log: %s %v", text, err)
	}

	// What is printed for clients can be pasted.
	said := s.stderr.String()
	if !strings.Contains(said, " on "+s.URL+"; Ctrl-C ends it\n") || !strings.Contains(said, "GOSUMDB stays as it is") {
		t.Errorf("%s", said)
	}
	_, line, _ := strings.Cut(said, "on clients: export ")
	line, _, _ = strings.Cut(line, "\n")
	if settings := strings.Fields(line); len(settings) != 2 {
		t.Errorf("to be pasted: %q", line)
	}
	again := h.serveMirror(dir)
	gswFromMirror(t, h, strings.Fields(strings.ReplaceAll(line, s.URL, again.URL))...)
}

// TestMirrorServeEnds sends Ctrl-C while somebody downloads.
func TestMirrorServeEnds(t *testing.T) {
	t.Parallel()
	h, dir := mirrorOf(t)
	large := filepath.Join(dir, "dl", "go1.99.0.linux-amd64.tar.gz")
	if err := os.WriteFile(large, make([]byte, 32<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	s := h.serveMirror(dir)
	answer, err := http.Get(s.URL + "/dl/" + filepath.Base(large))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			break // nobody new is let in
		}
		c.Close()
		if time.Now().After(end) {
			t.Fatal("it goes on listening")
		}
	}
	if n, err := io.Copy(io.Discard, answer.Body); n != 32<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	_ = s.cmd.Wait()
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit %d\n%s", code, s.stderr)
	}
}

// TestMirrorServeRefuses gives words and files that make no sense.
func TestMirrorServeRefuses(t *testing.T) {
	t.Parallel()
	h, dir := mirrorOf(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	empty := t.TempDir()
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{empty}, exitBlocked, empty + " holds no mirror: there is neither dl/index.json nor golang.org/toolchain/@v/list\ngsw: hint: gsw mirror sync " + empty},
		{[]string{filepath.Join(empty, "x")}, exitFailed, "no such file or directory"},
		{[]string{dir, "b"}, exitUsage, "mirror serve takes one DIR, not 2"},
		{[]string{dir, "--tls-cert", "x"}, exitUsage, "--tls-cert and --tls-key belong together"},
		{[]string{dir, "--tls-cert", "x", "--tls-key", "y"}, exitBlocked, "reading the certificate"},
		{[]string{dir, "--connections", "0"}, exitUsage, "--connections 0: at least one is needed"},
		{[]string{dir, "--listen", taken.Addr().String()}, exitBlocked, "listening on " + taken.Addr().String() + ": bind: address already in use\ngsw: hint: gsw mirror serve " + dir + " --listen :0"},
		{[]string{dir, "--listen", "nonsense"}, exitBlocked, "listening on nonsense: "},
		{[]string{dir, "--versions", "1.22"}, exitUsage, "mirror serve has no flag --versions"},
		{[]string{dir, "--access-log", filepath.Join(empty, "x", "y")}, exitFailed, "opening the access log: "},
	} {
		stdout, stderr, code := h.run(append([]string{"mirror", "serve"}, test.args...)...)
		if code != test.code || !strings.Contains(stderr, test.want) || stdout != "" {
			t.Errorf("%q: exit %d, want %d\n%s%s", test.args, code, test.code, stdout, stderr)
		}
	}
}
