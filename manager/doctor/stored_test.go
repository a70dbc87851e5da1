package doctor

import (
	"slices"
	"strings"
	"testing"

	"gsw/manager/selection"
	"gsw/platform"
)

func TestDeadEntries(t *testing.T) {
	env := platform.NewEnv(platform.Target{OS: "windows"}, []string{`HOME=C:\Users\me`})
	path := platform.Setting{Is: true, Expands: true, Text: strings.Join([]string{
		`C:\Users\me\.gsw\shims`,             // its own, whether anything is installed or not
		`c:\users\ME\.gsw\bin\`,              //
		`%HOME%\.gsw\versions\go1.20\go\bin`, // dead
		`C:\Users\me\.gsw\versions\go1.22\go\bin`,
		`D:\old\.gsw\shims`, // dead
		`D:/old/.GSW/bin/`,  // dead
		`D:\new\.gsw\bin`,
		`C:\gone`, // another program's
		`C:\gone\shims`,
		``,
	}, ";")}
	there := []string{`D:\new\.gsw\bin`, `C:\Users\me\.gsw\versions\go1.22\go\bin`}
	got := deadEntries(path.PathEntries(env), `C:\Users\me\.gsw`, func(dir string) bool { return !slices.Contains(there, dir) })
	want := []string{`C:\Users\me\.gsw\versions\go1.20\go\bin`, `D:\old\.gsw\shims`, `D:/old/.GSW/bin/`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPasteIntoPowerShell(t *testing.T) {
	windows := platform.Target{OS: "windows"}
	for _, test := range []struct{ system, path, want string }{
		{"", `C:\Users\me\.gsw\bin\gsw.exe`, `C:\Users\me\.gsw\bin\gsw.exe`},
		{"", `C:\Users\a b\it's\gsw.exe`, `'C:\Users\a b\it''s\gsw.exe'`},
		{"", `C:\a$(b)`, `'C:\a$(b)'`},
		{"MINGW64", `C:\it's $(b)`, selection.Word(`C:\it's $(b)`)}, // Git Bash is a POSIX shell
	} {
		p := &Patient{Host: platform.Host{Target: windows, UserHome: `C:\Users\me`, Env: platform.NewEnv(windows, []string{"MSYSTEM=" + test.system})}}
		if got := p.path(test.path); got != test.want {
			t.Errorf("%s in %q: got %s, want %s", test.path, test.system, got, test.want)
		}
		if got := pasted(p.Host, test.path); got != test.want {
			t.Errorf("%s in %q: got %s, want %s", test.path, test.system, got, test.want)
		}
	}
}
