package platform

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// heard is what a program said, as far as it has been.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(data []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(data)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// confinedRun runs a command line, and gives what it said.
func confinedRun(t *testing.T, c Confinement) (said string, code int, p Protection, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out heard
	c.Stdin, c.Stdout, c.Stderr = nil, &out, &out
	code, err = RunConfined(self, c, func(granted Protection) {
		p = granted
		if out.String() != "" {
			t.Errorf("the program ran before: %q", out.String())
		}
	})
	if len(p.Lacks) > 0 && err == nil {
		skip(t, "this kernel: %s", p.Lacks)
	}
	return out.String(), code, p, err
}

func TestRunConfined(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "theirs"), "theirs")
	for _, c := range []struct {
		line, says string
		code       int
	}{
		{line: "echo hello; exit 7", says: "hello\n", code: 7},
		{line: "kill -TERM $$", code: 143},
		{line: "echo x >in && mkdir d && mv in d/ && ln d/in d/two && ln -s two d/three && rm -r d"},
		{line: "echo x >/dev/null"},
		{line: "echo x >" + outside + "/new", says: "Permission denied", code: 2},
		{line: "echo x >>" + outside + "/theirs", says: "Permission denied", code: 2},
		{line: "rm " + outside + "/theirs", says: "Permission denied", code: 1},
		{line: "mkdir " + outside + "/d", says: "Permission denied", code: 1},
		{line: "mknod " + outside + "/f p", says: "Permission denied", code: 1},
		{line: "ln -s x " + outside + "/l", says: "Permission denied", code: 1},
		{line: "mv " + outside + "/theirs mine", says: "theirs", code: 1},
		{line: "ln " + outside + "/theirs mine", says: "mine", code: 1},
		{line: "mount -t tmpfs none " + dir, says: "mount", code: 1},
		{line: "mknod " + dir + "/disk b 8 0", says: "disk", code: 1},
		{line: "cat " + outside + "/theirs", says: "theirs"},
		{line: "ls /proc/self/fd | tr '\\n' ' '", says: "0 1 2 3 \n"},
		{line: "cat /proc/net/dev | grep -c :", says: "1\n"}, // lo alone
		{line: "grep NoNewPrivs /proc/self/status", says: "NoNewPrivs:\t1\n"},
	} {
		said, code, p, err := confinedRun(t, shell(c.line, dir))
		if err != nil {
			t.Fatal(err)
		}
		if !p.Network || !p.Loopback || !p.Writes || p.TCP {
			t.Errorf("granted %+v", p)
		}
		if c.says == "0 1 2 3 \n" {
			said += "\n"
		}
		if (code == 0) != (c.code == 0) || !strings.Contains(said, c.says) || c.says == "" && said != "" {
			t.Errorf("%s: exit code %d, said %q; want %d, %q", c.line, code, said, c.code, c.says)
		}
	}
	if text := read(t, filepath.Join(outside, "theirs")); text != "theirs" {
		t.Errorf("outside: %q", text)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("inside: %v, %v", entries, err)
	}
}

// TestConfinedKeep: what is kept stays, in a folder that may be written to.
func TestConfinedKeep(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(mkdir(t, filepath.Join(dir, ".git")), "config"), "theirs")
	write(t, filepath.Join(dir, "file"), "theirs")
	for _, line := range []string{
		"echo x >.git/config", "mkdir .git/hooks", "rm -r .git", "mv .git was", "chmod 777 .git/config", "echo x >file", "rm file", "mv other file", "ln -sf x file",
	} {
		c := shell("echo x >other; "+line, dir)
		c.Keep = []string{filepath.Join(dir, ".git"), filepath.Join(dir, "file")}
		said, code, p, err := confinedRun(t, c)
		if err != nil || code == 0 || !p.Kept {
			t.Errorf("%s: exit code %d, %q, %v, %+v", line, code, said, err, p)
		}
	}
	if read(t, filepath.Join(dir, ".git", "config"))+read(t, filepath.Join(dir, "file")) != "theirstheirs" {
		t.Error("it was changed")
	}
	write(t, filepath.Join(dir, "file"), "mine") // nobody else sees that it is read-only
}

// TestConfinedOpenFile: a file that this process got open is not a way out.
func TestConfinedOpenFile(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(t.TempDir(), "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	number := f.Fd()
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, number, syscall.F_SETFD, 0); errno != 0 { // as a parent's that does not close
		t.Fatal(errno)
	}
	defer syscall.CloseOnExec(int(number))
	said, code, _, err := confinedRun(t, shell(fmt.Sprintf("echo x >&%d", number), dir))
	if err != nil || code == 0 || read(t, f.Name()) != "" {
		t.Errorf("exit code %d, said %q, %v; the file has %q", code, said, err, read(t, f.Name()))
	}
}

func TestRunConfinedFails(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	write(t, script, "#!/no/such/interpreter\n")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	c := shell("", dir)
	c.Path = script
	_, _, _, err := confinedRun(t, c)
	if path := (*fs.PathError)(nil); !errors.As(err, &path) || path.Path != script || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no interpreter: %v", err)
	}
	c = shell("echo ran", dir)
	c.Write = append(c.Write, filepath.Join(dir, "none"))
	if said, _, _, err := confinedRun(t, c); err == nil || said != "" || !strings.Contains(err.Error(), "none") {
		t.Errorf("no folder: %q, %v", said, err)
	}
	c = shell("echo ran", dir)
	self := filepath.Join(dir, "no-gsw")
	if _, err := RunConfined(self, c, func(Protection) { t.Error("ready") }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no gsw: %v", err)
	}
}

// TestConfinedSignals: SIGTERM reaches the program, and the death of this process is its own.
func TestConfinedSignals(t *testing.T) {
	start := func(line string) (*exec.Cmd, *bufio.Reader, io.Writer) {
		cmd := actor(t, "confine", t.TempDir(), line)
		cmd.Stderr = nil
		hold, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { hold.Close() })
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewReader(out)
		if text, err := said.ReadString('\n'); err != nil || text != "begun\n" {
			t.Fatalf("%q, %v", text, err)
		}
		return cmd, said, hold
	}
	cmd, said, input := start(`trap 'echo ended; exit 9' TERM; echo begun; while :; do read x; done`)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// dash misses a signal that comes right before it waits for input, until there is some.
	go func() {
		for {
			if _, err := io.WriteString(input, "\n"); err != nil {
				return
			}
		}
	}()
	if text, err := said.ReadString('\n'); err != nil || text != "ended\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 9 {
		t.Errorf("exit code %d", cmd.ProcessState.ExitCode())
	}
	cmd, said, _ = start(`echo begun; exec cat`)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if text, err := said.ReadString('\n'); err == nil { // the pipe closes with the last who holds it
		t.Errorf("the program lives on: %q", text)
	}
	_ = cmd.Wait()
}

func TestSystemFolders(t *testing.T) {
	for _, dir := range SystemFolders(Env{}) {
		info, err := os.Stat(dir)
		if err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0 || info.Sys().(*syscall.Stat_t).Uid != 0 {
			t.Errorf("%s: %v, %v", dir, info, err)
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "")
	if !Writable(dir) || !Writable(filepath.Join(dir, "a", "b")) || Writable(filepath.Join(file, "a")) {
		t.Error("who may write where?")
	}
}
