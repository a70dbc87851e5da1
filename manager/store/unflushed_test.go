package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// under is the store as a process under another boot sees it.
func under(s Store, boot string) Store {
	s.bootID = func() string { return boot }
	return s
}

// doubts names what a Sweep finds doubtful, by version.
func doubts(t testing.TB, s Store) string {
	t.Helper()
	list, err := s.Sweep(t.Context(), program, nil)
	if err != nil {
		t.Error(err)
	}
	return tags(list)
}

// lose does to a toolchain what a power loss does to files that were not flushed.
func lose(t testing.TB, tc Toolchain, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Truncate(filepath.Join(tc.Dir, filepath.FromSlash(name)), 0); err != nil {
			t.Fatal(err)
		}
	}
}

func mustInstallUnflushed(t testing.TB, s Store, tag string) Toolchain {
	t.Helper()
	tc, err := installUnflushed(s, tag, "1")
	if err != nil {
		t.Fatal(err)
	}
	return tc
}

// recheck looks at every doubtful toolchain as a command does.
func recheck(t testing.TB, s Store, tc Toolchain) Settled {
	t.Helper()
	settled, err := s.Recheck(t.Context(), tc, nil, func() (bool, error) { return whole(tc), nil })
	if err != nil {
		t.Error(err)
	}
	return settled
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func bootOf(t testing.TB, tc Toolchain) string {
	t.Helper()
	r, err := tc.Receipt()
	if err != nil {
		t.Error(err)
	}
	return r.BootID
}

// TestSweepWhoseGuardFails: nothing counts as seen, so that the next sweep looks again; a command has to know of what is
// in doubt all the same.
func TestSweepWhoseGuardFails(t *testing.T) {
	s := open(t)
	tc := mustInstallUnflushed(t, s, "go1.22.3")
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(tc.GOBIN(), exe("gopls")), "gopls", 0o755)
	for path, ago := range map[string]time.Duration{s.Shims(): time.Hour, tc.GOBIN(): time.Minute} {
		when := time.Now().Add(-ago)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.markStale(); err != nil {
		t.Fatal(err)
	}
	calls := 0
	unwell := errors.New("the guard is unwell")
	sweep := func(result error) (doubtful string, err error) {
		list, err := under(s, "another boot").Sweep(t.Context(), program, func() error { calls++; return result })
		return tags(list), err
	}
	for range 2 {
		doubtful, err := sweep(unwell)
		if !errors.Is(err, unwell) || doubtful != "go1.22.3" {
			t.Errorf("with a guard that fails: in doubt is %q, %v", doubtful, err)
		}
		if exists(filepath.Join(s.Shims(), exe("gopls"))) || !exists(s.stale()) {
			t.Error("the links were made to fit in spite of it")
		}
	}
	if doubtful, err := sweep(nil); err != nil || doubtful != "go1.22.3" || calls != 3 {
		t.Errorf("with one that does not: in doubt is %q, %v, after %d calls", doubtful, err, calls)
	}
	if !exists(filepath.Join(s.Shims(), exe("gopls"))) || exists(s.stale()) {
		t.Error("the links do not fit")
	}
	if _, err := sweep(unwell); err != nil || calls != 3 {
		t.Errorf("there was nothing to guard, and the guard was called: %d calls, %v", calls, err)
	}
}

func TestUnflushedAndWhole(t *testing.T) {
	s := under(open(t), "A")
	var steps []string
	s.step = func(point string) { steps = append(steps, point) }
	tc := mustInstallUnflushed(t, s, "go1.22.3")
	if slices.Contains(steps, "commit: flushed") || slices.Contains(steps, "commit: rename flushed") {
		t.Errorf("it went through %q", steps)
	}
	s.step = nil
	mustInstall(t, s, "go1.21.6")
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	if bootOf(t, tc) != "A" || !exists(markFile(tc)) {
		t.Errorf("the receipt names boot %q; the mark is there: %t", bootOf(t, tc), exists(markFile(tc)))
	}
	if got := doubts(t, s); got != "" {
		t.Errorf("under the same boot %s is doubtful", got)
	}
	b := under(s, "B")
	if got := doubts(t, b); got != "go1.22.3" {
		t.Errorf("under another boot %q is doubtful", got)
	}
	if got := recheck(t, b, tc); got.Removed {
		t.Errorf("%+v", got)
	}
	if bootOf(t, tc) != "" || exists(markFile(tc)) {
		t.Errorf("after it was found whole the receipt names boot %q; the mark is there: %t", bootOf(t, tc), exists(markFile(tc)))
	}
	if got := doubts(t, b) + doubts(t, under(s, "C")); got != "" {
		t.Errorf("%s is doubtful again", got)
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
}

func TestUnflushedAndDamaged(t *testing.T) {
	for _, file := range []string{"go/bin/go", "receipt.json"} {
		s := under(open(t), "A")
		mustInstall(t, s, "go1.21.6")
		tc := mustInstallUnflushed(t, s, "go1.22.3")
		write(t, filepath.Join(tc.GOBIN(), exe("gopls")), "x", 0o755)
		if err := errors.Join(s.activate(t.Context(), v("go1.22.3")), s.Refresh(t.Context(), program)); err != nil {
			t.Fatal(err)
		}
		lose(t, tc, file)
		b := under(s, "B")
		if got := doubts(t, b); got != "go1.22.3" {
			t.Errorf("%q is doubtful", got)
		}
		if got := recheck(t, b, tc); !got.Removed || !got.Default || strings.Join(got.Tools, " ") != "gopls" {
			t.Errorf("%s was lost: %+v", file, got)
		}
		if err := b.Refresh(t.Context(), program); err != nil {
			t.Error(err)
		}
		if got, err := state(b); err != nil || got != "go1.21.6 1 []" {
			t.Errorf("%s, %v", got, err)
		}
		if err := derived(b); err != nil {
			t.Error(err)
		}
	}
}

// Where the system names no boot, nothing is left to doubt, and everything that was is.
func TestNoBootKnown(t *testing.T) {
	s := under(open(t), "")
	tc := mustInstallUnflushed(t, s, "go1.22.3")
	if bootOf(t, tc) != "" || exists(markFile(tc)) {
		t.Errorf("boot %q, marked: %t", bootOf(t, tc), exists(markFile(tc)))
	}
	mustInstallUnflushed(t, under(s, "A"), "go1.21.6")
	if got := doubts(t, s); got != "go1.21.6" {
		t.Errorf("%q is doubtful", got)
	}
}

func TestRecheckInterrupted(t *testing.T) {
	s := under(open(t), "A")
	tc := mustInstallUnflushed(t, s, "go1.22.3")
	b := under(s, "B")
	_, err := b.Recheck(t.Context(), tc, nil, func() (bool, error) { return false, context.Canceled })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := doubts(t, b); got != "go1.22.3" || bootOf(t, tc) != "A" {
		t.Errorf("%q is doubtful, boot %q", got, bootOf(t, tc))
	}
}

// Several commands find the same doubt: one looks, the others wait for it.
func TestRecheckOnce(t *testing.T) {
	s := under(open(t), "A")
	tc := mustInstallUnflushed(t, s, "go1.22.3")
	b := under(s, "B")
	var looked atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := b.Recheck(t.Context(), tc, nil, func() (bool, error) {
				looked.Add(1)
				return whole(tc), nil
			})
			if err != nil || exists(markFile(tc)) {
				t.Errorf("%v; marked: %t", err, exists(markFile(tc)))
			}
		})
	}
	all.Wait()
	if looked.Load() != 1 {
		t.Errorf("%d looked", looked.Load())
	}
}

