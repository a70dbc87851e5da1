//go:build unix

package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gsw/manager/dist/disttest"
)

// ownGit puts a git on PATH that is not gsw's, so that the tests need none of the machine's.
func (u *user) ownGit() {
	u.t.Helper()
	dir := filepath.Join(u.dir, "system")
	u.write(filepath.Join(dir, "git"), "#!/bin/sh\necho \"the system's git: $*\"\n")
	if err := os.Chmod(filepath.Join(dir, "git"), 0o755); err != nil {
		u.t.Fatal(err)
	}
	for i, line := range u.env {
		if path, ok := strings.CutPrefix(line, "PATH="); ok {
			u.env[i] = "PATH=" + dir + ":" + path
		}
	}
}

// After `go install` of a program called git, the next `git status` runs the system's.
func TestPromptMovesHidingToolsAside(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6")
		u.ownGit()
		app := u.project("app", ".go-version", "1.21.6\n")
		got := u.session(sh, "set -eu", "git before",
			"go install git gopls", "git status",
			"go install git", "git again", // however soon
			"gopls",
			"cd "+sh.Quote(app), "go install git", "git in app", "cd",
			"gsw -q tools allow git", "git allowed", "go install git", "git still allowed",
			"gsw config --unset allow", "git forbidden", "go install dlv", "dlv")
		u.wantSaid(got,
			"the system's git: before",
			"the system's git: status",
			"the system's git: again",
			"gopls made by go1.22.3",
			"the system's git: in app",
			"git made by go1.22.3", "allowed", "git made by go1.22.3", "still", "allowed",
			"the system's git: forbidden", "dlv made by go1.22.3")
		const each = "so it was moved to ~/.gsw/versions/go"
		if n := strings.Count(got.err, each); n != 5 { // allowed, both came back; forbidden, both went
			t.Errorf("told %d times, want 5: %s", n, got.err)
		}
		for _, want := range []string{
			"gsw: git in the GOBIN of go1.22.3 would hide " + filepath.Join(u.dir, "system", "git") + ", " + each +
				"1.22.3/bin/.quarantine/git; to have it back: gsw tools allow git\n",
			each + "1.22.3/bin/.quarantine/git.2; ", each + "1.21.6/bin/.quarantine/git; ",
		} {
			if !strings.Contains(got.err, want) {
				t.Errorf("not said: %s\nsaid: %s", want, got.err)
			}
		}
	})
}

// The same with a real go command and a module whose program is called git.
func TestPromptAfterARealInstall(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, "me", "1.22.3")
		u.ownGit()
		proxy := filepath.Join(u.dir, "proxy")
		disttest.WriteModule(t, proxy, "example.com/nicer/git", "v1.0.0", map[string]string{
			"main.go": "package main\n\nfunc main() { println(\"a nicer git\") }\n"})
		goroot, local, env := disttest.Local(t, proxy)
		disttest.PlantLocal(t, u.gsw, local.Tag(), goroot)
		u.env = slices.Concat(u.env, env)
		got := u.session(sh, "gsw -q use "+local.Number(), "go install example.com/nicer/git@v1.0.0", "git status",
			"gsw tools list", "gsw -q tools allow git", "git status")
		if want := "the system's git: status\n"; !strings.HasPrefix(got.out, want) {
			t.Errorf("said %s\nstderr: %s", got.out, got.err)
		}
		if !strings.Contains(got.err, "to have it back: gsw tools allow git\n") || !strings.Contains(got.err, "a nicer git\n") {
			t.Errorf("stderr: %s", got.err)
		}
	})
}

