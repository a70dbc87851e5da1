package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/receipt"
	"gsw/platform/platformtest"
)

func TestCommitReplacesAndKeepsTheTools(t *testing.T) {
	s, ctx := open(t), t.Context()
	plant(t, s.home, "go1.22.3", "1", "gopls", "dlv")
	bin := filepath.Join(s.home, "versions", "go1.22.3", "bin")
	write(t, filepath.Join(bin, ".quarantine", "git"), "git", 0o755)
	if !platformtest.Symlink(t, "gopls", filepath.Join(bin, exe("langserver"))) {
		write(t, filepath.Join(bin, exe("langserver")), "gopls of go1.22.3", 0o755)
	}
	if err := s.activate(ctx, v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	st, err := s.Begin(ctx, v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Abort()
	if err := fill(st.Dir(), "go1.22.3", "2"); err != nil {
		t.Fatal(err)
	}
	// While the toolchain is unpacked somebody builds a new tool and an old one anew, and another one at the last moment.
	st.store.step = func(point string) {
		switch point {
		case "commit: tools kept":
			write(t, filepath.Join(bin, exe("late")), "late", 0o755)
			if err := os.Remove(filepath.Join(bin, exe("dlv"))); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(bin, exe("dlv")), "newer", 0o755)
			later(t, filepath.Join(bin, exe("dlv")))
		case "commit: tools kept again":
			write(t, filepath.Join(bin, exe("latest")), "latest", 0o755)
		case "commit: renamed": // it may be killed here
			if tools := names(t, bin); strings.ReplaceAll(tools, ".exe", "") != ".quarantine dlv gopls langserver late" {
				t.Errorf("bin/ holds %s", tools)
			}
		}
	}
	if _, err := st.Commit(ctx, receiptFor("go1.22.3", "2")); err != nil {
		t.Fatal(err)
	}
	got, err := state(s)
	if want := "go1.22.3 2 [dlv gopls langserver late latest]; default go1.22.3"; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	for name, want := range map[string]string{"gopls": "gopls of go1.22.3", "langserver": "gopls of go1.22.3", "dlv": "newer", "latest": "latest", ".quarantine/git": "git"} {
		if !strings.HasPrefix(name, ".") {
			name = exe(name)
		}
		if have, err := os.ReadFile(filepath.Join(bin, name)); err != nil || string(have) != want {
			t.Errorf("bin/%s holds %q, %v", name, have, err)
		}
	}
	if err := s.Refresh(ctx, program); err != nil {
		t.Error(err)
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
}

func later(t *testing.T, path string) {
	t.Helper()
	when := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
}

func TestCommitKeepsABinThatIsALink(t *testing.T) {
	s, mine := open(t), t.TempDir()
	plant(t, s.home, "go1.22.3", "1")
	write(t, filepath.Join(mine, "gopls"), "gopls", 0o755)
	bin := filepath.Join(s.home, "versions", "go1.22.3", "bin")
	if err := os.Remove(bin); err != nil {
		t.Fatal(err)
	}
	platformtest.NeedSymlink(t, mine, bin)
	tc, err := install(s, "go1.22.3", "2")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.Readlink(tc.GOBIN()); err != nil || text != mine {
		t.Errorf("bin/ leads to %q, %v", text, err)
	}
	if err := s.Remove(t.Context(), v("go1.22.3"), false, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(mine, "gopls")); err != nil {
		t.Error(err)
	}
}

func TestCopyWhereNoHardLinkCanBe(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	write(t, from, "tool", 0o755)
	info, err := os.Lstat(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := copyFile(from, to, info); err != nil {
		t.Fatal(err)
	}
	if copied, err := os.Lstat(to); err != nil || copied.Mode() != info.Mode() || !copied.ModTime().Equal(info.ModTime()) || newer(info, to) {
		t.Errorf("copied as %v, %v", copied, err)
	}
	if err := copyFile(from, to, info); !errors.Is(err, os.ErrExist) {
		t.Errorf("overwrites: %v", err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	s := open(t)
	st, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(st.Dir(), "go1.22.3", "1"); err != nil {
		t.Fatal(err)
	}
	st.Abort()
	st.Abort()
	if entries, err := os.ReadDir(s.versions()); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if _, err := st.Commit(t.Context(), receiptFor("go1.22.3", "1")); err == nil || err.Error() != "putting go1.22.3 in its place: it was given up before" {
		t.Errorf("Commit after Abort: %v", err)
	}
	mustInstall(t, s, "go1.22.3") // the lock is free
}

func TestAbortAfterCommitDoesNothing(t *testing.T) {
	s := open(t)
	st, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(st.Dir(), "go1.22.3", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Commit(t.Context(), receiptFor("go1.22.3", "1")); err != nil {
		t.Fatal(err)
	}
	again, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Abort()
	st.Abort()
	if _, err := os.Stat(again.Go()); err != nil {
		t.Error(err)
	}
	if got, err := state(s); err != nil || got != "go1.22.3 1 []" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestCommitThatIsRefused(t *testing.T) {
	s := open(t)
	mustInstall(t, s, "go1.22.3")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx     context.Context
		receipt receipt.Receipt
		want    string
	}{
		{t.Context(), receiptFor("go1.21.6", "2"), "the receipt is of go1.21.6"},
		{ended, receiptFor("go1.22.3", "2"), "context canceled"},
	} {
		st, err := s.Begin(t.Context(), v("go1.22.3"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.Commit(tt.ctx, tt.receipt); err == nil || !strings.HasPrefix(err.Error(), "putting go1.22.3 in its place: ") || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("Commit: %v, want %s", err, tt.want)
		}
		st.Abort()
	}
	if got, err := state(s); err != nil || got != "go1.22.3 1 []" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestPermissions(t *testing.T) {
	if onWindows {
		t.Skip("files have no permissions of their own here: the folder gives them")
	}
	s := open(t)
	tc, err := install(s, "go1.22.3", "1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		s.versions(): "drwxr-xr-x", tc.Dir: "drwxr-xr-x", tc.GOROOT(): "drwxr-xr-x", tc.GOBIN(): "drwxr-xr-x", tc.receiptFile(): "-rw-r--r--",
		s.Bin(): "drwxr-xr-x", s.Shims(): "drwxr-xr-x", s.resolve(): "drwxr-xr-x", filepath.Join(s.resolve(), "1.22"): "-rw-r--r--",
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().String() != want {
			t.Errorf("%s: %v, %v; want %s", path, info.Mode(), err, want)
		}
	}
}

func TestBeginWaits(t *testing.T) {
	s := open(t)
	first, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Another version is not held up.
	mustInstall(t, s, "go1.21.6")

	ended, end := context.WithCancel(t.Context())
	waited := 0
	if _, err := s.Begin(ended, v("go1.22.3"), func() { waited++; end() }); !errors.Is(err, context.Canceled) || waited != 1 {
		t.Errorf("Begin: %v, waited %d times", err, waited)
	}

	var done sync.WaitGroup
	waiting := make(chan bool)
	done.Go(func() {
		second, err := s.Begin(t.Context(), v("go1.22.3"), func() { close(waiting) })
		if err != nil {
			t.Error(err)
			return
		}
		defer second.Abort()
		if tc, err := s.Get(v("go1.22.3")); err != nil {
			t.Errorf("who waited does not see what was installed: %+v, %v", tc, err)
		}
	})
	<-waiting
	if err := fill(first.Dir(), "go1.22.3", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Commit(t.Context(), receiptFor("go1.22.3", "1")); err != nil {
		t.Fatal(err)
	}
	done.Wait()
}

func TestRemoveWaitsForAnInstall(t *testing.T) {
	s := open(t)
	mustInstall(t, s, "go1.22.3")
	st, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(st.Dir(), "go1.22.3", "2"); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	waiting := make(chan bool)
	done.Go(func() {
		if err := s.Remove(t.Context(), v("go1.22.3"), false, func() { close(waiting) }); err != nil {
			t.Error(err)
		}
	})
	<-waiting
	if _, err := st.Commit(t.Context(), receiptFor("go1.22.3", "2")); err != nil {
		t.Fatal(err)
	}
	done.Wait()
	if got, err := state(s); err != nil || got != "" {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := s.Sweep(t.Context(), program, nil); err != nil {
		t.Error(err)
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
}

func TestSweepLetsLivingProcessesBe(t *testing.T) {
	s := open(t)
	st, err := s.Begin(t.Context(), v("go1.22.3"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Abort()
	dead := filepath.Join(s.versions(), ".new-go1.21.6-00000000000000aa")
	gone := filepath.Join(s.versions(), ".gone-go1.20-00000000000000bb")
	write(t, filepath.Join(dead, "go", "VERSION"), "x", 0o644)
	write(t, filepath.Join(gone, "receipt.json"), "x", 0o644)
	others := filepath.Join(s.versions(), ".gone-fishing")
	write(t, others, "x", 0o644)
	if _, err := s.Sweep(t.Context(), program, nil); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]bool{st.Go(): true, others: true, dead: false, gone: false} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A process that is killed where folders can't be swapped in one step leaves the old one under another name.
func TestSweepBringsAToolchainBack(t *testing.T) {
	s := open(t)
	plant(t, s.home, "go1.22.3", "1", "gopls")
	plant(t, s.home, "go1.21.6", "2")
	aside := func(tag string) string { return filepath.Join(s.versions(), "."+tag+".gsw-0123456789abcdef") }
	if err := os.Rename(filepath.Join(s.versions(), "go1.22.3"), aside("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	if err := fill(aside("go1.21.6"), "go1.21.6", "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.activate(t.Context(), v("go1.21.6")); err != nil {
		t.Fatal(err)
	}
	if err := s.markStale(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(t.Context(), program, nil); err != nil {
		t.Error(err)
	}
	if got, err := state(s); err != nil || got != "go1.21.6 2 []; go1.22.3 1 [gopls]; default go1.21.6" {
		t.Errorf("%s, %v", got, err)
	}
	if err := derived(s); err != nil {
		t.Error(err)
	}
}
