package download

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gsw/platform"
)

const netrcExample = `machine proxy.corp.example login ada password s3cret
machine two-lines.example
  login ben
  password pw2 # not a comment, as in the go command
macdef init
machine inside-a-macro login x password y

machine proxy.corp.example login second password entry
machine incomplete.example login only
default login anyone password anything
`

func TestNetrc(t *testing.T) {
	home := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(home, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write(".netrc", netrcExample)
	other := write("other", "machine proxy.corp.example login from password NETRC\n")
	linux, windows := platform.Target{OS: "linux", Arch: "amd64"}, platform.Target{OS: "windows", Arch: "amd64"}
	legacy := t.TempDir()
	if err := os.WriteFile(filepath.Join(legacy, "_netrc"), []byte("machine proxy.corp.example login legacy password w"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, goauth, netrc, home, host string
		target                          platform.Target
		user, password                  string
		unsupported                     string
	}{
		{"the first entry counts", "", "", home, "proxy.corp.example", linux, "ada", "s3cret", ""},
		{"over several lines", "netrc", "", home, "two-lines.example", linux, "ben", "pw2", ""},
		{"a macro is no entry", "", "", home, "inside-a-macro", linux, "", "", ""},
		{"a default is not used", "", "", home, "elsewhere.example", linux, "", "", ""},
		{"half an entry is none", "", "", home, "incomplete.example", linux, "", "", ""},
		{"a port makes another host", "", "", home, "proxy.corp.example:8443", linux, "", "", ""},
		{"NETRC", "", other, home, "proxy.corp.example", linux, "from", "NETRC", ""},
		{"no file", "", filepath.Join(home, "none"), home, "proxy.corp.example", linux, "", "", ""},
		{"off", "off", "", home, "proxy.corp.example", linux, "", "", ""},
		{"unsupported alone", "git /home/ada/repo", "", home, "proxy.corp.example", linux, "", "", "git"},
		{"unsupported first", "/bin/helper --token=1; netrc", "", home, "proxy.corp.example", linux, "ada", "s3cret", "/bin/helper"},
		{"_netrc", "", "", legacy, "proxy.corp.example", windows, "legacy", "w", ""},
		{"_netrc only on Windows", "", "", legacy, "proxy.corp.example", linux, "", "", ""},
		{".netrc on Windows", "", "", home, "proxy.corp.example", windows, "ada", "s3cret", ""},
	} {
		env := platform.NewEnv(test.target, []string{"NETRC=" + test.netrc})
		credentials, err := Netrc(test.goauth, env, test.home, test.target)
		if (err != nil) != (test.unsupported != "") || err != nil && !strings.Contains(err.Error(), `"`+test.unsupported+`"`) {
			t.Errorf("%s: %v", test.name, err)
		}
		user, password, ok := credentials(test.host)
		if user != test.user || password != test.password || ok != (user != "") {
			t.Errorf("%s: %q %q %v", test.name, user, password, ok)
		}
	}
	if _, err := Netrc("", platform.NewEnv(linux, []string{"NETRC=" + home}), home, linux); err == nil {
		t.Error("a folder was read as a file")
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add(netrcExample)
	f.Add("default")
	f.Add("macdef\r\n\r\nmachine a login b password c")
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseNetrc(text) {
			if m.name == "" || m.login == "" || m.password == "" {
				t.Errorf("half an entry: %q", m)
			}
			again := parseNetrc("machine " + m.name + " login " + m.login + " password " + m.password)
			if len(again) != 1 || again[0] != m {
				t.Errorf("%q reads back as %q", m, again)
			}
		}
	})
}

func FuzzContentRange(f *testing.F) {
	for _, seed := range []string{"bytes 0-9/10", "bytes 5-9/*", "bytes */10", "bytes 9-5/10", "bytes -5/10", "bytes 0-9/-1", "", "lines 1-2/3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if from, total, ok := contentRange(text); ok && (from < 0 || total >= 0 && from >= total || total < -1) {
			t.Errorf("%q: %d of %d", text, from, total)
		}
	})
}

func FuzzExcerpt(f *testing.F) {
	f.Add([]byte("<html><title>x</title>"))
	f.Add([]byte("<html></title><title>"))
	f.Add([]byte("<html>İ<title>\x1b</title>\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text := excerpt(b)
		if len([]rune(text)) > 201 || strings.ContainsAny(text, "\x1b\n\r\x00\u202e") {
			t.Errorf("%q", text)
		}
	})
}
