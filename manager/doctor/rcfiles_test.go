package doctor

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func readerFor(files map[string]string) *rcReader {
	return &rcReader{home: "/home/me", gsw: "/home/me/.gsw", vars: map[string]string{"HOME": "/home/me"}, env: func(name string) string {
		return map[string]string{"SDK": "/sdk"}[name]
	}, read: func(file string) (string, bool) {
		text, ok := files[file]
		return text, ok
	}}
}

// told is what deeds are, one word each: kind, name and value.
func toldDeeds(deeds []deed) string {
	var lines []string
	for _, d := range deeds {
		kind := [...]string{"export", "front", "back", "alias", "unalias", "plugin", "source", "hook", "run"}[d.kind]
		if d.kind == runs {
			continue // of no interest
		}
		name := d.name
		if d.kind == front || d.kind == back {
			name = ""
		}
		whole := ""
		if !d.whole {
			whole = "*"
		}
		lines = append(lines, strings.Trim(fmt.Sprintf("%d%s %s %s=%s", d.line, whole, kind, name, d.value), "="))
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), " =", " ")
}

func TestStartUpFiles(t *testing.T) {
	for _, test := range []struct{ name, file, text, want string }{
		{"plain", ".bashrc", "export GOROOT=/usr/local/go", "1 export GOROOT=/usr/local/go"},
		{"a comment", ".bashrc", "# export GOROOT=/a\n  #export GOROOT=/b\nexport X=1 # GOROOT=/c", "3 export X=1"},
		{"a # within a word", ".bashrc", "export X=a#b", "1 export X=a#b"},
		{"quotes", ".bashrc", `export A='$HOME/a b' B="$HOME/a b" C=$HOME/c\ d D="\$x\"y"`,
			`1 export A=$HOME/a b; 1 export B=/home/me/a b; 1 export C=/home/me/c d; 1 export D=$x"y`},
		{"home", ".bashrc", `export A=~/x B=${HOME}/x C="~/x" D=/y:~/x E=~me/x F=~`,
			`1 export A=/home/me/x; 1 export B=/home/me/x; 1 export C=~/x; 1 export D=/y:/home/me/x; 1 export E=~me/x; 1 export F=/home/me`},
		{"a variable of the file", ".profile", "GOROOT=/opt/go\nexport PATH=$PATH:${GOROOT}/bin\nexport GOROOT\nY=2",
			"1 export GOROOT=/opt/go; 2 back /opt/go/bin; 3 export GOROOT=/opt/go"},
		{"not exported", ".profile", "GOROOT=/x go build\nGOROOT=/y\nlocal GOROOT=/z\ndeclare -r GOROOT=/z\nexport -n GOROOT", ""},
		{"declare", ".profile", "declare -x A=1; typeset -gx B=2", "1 export A=1; 1 export B=2"},
		{"unknown", ".profile", "export A=$B/x C=${D:-e} F=$(brew --prefix go)/libexec G=`x y`/z", "1 export A=$B/x; 1 export C=e; 1 export F=$(brew --prefix go)/libexec; 1 export G=`x y`/z"},
		{"the environment", ".profile", "export A=$SDK/x B=${SDK:-y}", "1 export A=/sdk/x; 1 export B=/sdk"},
		{"PATH", ".profile", "PATH=/a:$PATH:/b\nexport PATH=\"/c:/d${PATH:+:$PATH}\"\nPATH+=:/e\nPATH=/f", "1 front /a; 1 back /b; 2 front /c; 2 front /d; 3 back /e; 4 front /f"},
		{"conditions", ".profile", "[ -d /a ] && export A=/a\nif [ -d /b ]; then export B=/b; fi\nif x; then\n  export C=1\nfi\n{ export D=1; }\nif y; then export E=1\nelse export F=1; fi",
			"1 export A=/a; 2 export B=/b; 4 export C=1; 6 export D=1; 7* export E=1; 8* export F=1"},
		{"on two lines", ".profile", "export A=1 \\\n B=2\nexport C=3", "1* export A=1; 3 export C=3"},
		{"an open quote", ".profile", "export A=\"1\nb", "1* export A=1"},
		{"gsw's own lines", ".bashrc",
			`case ":${PATH-}:" in *:"$HOME/.gsw/bin":*) ;; *) export PATH="$HOME/.gsw/shims":"$HOME/.gsw/bin""${PATH:+:$PATH}" ;; esac # added by gsw init: path` + "\n" +
				`[ -r "$HOME/.gsw/hook.bash" ] && . "$HOME/.gsw/hook.bash" # added by gsw init: hook`,
			"1 front /home/me/.gsw/shims; 1 front /home/me/.gsw/bin; 2 hook bash=/home/me/.gsw/hook.bash"},
		{"Homebrew", ".zprofile", `eval "$(/opt/homebrew/bin/brew shellenv)"` + "\n" + "eval \"`/usr/local/bin/brew shellenv`\"\neval \"$(brew shellenv)\"",
			"1 front /opt/homebrew/bin; 1 front /opt/homebrew/sbin; 2 front /usr/local/bin; 2 front /usr/local/sbin"},
		{"Homebrew in fish", ".config/fish/config.fish", "/opt/homebrew/bin/brew shellenv | source", "1 front /opt/homebrew/bin; 1 front /opt/homebrew/sbin"},
		{"the hook by hand", ".zshrc", `eval "$(gsw init zsh)"` + "\n" + `# eval "$(gsw init zsh)"`, "1 hook zsh"},
		{"aliases", ".bashrc", "alias gsw='git switch' ll=\"ls -l\"\nunalias gsw\nfunction gsw {\ngsw() { :; }\nalias", "1 alias gsw=git switch; 1 alias ll=ls -l; 2 unalias gsw; 3* alias gsw; 4* alias gsw"},
		{"zsh", ".zshrc", "plugins=(git z)\nplugins=(\n  git # mine\n  docker\n)\npath=(/a $path /b)\npath+=(/c)\nsource $ZSH/oh-my-zsh.sh",
			"1 plugin git; 1 plugin z; 3* plugin git; 4* plugin docker; 6 front /a; 6 back /b; 7 back /c; 8 source $ZSH/oh-my-zsh.sh"},
		{"fish", "config.fish", "set -gx GOROOT /usr/local/go\nset -x PATH $PATH $GOROOT/bin\nset -gx PATH /a $PATH\nset x 1\nset -e GOROOT\nset -Ua fish_user_paths /b\nalias gsw 'git switch'\nalias gs='x'\nabbr -a gsw git switch\nfish_add_path /c\nfish_add_path -a ~/d\nfunction gsw\nend",
			"1 export GOROOT=/usr/local/go; 2 back /usr/local/go/bin; 3 front /a; 6 back /b; 7 alias gsw=git switch; 8 alias gs=x; 9 alias gsw=git switch; 10 front /c; 11 back /home/me/d; 12* alias gsw"},
		{"environment.d", "10.conf", "GOROOT=/x y\nPATH=/a:$PATH\n#A=1", "1 export GOROOT=/x y; 2 front /a"},
		{"a file that reads another", ".bashrc", "export A=/a\n[ -f ~/.aliases ] && . ~/.aliases\nsource /missing\nexport PATH=$B:$PATH",
			"1 export A=/a; 2 source /home/me/.aliases; 1 alias gsw=/a; 2 export B=/b; 3 source /once/more; 3 source /missing; 4 front /b"},
		{"CRLF", ".profile", "export A=1\r\nexport B=2\r\n", "1 export A=1; 2 export B=2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if (test.name == "a file that reads another" || strings.HasPrefix(test.name, "Homebrew")) && !filepath.IsAbs("/home") {
				t.Skip("on Windows these names are not absolute, and what they lead to is not followed")
			}
			file := "/home/me/" + test.file
			r := readerFor(map[string]string{file: test.text, "/home/me/.aliases": "alias gsw=$A\nexport B=/b\n. /once/more", "/once/more": "export C=1"})
			if got := toldDeeds(r.file(file)); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// Git Bash has its own way of writing folders, and $HOME may have a colon.
func TestStartUpFilesOfGitBash(t *testing.T) {
	const file = `C:\Users\me\.bashrc`
	r := readerFor(map[string]string{file: "export PATH=$HOME/sdk/go/bin:/d/go/bin:$PATH:/usr/bin\n" +
		"export GOROOT=/c/Go GOPROXY=https://a,b\n. '/c/Users/me/.gsw/hook.bash'\n. ~/more\n"})
	r.home, r.gsw, r.vars["HOME"], r.windows = `C:\Users\me`, `C:\Users\me\.gsw`, `C:\Users\me`, true
	want := `1 front C:\Users\me\sdk\go\bin; 1 front D:\go\bin; 1 back /usr/bin; 2 export GOROOT=C:\Go; 2 export GOPROXY=https://a,b; `
	if got := toldDeeds(r.file(file)); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `4 source C:\Users\me\more`) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func FuzzStartUpFiles(f *testing.F) {
	for _, text := range []string{
		"export A=${B", "plugins=(", "path=($path", "a='\"$(`", "export PATH=\\\n${PATH:+", "set -gx", "~", "$", "${}", "alias -", "=", "\\", "export =", "function",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"x.fish", ".zshrc", "a.conf"} {
			r := readerFor(map[string]string{"/" + name: text})
			lines := strings.Count(text, "\n") + 1
			for _, d := range r.file("/" + name) {
				if d.line < 1 || d.line > lines || d.file != "/"+name {
					t.Fatalf("%q: %v is in none of %d lines", text, d, lines)
				}
			}
		}
	})
}
