//go:build unix

package command

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// TestKilled kills real gsw processes, at random and when they say that a step begins. Whatever they were doing, the old
// state is there or the new one, and the next command clears up what they left.
func TestKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("half a minute of killing")
	}
	const kills = 16 // of each kind
	tests := []struct {
		name    string
		prepare []string // a command line that brings the old state about
		killed  []string
		words   []string // of stderr, at which it is killed in turns with random moments
		rate    int      // of the server, bytes a second; 0: as fast as it can
		states  []string
	}{
		{
			"install", []string{"uninstall", "--force", "1.22.3"}, []string{"install", "1.22.3"}, []string{"MB)", "proving", "flushing"}, 24 << 20,
			[]string{"go1.21.6; default go1.21.6", "go1.21.6 go1.22.3; default go1.21.6"},
		}, {
			"install anew", []string{"uninstall", "1.22.3"}, []string{"install", "--force", "1.21.6"}, []string{"MB)", "proving", "flushing"}, 0,
			[]string{"go1.21.6; default go1.21.6"},
		}, {
			"import", []string{"uninstall", "--force", "1.22.3"}, []string{"import", "sdk/go1.22.3"}, []string{"hashing", "copying", "flushing"}, 0,
			[]string{"go1.21.6; default go1.21.6", "go1.21.6 go1.22.3; default go1.21.6"},
		}, {
			"use", []string{"use", "1.21.6"}, []string{"use", "1.22.3"}, nil, 0,
			[]string{"go1.21.6 go1.22.3; default go1.21.6", "go1.21.6 go1.22.3; default go1.22.3"},
		}, {
			"uninstall", []string{"install", "1.22.3"}, []string{"uninstall", "1.22.3"}, nil, 0,
			[]string{"go1.21.6; default go1.21.6", "go1.21.6 go1.22.3; default go1.21.6"},
		},
	}
	small, big := disttest.Fake(t, "1.21.6", disttest.Host()), large(t, "1.22.3")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, small, big)
			h.must("install", "1.21.6")
			h.must("exec", "1.21.6", "--", "go", "install", "example.com/tool@latest")
			h.must("install", "1.22.3")
			big.Write(t, filepath.Join(h.dir, "sdk", "go1.22.3")) // as golang.org/dl leaves it
			if tt.rate > 0 {
				h.server.Lie("/files/go1.22.3*", disttest.Slow(tt.rate))
			}
			took := time.Duration(0)
			seen := map[string]int{}
			for n, tries := 0, 0; n < kills; tries++ {
				if tries > 4*kills {
					t.Fatalf("only %d kills hit", n)
				}
				h.run(tt.prepare...)
				if tries%3 == 0 { // else the next one only has to fetch the rest
					h.must("cache", "--clear")
				}
				word, after := "", time.Hour // the first one lives, to see how long it takes
				if tries%2 == 0 && len(tt.words) > 0 {
					word = tt.words[tries/2%len(tt.words)]
				} else if took > 0 {
					after = rand.N(took + took/4)
				}
				start := time.Now()
				if !kill(t, h.command(tt.killed...), word, after) {
					took = time.Since(start)
					continue
				}
				n++
				seen[whole(t, h, tt.states)]++
			}
			t.Logf("%v, undisturbed in %v", seen, took)
		})
	}
}

// kill starts a program and kills it: when a line of its stderr holds word, else after some time. It tells whether it
// was still alive.
func kill(t *testing.T, c *exec.Cmd, word string, after time.Duration) bool {
	t.Helper()
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if word == "" {
		timer := time.AfterFunc(after, func() { c.Process.Kill() })
		defer timer.Stop()
	}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if word != "" && strings.Contains(lines.Text(), word) {
			c.Process.Kill()
		}
	}
	_ = c.Wait()
	return c.ProcessState.Sys().(syscall.WaitStatus).Signaled()
}

// whole looks at what a killed process left, lets the next command clear up, and returns the state, which must be one
// of states, and every toolchain in it intact.
func whole(t *testing.T, h *house, states []string) string {
	t.Helper()
	if out, err := exec.Command(filepath.Join(h.home, "bin", "go"), "version").CombinedOutput(); err != nil {
		t.Errorf("there was a moment without a Go: %v %s", err, out)
	}
	h.must("list")
	visible := h.visible()
	link, err := os.Readlink(filepath.Join(h.home, "current"))
	if err != nil {
		t.Fatal(err)
	}
	state := strings.Join(visible, " ") + "; default " + filepath.Base(link)
	if !slices.Contains(states, state) {
		t.Errorf("left %s", state)
	}
	if stdout, stderr, code := h.run("verify", "--all"); code != 0 {
		t.Errorf("not whole: %s%s", stdout, stderr)
	}
	for _, v := range visible {
		if out, err := exec.Command(filepath.Join(h.home, "bin", v), "version").CombinedOutput(); err != nil || !strings.Contains(string(out), v) {
			t.Errorf("bin/%s: %v %s", v, err, out)
		}
	}
	links, err := filepath.Glob(filepath.Join(h.home, "bin", "go1*"))
	if err != nil || len(links) != len(visible) {
		t.Errorf("bin/ has %v, versions/ %v", links, visible)
	}
	if _, err := os.Stat(filepath.Join(h.home, "versions", "go1.21.6", "bin", "tool")); err != nil {
		t.Errorf("a tool is gone: %v", err)
	}
	return state
}

