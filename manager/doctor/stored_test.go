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

// TestLinesToPaste has every line that doctor puts together, in both languages of Windows.
func TestLinesToPaste(t *testing.T) {
	const dir, file = `C:\Users\me\a b`, `C:\Users\me\app\Dockerfile`
	for _, test := range []struct {
		line        func(p *Patient) string
		pwsh, posix string
	}{
		{func(p *Patient) string { return p.unset("GOBIN") }, "Remove-Item Env:GOBIN", "unset GOBIN"},
		{func(p *Patient) string { return p.export("GOPRIVATE", "a,*.b") }, "$env:GOPRIVATE = 'a,*.b'", "export GOPRIVATE='a,*.b'"},
		{func(p *Patient) string { return p.pathWith(front, dir) }, `$env:Path = 'C:\Users\me\a b;' + $env:Path`, `PATH=~/'a b':"$PATH"; export PATH`},
		{func(p *Patient) string { return p.pathWith(back, `D:\go\bin`) }, `$env:Path += ';D:\go\bin'`, `PATH="$PATH":/d/go/bin; export PATH`},
		{func(p *Patient) string { return p.pathOf([]string{`D:\x`, `C:\Users\me\y`}) }, `$env:Path = 'D:\x;C:\Users\me\y'`, "PATH=/d/x:~/y; export PATH"},
		{func(p *Patient) string { return p.enter(dir, "go mod tidy") }, `cd 'C:\Users\me\a b'; if ($?) { go mod tidy }`, "cd ~/'a b' && go mod tidy"},
		{func(p *Patient) string { return p.inside(dir, "gsw use 1") }, `Push-Location 'C:\Users\me\a b'; gsw use 1; Pop-Location`, "(cd ~/'a b' && gsw use 1)"},
		{func(p *Patient) string { return p.remove(p.path(file), p.path(dir)) }, `Remove-Item C:\Users\me\app\Dockerfile, 'C:\Users\me\a b'`, "rm ~/app/Dockerfile ~/'a b'"},
		{func(p *Patient) string { return p.removeReadOnly(p.path(file) + ".*") }, `Remove-Item -Force C:\Users\me\app\Dockerfile.*`, "rm -f ~/app/Dockerfile.*"},
		{func(p *Patient) string { return p.substitute(file, 2, "1.2*", "'1.3'") }, `# change 1.2* in line 2 of C:\Users\me\app\Dockerfile to '1.3'`,
			`sed -i.bak '2s/1\.2\*/'\''1.3'\''/' ~/app/Dockerfile && rm ~/app/Dockerfile.bak`},
	} {
		for system, want := range map[string]string{"": test.pwsh, "MINGW64": test.posix} {
			target := platform.Target{OS: "windows", Arch: "amd64"}
			env := platform.NewEnv(target, []string{"MSYSTEM=" + system, `Path=C:\w`})
			p := &Patient{Host: platform.Host{Target: target, Env: env, UserHome: `C:\Users\me`}}
			if got := test.line(p); got != want {
				t.Errorf("%q: %s, want %s", system, got, want)
			}
		}
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
