package scripts_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/scripts"
)

// disk is a user's files in memory; a text may be missing.
type disk map[string]string

func (d disk) user(os string) scripts.User {
	var env []string
	if os == "windows" {
		env = []string{"APPDATA=/home/me/AppData/Roaming"}
	}
	return scripts.User{
		Target: platform.Target{OS: os}, Env: platform.NewEnv(platform.Target{OS: os}, env), UserHome: "/home/me", Home: "/home/me/.gsw",
		Documents: func() string { return "/home/me/Documents" },
		ReadFile: func(name string) ([]byte, error) {
			name = strings.TrimPrefix(name, "/home/me/")
			if text, ok := d[name]; ok {
				return []byte(text), nil
			}
			for file := range d {
				if strings.HasPrefix(file, name+"/") {
					return nil, errors.New("is a folder")
				}
			}
			return nil, fs.ErrNotExist
		},
	}
}

func (d disk) apply(edits []scripts.Edit) {
	for _, e := range edits {
		name := strings.TrimPrefix(e.File, "/home/me/")
		if e.Is {
			d[name] = string(e.New)
		} else {
			delete(d, name)
		}
	}
}

const (
	hookBash = `[ -r "$HOME/.gsw/hook.bash" ] && . "$HOME/.gsw/hook.bash" # added by gsw init: hook`
	hookZsh  = `[ -r "$HOME/.gsw/hook.zsh" ] && . "$HOME/.gsw/hook.zsh" # added by gsw init: hook`
	pathSh   = `case ":${PATH-}:" in *:"$HOME/.gsw/bin":*) ;; *) export PATH="$HOME/.gsw/shims":"$HOME/.gsw/bin""${PATH:+:$PATH}" ;; esac # added by gsw init: path`
	leadSh   = `case "${PATH-}:" in "$HOME/.gsw/shims":*) ;; *) export PATH="$HOME/.gsw/shims":"$HOME/.gsw/bin""${PATH:+:$PATH}" ;; esac # added by gsw init: path`
	hookFish = `status is-interactive; and test -r "$HOME/.gsw/hook.fish"; and source "$HOME/.gsw/hook.fish" # added by gsw init: hook`
	pathFish = `contains -- "$HOME/.gsw/bin" $PATH; or set -gx PATH "$HOME/.gsw/shims" "$HOME/.gsw/bin" $PATH # added by gsw init: path`
	hookPwsh = `if (Test-Path -LiteralPath ($env:USERPROFILE + '/.gsw/hook.ps1')) { . ($env:USERPROFILE + '/.gsw/hook.ps1') } # added by gsw init: hook`
	made     = ", made the file"
)

