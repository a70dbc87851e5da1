package command

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
)

// What `gsw env --format` prints makes go run where no hook ever was: each format is read by what reads it, or by the same
// rules, in an environment that is empty but for that.
func TestFormatsInAnEmptyEnvironment(t *testing.T) {
	t.Parallel()
	for _, home := range []string{"me", oddHome + "\nnew line"} {
		u := newUser(t, home, "1.22.3", "1.21.6")
		app := u.project("app", ".go-version", "1.21.6\n")
		gsw := filepath.Join(u.gsw, "bin", "gsw")
		print := func(format string) string {
			t.Helper()
			got := u.run(app, gsw, "env", "--format", format)
			if got.code != 0 || got.err != "" {
				t.Fatalf("%s: %+v", format, got)
			}
			return got.out
		}
		// runs starts `go version` with nothing but what a format has set.
		runs := func(format string, env []string) {
			t.Helper()
			cmd := exec.Command("/bin/sh", "-c", "go version; echo \"$GOBIN\"")
			cmd.Env, cmd.Dir = env, "/"
			out, err := cmd.CombinedOutput()
			if want := fakeVersion("1.21.6") + "\n" + u.gsw + "/versions/go1.21.6/bin\n"; err != nil || string(out) != want {
				t.Errorf("%s: %s, %v, want %s", format, out, err, want)
			}
		}

		// systemd.exec(5) reads quotes and backslashes as a Bourne shell does between double quotes.
		file := filepath.Join(u.dir, "environment")
		u.write(file, print("systemd"))
		cmd := exec.Command("/usr/bin/env", "-i", "/bin/sh", "-c", `set -a; . "$0"; exec /usr/bin/env -0`, file)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		runs("systemd", strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"))

		// launchd.plist(5)
		var plist struct {
			Keys    []string `xml:"dict>key"`
			Strings []string `xml:"dict>string"`
		}
		if err := xml.Unmarshal([]byte("<plist>"+print("launchd")+"</plist>"), &plist); err != nil || len(plist.Keys) != len(plist.Strings) || len(plist.Keys) < 2 {
			t.Fatal(err, plist)
		}
		var env []string
		for i, key := range plist.Keys {
			env = append(env, key+"="+plist.Strings[i])
		}
		runs("launchd", env)

		// A runner reads NAME=value lines, and NAME<<WORD up to a line that is WORD.
		env = nil
		lines := strings.Split(strings.TrimSuffix(print("github"), "\n"), "\n")
		for i := 0; i < len(lines); i++ {
			name, end, long := strings.Cut(lines[i], "<<")
			if before, _, short := strings.Cut(lines[i], "="); short && len(before) < len(name) || !long {
				env = append(env, lines[i])
				continue
			}
			var value []string
			for i++; lines[i] != end; i++ {
				value = append(value, lines[i])
			}
			env = append(env, name+"="+strings.Join(value, "\n"))
		}
		runs("github", env)

		// docker compose and direnv: between double quotes a backslash takes the meaning of what follows, and \n is a newline.
		env = nil
		for line := range strings.Lines(print("dotenv")) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
				t.Fatalf("dotenv: %q", line)
			}
			value = regexp.MustCompile(`\\.`).ReplaceAllStringFunc(value[1:len(value)-1], func(m string) string {
				if m == `\n` {
					return "\n"
				}
				return m[1:]
			})
			env = append(env, name+"="+value)
		}
		runs("dotenv", env)

		var variables map[string]string
		if err := json.Unmarshal([]byte(print("json")), &variables); err != nil {
			t.Fatal(err)
		}
		env = nil
		for name, value := range variables {
			env = append(env, name+"="+value)
		}
		runs("json", env)
	}
}

// contexts gives the first block of docs/CONTEXTS.md, fenced with nothing but backquotes, that has the word, for a user
// whose home is another, and who is called me.
func (u *user) contexts(word string) string {
	u.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "CONTEXTS.md"))
	if err != nil {
		u.t.Fatal(err)
	}
	for i, block := range strings.Split(string(text), "\n```\n") {
		if i%2 == 1 && strings.Contains(block, word) {
			return strings.ReplaceAll(block, "/home/me", u.home)
		}
	}
	u.t.Fatalf("docs/CONTEXTS.md has no block with %s", word)
	return ""
}

