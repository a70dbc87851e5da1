//go:build unix

package command

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// TestMirrorsAtOnce: while one process makes a mirror another says that it is busy, and only looking does no harm.
func TestMirrorsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, large(t, "1.22.3"))
	h.extra = []string{"GOPROXY=" + h.server.Proxy(), "GSW_TEST_PATIENCE=30s"}
	dir := filepath.Join(h.dir, "m")
	h.server.Lie("/files/*", disttest.Stall(1<<20).Times(1))
	first := h.command("mirror", "sync", dir, "--versions", "1.22.3")
	stderr, err := first.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	if !lines.Scan() || !strings.Contains(lines.Text(), "go1.22.3") {
		t.Fatalf("said %q", lines.Text())
	}
	_, said, code := h.run("mirror", "sync", dir, "--versions", "1.22.3")
	if code != exitBusy || !strings.Contains(said, "another gsw is making the mirror in ") {
		t.Errorf("exit %d: %s", code, said)
	}
	h.must("mirror", "sync", dir, "-n")
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	_ = first.Wait()
	h.must("mirror", "sync", dir, "--versions", "1.22.3") // the lock died with its owner
	m := disttest.Mirror{Dir: dir, Key: h.server.SumDB.Key}
	if holds, err := m.Check(); err != nil || len(holds) != 2 {
		t.Error(holds, err)
	}
}

// TestMirrorKilled kills the making of a mirror at random, and when it says that a step begins: what is published proves itself at any
// time, and in the end all is there.
func TestMirrorKilled(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	h := newHouse(t, disttest.Fake(t, "1.21.6", disttest.Host()), large(t, "1.22.3"), large(t, "1.22.4"))
	h.extra = []string{"GOPROXY=" + h.server.Proxy()}
	h.server.Lie("/files/*", disttest.Slow(64<<20))
	dir := filepath.Join(h.dir, "m")
	m := disttest.Mirror{Dir: dir, Key: h.server.SumDB.Key}
	states := [][]string{{"1.21.6,1.22.3"}, {"1.22.4,1.22.3"}, {"1.21.6,1.22.4"}}
	words := []string{"MB)", "proving"}
	took := time.Second
	kills := 0
	for n := range 30 {
		line := append([]string{"mirror", "sync", dir, "--versions"}, states[n%len(states)]...)
		word, after := "", rand.N(took+took/4)
		if n%3 == 0 {
			word = words[n/3%len(words)]
		}
		start := time.Now()
		if kill(t, h.command(line...), word, after) {
			kills++
		} else {
			took = time.Since(start)
		}
		holds, err := m.Check()
		if err != nil {
			t.Fatalf("round %d: %q, %v", n, holds, err)
		}
		if head := m.Head(); head != "" && (len(m.Heads) == 0 || m.Heads[len(m.Heads)-1] != head) {
			m.Heads = append(m.Heads, head)
		}
		if n%3 == 2 { // through to the end, on what the killed ones left
			h.must(line...)
			if holds, err := m.Check(); err != nil || fmt.Sprint(holds) != fmt.Sprint(namesOf("1.21.6", "1.22.4")) {
				t.Fatalf("round %d: %q, %v", n, holds, err)
			}
		}
	}
	if kills < 10 {
		t.Errorf("only %d kills hit", kills)
	}
	t.Logf("%d kills, %d heads", kills, len(m.Heads))
}

// namesOf is what a mirror of these versions for this machine holds.
func namesOf(versions ...string) (names []string) {
	target := disttest.Host()
	for _, v := range versions {
		names = append(names, "go"+v+"."+target.String()+".tar.gz")
	}
	for _, v := range versions {
		names = append(names, "v0.0.1-go"+v+"."+target.String())
	}
	return names
}
