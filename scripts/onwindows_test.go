package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/scripts"
)

// TestElvishOnWindows runs the hook that Windows gets in an elvish of this system: gsw's folders come first, once, and no
// colon is taken for the end of a folder. TestWindowsElvish does it in one for Windows.
func TestElvishOnWindows(t *testing.T) {
	t.Parallel()
	s, err := scripts.Find("elvish")
	if err != nil {
		t.Fatal(err)
	}
	program := need(t, "elvish")
	hook := s.Hook(`C:\Users\it's me\.gsw\bin\gsw.exe`, `C:\Users\it's me\.gsw`)
	const ours = `C:\Users\it's me\.gsw\shims;C:\Users\it's me\.gsw\bin;`
	for path, want := range map[string]string{
		`C:\Go\bin;C:\Windows`:                  ours + `C:\Go\bin;C:\Windows`,
		`C:\Go\bin;` + ours + `C:\x`:            `C:\Go\bin;` + ours + `C:\x`,
		`C:\Users\it's me\.gsw\shims2`:          ours + `C:\Users\it's me\.gsw\shims2`,
		strings.TrimSuffix(ours, `C:\x`) + `C:`: ours + `C:`,
	} {
		cmd := exec.Command(program, "-norc", "-c", hook+hook+"print $E:PATH")
		cmd.Env = []string{"PATH=" + path, "HOME=" + t.TempDir()}
		if said, err := cmd.CombinedOutput(); err != nil || string(said) != want {
			t.Errorf("%v, %s, want %s", err, said, want)
		}
	}
}

// TestNuOnWindows calls, in a nushell of this system, what its hook does on Windows only, in a home as it is there: the file
// default says which version is the default, whatever the link does.
func TestNuOnWindows(t *testing.T) {
	t.Parallel()
	s, err := scripts.Find("nu")
	if err != nil {
		t.Fatal(err)
	}
	program := need(t, "nu")
	dir := t.TempDir()
	home := filepath.Join(dir, ".gsw")
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(home, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := func(code string, env ...string) string {
		t.Helper()
		cmd := exec.Command(program, "--no-config-file", "-c", s.Hook(filepath.Join(home, "bin", "gsw"), home)+"\n"+code)
		cmd.Dir = t.TempDir()
		cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + dir}, env...)
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		return strings.TrimSpace(string(said))
	}
	const files = "__gsw_files | split row '|' | last"

	if got := run(files); got != "" {
		t.Errorf("without a default: %q", got)
	}
	put("current/go/VERSION", "go1.21.6\ntime x\n")
	if got := run(files); !strings.HasPrefix(got, "go1.21.6") {
		t.Errorf("by the link: %q", got)
	}
	put("default", "versions\\go1.22.3\n") // the link lags
	if got := run(files); got != `versions\go1.22.3` {
		t.Errorf("by the file: %q", got)
	}

	if got := run("$env.__GSW_NU.home", `GSW_HOME=D:\g s w`); got != `D:\g s w` {
		t.Errorf("another home: %q", got)
	}
	// gsw has no answer here, and another one where there is no pin.
	put("bin/gsw", "#!/bin/sh\n[ \"$PWD\" = '"+home+"' ] && [ -z \"${GSW_VERSION-}\" ] && [ \"$*\" = '--quiet env --shell nu' ] || exit 3\n"+
		`echo "{PATH: ['`+home+`\\shims', '/usr/bin'], GOBIN: null}"`+"\n")
	follow := "$env.GSW_VERSION = '1.99'; $env.GOBIN = '/x'; __gsw_follow (__gsw_unpinned); print ($env.PATH | str join ';') ($env.GOBIN? | default none) $env.GSW_VERSION ($env.__GSW_NU.front | str join)"
	if got, want := run(follow), home+`\shims;/usr/bin`+"\nnone\n1.99\n"+home+`\shims`; got != want {
		t.Errorf("without an answer: %q, want %q", got, want)
	}
}