func TestMarks(t *testing.T) {
	s := under(open(t), "A")
	b := under(s, "B")
	tc := mustInstallUnflushed(t, s, "go1.22.3")

	lose(t, Toolchain{Dir: s.versions()}, filepath.Base(markFile(tc)))
	if got := doubts(t, s); got != "go1.22.3" {
		t.Errorf("with a mark that names no boot %q is doubtful", got)
	}
	if err := os.Remove(markFile(tc)); err != nil {
		t.Fatal(err)
	}
	if s.Doubtful(tc) || !b.Doubtful(tc) {
		t.Errorf("without a mark the receipt counts: %t, %t", s.Doubtful(tc), b.Doubtful(tc))
	}
	recheck(t, b, tc)
	if b.Doubtful(tc) {
		t.Error("it was found whole, and is doubtful")
	}

	if _, err := installUnflushed(s, "go1.22.3", "2"); err != nil || !exists(markFile(tc)) {
		t.Errorf("installed anew, marked: %t, %v", exists(markFile(tc)), err)
	}
	if _, err := install(s, "go1.22.3", "3"); err != nil || exists(markFile(tc)) || bootOf(t, tc) != "" {
		t.Errorf("installed anew and flushed, marked: %t, boot %q, %v", exists(markFile(tc)), bootOf(t, tc), err)
	}
	mustInstallUnflushed(t, s, "go1.22.3")
	if err := s.Remove(t.Context(), v("go1.22.3"), false, nil); err != nil || exists(markFile(tc)) {
		t.Errorf("removed, marked: %t, %v", exists(markFile(tc)), err)
	}

	if err := s.mark(tc, "A"); err != nil {
		t.Fatal(err)
	}
	unlock, err := s.lockVersion(t.Context(), tc.Version, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := doubts(t, b); got != "" || !exists(markFile(tc)) {
		t.Errorf("%q is doubtful; the mark of a living process is there: %t", got, exists(markFile(tc)))
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if got := doubts(t, b); got != "" || exists(markFile(tc)) {
		t.Errorf("%q is doubtful; the mark of what did not come to be is there: %t", got, exists(markFile(tc)))
	}
}

func TestConfirm(t *testing.T) {
	s := under(open(t), "A")
	tc := mustInstallUnflushed(t, s, "go1.22.3")
	r, err := tc.Receipt()
	if err != nil {
		t.Fatal(err)
	}
	other := r
	other.InstalledAt = r.InstalledAt.Add(1)
	if err := s.Confirm(t.Context(), tc, other); err != nil || !exists(markFile(tc)) {
		t.Errorf("another toolchain was found whole: %v, marked: %t", err, exists(markFile(tc)))
	}
	if err := s.Confirm(t.Context(), tc, r); err != nil || exists(markFile(tc)) || bootOf(t, tc) != "" {
		t.Errorf("%v, marked: %t, boot %q", err, exists(markFile(tc)), bootOf(t, tc))
	}
}

func TestUnflushedInTheSystemStore(t *testing.T) {
	shared := under(open(t), "A")
	tc := mustInstallUnflushed(t, shared, "go1.22.3")
	s := under(open(t, "GSW_SYSTEM="+shared.home), "B")
	list, err := s.Sweep(t.Context(), program, nil)
	if err != nil || len(list) != 1 || !list[0].System || list[0].Version != tc.Version {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.Confirm(t.Context(), list[0], receiptFor("go1.22.3", "1")); err != nil || !exists(markFile(tc)) {
		t.Errorf("%v, marked: %t", err, exists(markFile(tc)))
	}
}

// Killed at any step, a recheck leaves the damaged toolchain marked or out of sight, and the next one ends it.
func TestKilledWhileRechecking(t *testing.T) {
	for step := 1; ; step++ {
		s := open(t)
		var all []Toolchain
		for _, tag := range []string{"go1.21.6", "go1.22.3"} {
			all = append(all, mustInstallUnflushed(t, under(s, "another"), tag))
		}
		if err := errors.Join(s.activate(t.Context(), v("go1.22.3")), s.Refresh(t.Context(), program)); err != nil {
			t.Fatal(err)
		}
		lose(t, all[1], "go/bin/go", "go/VERSION")
		cmd := childCommand(t, "sweep", s, strconv.Itoa(step))
		out, killed := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() == failed {
			t.Fatalf("step %d: %s", step, out)
		}
		if exists(all[1].Dir) && !exists(markFile(all[1])) {
			t.Errorf("killed at step %d, %s: damaged, and not marked", step, out)
		}
		if err := s.do([]string{"sweep"}); err != nil {
			t.Errorf("after step %d, %s: %v", step, out, err)
		}
		if got, err := state(s); err != nil || got != "go1.21.6 1 []" {
			t.Errorf("after step %d, %s: %s, %v", step, out, got, err)
		}
		if err := derived(s); err != nil {
			t.Errorf("after step %d, %s: %v", step, out, err)
		}
		if killed == nil {
			const least = 14
			if step <= least {
				t.Errorf("only %d steps", step-1)
			}
			break
		}
	}
}

func TestParseMark(t *testing.T) {
	for name, want := range map[string]bool{
		".unflushed-go1.22.3": true, ".unflushed-": false, ".unflushed-1.22.3": false, "unflushed-go1.22.3": false, ".new-go1.22.3": false,
	} {
		if got, ok := parseMark(name); ok != want || ok && got != v("go1.22.3") {
			t.Errorf("%s: %v, %t", name, got, ok)
		}
	}
}
