package command

import (
	"bufio"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// TestKilledAndResumed kills gsw, on Windows by TerminateProcess, in the middle of a download and where it says that a step
// begins. The version is not there then, the others are; the next command clears up what was left, and the next install
// fetches what is missing and no more.
func TestKilledAndResumed(t *testing.T) {
	t.Parallel()
	small, big := disttest.Fake(t, "1.21.6", disttest.Host()), large(t, "1.22.3")
	module, archive := "/dl/mod/*/*/*/*.zip", "/files/*"
	tests := []struct {
		name string
		args []string
		path string
		word string // of stderr, at which it is killed; "" when a part of the download is there
		done bool   // it may be faster than the kill
	}{
		{"archive", []string{"install", "1.22.3"}, archive, "", false},
		{"module", []string{"install", "--via", "module", "1.22.3"}, module, "", false},
		{"proving", []string{"install", "1.22.3"}, archive, "proving", false},
		{"flushing", []string{"install", "1.22.3"}, archive, "flushing", true},
		{"anew", []string{"install", "--force", "1.21.6"}, archive, "flushing", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, small, big)
			h.extra = []string{"GOPROXY=" + h.server.Proxy()}
			h.must("install", "1.21.6")
			switch tt.word {
			case "":
				h.server.Lie(tt.path, disttest.Slow(4<<20))
			case "proving": // the answer never comes
				h.server.Lie("/sumdb/*/lookup/*/*", disttest.Hang())
			}
			if ended := killAt(t, h, tt.args, tt.word); ended && !tt.done {
				t.Fatal("it had ended before: this test shows nothing")
			}
			got, left := h.must("list"), h.visible()
			if strings.Contains(got, "1.22.3") && !tt.done || !strings.Contains(got, "1.21.6") {
				t.Errorf("a killed install left\n%s", got)
			}
			if !slices.Equal(left, []string{"go1.21.6"}) && !(tt.done && slices.Equal(left, []string{"go1.21.6", "go1.22.3"})) {
				t.Errorf("the next command left %v", left)
			}
			h.must("verify", "--all")

			kept := size(h.parts())
			h.server.Honest()
			h.server.Forget()
			h.must(tt.args...)
			rest := 0
			for _, r := range h.server.Requests() {
				if ok, _ := path.Match(tt.path, r.Path); ok && r.Header.Get("Range") != "" {
					rest++
				}
			}
			if tt.word == "" && (kept == 0 || rest != 1) {
				t.Errorf("%d bytes were there, and %d requests for the rest", kept, rest)
			}
			h.must("verify", "--all")
			if left := h.parts(); len(left) > 0 {
				t.Errorf("the install left %v", left)
			}
		})
	}
}

// killAt kills a gsw once a megabyte of its download is there, or once a line of its stderr has a word, and tells whether it
// had ended before.
func killAt(t *testing.T, h *house, args []string, word string) (ended bool) {
	t.Helper()
	c := h.command(args...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if word == "" {
		await(t, func() bool { return size(h.parts()) > 1<<20 })
	} else {
		for lines := bufio.NewScanner(stderr); ; {
			if !lines.Scan() {
				t.Fatalf("it never said %q", word)
			}
			if strings.Contains(lines.Text(), word) {
				break
			}
		}
	}
	if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	return c.Wait() == nil
}

// large is a distribution whose download and unpacking take long enough to be interrupted.
func large(t *testing.T, version string) *disttest.Tree {
	return disttest.Fake(t, version, disttest.Host(), disttest.Random("src/random.bin", 6<<20))
}

// await waits for what another process does.
func await(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
	}
}

func size(files []string) int64 {
	var n int64
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			n += info.Size()
		}
	}
	return n
}
