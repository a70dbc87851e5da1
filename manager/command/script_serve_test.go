package command

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
)

// background is a gsw that serves.
type background struct {
	cmd    *exec.Cmd
	exited chan struct{}
	said   lockedBuffer // on stderr
}

// serve NAME ARGUMENT…: starts gsw with these arguments and waits for the first line of its answer: $NAME is its first
// field, the URL, and $NAME_KEY its second. It ends with `ended NAME`, or the script.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	w := ts.Value(worldKey{}).(*world)
	self, err := lookPath(ts, "gsw")
	ts.Check(err)
	b := &background{cmd: exec.Command(self, args[1:]...), exited: make(chan struct{})}
	b.cmd.Dir = ts.MkAbs(".")
	for _, name := range append(networkVariables(), "HOME", "USERPROFILE", "LOCALAPPDATA", "TMP", "GSW_HOME", "PATH", "GOPROXY", "GOENV", "TMPDIR", testIndex, testLogKey, testLogAt, testPatience, testPause, testEtc, testRoot) {
		b.cmd.Env = append(b.cmd.Env, name+"="+ts.Getenv(name))
	}
	b.cmd.Stderr = &b.said
	out, err := b.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(b.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() {
		_ = b.cmd.Wait()
		close(b.exited)
	}()
	if w.serving == nil {
		w.serving = map[string]*background{}
	}
	w.serving[args[0]] = b
	ts.Defer(func() { b.end() })
	if err != nil {
		<-b.exited
		ts.Fatalf("gsw %s did not begin to serve: %s", strings.Join(args[1:], " "), b.said.String())
	}
	fields := append(strings.Split(strings.TrimSpace(line), "\t"), "")
	ts.Setenv(args[0], fields[0])
	ts.Setenv(args[0]+"_KEY", fields[1])
}

// networkVariables say how this machine reaches others.
func networkVariables() []string {
	return []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"}
}

// publicdb: GOPROXY is the one that the machine of the tests uses, and the checksum database is the public one. What
// needs it is skipped by -short, and where the proxy can't be reached.
func publicDatabase(ts *testscript.TestScript, neg bool, args []string) {
	t := testingOf(ts)
	if testing.Short() {
		disttest.Need(t, "the module proxy is asked: not with -short")
	}
	out, err := exec.Command("go", "env", "GOPROXY").Output()
	ts.Check(err)
	proxy, _, _ := strings.Cut(strings.TrimSpace(string(out)), ",")
	if !strings.HasPrefix(proxy, "http") {
		disttest.Need(t, "GOPROXY names no server first: %s", proxy)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Get(strings.TrimSuffix(proxy, "/") + "/sumdb/sum.golang.org/supported")
	if err != nil || response.StatusCode != http.StatusOK {
		disttest.Need(t, "the module proxy does not pass on the checksum database: %v", err)
	}
	response.Body.Close()
	ts.Setenv("GOPROXY", proxy)
	for _, name := range networkVariables() {
		if value, ok := os.LookupEnv(name); ok {
			ts.Setenv(name, value)
		}
	}
}

// ended NAME [TEXT…]: ends what serve started, as Ctrl-C does. Each TEXT must be in what it said on stderr.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	b := ts.Value(worldKey{}).(*world).serving[args[0]]
	if !b.end() {
		ts.Fatalf("%s did not end", args[0])
	}
	if code := b.cmd.ProcessState.ExitCode(); code != 0 {
		ts.Fatalf("%s ended with %d: %s", args[0], code, b.said.String())
	}
	for _, text := range args[1:] {
		if !strings.Contains(b.said.String(), text) {
			ts.Fatalf("%s did not say %q:\n%s", args[0], text, b.said.String())
		}
	}
}

// end interrupts the server and tells whether it ended in good time.
func (b *background) end() bool {
	if err := b.cmd.Process.Signal(os.Interrupt); err != nil { // Windows has no such signal
		_ = b.cmd.Process.Kill()
	}
	select {
	case <-b.exited:
		return true
	case <-time.After(20 * time.Second):
		_ = b.cmd.Process.Kill()
		<-b.exited
		return false
	}
}

// lockedBuffer may be read while a process writes to it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// fetch FILE URL STATUS: keeps the whole answer as curl -i does. It must come within 20 s, and with that status.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	response, err := (&http.Client{Timeout: 20 * time.Second}).Get(args[1])
	ts.Check(err)
	defer response.Body.Close()
	var saved bytes.Buffer
	fmt.Fprintf(&saved, "%s %s\r\n", response.Proto, response.Status)
	ts.Check(response.Header.Write(&saved))
	saved.WriteString("\r\n")
	_, err = saved.ReadFrom(response.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), saved.Bytes(), 0o644))
	if got := strconv.Itoa(response.StatusCode); got != args[2] {
		ts.Fatalf("%s: %s, want %s:\n%s", args[1], got, args[2], saved.String())
	}
}
