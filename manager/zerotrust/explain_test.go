package zerotrust

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

// TestExplain: the same words mean different things, and what gsw knows decides which.
func TestExplain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths and words of Unix: on Windows nothing is confined, so gsw denies nothing there")
	}
	missing := []Demand{{Version: module.Version{Path: "example.com/x", Version: "v1.0.0"}, File: "/p/go.mod", Line: 5}}
	for _, c := range []struct {
		said string
		free bool // the kernel lets the command write anywhere
		own  string
		lack []Demand
		want string
	}{
		{said: "open /home/me/bin/git: permission denied", want: "permission denied: /home/me/bin/git"},
		{said: "go: writing /home/me/a: read-only file system", want: "permission denied: /home/me/a"},
		{said: "sh: 1: cannot create /home/me/a: Permission denied", want: "permission denied: /home/me/a"},
		{said: "cp: cannot create regular file '/home/me/a b': Permission denied", want: "permission denied: /home/me/a b"},
		{said: "touch: cannot touch ‘/home/me/ä’: Permission denied", want: "permission denied: /home/me/ä"},
		{said: "open ../x: permission denied", want: "permission denied: /x"},
		{said: "rename /home/me/a /p/a: permission denied", want: "permission denied: /home/me/a"},
		{said: "open /home/me/a: permission denied", free: true},                    // it was not gsw
		{said: "open /root/a: permission denied", own: "/root"},                     // gsw could not, either
		{said: "open /p/a: permission denied"},                                      // a matter of modes
		{said: "open /pot/a: permission denied", want: "permission denied: /pot/a"}, // not below /p
		{said: "permission denied"}, // whatever it was
		{said: "verifying x@v1: checksum mismatch\n\tdownloaded: h1:a", want: "checksum mismatch: verifying x@v1: checksum mismatch"},
		{said: "main.go:3:8: missing go.sum entry for module providing package y", want: "checksum mismatch: main.go:3:8: missing go.sum entry for module providing package y"},
		{said: "go: example.com/x@v1.0.0: module lookup disabled by GOPROXY=off", lack: missing, want: "module not found: example.com/x@v1.0.0 (/p/go.mod:5)"},
		{said: "go: downloading example.com/x v1.0.0\nmkdir /mod/cache/download/example.com: permission denied", lack: missing,
			want: "module not found: example.com/x@v1.0.0 (/p/go.mod:5)"},
		{said: "go: y@v1: module lookup disabled by GOPROXY=off", lack: missing, want: "module not found: go: y@v1: module lookup disabled by GOPROXY=off"},
		{said: "example.com/x/main.go:3: undefined: x", lack: missing},
		{said: "dial tcp 192.0.2.1:80: connect: network is unreachable", want: "no network: dial tcp 192.0.2.1:80: connect: network is unreachable"},
		{said: "main.go:1: undefined: x"},
		{said: "go: writing stat cache: mkdir /mod/cache/download/example.com: permission denied\nmain.go:1: undefined: x", lack: missing},
		{said: ""},
	} {
		f := Failure{Said: c.said + "\n", Dir: "/p", Write: []string{"/p", "/tmp/run"}, Cache: "/mod", Missing: c.lack, Offline: true,
			Writable: func(file string) bool { return c.own == "" || !Below(file, c.own) }}
		if c.free {
			f.Write = nil
		}
		var got []string
		for _, e := range Explain(f) {
			got = append(got, fmt.Sprintf("%s: %s", e.Kind, strings.Join(e.Evidence, " ")))
			if e.Message == "" {
				t.Errorf("%q: no message", c.said)
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%q: %q, want %q", c.said, got, c.want)
		}
	}
	if e := Explain(Failure{Said: "network is unreachable"}); len(e) > 0 {
		t.Errorf("with a network: %v", e)
	}
}

func TestTail(t *testing.T) {
	var tail Tail
	for i := range 20_000 {
		fmt.Fprintf(&tail, "line %d is here\n", i)
	}
	if text := tail.String(); len(text) != tailLimit || !strings.HasSuffix(text, "line 19999 is here\n") {
		t.Errorf("%d bytes, ending in %q", len(text), text[len(text)-30:])
	}
}

func FuzzExplain(f *testing.F) {
	f.Add("open '/x: permission denied\nnetwork is unreachable")
	f.Fuzz(func(t *testing.T, said string) {
		for _, e := range Explain(Failure{Said: said, Dir: "/p", Write: []string{"/p"}, Cache: "/mod", Offline: true, Writable: func(string) bool { return true }}) {
			if len(e.Evidence) == 0 || len(e.Evidence) > evidenceLimit {
				t.Errorf("%s with %d pieces of evidence", e.Kind, len(e.Evidence))
			}
		}
	})
}
