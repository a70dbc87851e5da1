package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
	"gsw/scripts"
)

// The tests of this file are those of shell_test.go for shells whose language is not that of a Bourne shell: what they
// type is put together from words.

// spoken is a real shell, and how one says things in it.
type spoken struct {
	scripts.Shell
	plain   []string // no start-up files
	prelude string   // defines between
	between string   // what stands for a prompt where there is no terminal
	show    func(name string) string
	rc      string         // its start-up file, below the user's home
	code    []string       // options, before code, of a shell that reads it; none where only a terminal does
	load    string         // the line that loads the file of the hook, where Evaluate does not do; @ is the file
	typed   bool           // each line of the standard input is a program; else all of it is one file
	errors  *regexp.Regexp // what of stderr is not the shell's own
}

func languages() []spoken {
	fish := spoken{
		plain: []string{"--no-config", "-i"}, rc: ".config/fish/config.fish",
		prelude: "function between; set -l s $status; emit fish_prompt; return $s; end\n", between: "between",
		show: func(name string) string { return "set -q " + name + "; and echo \"$" + name + "\"; or echo unset" },
	}
	elvish := spoken{
		plain: []string{"-norc"}, rc: ".config/elvish/rc.elv", typed: true, between: "between",
		prelude: "var gsw~ = $nop~; var goswitch~ = $nop~; var between~ = $nop~\n",
		load:    "eval (slurp < @) &on-end={|ns| set gsw~ = $ns[gsw~]; set goswitch~ = $ns[goswitch~]; set between~ = $ns[prompt~] }",
		show: func(name string) string {
			return "if (has-env " + name + ") { echo $E:" + name + " } else { echo unset }"
		},
		errors: regexp.MustCompile(`(?m)gsw: .*$|Exception: .*$`),
	}
	nu := spoken{
		plain: []string{"--no-config-file"}, rc: ".config/nushell/config.nu", code: []string{"-l", "-c"},
		load: "source @", between: "__gsw_prompt",
		show: func(name string) string {
			return `print ($env.` + name + `? | default unset | do { let v = $in; if ($v | describe | str starts-with list) { $v | str join ":" } else { $v } })`
		},
	}
	fish.typed, fish.code = true, []string{"-ic"}
	return []spoken{fish.named("fish"), elvish.named("elvish"), nu.named("nu")}
}

func (l spoken) named(name string) spoken {
	l.Shell, _ = scripts.Find(name)
	return l
}

func eachLanguage(t *testing.T, test func(t *testing.T, l spoken)) {
	for _, l := range languages() {
		t.Run(l.Name(), func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(l.Name()); err != nil {
				disttest.Need(t, "%s is not installed", l.Name())
			}
			test(t, l)
		})
	}
}

// speak types lines into a shell that has loaded the hook as a user would, and gives what it said, by lines.
func (u *user) speak(l spoken, lines ...string) ([]string, string) {
	u.t.Helper()
	gsw := filepath.Join(u.gsw, "bin", "gsw")
	load := l.Evaluate(l.Quote(gsw) + " init " + l.Name())
	if l.load != "" {
		file := filepath.Join(u.dir, "the hook")
		u.write(file, u.run(u.home, gsw, "init", l.Name()).out)
		load = strings.ReplaceAll(l.load, "@", l.Quote(file))
	}
	text := l.prelude
	for _, line := range append([]string{load}, lines...) {
		text += line + "\n" + l.between + "\n"
	}
	got := outcome{}
	if l.typed {
		got = u.feed(u.dir, text, l.Name(), l.plain...)
	} else {
		u.write(filepath.Join(u.dir, "code"), text)
		got = u.run(u.dir, l.Name(), append(slices.Clone(l.plain), filepath.Join(u.dir, "code"))...)
	}
	if l.errors != nil {
		got.err = strings.Join(l.errors.FindAllString(got.err, -1), "\n")
		if got.err != "" {
			got.err += "\n"
		}
	}
	out := strings.ReplaceAll(got.out, u.gsw+"/", "")
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n"), got.err
}

func wantLines(t *testing.T, said []string, errs string, want ...string) {
	t.Helper()
	if !slices.Equal(said, want) {
		t.Errorf("the shell said\n\t%s\nwant\n\t%s\nstderr: %s", strings.Join(said, "\n\t"), strings.Join(want, "\n\t"), errs)
	}
}

func TestLanguagesFollowTheDirectory(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, l spoken) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6", "1.20.14")
		cd := func(dir string) string { return "cd " + l.Quote(dir) }
		app := u.project("a 'b'\n中 \"文\"", ".go-version", "1.21.6\n")
		line := u.project("line", ".tool-versions", "golang 1.20\n")
		span := u.project("range", ".go-version", ">=1.20 <1.22\n")
		needs := u.project("needs", ".go-version", "1.20\n", "go.mod", "module m\n\ngo 1.21.0\n")
		bin := l.show("GOBIN")
		said, errs := u.speak(l, "go version", cd(app), "go version", bin, cd(line), bin, cd(span), bin, cd(needs), "go version",
			cd(u.home), bin, l.show("PATH"), l.show("GOROOT"))
		wantLines(t, said, errs, fakeVersion("1.22.3"), fakeVersion("1.21.6"), "versions/go1.21.6/bin", "versions/go1.20.14/bin", "versions/go1.21.6/bin",
			fakeVersion("1.22.3"), "current/bin", "bin:current/bin:/usr/bin:/bin", "unset")
		if errs != "" {
			t.Errorf("stderr: %s", errs)
		}
	})
}

