package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// cleanUser is somebody whose start-up files have gsw's lines and nothing else, on a machine whose /etc says nothing.
func cleanUser(t *testing.T, sh shellUnderTest, home string) *user {
	t.Helper()
	for _, file := range []string{"/usr/bin/go", "/bin/go", "/usr/local/bin/go"} {
		if _, err := os.Stat(file); err == nil {
			disttest.Need(t, "a machine without %s, which cron would run", file)
		}
	}
	path, err := exec.LookPath(sh.Name())
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t, home, "1.22.3", "1.21.6", "1.20.14")
	u.env = append(u.env, testEtc+"="+filepath.Join(u.dir, "etc"), "SHELL="+path)
	if got := u.run(u.home, filepath.Join(u.gsw, "bin", "gsw"), "init", sh.Name(), "--write"); got.code != 0 {
		t.Fatal(got.err)
	}
	return u
}

// A machine that gsw set up has nothing red and nothing yellow, in a project and outside of any, in shells that read the
// start-up files.
func TestDoctorOfCleanMachine(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		for _, home := range []string{"me", oddHome} {
			u := cleanUser(t, sh, home)
			app := u.project("app", ".go-version", "1.21.6\n", "go.mod", "module m\n\ngo 1.21\n")
			lines := "echo at home\ngsw doctor\ncd " + sh.Quote(app) + "\necho in app\ngsw doctor\ncd /\n" +
				"echo no hook\nPATH=" + sh.Quote(u.gsw) + "/shims:" + sh.Quote(u.gsw) + "/bin:/usr/bin:/bin sh -c 'unset GOBIN __GSW_SAVED; gsw doctor'\necho end\n"
			got := u.feed(u.home, lines, sh.Name(), "-i")
			if bad := regexp.MustCompile(`(?m)^(red|yellow) .*(\n .*)*`).FindAllString(got.out, -1); len(bad) > 0 {
				t.Errorf("in %q doctor says\n%s", home, strings.Join(bad, "\n"))
			}
			// That it looked at all: cron has no Go, which is worth knowing.
			if n := strings.Count(got.out, "context-bare"); n != 3 || !strings.Contains(got.out, "end\n") {
				t.Errorf("doctor ran %d times of 3: %s%s", n, got.out, got.err)
			}
			// And that it would have said something: the same shell without the lines.
			bare := append([]string{}, sh.plain...)
			got = u.feed(app, sh.Quote(filepath.Join(u.gsw, "bin", "gsw"))+" doctor\n", sh.Name(), append(bare, "-i")...)
			if !strings.Contains(got.out, "yellow hook-missing") {
				t.Errorf("without its lines doctor says %s%s", got.out, got.err)
			}
		}
	})
}

// Without --deep and --network doctor takes less than 300 ms of the processor, the least of a few tries: others may be
// at work on this machine.
func TestDoctorIsQuick(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := cleanUser(t, sh, "me")
		var lines strings.Builder
		for range 500 {
			lines.WriteString("[ -d ~/x ] && export A=\"$HOME/a b\" B=${A:-x} PATH=\"$PATH:/opt/x/bin\" # more\nalias x='y z'\n")
		}
		for _, name := range []string{".zshrc", ".kshrc", ".bash_login"} {
			u.write(filepath.Join(u.home, name), lines.String())
		}
		least := time.Hour
		for range 10 {
			cmd := exec.Command(filepath.Join(u.gsw, "bin", "gsw"), "doctor")
			cmd.Dir, cmd.Env = u.home, u.env
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			least = min(least, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		}
		t.Logf("%v", least)
		if least > 300*time.Millisecond {
			t.Errorf("doctor takes %v", least)
		}
	})
}
