package release_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// every tells which of so many steps are tried: all of them with GSW_TEST_LONG, which takes five minutes, else some, spread
// over the whole, of which GSW_TEST_REQUIRE=all makes more.
func every(steps int) int {
	some := 8
	switch {
	case os.Getenv("GSW_TEST_LONG") != "":
		return 1
	case os.Getenv("GSW_TEST_REQUIRE") == "all":
		some = 24
	}
	return max(1, (steps+some-1)/some)
}

// change is a command that replaces gsw's programs.
type change struct {
	name     string
	before   []string // what brings the state about that it starts from, if not a fresh installation
	args     []string
	from, to string // the versions before it and after it
}

// changes are all of them; url is a release 1.1.0.
func changes(url string) []change {
	update := []string{"self", "update", "--from", url}
	return []change{
		{"update", nil, update, "1.0.0", "1.1.0"},
		{"rollback", update, []string{"self", "rollback"}, "1.1.0", "1.0.0"},
	}
}

// prepared is an account in the state that a change starts from.
func (c change) prepared(t *testing.T) string {
	home, env, gsw := installed(t)
	if got := run(t, env, gsw, "init", "bash", "--write"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if c.before != nil {
		if got := run(t, env, gsw, c.before...); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	return home
}

// copied gives a copy of an account. Files are shared with it: gsw never writes into one, and it would be found out.
func copied(t *testing.T, base string) (home string, env []string) {
	t.Helper()
	home, env = account(t)
	if err := os.Remove(home); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-al", base, home).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return home, env
}

// TestSelfKilled kills gsw, and what it has started, at each call that changes the file system while it replaces itself.
// Then gsw runs, both programs are of one version, the old or the new, and going on works as if nothing had been.
func TestSelfKilled(t *testing.T) {
	disturbed(t, 0, func(t *testing.T, c change, got stepped) {
		if got.code != -1 {
			t.Errorf("it was to be killed: %+v", got)
		}
	})
}

// TestSelfDiskFull lets each of those calls fail instead.
func TestSelfDiskFull(t *testing.T) {
	disturbed(t, syscall.ENOSPC, func(t *testing.T, c change, got stepped) {
		switch {
		case got.code == 0 && strings.Contains(got.text, "went from v"+c.from+" to v"+c.to):
		case got.code == 8 && strings.Contains(got.text, "no space left on device"):
		case got.code == 1 && !strings.Contains(got.text, "panic"): // the call was one of a program that was asked for its version
		default:
			t.Errorf("%+v", got)
		}
	})
}

func disturbed(t *testing.T, errno syscall.Errno, check func(t *testing.T, c change, got stepped)) {
	if testing.Short() {
		t.Skip("builds releases")
	}
	url := serve(t, "1.1.0", nil)
	for _, c := range changes(url) {
		t.Run(c.name, func(t *testing.T) {
			base := c.prepared(t)
			sums := sumsOf(t, base)
			home, env := copied(t, base)
			gsw := filepath.Join(home, ".gsw", "bin", "gsw")
			whole := step(t, env, disturb{}, gsw, c.args...)
			if whole.code != 0 || whole.steps < 20 {
				t.Fatalf("%+v", whole)
			}
			sound(t, home, env, c.to)
			clean := names(t, home)
			seen := map[string]int{}
			by := every(whole.steps)
			for at := 1; at <= whole.steps; at += by {
				home, env := copied(t, base)
				got := step(t, env, disturb{at, errno}, filepath.Join(home, ".gsw", "bin", "gsw"), c.args...)
				if got.last == "" {
					break // it took a step less than the first time
				}
				check(t, c, got)
				seen[afterwards(t, c, home, env, clean, url)]++
				if t.Failed() {
					t.Fatalf("at step %d of %d, %s: %s", at, whole.steps, got.last, got.text)
				}
			}
			t.Logf("%d steps, one in %d tried: %v", whole.steps, by, seen)
			if len(seen) != 2 {
				t.Errorf("not each of both states was seen")
			}
			if now := sumsOf(t, base); now != sums {
				t.Error("a program was written to, not replaced")
			}
		})
	}
}

// afterwards looks at an account in which a change was disturbed, goes on, and tells which state it was left in.
func afterwards(t *testing.T, c change, home string, env []string, clean []string, url string) string {
	t.Helper()
	gsw := filepath.Join(home, ".gsw", "bin", "gsw")
	if got := run(t, env, gsw, "list"); got.code != 0 {
		t.Errorf("list: %+v", got)
	}
	text := run(t, env, gsw, "version").text
	state := c.from
	if strings.HasPrefix(text, "gsw v"+c.to+" ") {
		state = c.to
	}
	sound(t, home, env, state)
	// What was begun can be done again, and undone.
	if got := run(t, env, gsw, "self", "update", "--from", url); got.code != 0 {
		t.Errorf("update afterwards: %+v", got)
	}
	sound(t, home, env, "1.1.0")
	if got := run(t, env, gsw, "self", "rollback"); got.code != 0 {
		t.Errorf("rollback afterwards: %+v", got)
	}
	sound(t, home, env, "1.0.0")
	if now := names(t, home); !slices.Equal(now, clean) {
		t.Errorf("there is\n%s\nwant\n%s", strings.Join(now, "\n"), strings.Join(clean, "\n"))
	}
	return state
}

// sound holds every program to a version.
func sound(t *testing.T, home string, env []string, version string) {
	t.Helper()
	bin := filepath.Join(home, ".gsw", "bin")
	for _, name := range []string{"gsw", "goswitch", "gsw-full"} {
		if got := run(t, env, filepath.Join(bin, name), "version"); got.code != 0 || !strings.HasPrefix(got.text, "gsw v"+version+" ") {
			t.Errorf("%s is %+v, want %s", name, got, version)
		}
	}
	for _, name := range []string{"gsw", "gsw-shim"} {
		// The front says nothing of itself: asked by the other name it does.
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, name), "--edition")
		cmd.Args[0], cmd.Env = "gsw-shim", env
		if out, err := cmd.CombinedOutput(); string(out) != "v"+version+"\n" {
			t.Errorf("the small program %s is %q, %v, want %s", name, out, err, version)
		}
	}
}

// names are those of all that gsw keeps, without what may be there or not.
func names(t *testing.T, home string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(home, path)
		if rel == filepath.Join(".gsw", "cache") {
			return fs.SkipDir
		}
		if err == nil {
			all = append(all, fmt.Sprintf("%v %s", d.Type(), rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sumsOf(t *testing.T, home string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `cd "$1" && find . -type f -exec sha256sum {} + | sort`, "sh", home).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
