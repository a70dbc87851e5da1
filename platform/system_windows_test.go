package platform

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func systemRoles() map[string]func([]string) error {
	return map[string]func([]string) error{"arguments": playArguments, "wait": playWait, "batch": playBatch}
}

// playArguments prints what it was given, and ends with 7.
func playArguments(args []string) error {
	fmt.Printf("%q %s\n", args, os.Getenv("ONLY"))
	os.Exit(7)
	return nil
}

// playWait says that it runs, and ends with its input.
func playWait([]string) error {
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString(0)
	return nil
}

// playExec runs this program in the role args[0] in its own place.
func playExec(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	env := NewEnv(Target{OS: "windows"}, os.Environ()).With("GSW_TEST_ROLE", args[0]).With("ONLY", "this one")
	code, err := Exec(self, append([]string{"name"}, args[1:]...), env)
	if err != nil {
		return err
	}
	os.Exit(code)
	return nil
}

// playBatch runs the batch file args[0].
func playBatch(args []string) error {
	code, err := Exec(args[0], args, NewEnv(Target{OS: "windows"}, os.Environ()))
	if err != nil {
		return err
	}
	os.Exit(code)
	return nil
}

func TestExec(t *testing.T) {
	out, err := actor(t, "exec", "arguments", "a b", "", `c\" d\`, "ü", "^&|%PATH%").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 7 {
		t.Errorf("ended with %v, want exit status 7", err)
	}
	if want := fmt.Sprintf("%q this one\n", []string{"a b", "", `c\" d\`, "ü", "^&|%PATH%"}); string(out) != want {
		t.Errorf("got %s, want %s", out, want)
	}
}

// TestExecEndsWithItsParent: the child's end of the pipe closes when the process that Exec'd it is killed.
func TestExecEndsWithItsParent(t *testing.T) {
	cmd := actor(t, "exec", "wait")
	if _, err := cmd.StdinPipe(); err != nil {
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
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := lines.ReadString('\n')
		ended <- err
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the child outlives its parent")
	}
}

func TestExecBatchFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a b.cmd")
	write(t, path, "@echo %1 %2 %3\r\n@exit /b 3\r\n")
	cmd := actor(t, "batch", path, "x y", "a&b", "^1")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
		t.Errorf("ended with %v, want exit status 3", err)
	}
	if string(out) != `"x y" "a&b" "^1"`+"\r\n" {
		t.Errorf("got %q", out)
	}
}

// needReplacing is for Wine, which has no renames with POSIX semantics.
func needReplacing(t *testing.T) {
	t.Helper()
	if onWine() {
		t.Skip("Wine has no renames with POSIX semantics, which replace a file that is open")
	}
}

func TestReplaceFileThatIsRead(t *testing.T) {
	needReplacing(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	write(t, path, "old")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	reader, err := root.Open("file")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := ReplaceFile(path, []byte("new"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestRunning(t *testing.T) {
	dir := t.TempDir()
	tool := filepath.Join(dir, "tool.exe")
	cmd := actor(t, "wait")
	program, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tool, program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Path = tool
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
	defer cmd.Wait()
	defer in.Close()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	got, err := Running(dir)
	if err != nil || len(got) != 1 || got[0].PID != cmd.Process.Pid {
		t.Errorf("got %+v, %v; want %d", got, err, cmd.Process.Pid)
	}
}

func TestOwnedByAnother(t *testing.T) {
	if other, err := OwnedByAnother(t.TempDir()); other || err != nil {
		t.Errorf("my own folder: %v, %v", other, err)
	}
}