func TestInstall(t *testing.T) {
	const early = "# ~/.bashrc\ncase $- in\n    *i*) ;;\n      *) return;;\nesac\nalias gsw='git switch'\n"
	for _, test := range []struct {
		name, shell, os string
		before, after   disk
	}{
		{
			name: "Debian", shell: "bash", os: "linux",
			before: disk{".bashrc": early, ".profile": "# ~/.profile\n. ~/.bashrc\n"},
			after:  disk{".bashrc": pathSh + "\n" + early + hookBash + "\n", ".profile": "# ~/.profile\n. ~/.bashrc\n" + pathSh + "\n"},
		},
		{
			name: "nothing there", shell: "bash", os: "linux",
			before: disk{},
			after: disk{
				".bashrc":  hookBash + made + "\n",
				".profile": pathSh + made + "\n" + `[ -n "${BASH_VERSION-}" ] && ` + hookBash + "\n",
			},
		},
		{
			name: "a .bash_profile that hides .profile", shell: "bash", os: "darwin",
			before: disk{".bashrc": "", ".profile": "a", ".bash_profile": "export X=1\r\nb", ".bash_login": "never read"},
			after: disk{
				".bashrc": hookBash + "\n", ".profile": "a\n" + pathSh, ".bash_login": "never read",
				".bash_profile": "export X=1\r\nb\r\n" + leadSh + "\r\n" + `[ -n "${BASH_VERSION-}" ] && ` + hookBash,
			},
		},
		{
			name: "loaded by hand", shell: "bash", os: "linux",
			before: disk{".bashrc": "x\neval \"$(gsw init bash)\"\n", ".profile": ". .bashrc\n"},
			after:  disk{".bashrc": "x\neval \"$(gsw init bash)\"\n", ".profile": ". .bashrc\n" + pathSh + "\n"},
		},
		{
			name: "not by hand, only said so", shell: "zsh", os: "linux",
			before: disk{".zshrc": "# eval \"$(gsw init zsh)\"\n", ".zshenv": "#!/bin/zsh\nx\n"},
			after:  disk{".zshrc": "# eval \"$(gsw init zsh)\"\n" + hookZsh + "\n", ".zshenv": "#!/bin/zsh\nx\n" + pathSh + "\n"},
		},
		{
			name: "zsh on macOS", shell: "zsh", os: "darwin",
			before: disk{},
			after: disk{
				".zshrc": hookZsh + made + "\n", ".zshenv": pathSh + made + "\n",
				".zprofile": leadSh + made + "\n",
			},
		},
		{
			name: "fish", shell: "fish", os: "linux",
			before: disk{".config/fish/config.fish": "set -g fish_greeting\n"},
			after:  disk{".config/fish/config.fish": "set -g fish_greeting\n" + pathFish + "\n" + hookFish + "\n"},
		},
		{
			name: "fish on macOS", shell: "fish", os: "darwin",
			before: disk{".config/fish/config.fish": ""},
			after: disk{".config/fish/config.fish": strings.Replace(pathFish, `contains -- "$HOME/.gsw/bin" $PATH`, `test "$PATH[1]" = "$HOME/.gsw/shims"`, 1) + "\n" +
				hookFish + "\n"},
		},
		{
			name: "a fish that leaves early", shell: "fish", os: "linux",
			before: disk{".config/fish/config.fish": "status is-interactive; or return\nx"},
			after:  disk{".config/fish/config.fish": pathFish + "\nstatus is-interactive; or return\nx\n" + hookFish},
		},
		{
			name: "fish by hand", shell: "fish", os: "linux",
			before: disk{".config/fish/config.fish": "gsw init fish | source\n"},
			after:  disk{".config/fish/config.fish": "gsw init fish | source\n" + pathFish + "\n"},
		},
		{
			name: "elvish", shell: "elvish", os: "linux",
			before: disk{},
			after: disk{".config/elvish/rc.elv": "use path; if (path:is-regular $E:HOME/'.gsw/hook.elv') { eval (slurp < $E:HOME/'.gsw/hook.elv') }" +
				" # added by gsw init: hook" + made + " and 2 folders\n"},
		},
		{
			name: "nushell", shell: "nu", os: "linux",
			before: disk{".config/nushell/config.nu": "$env.config.show_banner = false"},
			after: disk{".config/nushell/config.nu": "$env.config.show_banner = false\n" +
				"source (if ('/home/me/.gsw/hook.nu' | path exists) { '/home/me/.gsw/hook.nu' } else { null }) # added by gsw init: hook"},
		},
		{
			name: "elvish on Windows", shell: "elvish", os: "windows",
			before: disk{"AppData/Roaming/elvish/rc.elv": "x\n"},
			after: disk{"AppData/Roaming/elvish/rc.elv": "x\nuse path; if (path:is-regular $E:HOME/'.gsw/hook.elv') { eval (slurp < $E:HOME/'.gsw/hook.elv') }" +
				" # added by gsw init: hook\n"},
		},
		{
			name: "nushell on Windows", shell: "nu", os: "windows",
			before: disk{"AppData/Roaming/nushell/config.nu": "x\n"},
			after: disk{"AppData/Roaming/nushell/config.nu": "x\n" +
				"source (if ('/home/me/.gsw/hook.nu' | path exists) { '/home/me/.gsw/hook.nu' } else { null }) # added by gsw init: hook\n"},
		},
		{
			name: "fish in MSYS2", shell: "fish", os: "windows",
			before: disk{".config/fish/config.fish": "x\n"},
			after:  disk{".config/fish/config.fish": "x\n" + singly(pathFish+"\n"+hookFish) + "\n"},
		},
		{
			name: "Git Bash on Windows", shell: "bash", os: "windows",
			before: disk{".bashrc": "x\n"},
			after: disk{".bashrc": "x\n" + `[ -r '/home/me/.gsw/hook.bash' ] && . '/home/me/.gsw/hook.bash' # added by gsw init: hook` + "\n",
				".profile": `case ":${PATH-}:" in *:'/home/me/.gsw/bin':*) ;; *) export PATH='/home/me/.gsw/shims':'/home/me/.gsw/bin'"${PATH:+:$PATH}" ;; esac # added by gsw init: path` + made + "\n" +
					`[ -n "${BASH_VERSION-}" ] && [ -r '/home/me/.gsw/hook.bash' ] && . '/home/me/.gsw/hook.bash' # added by gsw init: hook` + "\n"},
		},
		{
			name: "PowerShell on Windows: both", shell: "pwsh", os: "windows",
			before: disk{"Documents/PowerShell/profile.ps1": "Set-Alias x y\r\n"},
			after: disk{
				"Documents/PowerShell/profile.ps1":        "Set-Alias x y\r\n" + hookPwsh + "\r\n",
				"Documents/WindowsPowerShell/profile.ps1": hookPwsh + made + " and 1 folder\n",
			},
		},
		{
			name: "an early return behind a shebang", shell: "bash", os: "linux",
			before: disk{".bashrc": "#!/bin/bash\n[ -z \"$PS1\" ] && return\n", ".profile": "bashrc\n"},
			after:  disk{".bashrc": "#!/bin/bash\n" + pathSh + "\n[ -z \"$PS1\" ] && return\n" + hookBash + "\n", ".profile": "bashrc\n" + pathSh + "\n"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := scripts.Find(test.shell)
			if err != nil {
				t.Fatal(err)
			}
			now := disk{}
			for name, text := range test.before {
				now[name] = text
			}
			edits, err := scripts.Install(s, now.user(test.os))
			if err != nil {
				t.Fatal(err)
			}
			now.apply(edits)
			compare(t, "installed", now, test.after)
			if again, err := scripts.Install(s, now.user(test.os)); len(again) != 0 || err != nil {
				t.Errorf("installed twice: %v, %v", again, err)
			}
			edits, err = scripts.Uninstall(s, now.user(test.os))
			if err != nil {
				t.Fatal(err)
			}
			now.apply(edits)
			compare(t, "removed", now, test.before)
			if again, err := scripts.Uninstall(s, now.user(test.os)); len(again) != 0 || err != nil {
				t.Errorf("removed twice: %v, %v", again, err)
			}
		})
	}
}