func TestLanguagesUse(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, l spoken) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6", "1.20.14")
		app := u.project("app", ".go-version", "1.21.6\n")
		bin, pin := l.show("GOBIN"), l.show("GSW_VERSION")
		said, errs := u.speak(l, "cd "+l.Quote(app), "gsw -q use --shell 1.20", bin, pin, "gsw use --shell --unset", bin, pin,
			"gsw -q use -p 1.22.3", bin, "goswitch -q use -s 1.20.14", "go version", "goswitch use -s", "cd /", bin,
			"gsw -q use 1.20", "go version", "gsw -q config goroot export", l.show("GOROOT"), "gsw -q config --unset goroot", l.show("GOROOT"))
		wantLines(t, said, errs, "versions/go1.20.14/bin", "1.20", "versions/go1.21.6/bin", "unset", "versions/go1.22.3/bin",
			fakeVersion("1.20.14"), "current/bin", fakeVersion("1.20.14"), "current/go", "unset")
		if errs != "" {
			t.Errorf("stderr: %s", errs)
		}
	})
}

// What is missing is told once; after it has been installed it is there.
func TestLanguagesTellWhatIsMissing(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, l spoken) {
		u := newUser(t, "me", "1.22.3", "1.21.6")
		u.server.Publish(disttest.Fake(t, "1.20.14", disttest.Host()))
		missing := u.project("missing", ".go-version", "# old\n1.20.14\n")
		bin := l.show("GOBIN")
		said, errs := u.speak(l, "cd "+l.Quote(missing), bin, bin, "gsw -q install", bin, "cd /", bin)
		if len(said) < 4 {
			t.Fatalf("%q %s", said, errs)
		}
		wantLines(t, append(said[:2:2], said[len(said)-2:]...), errs, "current/bin", "current/bin", "versions/go1.20.14/bin", "current/bin")
		if strings.Count(errs, "gsw: go1.20.14 is not installed (set by ~/missing/.go-version:2)\ngsw: hint: gsw install 1.20.14\n") != 1 {
			t.Errorf("stderr: %s", errs)
		}
	})
}

// A tool that hides a command of the system is moved aside before the next command.
func TestLanguagesGuardTools(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, l spoken) {
		u := newUser(t, oddHome, "1.22.3")
		u.write(filepath.Join(u.dir, "system", "git"), "#!/bin/sh\necho \"the system's git: $*\"\n")
		if err := os.Chmod(filepath.Join(u.dir, "system", "git"), 0o755); err != nil {
			t.Fatal(err)
		}
		for i, line := range u.env {
			if path, ok := strings.CutPrefix(line, "PATH="); ok {
				u.env[i] = "PATH=" + filepath.Join(u.dir, "system") + ":" + path
			}
		}
		said, errs := u.speak(l, "git before", "go install git gopls", "git status", "go install git", "git again", "gopls")
		wantLines(t, said, errs, "the system's git: before", "the system's git: status", "the system's git: again", "gopls made by go1.22.3")
		if strings.Count(errs, "so it was moved to") != 2 {
			t.Errorf("stderr: %s", errs)
		}
	})
}

// After --write every new shell has the hook, twice is once, and --remove leaves nothing.
func TestLanguagesInitForGood(t *testing.T) {
	t.Parallel()
	eachLanguage(t, func(t *testing.T, l spoken) {
		for _, before := range []string{"", "# mine\n", "# mine\n# no newline"} {
			u := newUserAt(t, "me", "g's \"w\" $HOME `x` \\ 中文 é*", "1.22.3", "1.21.6")
			app := u.project("app", ".go-version", "1.21.6\n")
			rc := filepath.Join(u.home, l.rc)
			if before != "" {
				u.write(rc, before)
			}
			if got := u.run(u.home, u.program, "init", "--write", l.Name()); got.code != 0 || got.out != "" || !strings.Contains(got.err, "+") {
				t.Fatalf("%+v", got)
			}
			if got := u.run(u.home, u.program, "init", "--write", l.Name()); got.code != 0 || !strings.Contains(got.err, "nothing to change") {
				t.Errorf("again: %+v", got)
			}
			env := u.env
			u.env = slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, "GSW_HOME=") })
			if l.code != nil {
				if got := u.run(app, l.Name(), append(slices.Clone(l.code), "go version")...); got.out != fakeVersion("1.21.6")+"\n" {
					t.Errorf("%s %q: %+v", l.Name(), l.code, got)
				}
			}
			u.env = env
			if got := u.run(u.home, u.program, "init", "--remove", l.Name()); got.code != 0 {
				t.Errorf("--remove: %+v", got)
			}
			text, err := os.ReadFile(rc)
			if string(text) != before || (err == nil) != (before != "") {
				t.Errorf("%s is %q, %v; it was %q", rc, text, err, before)
			}
			if _, err := os.Stat(scripts.HookFile(l.Shell, u.gsw)); !os.IsNotExist(err) {
				t.Errorf("the hook is still there: %v", err)
			}
		}
	})
}
