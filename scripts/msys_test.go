package scripts_test

import (
	"os/exec"
	"strings"
	"testing"

	"gsw/scripts"
)

func TestMSYSPath(t *testing.T) {
	for windows, want := range map[string]string{
		`C:\Users\me\.gsw\shims;C:\Windows\system32;D:\Program Files (x86)\Gît\bin\`: "/c/Users/me/.gsw/shims:/c/Windows/system32:/d/Program Files (x86)/Gît/bin/",
		`\\server\share\bin;"C:\a b";;C:/x;C:`:                                       "//server/share/bin:/c/a b:/c/x:/c",
		"":                                                                           "",
	} {
		if got := scripts.MSYSPath(windows); got != want {
			t.Errorf("%s: %s, want %s", windows, got, want)
		}
	}
}

func TestWindowsFolders(t *testing.T) {
	for list, want := range map[string]string{
		"/c/Users/me/.gsw/shims:/d/Program Files (x86)/Gît/bin/:/usr/bin": `C:\Users\me\.gsw\shims;D:\Program Files (x86)\Gît\bin\;/usr/bin`,
		`C:\Users\me/go/bin:$PATH:/c:D:/x`:                                `C:\Users\me\go\bin;$PATH;C:;D:\x`,
		"/usr/bin:/cc/x:/1/x::":                                           "/usr/bin;/cc/x;/1/x;;",
		"":                                                                "",
	} {
		if got := strings.Join(scripts.WindowsFolders(list), ";"); got != want {
			t.Errorf("%s: %s, want %s", list, got, want)
		}
	}
}

// TestThroughShims runs the hook for Git Bash in a shell: gsw's folders come first, once, whatever stood there.
func TestThroughShims(t *testing.T) {
	for _, name := range []string{"bash", "zsh", "fish"} {
		s, err := scripts.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		program := need(t, name)
		hook := s.Hook(`C:\Users\it's me\.gsw\bin\gsw.exe`, `C:\Users\it's me\.gsw`)
		strict, show := "set -eu\n", `printf %s "$PATH"`
		if name == "fish" {
			strict, show = "", `printf %s (string join : $PATH)`
		}
		cmd := exec.Command(program, "-c", strict+hook+hook+show)
		cmd.Env = []string{"PATH=/c/Go/bin:/usr/bin"}
		said, err := cmd.CombinedOutput()
		if want := "/c/Users/it's me/.gsw/shims:/c/Users/it's me/.gsw/bin:/c/Go/bin:/usr/bin"; err != nil || string(said) != want {
			t.Errorf("%s: %v, %s, want %s", s.Name(), err, said, want)
		}
		if sourced := scripts.Sourced(s, "", `C:\g`); !strings.Contains(sourced, "/c/g/shims") {
			t.Errorf("%s: %s", s.Name(), sourced)
		}
	}
}