func compare(t *testing.T, when string, have, want disk) {
	t.Helper()
	names := map[string]bool{}
	for name := range have {
		names[name] = true
	}
	for name := range want {
		names[name] = true
	}
	for name := range names {
		h, isThere := have[name]
		w, shallBe := want[name]
		if h != w || isThere != shallBe {
			t.Errorf("%s: %s is %q (%v), want %q (%v)", when, name, h, isThere, w, shallBe)
		}
	}
}

// gsw's home moved, or an older gsw wrote other lines: they are replaced where they stand.
func TestInstallAgain(t *testing.T) {
	bash, err := scripts.Find("bash")
	if err != nil {
		t.Fatal(err)
	}
	now := disk{
		".bashrc":  "a\n. /old/hook # added by gsw init: hook, made the file\nb\n. /old/hook # added by gsw init: hook\nPATH=old # added by gsw init: path\n",
		".profile": "bashrc",
	}
	u := now.user("linux")
	u.Home = `/opt/g"s$w`
	edits, err := scripts.Install(bash, u)
	if err != nil {
		t.Fatal(err)
	}
	now.apply(edits)
	compare(t, "installed", now, disk{
		".bashrc": "a\n" + `[ -r '/opt/g"s$w/hook.bash' ] && . '/opt/g"s$w/hook.bash'` + " # added by gsw init: hook, made the file\nb\n",
		".profile": "bashrc\n" + `export GSW_HOME='/opt/g"s$w'; case ":${PATH-}:" in *:'/opt/g"s$w/bin':*) ;; *) ` +
			`export PATH='/opt/g"s$w/shims':'/opt/g"s$w/bin'"${PATH:+:$PATH}" ;; esac # added by gsw init: path`,
	})
	const want = `--- /home/me/.bashrc
+++ /home/me/.bashrc
@@ line 1 @@
 a
-. /old/hook # added by gsw init: hook, made the file
+[ -r '/opt/g"s$w/hook.bash' ] && . '/opt/g"s$w/hook.bash' # added by gsw init: hook, made the file
 b
-. /old/hook # added by gsw init: hook
-PATH=old # added by gsw init: path
`
	if got := edits[0].Diff(); got != want {
		t.Errorf("the diff is\n%s\nwant\n%s", got, want)
	}
	if _, err := scripts.Install(bash, scripts.User{Home: "/a\nb", ReadFile: u.ReadFile}); err == nil {
		t.Error("a home with a newline makes two lines")
	}
}

