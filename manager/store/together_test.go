package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gsw/manager/gover"
)

func parseSpec(text string) (gover.Spec, error) { return gover.ParseSpec(text, nil) }

// 2,000 switches while eight processes look: there is never no Go, and never the Go of one version with the tools of
// another.
func TestSwitchingUnderReaders(t *testing.T) {
	s, ctx := open(t), t.Context()
	plant(t, s.home, "go1.22.3", "1", "gopls")
	plant(t, s.home, "go1.21.6", "1", "gopls")
	if err := s.activate(ctx, v("go1.22.3")); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(ctx, program); err != nil {
		t.Fatal(err)
	}
	type reader struct {
		end  io.Closer
		out  *bufio.Reader
		wait func() error
	}
	var readers []reader
	for range 8 {
		cmd := childCommand(t, "look", s, "")
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
		r := reader{in, bufio.NewReader(out), cmd.Wait}
		if _, err := r.out.ReadString('\n'); err != nil { // it is looking
			t.Fatal(err)
		}
		readers = append(readers, r)
	}
	switches := 2000
	if testing.Short() {
		switches = 100
	}
	for i := range switches {
		if err := s.activate(ctx, v([]string{"go1.21.6", "go1.22.3"}[i%2])); err != nil {
			t.Error(err)
			break
		}
	}
	for _, r := range readers {
		r.end.Close()
		out, err := io.ReadAll(r.out)
		if err := errors.Join(err, r.wait()); err != nil {
			t.Errorf("%v: %s", err, out)
		} else if n, err := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || n == 0 {
			t.Errorf("a reader saw nothing: %q", out)
		}
	}
}

// Several goroutines, each with its own idea of the world, and readers among them: whatever they do, what is visible
// is whole, the anchor does not dangle, and when they are done the rest fits.
func TestTogether(t *testing.T) {
	s, ctx := open(t), t.Context()
	if err := s.Refresh(ctx, program); err != nil {
		t.Fatal(err)
	}
	versions := []string{"go1.20", "go1.21.6", "go1.22.3", "go1.23rc1"}
	seed := rand.Uint64()
	var workers, readers sync.WaitGroup
	var done atomic.Bool
	for worker := range uint64(4) {
		workers.Go(func() {
			random := rand.New(rand.NewPCG(seed, worker))
			for n := range 40 {
				tag := versions[random.IntN(len(versions))]
				var args []string
				switch random.IntN(8) {
				case 0, 1:
					args = []string{"install", tag, fmt.Sprint(worker, "-", n)}
					args[2] = strings.ReplaceAll(args[2], " ", "")
				case 2, 3:
					args = []string{"activate", tag}
				case 4:
					args = []string{"remove", tag, "force"}
				case 5:
					args = []string{"remove", tag}
				case 6:
					args = []string{"sweep"}
				case 7:
					args = []string{"resolved", "1.22", tag}
				}
				err := s.do(args)
				if err != nil && !isType[*NotInstalledError](err) && (!isType[*ActiveError](err) || len(args) > 2) {
					t.Errorf("seed %d: %q: %v", seed, args, err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for !done.Load() {
				_, err := s.Active()
				if onWindows && isType[*BrokenAnchorError](err) {
					continue // an exchange of two folders takes three renames here: for a moment there is none
				}
				if err != nil && !isType[*NoDefaultError](err) {
					t.Errorf("seed %d: %v", seed, err)
				}
				if _, err := s.List(); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
				if tc, err := s.Find(gover.Only(v("go1.22.3"))); err == nil {
					r, err := tc.Receipt()
					text, readErr := os.ReadFile(filepath.Join(tc.GOROOT(), "VERSION"))
					if err == nil && readErr == nil && r.Version.Tag() != strings.Fields(string(text))[0] {
						t.Errorf("seed %d: %s with the receipt of %s", seed, text, r.Version)
					}
				} else if !isType[*NotInstalledError](err) {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
	workers.Wait()
	done.Store(true)
	readers.Wait()
	if _, err := state(s); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	if _, err := s.Sweep(ctx, program, nil); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	if err := derived(s); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// Activate looks for the version under the lock that Remove holds: one of both sees what the other did.
func TestActivateAgainstRemove(t *testing.T) {
	s, ctx := open(t), t.Context()
	for range 100 {
		plant(t, s.home, "go1.22.3", "1")
		if err := s.Deactivate(ctx); err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		var used, removed error
		both.Go(func() { used = s.activate(ctx, v("go1.22.3")) })
		both.Go(func() { removed = s.Remove(ctx, v("go1.22.3"), false, nil) })
		both.Wait()
		switch {
		case used == nil && isType[*ActiveError](removed):
		case isType[*NotInstalledError](used) && removed == nil:
		default:
			t.Fatalf("Activate: %v; Remove: %v", used, removed)
		}
	}
}

func TestALockThatIsNotToBeHad(t *testing.T) {
	s := open(t)
	plant(t, s.home, "go1.22.3", "1")
	unlock, err := s.lockAnchor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"Activate":   s.Activate(ended, v("go1.22.3")),
		"Deactivate": s.Deactivate(ended),
		"Remove":     s.Remove(ended, v("go1.22.3"), false, nil),
		"Refresh":    s.Refresh(ended, program),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := state(s); err != nil || got != "go1.22.3 1 []" {
		t.Errorf("%s, %v", got, err)
	}
}

func many(b *testing.B) Store {
	s := open(b)
	for minor := range 25 {
		for patch := range 20 {
			plant(b, s.home, fmt.Sprintf("go1.%d.%d", 10+minor, 1+patch), "1")
		}
	}
	if err := s.Activate(b.Context(), v("go1.22.3")); err != nil {
		b.Fatal(err)
	}
	return s
}

// With 500 toolchains: what a shim does at every call, and what a command does.
func BenchmarkStore(b *testing.B) {
	s := many(b)
	line, err := parseSpec("1.22")
	if err != nil {
		b.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"Get":    func() error { _, err := s.Get(v("go1.22.3")); return err },
		"Active": func() error { _, err := s.Active(); return err },
		"Find":   func() error { _, err := s.Find(line); return err },
		"List":   func() error { _, err := s.List(); return err },
		"Switch": func() error {
			return errors.Join(s.Activate(b.Context(), v("go1.22.3")), s.Activate(b.Context(), v("go1.22.4")))
		},
		"Sweep":   func() error { _, err := s.Sweep(b.Context(), program, nil); return err },
		"Refresh": func() error { return s.Refresh(b.Context(), program) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
