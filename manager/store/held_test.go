package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/platform/platformtest"
)

// busyTrees is Windows, as far as what is in use goes. step is called before anything is done.
type busyTrees struct {
	platformtest.Busy
	step func(point string)
}

func (b busyTrees) at(point string) {
	if b.step != nil {
		b.step(point)
	}
}

func (b busyTrees) Rename(old, new string) error {
	b.at("rename " + filepath.Base(old))
	return b.Busy.Rename(old, new)
}

func (b busyTrees) Remove(dir string) error {
	b.at("remove " + filepath.Base(dir))
	return b.Busy.Remove(dir)
}

func (b busyTrees) Whole(old, new string) error {
	err := b.Rename(old, new)
	if errors.Is(err, platformtest.ErrInUse) {
		return &platform.HeldError{Dir: old, Err: err}
	}
	return err
}

func (b busyTrees) Show(old, new string) error { return b.Whole(old, new) }

// Exchange takes three renames, as it does there. The first one is what somebody's hold refuses.
func (b busyTrees) Exchange(first, second string) error {
	aside := filepath.Join(filepath.Dir(first), "."+filepath.Base(first)+".gsw-0123456789abcdef")
	for _, r := range [][2]string{{first, aside}, {second, first}, {aside, second}} {
		if err := b.Whole(r[0], r[1]); err != nil {
			return err
		}
	}
	return nil
}

func (b busyTrees) Clear(dir string) (bool, error) {
	b.at("clear")
	return b.Busy.Clear(dir)
}

// occupied gives a store on a Windows where go1.22.3 is in use: these files of it are.
func occupied(t *testing.T, files ...string) Store {
	t.Helper()
	s := open(t)
	s.trees = busyTrees{}
	plant(t, s.home, "go1.22.3", "1", "gopls")
	plant(t, s.home, "go1.21.6", "1", "dlv")
	for _, file := range files {
		write(t, filepath.Join(s.versions(), "go1.22.3", filepath.FromSlash(file)), "in use", 0o755)
	}
	if err := s.activate(t.Context(), v("go1.21.6")); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	return s
}

// ended is the same store once nothing of it is in use any more.
func ended(s Store) Store {
	s.trees = systemTrees{}
	return s
}

// A toolchain that runs goes at once where it may, the same version can come again, and what is held goes when it ends.
func TestRemoveWhatRuns(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		left  string // in its place
		again bool   // it can be installed while that is held
	}{
		{"a program", []string{"go/bin/runs.exe"}, "", true},
		{"programs", []string{"go/bin/runs.exe", "bin/runs", "go/pkg/tool/runs.exe"}, "", true},
		{"an open file", []string{"go/src/fmt/open.go"}, "go/src/fmt/open.go", false},
		{"a folder that somebody stands in", []string{"go/src/stood/x.go"}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, ctx := occupied(t, tt.files...), t.Context()
			if err := s.Remove(ctx, v("go1.22.3"), false, nil); !isType[*platform.HeldError](err) {
				t.Fatalf("without force: %v", err)
			}
			const before, gone = "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.21.6", "go1.21.6 1 [dlv]; default go1.21.6"
			if got, err := state(s); tt.again && (err != nil || !strings.HasPrefix(got, "go1.21.6 1 [dlv]; go1.22.3 1 [gopls")) {
				t.Errorf("the refusal left %s, %v; want %s", got, err, before)
			}
			if err := s.Remove(ctx, v("go1.22.3"), true, nil); err != nil {
				t.Fatal(err)
			}
			if got, err := state(s); err != nil || got != gone {
				t.Errorf("%s, %v", got, err)
			}
			if !s.Lingers(v("go1.22.3")) || s.Lingers(v("go1.21.6")) {
				t.Error("nobody would be told what is held")
			}
			if got := strings.Join(filesIn(t, filepath.Join(s.versions(), "go1.22.3")), " "); got != tt.left {
				t.Errorf("in its place there is %s, want %s", got, tt.left)
			}
			left, err := s.Leftovers()
			if err != nil || len(left) == 0 || slices.ContainsFunc(left, func(l Leftover) bool { return l.Kind != Abandoned }) {
				t.Errorf("%v, %v: Abandoned is what a Sweep clears away", left, err)
			}
			for range 2 { // it runs on
				if err := s.do([]string{"sweep"}); err != nil || !s.Lingers(v("go1.22.3")) {
					t.Errorf("sweeping what is held: %v", err)
				}
			}
			_, err = install(s, "go1.22.3", "2")
			if want := gone; tt.again {
				want = "go1.21.6 1 [dlv]; go1.22.3 2 []; default go1.21.6"
				if got, stateErr := state(s); err != nil || got != want {
					t.Errorf("installed again: %s, %v, %v", got, stateErr, err)
				}
			} else if got, stateErr := state(s); !isType[*platform.HeldError](err) || got != want {
				t.Errorf("installed again: %s, %v, %v", got, stateErr, err)
			}
			s = ended(s)
			if err := s.do([]string{"sweep"}); err != nil {
				t.Fatal(err)
			}
			if err := s.Refresh(ctx, program); err != nil {
				t.Fatal(err)
			}
			if err := derived(s); err != nil || s.Lingers(v("go1.22.3")) {
				t.Errorf("after it had ended: %v", err)
			}
			if _, err := os.Lstat(filepath.Join(s.versions(), "go1.22.3")); (err == nil) != tt.again {
				t.Errorf("its place: %v", err)
			}
		})
	}
}

