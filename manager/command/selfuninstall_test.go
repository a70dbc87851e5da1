//go:build unix

package command

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
	"gsw/scripts"
)

// snapshot is all that is in a folder, but for times: names, kinds, modes, links and contents.
func snapshot(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		what := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			what, err = os.Readlink(path)
		case info.Mode().IsRegular():
			var content []byte
			content, err = os.ReadFile(path)
			what = fmt.Sprintf("%d bytes %x", len(content), sha256.Sum256(content))
		}
		all = append(all, fmt.Sprintf("%v %q %s", info.Mode(), rel, what))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantSame(t *testing.T, when string, have, want []string) {
	t.Helper()
	for _, line := range have {
		if !slices.Contains(want, line) {
			t.Errorf("%s there is %s", when, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(have, line) {
			t.Errorf("%s there is no %s", when, line)
		}
	}
}

// mine are a user's files before gsw comes: with the line ends, the ends and the links that such files have.
func (u *user) mine() {
	u.t.Helper()
	in := func(name string) string { return filepath.Join(u.home, name) }
	u.write(in(".bashrc"), "# mine\r\nalias ll='ls -l'\r\nexport A=1") // CRLF, and no newline at its end
	u.write(in("dotfiles/zshrc"), "[[ -o interactive ]] || return\nsetopt no_beep\n")
	u.write(in("dotfiles/nu/config.nu"), "$env.config.show_banner = false")
	u.write(in(".config/fish/config.fish"), "status is-interactive; or return\nset -g fish_greeting")
	u.write(in(".config/Code/User/settings.json"), "{\r\n\t// mine\r\n\t\"go.alternateTools\": {\"go\": \"/usr/local/go/bin/go\",},\r\n}\r\n")
	u.write(in("go/bin/mytool"), "mine")
	err := errors.Join(
		os.Chmod(in("dotfiles/zshrc"), 0o600),
		os.Symlink("dotfiles/zshrc", in(".zshrc")),
		os.Symlink("dotfiles/zshenv", in(".zshenv")), // that leads to nothing
		os.Symlink("../dotfiles/nu", in(".config/nushell")),
		os.Mkdir(in(".config/elvish"), 0o700),
	)
	if err != nil {
		u.t.Fatal(err)
	}
}

// TestUninstallLeavesNothing: everything that makes gsw write something is done, and undone by one command.
func TestUninstallLeavesNothing(t *testing.T) {
	t.Parallel()
	u := newUser(t, oddHome)
	u.mine()
	u.server.Publish(disttest.Fake(t, "1.22.3", disttest.Host()), disttest.Fake(t, "1.21.6", disttest.Host()))
	before := snapshot(t, u.home)
	gsw := filepath.Join(u.gsw, "bin", "gsw")
	do := func(args ...string) {
		t.Helper()
		program := gsw
		if _, err := os.Stat(gsw); err != nil {
			program = u.program
		}
		if got := u.run(u.home, program, args...); got.code != 0 {
			t.Fatalf("gsw %s: %+v", strings.Join(args, " "), got)
		}
	}
	do("install", "1.22.3", "1.21.6")
	for _, shell := range scripts.Shells() {
		if shell.Hook("", "") != "" {
			do("init", shell.Name(), "--write")
		}
	}
	do("use", "1.21.6")
	do("alias", "old", "1.21.6")
	do("config", "goroot", "export")
	do("profile", "use", "china", "--global")
	do("exec", "1.22.3", "--", "go", "install", "example.com/tool@latest")
	do("tools", "list")
	do("ide", "vscode", "--user", "--write")
	do("doctor", "--fix", "--quiet", "--json", "--offline")
	do("list-remote")
	do("verify", "--all")
	if during := snapshot(t, u.home); len(during) < len(before)+100 {
		t.Fatalf("only %d files are there", len(during)-len(before))
	}
	do("self", "uninstall", "-y")
	wantSame(t, "afterwards", snapshot(t, u.home), before)
}

// TestUninstallKeepsWhatIsTheUsers: lines around gsw's, files beside them, and what was put into its home.
func TestUninstallKeepsWhatIsTheUsers(t *testing.T) {
	t.Parallel()
	u := newUser(t, "me")
	u.mine()
	u.server.Publish(disttest.Fake(t, "1.22.3", disttest.Host()))
	gsw := filepath.Join(u.gsw, "bin", "gsw")
	if got := u.run(u.home, u.program, "install", "1.22.3"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	change := func(name string, with func(string) string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(u.home, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		u.write(filepath.Join(u.home, name), with(string(text)))
	}
	mine := func(text string) string { return "# first\n" + text + "\n# last" }
	files := []string{".bashrc", ".profile", "dotfiles/zshrc", "dotfiles/zshenv", ".config/fish/config.fish", "dotfiles/nu/config.nu", ".config/elvish/rc.elv"}
	for _, name := range files {
		change(name, mine)
	}
	change(".gsw/notes", mine)
	change(".gsw/bin/mine", mine)
	change(".gsw/versions/README", mine)
	wanted := snapshot(t, filepath.Join(u.home))
	wanted = slices.DeleteFunc(wanted, func(line string) bool {
		return strings.Contains(line, `".gsw/`) && !strings.Contains(line, `".gsw/notes"`) && !strings.Contains(line, `".gsw/bin"`) && !strings.Contains(line, `".gsw/bin/mine"`) &&
			!strings.Contains(line, `".gsw/versions"`) && !strings.Contains(line, `".gsw/versions/README"`)
	})
	for _, shell := range []string{"bash", "zsh", "fish", "nu", "elvish"} {
		if got := u.run(u.home, gsw, "init", shell, "--write"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	got := u.run(u.home, gsw, "self", "uninstall", "-y", "--json")
	if got.code != 0 {
		t.Errorf("%+v", got)
	}
	wantSame(t, "afterwards", snapshot(t, u.home), wanted)
	for _, name := range []string{".gsw/notes", ".gsw/bin", ".gsw/versions"} {
		if !strings.Contains(got.out, filepath.Join(u.home, name)) {
			t.Errorf("%s is left, and nobody says so: %s", name, got.out)
		}
	}
}

// TestShellsAfterUninstall: a shell that has the hook goes on without a word when gsw is gone, and so does a new one.
func TestShellsAfterUninstall(t *testing.T) {
	t.Parallel()
	const mark = "from here on"
	said := func(t *testing.T, errs, out string) {
		t.Helper()
		_, after, found := strings.Cut(errs, mark)
		if after = strings.TrimSpace(after); !found || after != "" {
			t.Errorf("stderr: %q", errs)
		}
		if !strings.Contains(out, "still a shell") {
			t.Errorf("stdout: %s\nstderr: %s", out, errs)
		}
	}
	prepared := func(t *testing.T) (u *user, app, module string) {
		u = newUser(t, "me", "1.22.3", "1.21.6")
		return u, u.project("app", ".go-version", "1.21.6\n"), u.project("module", "go.mod", "module m\n\ngo 1.22.1\n")
	}
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u, app, module := prepared(t)
		got := u.session(sh, "cd "+sh.Quote(app), "go version", "gsw self uninstall -y", "echo '"+mark+"' >&2", ":", "cd "+sh.Quote(module), ":",
			"cd "+sh.Quote(app), "GSW_VERSION=1.22.3", ":", "unset GSW_VERSION", "cd /", "PATH=$PATH:/opt/x", ":", "echo still a shell")
		said(t, got.err, got.out)
		// A new shell, with the lines of somebody who wrote them himself.
		got = u.typed(sh, "echo '"+mark+"' >&2", "[ -r "+sh.Quote(scripts.HookFile(sh, u.gsw))+" ] && . "+sh.Quote(scripts.HookFile(sh, u.gsw)), "echo still a shell")
		said(t, got.err, got.out)
	})
	eachLanguage(t, func(t *testing.T, l spoken) {
		u, app, module := prepared(t)
		tell, end := "echo '"+mark+"' >&2", "echo 'still a shell'"
		if l.Name() == "nu" { // to which echo is a value
			tell, end = "print --stderr '"+mark+"'", "print 'still a shell'"
		}
		if l.Name() == "elvish" { // which tells its own errors there, and l.errors finds them
			tell = "echo 'gsw: " + mark + "' >&2"
		}
		lines, errs := u.speak(l, "cd "+l.Quote(app), "go version", "gsw self uninstall -y", tell, "cd "+l.Quote(module), "cd "+l.Quote(app),
			"cd /", "cd "+l.Quote(u.home), end)
		said(t, errs, strings.Join(lines, "\n"))
	})
}