// What was written is written back, whatever the file was like; but for one that ends in half a CRLF.
func FuzzInstall(f *testing.F) {
	for _, text := range []string{"", "a", "a\n", "a\r\nb", "\n\n", "#!/bin/sh", "#!", "\r", "[ -z $PS1 ] && return", "x # added by gsw init: z"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, rc, profile string) {
		if strings.Contains(rc+profile, "# added by gsw init: ") || strings.HasSuffix(rc, "\r") || strings.HasSuffix(profile, "\r") {
			return
		}
		for _, s := range scripts.Shells() {
			names := []string{".bashrc", ".profile"}
			if s.Name() == "zsh" {
				names = []string{".zshrc", ".zshenv"}
			}
			before := disk{names[0]: rc, names[1]: profile}
			now := disk{names[0]: rc, names[1]: profile}
			for _, step := range []func(scripts.Shell, scripts.User) ([]scripts.Edit, error){scripts.Install, scripts.Install, scripts.Uninstall} {
				edits, err := step(s, now.user("linux"))
				if err != nil {
					t.Fatal(err)
				}
				now.apply(edits)
			}
			compare(t, "after all", now, before)
		}
	})
}

// On a disk: through a link, with the mode, and not over somebody else's change.
func TestApply(t *testing.T) {
	home := t.TempDir()
	dotfiles := filepath.Join(home, "dotfiles")
	if err := os.Mkdir(dotfiles, 0o755); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(dotfiles, "zshrc")
	if err := os.WriteFile(real, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("dotfiles/zshrc", filepath.Join(home, ".zshrc")); err != nil {
		t.Fatal(err)
	}
	u := scripts.User{UserHome: home, Home: filepath.Join(home, ".gsw"), ReadFile: os.ReadFile}
	zsh, err := scripts.Find("zsh")
	if err != nil {
		t.Fatal(err)
	}
	do := func(step func(scripts.Shell, scripts.User) ([]scripts.Edit, error)) []scripts.Edit {
		t.Helper()
		edits, err := step(zsh, u)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edits {
			if err := e.Apply(); err != nil {
				t.Fatal(err)
			}
		}
		return edits
	}
	edits := do(scripts.Install)
	info, err := os.Lstat(filepath.Join(home, ".zshrc"))
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	text, _ := os.ReadFile(real)
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(string(text), "mine\n[ -r ") {
		t.Errorf("%v, %v: %q", info, err, text)
	}
	if err := edits[0].Apply(); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("applied twice: %v", err)
	}
	do(scripts.Uninstall)
	text, _ = os.ReadFile(real)
	left, err := os.ReadDir(home)
	if string(text) != "mine\n" || err != nil || len(left) != 2 {
		t.Errorf("%q, %v, %v", text, left, err)
	}
}