// Installing anew while the old one runs gives the new one, whole; where a piece can't be moved the old one stays, whole.
func TestReplaceWhatRuns(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		ok    bool
	}{
		{"a program", []string{"go/bin/runs.exe", "go/pkg/tool/runs.exe"}, true},
		{"an open file", []string{"go/bin/runs.exe", "go/src/fmt/open.go"}, false},
		{"a folder that somebody stands in", []string{"go/src/stood/x.go"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := occupied(t, tt.files...)
			_, err := install(s, "go1.22.3", "2")
			want := "go1.21.6 1 [dlv]; go1.22.3 2 [gopls]; default go1.21.6"
			if !tt.ok {
				want = strings.Replace(want, " 2 ", " 1 ", 1)
			}
			if got, stateErr := state(s); (err == nil) != tt.ok || err != nil && !isType[*platform.HeldError](err) || got != want {
				t.Fatalf("%v: %s, %v; want %s", err, got, stateErr, want)
			}
			if s.Lingers(v("go1.22.3")) != tt.ok {
				t.Error("it lingers, or does not")
			}
			for _, file := range tt.files {
				if _, err := os.Lstat(filepath.Join(s.versions(), "go1.22.3", filepath.FromSlash(file))); (err == nil) == tt.ok {
					t.Errorf("%s: %v", file, err)
				}
			}
			s = ended(s)
			if err := errors.Join(s.do([]string{"sweep"}), s.Refresh(t.Context(), program), derived(s)); err != nil {
				t.Error(err)
			}
			if got, err := state(s); err != nil || got != want {
				t.Errorf("swept: %s, %v", got, err)
			}
		})
	}
}

// A process killed between any two renames leaves the old state or the new one, also where Windows lets it move a
// toolchain only in pieces; the next command tidies up as far as that may be, and one after the end of what ran the rest.
func TestKilledInPieces(t *testing.T) {
	const old = "go1.21.6 1 [dlv]; go1.22.3 1 [gopls]; default go1.21.6"
	const gone = "go1.21.6 1 [dlv]; default go1.21.6"
	const anew = "go1.21.6 1 [dlv]; go1.22.3 2 [gopls]; default go1.21.6"
	tests := []struct {
		name    string
		job     string
		files   []string
		new     string
		back    bool // a Sweep brings the old state back where there is neither
		refused bool
		least   int
		long    bool // the others come to the same places
	}{
		{name: "remove", job: "remove go1.22.3 force", files: []string{"go/bin/runs.exe"}, new: gone, least: 15, long: true},
		{name: "install anew", job: "install go1.22.3 2", files: []string{"go/bin/runs.exe", "go/src/runs"}, new: anew, back: true, least: 20},
		{name: "install refused", job: "install go1.22.3 2", files: []string{"go/bin/runs.exe", "go/src/fmt/open.go"}, new: old, back: true, refused: true, least: 20, long: true},
		{name: "remove and sweep", job: "remove go1.22.3 force;sweep", files: []string{"go/bin/runs.exe", "go/src/fmt/open.go", "go/src/stood/x"}, new: gone, least: 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.long && testing.Short() {
				t.Skip("some forty processes, one for each step")
			}
			t.Parallel()
			seen := map[string]bool{}
			for step := 1; ; step++ {
				s := occupied(t, tt.files...)
				cmd := childCommand(t, tt.job, s, strconv.Itoa(step))
				cmd.Env = append(cmd.Env, "GSW_TEST_STORE_BUSY=1")
				out, err := cmd.CombinedOutput()
				point := strings.TrimSpace(string(out))
				through := err == nil || tt.refused && cmd.ProcessState.ExitCode() == failed
				if !through && cmd.ProcessState.ExitCode() == failed {
					t.Fatalf("step %d: %s", step, out)
				}
				got, stateErr := state(s)
				if stateErr != nil || got != old && got != tt.new && (got != gone || !tt.back) {
					t.Errorf("killed at step %d, %q: %s, %v", step, point, got, stateErr)
				}
				if got == gone && tt.back {
					got = old
				}
				seen[got] = true
				for _, s := range []Store{s, s, ended(s)} {
					if err := s.do([]string{"sweep"}); err != nil {
						t.Errorf("sweeping after step %d, %q: %v", step, point, err)
					}
					if swept, err := state(s); err != nil || swept != got {
						t.Errorf("sweeping after step %d, %q made %s, %v of %s", step, point, swept, err, got)
					}
				}
				if err := derived(ended(s)); err != nil {
					t.Errorf("after step %d, %q, and a Sweep: %v", step, point, err)
				}
				if through {
					if got != tt.new || step <= tt.least {
						t.Errorf("after %d steps: %s, want %s after %d at least", step-1, got, tt.new, tt.least)
					}
					break
				}
				if testing.Verbose() {
					t.Logf("%d %s: %s", step, point, got)
				}
			}
			if !seen[old] || !seen[tt.new] {
				t.Errorf("not both states were seen: %v", seen)
			}
		})
	}
}

// filesIn are the files of a tree, by their paths in it.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && d.IsDir() {
			return nil
		}
		rel, relErr := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(rel))
		return errors.Join(err, relErr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
