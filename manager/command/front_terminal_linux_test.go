package command

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gsw/platform/platformtest"
)

// TestBothFacesAgreeOnTerminal: with colours and without, as they are meant for people.
func TestBothFacesAgreeOnTerminal(t *testing.T) {
	t.Parallel()
	f := newFaces(t)
	f.use("1.22.3") // and something goes on with it
	holder := f.hold("1.22.3")
	for _, env := range [][]string{{"TERM=xterm"}, {"TERM=xterm", "NO_COLOR=1"}, {"TERM=dumb"}} {
		for _, args := range []string{"list", "use 1.21", "current", "use 1.19"} {
			f.use("1.22.3")
			want := f.shown(f.bin("gsw-full"), env, args)
			f.use("1.22.3")
			if got := f.shown(f.bin("gsw"), env, args); got != want || want == "" {
				t.Errorf("gsw %s, %s: %q, want %q", args, env, got, want)
			}
			if (args == "use 1.21") != strings.Contains(want, holder) {
				t.Errorf("gsw %s, %s: %q, which should tell of %s if it switches", args, env, want, holder)
			}
			if coloured := strings.Contains(want, "\x1b["); args == "list" && coloured != (len(env) == 1 && env[0] == "TERM=xterm") {
				t.Errorf("gsw list, %s: %q", env, want)
			}
		}
	}
	f.use("1.22.3")
	if alone := f.shown(f.small, []string{"TERM=xterm"}, "list"); alone != f.shown(f.bin("gsw-full"), []string{"TERM=xterm"}, "list") {
		t.Errorf("the small program by itself: %q", alone)
	}
}

// hold runs a program of a toolchain until the test ends, and gives its name as `use` tells it.
func (f *faces) hold(version string) string {
	f.t.Helper()
	cmd := exec.Command(filepath.Join(f.gsw, "versions", "go"+version, "go", "bin", "go"), "sleep", "10m")
	if err := cmd.Start(); err != nil { // it has been executed once Start returns
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return "go (process " + strconv.Itoa(cmd.Process.Pid) + ")"
}

// shown is what a program shows on a terminal.
func (f *faces) shown(program string, env []string, args string) string {
	f.t.Helper()
	cmd := exec.Command(program, strings.Fields(args)...)
	cmd.Args[0] = filepath.Join(f.gsw, "bin", "gsw")
	cmd.Dir, cmd.Env = f.home, append(slices.Clone(f.env), env...)
	return string(shownBy(f.t, platformtest.Session{}, cmd))
}
