//go:build unix

package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gsw/platform/platformtest"
)

const nobody = 65534

func systemRoles() map[string]func([]string) error {
	return map[string]func([]string) error{
		"confine":      playConfine,
		"interrupts":   playInterrupts,
		"unprivileged": playUnprivileged,
	}
}

// needReplacing is for Wine; every Unix lets a file be replaced that is open.
func needReplacing(*testing.T) {}

// playExec runs the shell in its own place, with a process number to compare.
func playExec(args []string) error {
	fmt.Println(os.Getpid())
	env := NewEnv(forLinux, []string{"ONLY=this one"})
	_, err := Exec(args[0], args[1:], env)
	return fmt.Errorf("exec returned: %w", err)
}

func TestExec(t *testing.T) {
	cmd := actor(t, "exec", "/bin/sh", "sh", "-c", `echo $$; echo "$0|$1|$2|$#"; echo "$ONLY|$GSW_TEST_ROLE"; cat; exit 7`, "a b", "", "ü\n")
	cmd.Stdin = strings.NewReader("input")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 7 {
		t.Errorf("ended with %v, want exit status 7", err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	if want := pid + "\n" + pid + "\na b||ü\n|2\nthis one|\ninput"; string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// The grandchild waits for what never comes, as git does for a password. A pipe is open as long as it lives.
func TestRunTreeKillsAll(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		script := "(echo grandchild; exec sleep 60) >fifo & wait"
		_, err := RunTree(ctx, "/bin/sh", []string{"sh", "-c", script}, dir, NewEnv(forLinux, []string{"PATH=/usr/bin:/bin"}), io.Discard, io.Discard)
		ended <- err
	}()
	f, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if line, err := r.ReadString('\n'); err != nil || line != "grandchild\n" {
		t.Fatalf("it said %q (%v)", line, err)
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("it was killed and there was no error")
	}
	if err := f.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadByte(); err != io.EOF {
		t.Errorf("the grandchild lives: %v", err)
	}
}

func TestRunTreeEnds(t *testing.T) {
	var out strings.Builder
	dir := t.TempDir()
	code, err := RunTree(t.Context(), "/bin/sh", []string{"sh", "-c", "pwd; exit 3"}, dir, NewEnv(forLinux, nil), &out, io.Discard)
	if code != 3 || err != nil || out.String() != dir+"\n" {
		t.Errorf("code %d, %v, said %q", code, err, out.String())
	}
}

func TestExecFails(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plain"), "")
	for name, want := range map[string]error{"none": fs.ErrNotExist, "plain": fs.ErrPermission} {
		path := filepath.Join(dir, name)
		if _, err := Exec(path, []string{name}, Env{}); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// playInterrupts says when the context ends, and goes on; or says that it has not when it is told to look.
func playInterrupts(args []string) error {
	ctx, stop := Interrupts(context.Background())
	if len(args) > 0 {
		stop()
		<-ctx.Done()
	}
	fmt.Println("ready")
	go func() {
		<-ctx.Done()
		fmt.Println("cancelled")
	}()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println("ignored:", signal.Ignored(os.Interrupt), "error:", ctx.Err())
	}
	return nil
}

// interruptible starts a process that uses Interrupts, by a shell that runs setup first.
func interruptible(t *testing.T, setup string, args ...string) (cmd *exec.Cmd, say func(), hear func(want string)) {
	t.Helper()
	cmd = actor(t, "interrupts", args...)
	cmd.Args = append([]string{"sh", "-c", setup + `exec "$0" "$@"`, cmd.Path}, args...)
	cmd.Path = "/bin/sh"
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	hear = func(want string) {
		t.Helper()
		if line, err := lines.ReadString('\n'); line != want+"\n" {
			t.Fatalf("heard %q, %v; want %q", line, err, want)
		}
	}
	hear("ready")
	return cmd, func() { io.WriteString(in, "\n") }, hear
}

func send(t *testing.T, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func endedBy(t *testing.T, cmd *exec.Cmd, want syscall.Signal) {
	t.Helper()
	cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != want {
		t.Errorf("ended with %v, want %v", cmd.ProcessState, want)
	}
}

func TestInterrupts(t *testing.T) {
	for _, first := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, second := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			cmd, _, hear := interruptible(t, "")
			send(t, cmd, first)
			hear("cancelled")
			send(t, cmd, second)
			endedBy(t, cmd, second)
		}
	}
}

func TestInterruptsStopped(t *testing.T) {
	cmd, _, _ := interruptible(t, "", "stop")
	send(t, cmd, syscall.SIGINT)
	endedBy(t, cmd, syscall.SIGINT)
}

func TestInterruptsThatAreIgnored(t *testing.T) {
	cmd, say, hear := interruptible(t, "trap '' INT; ")
	send(t, cmd, syscall.SIGINT)
	say()
	hear("ignored: true error: <nil>")
	send(t, cmd, syscall.SIGTERM)
	hear("cancelled")
	send(t, cmd, syscall.SIGTERM)
	endedBy(t, cmd, syscall.SIGTERM)
}

func TestInterruptsWithoutSignal(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	ctx, stop := Interrupts(parent)
	cancel()
	<-ctx.Done()
	stop()
	stop()
}

func TestPointDirKeepsItsText(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	for _, text := range []string{"../no/such//folder/", "/absolute", "ü b\n", dir} {
		if err := PointDir(link, text); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadDirLink(link); got != text {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
	if err := PointDir(link, ""); err == nil {
		t.Error("a link to nothing")
	}
	before, _ := os.Lstat(link)
	if err := PointDir(link, dir); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Lstat(link); !os.SameFile(before, after) {
		t.Error("a link that was right was made anew")
	}
	noLeftovers(t, dir)
}

func TestReplaceFileKeepsPermissionsAndLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(mkdir(t, filepath.Join(dir, "home")), "link")
	if err := ReplaceFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode() != 0o640 {
		t.Errorf("a new file has %v", info.Mode())
	}
	if err := errors.Join(os.Chmod(path, 0o705), os.Symlink("../chain", link), os.Symlink("file", filepath.Join(dir, "chain"))); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := os.Stat(path)
	if err := ReplaceFile(link, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o705 || read(t, path) != "text" {
		t.Errorf("the replaced file has %v, %v", info.Mode(), err)
	}
	if was, is := before.Sys().(*syscall.Stat_t).Uid, info.Sys().(*syscall.Stat_t).Uid; was != is {
		t.Errorf("the owner became %d, was %d", is, was)
	}
	if text, err := os.Readlink(link); text != "../chain" {
		t.Errorf("the link became %q, %v", text, err)
	}
	// A link that names nothing yet, and links in a circle.
	if err := os.Symlink("new", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceFile(filepath.Join(dir, "dangling"), []byte("x"), 0o600); err != nil || read(t, filepath.Join(dir, "new")) != "x" {
		t.Errorf("through a dangling link: %v", err)
	}
	if err := os.Symlink("circle", filepath.Join(dir, "circle")); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceFile(filepath.Join(dir, "circle"), nil, 0o600); err == nil {
		t.Error("links in a circle lead somewhere")
	}
	noLeftovers(t, dir)
}

func TestOwnedByAnother(t *testing.T) {
	dir := t.TempDir()
	if other, err := OwnedByAnother(dir); other || err != nil {
		t.Errorf("my own folder: %v, %v", other, err)
	}
	if other, err := OwnedByAnother("/"); other || err != nil {
		t.Errorf("root's folder: %v, %v", other, err)
	}
	if _, err := OwnedByAnother(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	if os.Geteuid() != 0 {
		skip(t, "only root can give a folder away")
	}
	theirs, link := mkdir(t, filepath.Join(dir, "theirs")), filepath.Join(dir, "link")
	if err := errors.Join(os.Chown(theirs, nobody, nobody), os.Symlink(theirs, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{theirs, link} {
		if other, err := OwnedByAnother(path); !other || err != nil {
			t.Errorf("%s: %v, %v", path, other, err)
		}
	}
}

// playUnprivileged tries, as a user without rights, what root may do anyway. The folder is this user's; "locked" in it
// is read-only, "tree" is a read-only tree, "roots" is root's.
func playUnprivileged(args []string) error {
	dir := args[0]
	locked := filepath.Join(dir, "locked")
	var failures []error
	expect := func(ok bool, format string, a ...any) {
		if !ok {
			failures = append(failures, fmt.Errorf(format, a...))
		}
	}
	for name, try := range map[string]func() error{
		"ReplaceFile": func() error { return ReplaceFile(filepath.Join(locked, "x"), nil, 0o666) },
		"PointDir":    func() error { return PointDir(filepath.Join(locked, "x"), "y") },
		"RenameTree":  func() error { return RenameTree(filepath.Join(dir, "roots"), filepath.Join(locked, "x")) },
		"RemoveTree":  func() error { return RemoveTree(filepath.Join(locked, "file")) },
		"Lock":        func() error { _, _, err := TryLock(filepath.Join(locked, "x.lock")); return err },
	} {
		err := try()
		expect(StorageFault(err) && !DiskFull(err), "%s: %v is no storage fault", name, err)
	}
	entries, err := os.ReadDir(locked)
	expect(err == nil && len(entries) == 2, "in the locked folder: %v, %v", entries, err)

	_, ok, err := TryLock(filepath.Join(locked, "roots.lock"))
	expect(ok && err == nil, "locking what may only be read: %v, %v", ok, err)

	other, err := OwnedByAnother(filepath.Join(dir, "roots"))
	expect(!other && err == nil, "root's folder: %v, %v", other, err)

	expect(RemoveTree(filepath.Join(dir, "tree")) == nil, "the read-only tree stays")
	_, err = os.Lstat(filepath.Join(dir, "tree"))
	expect(errors.Is(err, fs.ErrNotExist), "the read-only tree: %v", err)
	return errors.Join(failures...)
}

func TestUnprivileged(t *testing.T) {
	// Not t.TempDir: the folders above it are root's alone.
	dir, err := os.MkdirTemp("", "gsw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := RemoveTree(dir); err != nil {
			t.Error(err)
		}
	})
	locked, tree := mkdir(t, filepath.Join(dir, "locked")), filepath.Join(dir, "tree")
	mkdir(t, filepath.Join(dir, "roots"))
	write(t, filepath.Join(locked, "file"), "")
	write(t, filepath.Join(locked, "roots.lock"), "")
	makeReadOnlyTree(t, tree, locked)
	if err := os.Chmod(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	cmd := actor(t, "unprivileged", dir)
	if os.Geteuid() == 0 {
		for _, path := range []string{dir, tree, filepath.Join(tree, "a"), filepath.Join(tree, "a", "b")} {
			if err := os.Chown(path, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := os.Stat("/proc/self/exe"); err != nil {
			skip(t, "the test program can't be run by another user without /proc: %v", err)
		}
		cmd.Path, cmd.Dir = "/proc/self/exe", "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if out, err := cmd.Output(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if info, err := os.Stat(locked); err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("the folder that links named: %v, %v", info.Mode(), err)
	}
}

func TestFaults(t *testing.T) {
	inPath := func(err error) error {
		return fmt.Errorf("unpacking: %w", &fs.PathError{Op: "open", Path: "/x", Err: err})
	}
	for _, test := range []struct {
		name          string
		err           error
		storage, full bool
	}{
		{"nil", nil, false, false},
		{"no space", inPath(syscall.ENOSPC), true, true},
		{"quota", inPath(syscall.EDQUOT), true, true},
		{"permission", inPath(syscall.EACCES), true, false},
		{"not permitted", &os.LinkError{Op: "rename", Err: syscall.EPERM}, true, false},
		{"read-only", os.NewSyscallError("mount", syscall.EROFS), true, false},
		{"missing", inPath(syscall.ENOENT), false, false},
		{"one of several", errors.Join(io.EOF, inPath(syscall.ENOSPC)), true, true},
		{"a firewall", fmt.Errorf("get: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EACCES)}), false, false},
		{"a word", errors.New("permission denied"), false, false},
	} {
		if got := StorageFault(test.err); got != test.storage {
			t.Errorf("%s: StorageFault is %v", test.name, got)
		}
		if got := DiskFull(test.err); got != test.full {
			t.Errorf("%s: DiskFull is %v", test.name, got)
		}
	}
}

func TestRunning(t *testing.T) {
	dir := t.TempDir()
	real, link := mkdir(t, filepath.Join(dir, "tree", "bin")), filepath.Join(dir, "link")
	mkdir(t, filepath.Join(dir, "tree2"))
	if err := os.Symlink("tree", link); err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(real, "tool")
	cmd := startCopy(t, tool)
	startCopy(t, filepath.Join(dir, "tree2", "tool"))
	for _, folder := range []string{filepath.Dir(real), link, real} {
		got, err := Running(folder)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 && BootID() == "" {
			skip(t, "this system does not tell")
		}
		if len(got) != 1 || got[0].PID != cmd.Process.Pid || got[0].Name != "tool" || got[0].Path != tool {
			t.Errorf("below %s run %+v, want only %d, %s", folder, got, cmd.Process.Pid, tool)
		}
	}
	if err := os.Remove(tool); err != nil {
		t.Fatal(err)
	}
	if got, err := Running(real); err != nil || len(got) > 0 {
		t.Errorf("after the file was deleted: %+v, %v", got, err)
	}
	if _, err := Running(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("below nothing: %v", err)
	}
}

// startCopy runs a copy of the test program, until the test ends.
func startCopy(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := actor(t, "interrupts")
	program, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Path = path
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func TestTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, v := range []any{r, w, nil, (*os.File)(nil), new(strings.Builder)} {
		if Terminal(v) {
			t.Errorf("%T is a terminal", v)
		}
	}
	terminal, err := platformtest.Master()
	if err != nil {
		skip(t, "%v", err)
	}
	defer terminal.Close()
	if !Terminal(terminal) {
		t.Error("a terminal is none")
	}
}

func TestHomeOf(t *testing.T) {
	const accounts = "root:x:0:0:root:/root:/bin/sh\n# comment\nshort:x:7\nrel:x:8:8::home:/bin/sh\n+::::::\nu:x:1000:1000:U,,,:/home/u/:/bin/sh"
	for uid, want := range map[int]string{0: "/root", 1000: "/home/u", 7: "", 8: "", 9: ""} {
		if got := homeOf(accounts, uid); got != want {
			t.Errorf("%d: %q, want %q", uid, got, want)
		}
	}
}

func TestReadWithoutHome(t *testing.T) {
	dir := t.TempDir()
	if accountHome() == "" {
		skip(t, "this user has no account")
	}
	for _, value := range []string{"", "relative"} {
		if h, err := hostOf(t, dir, "HOME="+value); err != nil || h["UserHome"] != accountHome() {
			t.Errorf("HOME=%q: %v, %v", value, h, err)
		}
	}
}

func TestReadInDeletedDirectory(t *testing.T) {
	dir := mkdir(t, filepath.Join(t.TempDir(), "gone"))
	cmd := actor(t, "host", "argument")
	// The shell deletes the folder it is in before it runs the program.
	cmd.Args = []string{"sh", "-c", `rmdir "$PWD"; exec "$0" argument`, cmd.Path}
	cmd.Path, cmd.Dir = "/bin/sh", dir
	cmd.Env = append(cmd.Env, "PWD="+dir)
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), `"Dir":"`+dir+`"`) {
		t.Errorf("%s, %v", out, err)
	}
}

// A process that is being started has every file of this one open until it executes: that must not keep a lock.
func TestUnlockedWhileAnotherHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, ok, err := TryLock(path)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	copies := 0
	for fd := 3; fd < 256; fd++ {
		if file, err := os.Stat(fmt.Sprintf("/dev/fd/%d", fd)); err == nil && sameAs(file, path) {
			copied, err := syscall.Dup(fd)
			if err != nil {
				t.Fatal(err)
			}
			defer syscall.Close(copied)
			copies++
			break
		}
	}
	if copies == 0 {
		t.Fatal("the lock's file was not found")
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, ok, err = TryLock(path); err != nil || !ok {
		t.Fatalf("it is still held: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func sameAs(file os.FileInfo, path string) bool {
	other, err := os.Stat(path)
	return err == nil && os.SameFile(file, other)
}