// TestApplyMakesFolders: what is made above a file goes with it, unless it has come to hold something else; so does what
// a link of the user's leads to, and not the link.
func TestApplyMakesFolders(t *testing.T) {
	fish, err := scripts.Find("fish")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	u := scripts.User{UserHome: home, Home: filepath.Join(home, ".gsw"), ReadFile: os.ReadFile}
	apply := func(step func(scripts.Shell, scripts.User) ([]scripts.Edit, error)) {
		t.Helper()
		edits, err := step(fish, u)
		if err != nil || len(edits) != 1 {
			t.Fatal(edits, err)
		}
		if err := edits[0].Apply(); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(home, ".config")
	wants := func(name string, want ...string) {
		t.Helper()
		entries, err := os.ReadDir(name)
		var have []string
		for _, e := range entries {
			have = append(have, e.Name())
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s holds %q (%v), want %q", name, have, err, want)
		}
	}
	apply(scripts.Install)
	apply(scripts.Uninstall)
	wants(home)

	apply(scripts.Install)
	if err := os.Mkdir(filepath.Join(config, "other"), 0o755); err != nil {
		t.Fatal(err)
	}
	apply(scripts.Uninstall)
	wants(home, ".config")
	wants(config, "other")

	// A folder that was there before stays, even empty.
	if err := os.Mkdir(filepath.Join(config, "fish"), 0o755); err != nil {
		t.Fatal(err)
	}
	apply(scripts.Install)
	apply(scripts.Uninstall)
	wants(config, "fish", "other")

	link := filepath.Join(config, "fish", "config.fish")
	if err := os.Symlink("../other/mine.fish", link); err != nil {
		t.Fatal(err)
	}
	apply(scripts.Install)
	wants(filepath.Join(config, "other"), "mine.fish")
	apply(scripts.Uninstall)
	wants(filepath.Join(config, "other"))
	if text, err := os.Readlink(link); text != "../other/mine.fish" {
		t.Errorf("the link is %q, %v", text, err)
	}
}

// The lines do in real shells what they are for.
func TestInstalledLines(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		if sh.name == "elvish" {
			return // reads rc.elv on a terminal only: see TestElvishOnATerminal
		}
		s := newSandbox(t)
		s.write(filepath.Join(s.user, ".bashrc"), "case $- in *i*) ;; *) return ;; esac\nPATH=$PATH:/late\n", 0o644)
		s.write(filepath.Join(s.user, ".profile"), "[ -n \"$BASH_VERSION\" ] && . ~/.bashrc\n", 0o644)
		s.write(filepath.Join(s.home, "hook."+sh.name), scripts.Sourced(find(t, sh), s.gsw, s.home), 0o644)
		s.write(filepath.Join(s.home, "shims", "go"), "#!/bin/sh\necho shim\n", 0o755)
		edits, err := scripts.Install(find(t, sh), scripts.User{UserHome: s.user, Home: s.home, ReadFile: os.ReadFile})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range edits {
			if err := e.Apply(); err != nil {
				t.Fatal(err)
			}
		}
		a := s.project("a", ".go-version", "1.22.3")
		run := func(env []string, options ...string) string {
			t.Helper()
			got := feed(t, append(slices.Clone(s.env), env...), "", sh.name, options...)
			return got.out
		}
		if sh.name == "nu" { // its code knows no prompt, and reads config.nu as a login shell only
			if got := run(nil, "-l", "-c", s.cd(sh, a)+"; __gsw_prompt; go"); got != "go1.22.3\n" {
				t.Errorf("login: %q", got)
			}
			return
		}
		go122 := s.cd(sh, a) + "; "
		if sh.name == "bash" {
			go122 += "__gsw_prompt; " // there is no prompt behind -c
		}
		if got := run(nil, "-ic", go122+"go"); got != "go1.22.3\n" {
			t.Errorf("interactive: %q", got)
		}
		if got := run(nil, "-lc", "go"); got != "shim\n" {
			t.Errorf("login: %q", got)
		}
		if got := run(nil, "-lic", go122+"go"); got != "go1.22.3\n" {
			t.Errorf("interactive login: %q", got)
		}
		if sh.name == "zsh" {
			if got := run(nil, "-c", "go"); got != "shim\n" {
				t.Errorf("script: %q", got)
			}
		}
		// A shell in a shell leaves the choice alone, and PATH does not grow.
		nested := run(nil, "-ic", go122+sh.name+` -c 'go; echo "$PATH"'; `+sh.name+` -lc 'echo "$PATH" | tr : "\n" | sort | uniq -d'`)
		if got, _, _ := strings.Cut(nested, "\n"); got != "go1.22.3" || strings.Contains(nested, "shims") || strings.Count(nested, "\n") != 2 {
			t.Errorf("nested: %q", nested)
		}
	})
}

// singly writes the files of the home folder as shells of MSYS2 have them: whole, between single quotes.
func singly(text string) string {
	return regexp.MustCompile(`"\$HOME/([^"]*)"`).ReplaceAllString(text, "'/home/me/$1'")
}
