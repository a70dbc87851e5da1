package store

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gsw/platform/platformtest"
)

// A process killed between any two of its steps leaves the old state or the new one, and the next command tidies up.
func TestKilledAtEveryStep(t *testing.T) {
	tests := []struct {
		name    string
		job     string
		old     string
		new     string
		between string // a state that is allowed as well
		least   int    // steps there must be: a hook that is not reached tests nothing
	}{
		{
			name: "install", job: "install go1.22.4 2", least: 10,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; go1.22.4 2 []; default go1.22.3",
		}, {
			name: "install anew", job: "install go1.22.3 2", least: 10,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.21.6 1 [dlv]; go1.22.3 2 [gopls]; default go1.22.3",
		}, {
			name: "install unflushed", job: "unflushed go1.22.4 2", least: 10,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; go1.22.4 2 []; default go1.22.3",
		}, {
			name: "install anew unflushed", job: "unflushed go1.22.3 2", least: 10,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.21.6 1 [dlv]; go1.22.3 2 [gopls]; default go1.22.3",
		}, {
			name: "use", job: "activate go1.21.6", least: 2,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.21.6",
		}, {
			name: "remove", job: "remove go1.21.6", least: 12,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.22.3 1 [gopls]; default go1.22.3",
		}, {
			name: "remove the default", job: "remove go1.22.3 force", least: 12,
			old:     "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new:     "go1.21.6 1 [dlv]",
			between: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]",
		}, {
			name: "sweep", job: "sweep", least: 8,
			old: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
			new: "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.22.3",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for step := 1; ; step++ {
				s := open(t)
				plant(t, s.home, "go1.22.3", "1", "gopls")
				plant(t, s.home, "go1.21.6", "1", "dlv")
				if err := s.activate(t.Context(), v("go1.22.3")); err != nil {
					t.Fatal(err)
				}
				if tt.job == "sweep" {
					litter(t, s)
				} else if err := s.Refresh(t.Context(), program); err != nil {
					t.Fatal(err)
				}
				cmd := childCommand(t, tt.job, s, strconv.Itoa(step))
				out, err := cmd.CombinedOutput()
				point := strings.TrimSpace(string(out))
				if cmd.ProcessState.ExitCode() == failed {
					t.Fatalf("step %d: %s", step, out)
				}
				got, stateErr := state(s)
				if stateErr != nil || got != tt.old && got != tt.new && (got != tt.between || tt.between == "") {
					t.Errorf("killed at step %d, %q: %s, %v", step, point, got, stateErr)
				}
				seen[got] = true
				if err := s.do([]string{"sweep"}); err != nil {
					t.Errorf("sweeping after step %d, %q: %v", step, point, err)
				}
				if swept, err := state(s); err != nil || swept != got {
					t.Errorf("sweeping after step %d, %q made %s, %v of %s", step, point, swept, err, got)
				}
				if err := derived(s); err != nil {
					t.Errorf("after step %d, %q, and a Sweep: %v", step, point, err)
				}
				if err == nil { // it was through before that step
					if got != tt.new || step <= tt.least {
						t.Errorf("after %d steps: %s, want %s after %d at least", step-1, got, tt.new, tt.least)
					}
					break
				}
				if testing.Verbose() {
					t.Logf("%d %s: %s", step, point, got)
				}
			}
			if !seen[tt.old] || !seen[tt.new] {
				t.Errorf("not both states were seen: %v", seen)
			}
		})
	}
}

// litter is what killed processes may have left.
func litter(t *testing.T, s Store) {
	t.Helper()
	for _, name := range []string{".new-go1.22.4-0123456789abcdef", ".gone-go1.20-0123456789abcdef", ".go1.22.3.gsw-0123456789abcdef"} {
		if err := fill(filepath.Join(s.versions(), name), "go1.20", "0"); err != nil {
			t.Fatal(err)
		}
	}
	platformtest.Symlink(t, "versions/go1.21.6", filepath.Join(s.home, ".current.gsw-0123456789abcdef"))
	if err := s.markStale(); err != nil {
		t.Fatal(err)
	}
}

// The moments between the steps are covered by chance: also those inside the platform's own verbs.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two seconds")
	}
	s := open(t)
	const rounds = 25
	for range rounds {
		cmd := childCommand(t, "churn", s, "")
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Millisecond + rand.N(30*time.Millisecond))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if out.Len() > 0 {
			t.Fatalf("the process said: %s", &out)
		}
		got, err := state(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.do([]string{"sweep"}); err != nil {
			t.Fatal(err)
		}
		if swept, err := state(s); err != nil || swept != got {
			t.Fatalf("sweeping made %s, %v of %s", swept, err, got)
		}
		if err := s.Refresh(t.Context(), program); err != nil { // where not even the first Refresh came to be
			t.Fatal(err)
		}
		if err := derived(s); err != nil {
			t.Fatal(err)
		}
	}
}