// TestContextsOfThePage does what docs/CONTEXTS.md says, in environments that have nothing else.
func TestContextsOfThePage(t *testing.T) {
	t.Parallel()
	u := newUser(t, "me", "1.22.3", "1.21.6")
	app := u.project("app", ".go-version", "1.21.6\n")
	runs := func(where string, cmd *exec.Cmd, want string) {
		t.Helper()
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if out, err := cmd.Output(); err != nil || string(out) != fakeVersion(want)+"\n" {
			t.Errorf("%s: %q, %v, %s; want go%s", where, out, err, errs.String(), want)
		}
	}
	bare := func(dir string, env []string, name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, env
		return cmd
	}
	shim := filepath.Join(u.gsw, "shims", "go")
	runs("a shim, with an empty environment", bare("/", []string{}, shim, "version"), "1.22.3")
	runs("a shim, in a project", bare(app, []string{}, shim, "version"), "1.21.6")

	// crontab(5): NAME=value lines as they are, no variable expanded; five fields, then what /bin/sh -c gets.
	env := []string{"HOME=" + u.home, "LOGNAME=me", "SHELL=/bin/sh", "PATH=/usr/bin:/bin"}
	jobs := 0
	for line := range strings.Lines(u.contexts("* * *")) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "PATH=") {
			env = append(env, line)
			continue
		}
		jobs++
		job := strings.Join(strings.Fields(line)[5:], " ")
		runs("cron", bare(u.home, env, "/bin/sh", "-c", strings.Replace(job, "go test ./...", "go version", 1)), "1.21.6")
	}
	if jobs != 1 {
		t.Errorf("%d jobs", jobs)
	}

	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "CONTEXTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	unit := regexp.MustCompile("`Environment=(PATH=[^`]*)`").FindSubmatch(text)
	if unit == nil {
		t.Fatal("no Environment= of a systemd unit")
	}
	runs("a systemd unit", bare(app, []string{strings.ReplaceAll(string(unit[1]), "/home/me", u.home)}, "/bin/sh", "-c", "go version"), "1.21.6")
}

// TestSudoersOfThePage: visudo finds the line of docs/CONTEXTS.md in order, and sudo runs the shims by it.
func TestSudoersOfThePage(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sudo", "visudo", "unshare"} {
		if _, err := exec.LookPath(program); err != nil {
			disttest.Need(t, "%s is not installed", program)
		}
	}
	if os.Geteuid() != 0 {
		disttest.Need(t, "only root can put another sudoers in place")
	}
	u := newUser(t, "me", "1.22.3", "1.21.6")
	app := u.project("app", ".go-version", "1.21.6\n")
	sudoers := filepath.Join(u.dir, "sudoers")
	u.write(sudoers, strings.Replace(u.contexts("secure_path"), "Defaults:me", "Defaults:root", 1)+"\nroot ALL=(ALL:ALL) NOPASSWD: ALL\n")
	if err := os.Chmod(sudoers, 0o440); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("visudo", "-cf", sudoers).CombinedOutput(); err != nil {
		t.Errorf("visudo: %v %s", err, out)
	}
	// In a place of its own that file is /etc/sudoers.
	const script = `mount --bind "$1" /etc/sudoers && shift && cd "$1" && shift && exec "$@"`
	asRoot := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("unshare", append([]string{"--mount", "--propagation", "private", "sh", "-c", script, "sh", sudoers, app}, args...)...)
		cmd.Env = []string{"HOME=" + u.home, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil && strings.Contains(errs.String(), "mount") {
			disttest.Need(t, "mounting a file over another: %s", errs.String())
		}
		if err != nil {
			t.Errorf("%q: %v %s", args, err, errs.String())
		}
		return string(out)
	}
	for _, args := range [][]string{{"sudo", "go", "version"}, {"sudo", filepath.Join(u.gsw, "shims", "go"), "version"}} {
		if got := asRoot(args...); got != fakeVersion("1.21.6")+"\n" {
			t.Errorf("%q: %q", args, got)
		}
	}
}

// A value can't end itself, and set another variable.
func TestGitHubFormat(t *testing.T) {
	var out bytes.Buffer
	s := &session{}
	s.voice.Stdout = &out
	s.github(map[string]string{"A": "x\nEOF\nB=evil\nEOF_", "C": "d"})
	if want := "A<<EOF__\nx\nEOF\nB=evil\nEOF_\nEOF__\nC=d\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