// A prompt costs a process where a tool came or went, once, and none otherwise: also not where nothing can be settled,
// and where GOBIN is the user's.
func TestPromptStartsGswOnce(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, "me", "1.22.3")
		calls := filepath.Join(u.dir, "calls")
		gsw := filepath.Join(u.gsw, "bin", "gsw")
		hook := u.run(u.home, gsw, "init", sh.Name()).out
		counting := filepath.Join(u.dir, "counting")
		u.write(counting, "#!/bin/sh\necho \"$*\" >>"+sh.Quote(calls)+"\nexec "+sh.Quote(gsw)+" \"$@\"\n")
		u.write(filepath.Join(u.dir, "hook"), strings.ReplaceAll(hook, gsw, counting))
		if err := os.Chmod(counting, 0o755); err != nil {
			t.Fatal(err)
		}
		count := func(lines ...string) int {
			os.Remove(calls)
			got := u.typed(sh, append([]string{". " + sh.Quote(filepath.Join(u.dir, "hook")), ":"}, lines...)...)
			text, _ := os.ReadFile(calls)
			if strings.ReplaceAll(string(text), promptWord+"\n", "") != "" {
				t.Errorf("called: %s\n%s", text, got.err)
			}
			return strings.Count(string(text), "\n")
		}
		if n := count(":", ":"); n != 0 {
			t.Errorf("nothing happened, and gsw was started %d times", n)
		}
		if n := count("go install gopls", ":", ":", ":"); n != 1 {
			t.Errorf("a tool came, and gsw was started %d times", n)
		}
		if n := count("rm $GOBIN/gopls", ":", ":"); n != 1 {
			t.Errorf("a tool went, and gsw was started %d times", n)
		}
		if n := count("mkdir -p ~/mine; export GOBIN=~/mine", "touch -t 203101010000 ~/mine", ":", ":"); n != 0 {
			t.Errorf("the GOBIN is the user's, and gsw was started %d times", n)
		}
		if n := count("rm -r $GSW_HOME/shims ~/.gsw/shims", ":", ":", ":"); n > 1 {
			t.Errorf("nothing can be settled, and gsw was started %d times", n)
		}
	})
}

// Whoever kills a rebuild finds the tool that was there, and the next command clears up.
func TestRebuildKilled(t *testing.T) {
	t.Parallel()
	u := newUser(t, "me", "1.22.3")
	proxy := filepath.Join(u.dir, "proxy")
	disttest.WriteModule(t, proxy, "example.com/greet", "v1.0.0", map[string]string{"main.go": "package main\n\nfunc main() { println(\"hello\") }\n"})
	goroot, _, env := disttest.Local(t, proxy)
	u.env = slices.Concat(u.env, env)

	// A go command that builds, and then takes its time.
	slow := filepath.Join(u.dir, "slow")
	marker := filepath.Join(u.dir, "built")
	u.write(filepath.Join(slow, "bin", "go"), fmt.Sprintf("#!/bin/sh\n'%s/bin/go' \"$@\" || exit\necho $$ >'%s.new'; mv '%[2]s.new' '%[2]s'; exec sleep 60\n", goroot, marker))
	if err := os.Chmod(filepath.Join(slow, "bin", "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	gobin := disttest.PlantLocal(t, u.gsw, "1.21.6", slow)
	install := exec.Command(filepath.Join(goroot, "bin", "go"), "install", "example.com/greet@v1.0.0")
	install.Env = append(slices.Clone(u.env), "GOBIN="+gobin)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	tool := filepath.Join(gobin, "greet")
	before, err := os.ReadFile(tool)
	if err != nil {
		t.Fatal(err)
	}

	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		os.Remove(marker)
		gsw := exec.Command(filepath.Join(u.gsw, "bin", "gsw"), "tools", "rebuild", "--spec", "1.21.6")
		gsw.Dir, gsw.Env = u.home, u.env
		if err := gsw.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { _, err := os.Stat(marker); return err == nil })
		_ = gsw.Process.Signal(signal)
		_ = gsw.Wait()
		text, err := os.ReadFile(marker)
		if err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Sscan(string(text), &pid); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(pid, syscall.SIGKILL) // after SIGINT it is gone already
		if signal == syscall.SIGINT && gsw.ProcessState.ExitCode() != exitInterrupted {
			t.Errorf("exit code %d", gsw.ProcessState.ExitCode())
		}
		if got := u.run(u.home, filepath.Join(u.gsw, "bin", "gsw"), "list"); got.code != 0 || got.err != "" {
			t.Errorf("the next command: exit code %d, %s", got.code, got.err)
		}
		if after, err := os.ReadFile(tool); err != nil || string(after) != string(before) {
			t.Errorf("after %v the tool is another one: %v", signal, err)
		}
		left, err := filepath.Glob(filepath.Join(u.gsw, "versions", ".*-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("after %v there is %v", signal, left)
		}
	}
}
