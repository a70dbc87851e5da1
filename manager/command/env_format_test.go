package command

import (
	"bytes"
	"encoding/xml"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What `gsw env --format` prints makes go run where no hook ever was: each format is read by what reads it, or by the same
// rules, in an environment that is empty but for that.
func TestFormatsInAnEmptyEnvironment(t *testing.T) {
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