// TestInterrupted: what was downloaded when gsw was stopped by Ctrl-C is not downloaded again. TestKilledAndResumed kills it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		path   string
		args   []string
		signal syscall.Signal
		code   int
	}{
		{"archive, Ctrl-C", "/files/*", []string{"install", "1.22.3"}, syscall.SIGINT, exitInterrupted},
		{"archive, terminated", "/files/*", []string{"install", "1.22.3"}, syscall.SIGTERM, exitInterrupted},
		{"module, Ctrl-C", "/dl/mod/*/*/*/*.zip", []string{"install", "--via", "module", "1.22.3"}, syscall.SIGINT, exitInterrupted},
		{"file, Ctrl-C", "/files/*", []string{"install", "--from", "URL"}, syscall.SIGINT, exitInterrupted},
	}
	tree := large(t, "1.22.3")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, tree)
			h.extra = []string{"GOPROXY=" + h.server.Proxy()}
			args := slices.Clone(tt.args)
			for i := range args {
				if args[i] == "URL" {
					args[i] = h.server.DL() + "/" + tree.ArchiveName()
				}
			}
			h.server.Lie(tt.path, disttest.Slow(4<<20))
			c := h.command(args...)
			var stderr strings.Builder
			c.Stderr = &stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			await(t, func() bool { return size(h.parts()) > 1<<20 })
			c.Process.Signal(tt.signal)
			_ = c.Wait()
			if code := c.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit %d: %s", code, stderr.String())
			}
			if tt.code == exitInterrupted && !strings.HasSuffix(stderr.String(), "gsw: interrupted; what was downloaded is kept for the next time\n") {
				t.Errorf("said %s", stderr.String())
			}
			kept := size(h.parts())
			if kept >= int64(len(tree.Archive(t))) {
				t.Errorf("it went on until all %d bytes were there", kept)
			}
			h.server.Honest()
			h.server.Forget()
			h.must("list")
			if left := h.visible(); len(left) > 0 {
				t.Errorf("left %v", left)
			}
			h.must(args...)
			part := 0
			for _, r := range h.server.Requests() {
				if ok, _ := path.Match(tt.path, r.Path); ok && r.Header.Get("Range") != "" {
					part++
				}
			}
			if part != 1 {
				t.Errorf("%d bytes were there, and %d requests for the rest", kept, part)
			}
			h.must("verify", "1.22.3")
			if left := h.parts(); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// TestTogether: several gsw at once.
func TestTogether(t *testing.T) {
	t.Parallel()
	t.Run("one version", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, large(t, "1.22.3"))
		h.server.Lie("/files/*", disttest.Slow(20<<20))
		line := []string{"install", "1.22.3"}
		together(t, h, []int{exitDone}, line, line, line, line, line)
		if n := h.server.Count("/files/*"); n != 1 {
			t.Errorf("%d downloads", n)
		}
		if got := fmt.Sprint(h.visible()); got != "[go1.22.3]" {
			t.Error(got)
		}
		h.must("verify", "1.22.3")
	})
	t.Run("two versions", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, large(t, "1.22.3"), large(t, "1.21.6"))
		together(t, h, []int{exitDone}, []string{"install", "1.22.3"}, []string{"install", "1.21.6"}, []string{"install", "1.22.3", "1.21.6"})
		if n := h.server.Count("/files/*"); n != 2 {
			t.Errorf("%d downloads", n)
		}
		if got := fmt.Sprint(h.visible()); got != "[go1.21.6 go1.22.3]" {
			t.Error(got)
		}
		h.must("verify", "--all")
	})
	t.Run("install and uninstall", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, disttest.Fake(t, "1.22.3", disttest.Host()), disttest.Fake(t, "1.21.6", disttest.Host()))
		h.must("install", "1.21.6", "1.22.3")
		for range 8 {
			together(t, h, []int{exitDone, exitNoVersion}, []string{"install", "--force", "1.22.3"}, []string{"uninstall", "1.22.3"}, []string{"install", "1.22.3"})
			h.must("list")
			if got := fmt.Sprint(h.visible()); got != "[go1.21.6 go1.22.3]" && got != "[go1.21.6]" {
				t.Error(got)
			}
			h.must("verify", "--all")
		}
	})
}

// together runs several gsw at once; each must end with one of codes.
func together(t *testing.T, h *house, codes []int, lines ...[]string) {
	t.Helper()
	var all sync.WaitGroup
	for _, line := range lines {
		c := h.command(line...)
		all.Go(func() {
			if _, stderr, code := finish(t, c); !slices.Contains(codes, code) {
				t.Errorf("gsw %s: exit %d\n%s", strings.Join(line, " "), code, stderr)
			}
		})
	}
	all.Wait()
}

const exitDone = 0
