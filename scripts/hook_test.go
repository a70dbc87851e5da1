package scripts_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/scripts"
)

// posix quotes a word for /bin/sh.
func posix(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// sandbox is a user with a few toolchains, whose names hold whatever a path may hold.
type sandbox struct {
	t            *testing.T
	dir          string // everything is below
	user, home   string
	gsw          string // a program that writes down how it is called, and answers with what is in answer
	calls, reply string
	env          []string
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	// /tmp may be reached by a link; the hook goes by what $PWD says.
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t: t, dir: dir, user: filepath.Join(dir, `m e's "$HOME" `+"`\\"+`中文 *[é`)}
	s.home = filepath.Join(s.user, ".gsw")
	s.gsw = filepath.Join(dir, "real gsw")
	s.calls, s.reply = filepath.Join(dir, "calls"), filepath.Join(dir, "answer")
	s.env = []string{"HOME=" + s.user, "PATH=/usr/bin:/bin", "PS1=", "PS2=", "FAKE=" + dir, "LC_ALL=C.UTF-8", "TERM=dumb", "HISTFILE="}
	for _, v := range []string{"1.20", "1.21.6", "1.22.3", "1.22.12"} {
		s.install(v)
	}
	s.link("versions/go1.21.6", filepath.Join(s.home, "current"))
	s.link("../current/go/bin/go", filepath.Join(s.home, "bin", "go"))
	s.write(filepath.Join(s.home, "resolve", "1.22"), filepath.Join(s.home, "versions/go1.22.12/go")+"\n", 0o644)
	s.write(s.gsw, `#!/bin/sh
printf '%s in %s\n' "$*" "${PWD##*/}" >>"$FAKE/calls"
if test -r "$FAKE/answer"; then cat "$FAKE/answer"; else echo 'gsw: no answer' >&2; exit 3; fi
`, 0o755)
	return s
}

func (s *sandbox) install(version string) {
	dir := filepath.Join(s.home, "versions", "go"+version)
	s.write(filepath.Join(dir, "go", "VERSION"), "go"+version+"\ntime 2024-05-01T00:00:00Z\n", 0o644)
	s.write(filepath.Join(dir, "go", "bin", "go"), "#!/bin/sh\necho go"+version+"\n", 0o755)
	s.write(filepath.Join(dir, "receipt.json"), "{}\n", 0o644)
}

func (s *sandbox) write(file, text string, mode os.FileMode) string {
	s.t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), mode)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return file
}

func (s *sandbox) link(text, file string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Symlink(text, file); err != nil {
		s.t.Fatal(err)
	}
}

// project makes a folder below the user's home with files, given as name and content.
func (s *sandbox) project(name string, files ...string) string {
	s.t.Helper()
	dir := filepath.Join(s.user, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		s.write(filepath.Join(dir, files[i]), files[i+1], 0o644)
	}
	return dir
}

// hook writes the hook of a shell and gives the path.
func (s *sandbox) hook(sh shell) string {
	s.t.Helper()
	shell := find(s.t, sh)
	return s.write(scripts.HookFile(shell, s.home), scripts.Sourced(shell, s.gsw, s.home), 0o644)
}

func find(t testing.TB, sh shell) scripts.Shell {
	t.Helper()
	s, err := scripts.Find(sh.name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sandbox) called() []string {
	text, _ := os.ReadFile(s.calls)
	os.Remove(s.calls)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// session types lines into an interactive shell that has loaded the hook, and gives what it said.
func (s *sandbox) session(sh shell, lines ...string) result {
	s.t.Helper()
	got := feed(s.t, s.env, s.typed(sh, append([]string{s.load(sh)}, lines...)...), sh.name, sh.interactive...)
	// Without a terminal bash has its own complaints.
	if sh.name == "elvish" {
		got.err = strings.Join(regexp.MustCompile(`(?m)gsw: .*$|Exception: (?s:.*)`).FindAllString(got.err, -1), "\n")
	}
	got.err = regexp.MustCompile(`(?m)^(bash: (cannot set terminal process group|no job control).*|exit)\n?`).ReplaceAllString(got.err, "")
	return got
}

// load is the line that loads the hook.
func (s *sandbox) load(sh shell) string {
	if sh.words.load != nil {
		return sh.words.load(sh.Quote(s.hook(sh)))
	}
	return sh.Source(s.hook(sh))
}

// typed gives what stands on the standard input of a shell that is told these lines.
func (s *sandbox) typed(sh shell, lines ...string) string {
	text := sh.prelude
	if sh.posix() {
		text = "PS1= PS2= PS4=\n" + text
	}
	for _, line := range lines {
		if sh.line != nil && !strings.HasPrefix(line, "source ") {
			line = sh.line(line)
		}
		text += line + "\n"
		if sh.between != "" {
			text += sh.between + "\n"
		}
	}
	return text
}

// answer makes gsw answer with changes, in the words of a shell.
func (s *sandbox) answer(sh shell, changes ...platform.Change) {
	s.t.Helper()
	s.write(s.reply, find(s.t, sh).Export(changes), 0o644)
}

// becomes is a variable that gets a value.
func becomes(name, value string) platform.Change {
	return platform.Change{Name: name, New: value, Is: true}
}

func (s *sandbox) wantSaid(got result, want ...string) {
	s.t.Helper()
	if have := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n"); !slices.Equal(have, want) {
		s.t.Errorf("the session said\n\t%s\nwant\n\t%s\nstderr: %s", strings.Join(have, "\n\t"), strings.Join(want, "\n\t"), got.err)
	}
}

func (s *sandbox) wantQuiet(got result) {
	s.t.Helper()
	if strings.Trim(got.err, "\n") != "" {
		s.t.Errorf("stderr: %s", got.err)
	}
}

func (s *sandbox) cd(sh shell, dir string) string { return "cd " + find(s.t, sh).Quote(dir) }

func TestProjectsSwitchAtThePrompt(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a := s.project("a 'b'\n中 文\"", ".go-version", "1.22.3\n")
		inner := s.project("a 'b'\n中 文\"/inner/x", "go.mod", "module x\n\ngo 1.21\n\ntoolchain go1.22.12\n")
		deep := s.project("a 'b'\n中 文\"/y/z")
		b := s.project("b", ".tool-versions", "nodejs 20\n golang   1.20.0 1.21.6 # x\n")
		c := s.project("c", ".go-version", "1.22")
		got := s.session(sh,
			"say start", s.cd(sh, a), "say a", s.cd(sh, deep), "say deep", s.cd(sh, inner), "say inner",
			"cd /", "say outside", s.cd(sh, b), "say b", s.cd(sh, c), "say c", "cd", "say home")
		s.wantSaid(got,
			"start: 0 default current/bin",
			"a: 0 go1.22.3 versions/go1.22.3/bin",
			"deep: 0 go1.22.3 versions/go1.22.3/bin",
			"inner: 0 go1.22.12 versions/go1.22.12/bin",
			"outside: 0 default current/bin",
			"b: 0 go1.20 versions/go1.20/bin",
			"c: 0 go1.22.12 versions/go1.22.12/bin",
			"home: 0 default current/bin")
		s.wantQuiet(got)
		if calls := s.called(); calls[0] != "" {
			t.Errorf("gsw was started: %q", calls)
		}
	})
}

// Sourcing is enough where there never is a prompt: editors ask `bash -ilc env`.
func TestSourcingIsEnough(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a := s.project("a", ".go-version", "go1.22.3")
		// eval "$(gsw init bash)" is the same.
		hook := s.write(filepath.Join(s.dir, "hook code"), find(t, sh).Hook(s.gsw, s.home), 0o644)
		loads := []string{s.load(sh), find(t, sh).Evaluate("cat " + find(t, sh).Quote(hook))}
		if sh.name == "nu" {
			loads = loads[:1] // it evaluates for the next shell: see TestNuAutoload
		}
		for _, load := range loads {
			code := sh.prelude + sh.and(s.cd(sh, a), load) + "; say there"
			for _, options := range sh.code {
				got := feed(t, s.env, "", sh.name, slices.Concat(sh.batch, options, []string{code})...)
				s.wantSaid(got, "there: 0 go1.22.3 versions/go1.22.3/bin")
			}
		}
	})
}

// What nushell evaluates, it has in the next shell.
func TestNuAutoload(t *testing.T) {
	nu := need(t, "nu")
	for _, sh := range shells() {
		if sh.name != "nu" {
			continue
		}
		s := newSandbox(t)
		a := s.project("a", ".go-version", "go1.22.3")
		hook := s.write(filepath.Join(s.dir, "hook code"), sh.Hook(s.gsw, s.home), 0o644)
		if got := feed(t, s.env, "", nu, "-l", "-c", sh.Evaluate("cat "+sh.Quote(hook))); got.code != 0 {
			t.Fatalf("%s%s", got.out, got.err)
		}
		// A shell that runs code reads no such folder: it has what one at a terminal would read.
		saved := filepath.Join(s.user, ".config", "nushell", "autoload", "gsw.nu")
		got := feed(t, s.env, "source "+sh.Quote(saved)+"\n"+s.cd(sh, a)+"\n__gsw_prompt\ngo\n", nu, sh.interactive...)
		s.wantSaid(got, "go1.22.3")
	}
}

// The promise is counted in system calls: a shell that walks through projects makes no process.
func TestNoForkForWhatIsInstalled(t *testing.T) {
	need(t, "strace")
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		dirs := []string{
			s.project("a", ".go-version", "# pinned\r\n\r\n 1.22.3 \r\n"), s.project("b", ".tool-versions", "golang 1.21.6\n"),
			s.project("c", "go.mod", "module c\n\ngo 1.22.0 // why not\n\ntoolchain go1.22.3\n"),
			s.project("d", "go.work", "go 1.21\n\nuse ./x\n\ntoolchain go1.21.6\n"), s.project("d/x", "go.mod", "module x\n\ngo 1.20\n"),
			s.project("e", ".go-version", "1.22"), s.project("f", ".go-version", "\xef\xbb\xbfgo1.20"), s.user, "/",
			s.project("g", "go.mod", "module g\n\ngo 1.21.6\n"),
		}
		lines := []string{s.load(sh)}
		for _, dir := range append(dirs, dirs...) {
			lines = append(lines, s.cd(sh, dir), sh.nothing, sh.show("GOBIN"))
		}
		trace := filepath.Join(s.dir, "trace")
		got := feed(t, s.env, s.typed(sh, lines...), "strace", slices.Concat(
			[]string{"-f", "-o", trace, "-e", "trace=clone,clone3,fork,vfork,execve", sh.path(t)}, sh.interactive)...)
		text, err := os.ReadFile(trace)
		if err != nil || !strings.Contains(string(text), "execve(") {
			if strings.Contains(got.err, "PTRACE") || strings.Contains(got.err, "ptrace") {
				cannot(t, "strace may not trace here")
			}
			t.Fatalf("strace: %v, %s", err, got.err)
		}
		if forks := processes(string(text)); len(forks) > s.itself(sh) {
			t.Errorf("%d processes were made: %s", len(forks), forks[0])
		}
		var want []string
		for range 2 {
			for _, v := range []string{"1.22.3", "1.21.6", "1.22.3", "1.21.6", "1.21.6", "1.22.12", "1.20", "", "", ""} {
				gobin := s.home + "/current/bin"
				if v != "" {
					gobin = s.home + "/versions/go" + v + "/bin"
				}
				want = append(want, gobin)
			}
		}
		s.wantSaid(got, want...)
	})
}

// processes finds in a trace where one was made. A thread is none.
func processes(trace string) []string {
	made := regexp.MustCompile(`(?m)^\d+\s+(clone3?|v?fork)\(.*$`).FindAllString(trace, -1)
	return slices.DeleteFunc(made, func(call string) bool { return strings.Contains(call, "CLONE_THREAD") })
}

// itself counts the processes that a shell makes without a hook: elvish has a server for its history.
func (s *sandbox) itself(sh shell) int {
	s.t.Helper()
	trace := filepath.Join(s.dir, "trace of nothing")
	feed(s.t, s.env, sh.nothing+"\n", "strace", slices.Concat(
		[]string{"-f", "-o", trace, "-e", "trace=clone,clone3,fork,vfork,execve", sh.path(s.t)}, sh.interactive)...)
	text, err := os.ReadFile(trace)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(processes(string(text)))
}

// One process, started without another in between, answers what builtins can't.
func TestOneForkForTheRest(t *testing.T) {
	need(t, "strace")
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		s.write(s.gsw, "#!/bin/sh\necho "+posix(find(t, sh).Export([]platform.Change{becomes("GOBIN", "/asked")}))+"\n", 0o755) // which itself makes none
		a := s.project("a", ".go-version", "~1.22.1")
		code := s.typed(sh, s.load(sh), s.cd(sh, a), sh.nothing, sh.nothing, sh.show("GOBIN"))
		trace := filepath.Join(s.dir, "trace")
		got := feed(t, s.env, code, "strace", slices.Concat(
			[]string{"-f", "-o", trace, "-e", "trace=clone,clone3,fork,vfork,execve", sh.path(t)}, sh.interactive)...)
		text, _ := os.ReadFile(trace)
		if !strings.Contains(string(text), "execve(") {
			cannot(t, "strace may not trace here: %s", got.err)
		}
		if forks := processes(string(text)); len(forks) != 1+s.itself(sh) {
			t.Errorf("%d processes were made: %q", len(forks), forks)
		}
		s.wantSaid(got, "/asked")
	})
}

func TestAskingGsw(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		version := filepath.Join(s.home, "versions", "go1.20")
		s.answer(sh, becomes("GOBIN", version+"/bin"), becomes("PATH", version+"/go/bin:"+version+"/bin:"+s.home+"/bin:/usr/bin:/bin"),
			becomes("GOTOOLCHAIN", "local"), becomes("__GSW_SAVED", "GOBIN==+"+version+"/bin:GOTOOLCHAIN==+local"))
		for name, content := range map[string]string{"range": ">= 1.19 <1.21", "alias": "work", "rc": "1.23rc1", "system": "system", "nul": "1.22.3\x00"} {
			a := s.project(name, ".go-version", content+"\n")
			sub := s.project(name + "/sub/sub")
			got := s.session(sh, s.cd(sh, a), "say in", sh.show("GOTOOLCHAIN"), s.cd(sh, sub), "say sub", sh.nothing, "cd /", "say out", sh.show("GOTOOLCHAIN"))
			s.wantSaid(got, "in: 0 go1.20 versions/go1.20/bin", "local", "sub: 0 go1.20 versions/go1.20/bin", "out: 0 default current/bin", "unset")
			s.wantQuiet(got)
			// In what can't be read at all each folder is asked about; what can be read has one answer.
			want := []string{"env --shell " + sh.name + " in " + name}
			if name == "nul" {
				want = append(want, "env --shell "+sh.name+" in sub")
			}
			if calls := s.called(); !slices.Equal(calls, want) {
				t.Errorf("%s: gsw was called %q", name, calls)
			}
		}
		// Settings that only gsw knows.
		s.write(filepath.Join(s.home, "resolve", ".ask"), "", 0o644)
		got := s.session(sh, s.cd(sh, s.project("exact", ".go-version", "1.22.3")), "say in")
		s.wantSaid(got, "in: 0 go1.20 versions/go1.20/bin")
	})
}

// A pin that can't be followed is said once, and leaves a shell that works; not the Go of another project.
func TestBrokenPins(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		for name, files := range map[string][]string{
			"not installed": {".go-version", "1.99.1\n"}, "empty": {".go-version", "\n# nothing\n"}, "nonsense": {".go-version", "../../etc\n"},
			"escape": {".go-version", "\x1b]0;x\a\n"}, "long": {".go-version", strings.Repeat("#\n", 600) + "1.22.3\n"},
			"toolchain": {"go.mod", "module x\ntoolchain gone\n"}, "command": {".go-version", "$(touch /tmp/x);`id`\n"},
			"tools": {".tool-versions", "golang\n"},
		} {
			s := newSandbox(t)
			broken, good := s.project(name, files...), s.project("good", ".go-version", "1.22.3")
			got := s.session(sh, s.cd(sh, good), "say good", s.cd(sh, broken), "say broken", sh.nothing, sh.nothing, sh.fails(1), "say again", s.cd(sh, good), "say good")
			s.wantSaid(got, "good: 0 go1.22.3 versions/go1.22.3/bin", "broken: 0 default current/bin",
				fmt.Sprintf("again: %d default current/bin", sh.left(1)), "good: 0 go1.22.3 versions/go1.22.3/bin")
			if strings.TrimSuffix(got.err, "\n") != "gsw: no answer" {
				t.Errorf("%s: stderr: %q", name, got.err)
			}
		}
	})
}

// A go line raises what is too old, and leaves alone what is not.
func TestMinimum(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		for _, test := range []struct {
			name  string
			asked bool
			files []string
		}{
			{"line below the default", false, []string{"go.mod", "go 1.21\n"}},
			{"patch below the default", false, []string{"go.mod", "module x\r\n\r\ngo 1.21.6\r\n"}},
			{"patch above the default", true, []string{"go.mod", "module x\ngo 1.21.7\n"}},
			{"line above the default", true, []string{"go.mod", "module x\ngo 1.22"}},
			{"at the end of an old file", true, []string{"go.mod", "module x\n\nrequire (\n" + strings.Repeat("\ta v1.0.0\n", 900) + ")\n\ngo 1.22\n"}},
			{"no go line", false, []string{"go.mod", "module x\n// go 1.99\nrequire go.dev/x v1.0.0\n"}},
			{"above the pin", true, []string{"go.mod", "module x\ngo 1.22.1\n", ".go-version", "1.21.6"}},
			{"a workspace counts for its modules", true, []string{"go.work", "go 1.99\n", "../min/go.mod", "module m\ngo 1.20\n"}},
			{"another language", true, []string{"go.mod", "module x\ngo 1.23rc1\n"}},
			{"not UTF-8", true, []string{"go.mod", "module x // caf\xe9\n// \xff\xfe\ngo 1.99\n"}},
		} {
			s := newSandbox(t)
			s.answer(sh, becomes("GOBIN", "/raised"))
			got := s.session(sh, s.cd(sh, s.project("min", test.files...)), sh.show("GOBIN"))
			if asked := got.out == "/raised\n"; asked != test.asked {
				t.Errorf("%s: GOBIN is %q; stderr: %s", test.name, got.out, got.err)
			}
		}
	})
}

// The status of the last command survives, and so do options that make shells brittle.
func TestStatusAndOptions(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a := s.project("a", ".go-version", "1.22.3")
		got := s.session(sh, sh.fails(7), "say status", s.cd(sh, a)+"; "+sh.fails(9), "say changed")
		s.wantSaid(got, fmt.Sprintf("status: %d default current/bin", sh.left(7)), fmt.Sprintf("changed: %d go1.22.3 versions/go1.22.3/bin", sh.left(9)))
		if !sh.posix() {
			return
		}
		got = s.session(sh, "(exit 7)", "say status", s.cd(sh, a)+"; (exit 9)", "say changed", "set -u", "(exit 3)", "say u", "cd /", "say u")
		s.wantSaid(got, "status: 7 default current/bin", "changed: 9 go1.22.3 versions/go1.22.3/bin",
			"u: 3 go1.22.3 versions/go1.22.3/bin", "u: 0 default current/bin")
		s.wantQuiet(got)

		got = s.session(sh, "set -eu", ":", s.cd(sh, a), "say eu", "false || echo alive", "cd /", "say eu", "unset HOME", s.cd(sh, a), "echo ${GOBIN##*/versions/}")
		s.wantSaid(got, "eu: 0 go1.22.3 versions/go1.22.3/bin", "alive", "eu: 0 default current/bin", "go1.22.3/bin")
		s.wantQuiet(got)

		pipe, options := `echo "${PIPESTATUS[*]}"`, "shopt -s failglob nocasematch; set -o noclobber; IFS=/"
		if sh.name == "zsh" {
			pipe, options = `echo "${pipestatus[*]}"`, "setopt ksh_arrays sh_word_split no_clobber null_glob glob_subst err_return; IFS=/"
		}
		got = s.session(sh, "false | true | (exit 4)", pipe, options, s.cd(sh, a), `echo "${GOBIN##*/versions/}"`, "cd /", `echo "${GOBIN##*/.gsw/}"`)
		s.wantSaid(got, "1 0 4", "go1.22.3/bin", "current/bin")
		s.wantQuiet(got)
	})
}

// Before 5.1 bash knows one prompt command, a string.
func TestStringOfPromptCommands(t *testing.T) {
	need(t, "bash")
	sh := shells()[0]
	s := newSandbox(t)
	a := s.project("a", ".go-version", "1.22.3")
	const arrays = "BASH_VERSINFO[0] > 5 || BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] > 0"
	hook := find(t, sh).Hook(s.gsw, s.home)
	if !strings.Contains(hook, arrays) {
		t.Fatal("the hook no longer asks as this test believes")
	}
	file := s.write(filepath.Join(s.dir, "old"), strings.Replace(hook, arrays, "0", 1), 0o644)
	again := ". " + find(t, sh).Quote(file)
	for before, after := range map[string]string{
		"unset PROMPT_COMMAND": "__gsw_prompt", "PROMPT_COMMAND=": "__gsw_prompt", "PROMPT_COMMAND='theirs; '": "theirs;__gsw_prompt",
		"PROMPT_COMMAND=$'theirs;\\n'": "theirs;__gsw_prompt", "PROMPT_COMMAND=theirs": "theirs;__gsw_prompt",
	} {
		got := feed(t, s.env, prelude+"theirs() { return; }\n"+strings.Join([]string{
			before, again, again, s.cd(sh, a), "(exit 4)", "say now", `echo "$PROMPT_COMMAND"`,
		}, "\n")+"\n", sh.name, sh.interactive...)
		s.wantSaid(got, "now: 4 go1.22.3 versions/go1.22.3/bin", after)
	}
}

func TestNeighbours(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a := s.project("a", ".go-version", "1.22.3")
		again := s.load(sh)
		want := []string{"others: 0 go1.22.3 versions/go1.22.3/bin", "one"}
		switch sh.name {
		case "elvish":
			return // its lists of functions have no names to look for
		case "nu":
			got := s.session(sh, again, "$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt | prepend {|| 1 })", again, "print ($env.config.hooks.pre_prompt | each {|h| $h | describe } | str join ' ')")
			s.wantSaid(got, "closure string")
			return
		}
		var defined []string
		count := `echo "$ours"`
		switch sh.name {
		case "bash":
			defined = []string{
				"PROMPT_COMMAND='theirs; '", "PROMPT_COMMAND=(theirs)", "PROMPT_COMMAND=$'theirs\\n'", "export PROMPT_COMMAND=theirs",
				"unset PROMPT_COMMAND", "PROMPT_COMMAND=",
			}
			count = `c=" ${PROMPT_COMMAND[*]} "; c=${c#*__gsw_prompt}; case $c in *__gsw_prompt*) echo two ;; *) echo one ;; esac`
		case "zsh":
			defined = []string{"precmd_functions=(theirs)", "precmd() { theirs; }", "unset precmd_functions chpwd_functions"}
			count = `case "${precmd_functions[(i)__gsw_prompt]} ${precmd_functions[(I)__gsw_prompt]}" in "1 1" | "2 2") echo one ;; *) echo two ;; esac`
		case "fish":
			defined = []string{"function others --on-event fish_prompt --on-variable PWD; theirs; end"}
			count = `set -l n (functions --handlers | string match -r __gsw_event); test (count $n) -eq 2; and echo one; or echo two`
		}
		for _, define := range defined {
			mark := "theirs() { export SEEN=yes; }"
			if !sh.posix() {
				mark = "function theirs; " + sh.set("SEEN", "yes") + "; end"
			}
			lines := []string{mark, define, again, again, s.cd(sh, a), "say others", count}
			theirs := !strings.Contains(define, "unset") && define != "PROMPT_COMMAND="
			if theirs {
				lines = append(lines, sh.show("SEEN"))
			}
			got := feed(t, s.env, s.typed(sh, lines...), sh.name, sh.interactive...)
			if theirs {
				s.wantSaid(got, append(slices.Clone(want), "yes")...)
			} else {
				s.wantSaid(got, want...)
			}
		}
	})
}

// oh-my-zsh's git plugin defines the alias before, or the user has aliases for what the hook uses.
func TestAliases(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		s.write(s.reply, "the program\n", 0o644)
		switch sh.name {
		case "elvish":
			return // its modules see nothing of what a user defines
		case "nu":
			got := s.session(sh, "gsw which; goswitch which")
			s.wantSaid(got, "the program", "the program")
			text := "alias gsw = git switch\nalias goswitch = git switch\n" + s.typed(sh, s.load(sh), s.load(sh), "gsw which", "goswitch which", "say end")
			got = feed(t, s.env, text, sh.name, sh.interactive...)
			s.wantSaid(got, "the program", "the program", "end: 0 default current/bin")
			return
		}
		aliases := `alias gsw='git switch' goswitch='git switch' read='echo read' local='echo local' export='echo export' eval='echo eval' unset='echo unset'
alias return='echo return' printf='echo printf' exec='echo exec'`
		back := "unalias printf"
		if sh.name == "fish" {
			aliases, back = `abbr --add gsw 'git switch'; alias gsw 'git switch'; alias goswitch 'git switch'; alias math 'echo math'; alias contains 'echo'
alias count 'echo count'; alias abbr 'echo abbr'; alias true false; alias source 'echo source'`, "builtin abbr --query gsw; and echo expanded; functions -e true"
		}
		quote := find(t, sh).Quote
		loads := []string{s.load(sh), `\eval ` + quote(find(t, sh).Hook(s.gsw, s.home))}
		if !sh.posix() {
			loads = []string{"builtin " + s.load(sh)}
		}
		for _, load := range loads {
			got := feed(t, s.env, s.typed(sh, aliases, load, "gsw which", "goswitch which", back, "say end"), sh.name, sh.interactive...)
			s.wantSaid(got, "the program", "the program", "end: 0 default current/bin")
		}
	})
}

func TestGswVersion(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		s.write(s.reply, "", 0o644)
		a := s.project("a", ".go-version", "1.22.3")
		got := s.session(sh, s.cd(sh, a), "gsw use -s 1.21.6; say used", "say still", "cd /", "say out", "gsw use --shell; say unset",
			sh.set("GSW_VERSION", "1.22"), "say exported", "goswitch shell --unset; say off")
		s.wantSaid(got,
			"used: 0 go1.21.6 versions/go1.21.6/bin", "still: 0 go1.21.6 versions/go1.21.6/bin", "out: 0 go1.21.6 versions/go1.21.6/bin",
			"unset: 0 default current/bin", "exported: 0 go1.22.12 versions/go1.22.12/bin", "off: 0 default current/bin")
		s.wantQuiet(got)
		if calls, want := s.called(), []string{"env 1.21.6 in a"}; !slices.Equal(calls, want) {
			t.Errorf("gsw was called %q", calls)
		}
		s.session(sh, "gsw -q use -si 1.21.6")
		s.session(sh, "gsw exec 1.22 -- use -s x", "gsw use -s --help", "gsw use 1.22.3", "gsw shell --json 1.2")
		want := []string{"install 1.21.6 in ", "env 1.21.6 in ", "exec 1.22 -- use -s x in ", "use -s --help in ", "use 1.22.3 in ", "shell --json 1.2 in "}
		if calls := s.called(); !slices.Equal(calls, want) {
			t.Errorf("gsw was called %q", calls)
		}
		// What is not installed changes nothing.
		os.Remove(s.reply)
		got = s.session(sh, sh.try("gsw use -s 1.99.9")+"; say failed", sh.show("GSW_VERSION"))
		s.wantSaid(got, fmt.Sprintf("failed: %d default current/bin", sh.left(3)), "unset")
		// No more does the value of a variable that is not set.
		got = s.session(sh, sh.set("GSW_VERSION", "1.22"), sh.try("gsw use -s ''")+"; say empty", sh.show("GSW_VERSION"))
		s.wantSaid(got, fmt.Sprintf("empty: %d go1.22.12 versions/go1.22.12/bin", sh.left(3)), "1.22")
	})
}

// A pin written or a version installed by gsw counts at once.
func TestGswTakesEffect(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a := s.project("a", "go.mod", "module a\n")
		s.write(s.gsw, "#!/bin/sh\necho 1.22.3 >.go-version; exit 5\n", 0o755)
		got := s.session(sh, s.cd(sh, a), sh.try("gsw pin 1.22.3")+"; say pinned")
		s.wantSaid(got, fmt.Sprintf("pinned: %d go1.22.3 versions/go1.22.3/bin", sh.left(5)))
		s.wantQuiet(got)
	})
}

// The program moved, or is gone: PATH is tried, and a prompt goes on being one.
func TestProgramGone(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		missing := s.project("a", ".go-version", "1.99.1")
		if err := os.Rename(s.gsw, s.write(filepath.Join(s.home, "bin", "gsw"), "", 0o755)); err != nil {
			t.Fatal(err)
		}
		s.write(s.reply, "from PATH\n", 0o644)
		got := s.session(sh, "gsw which")
		s.wantSaid(got, "from PATH")
		os.Remove(filepath.Join(s.home, "bin", "gsw"))
		got = s.session(sh, s.cd(sh, missing), "say gone", sh.nothing, "say gone")
		s.wantSaid(got, "gone: 0 default current/bin", "gone: 0 default current/bin")
		if n := strings.Count(got.err, "gsw"); n == 0 || strings.Count(strings.TrimSuffix(got.err, "\n"), "\n") != 0 {
			t.Errorf("stderr: %q", got.err)
		}
	})
}

// Without a default the system's Go is left alone.
func TestNoDefault(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		os.Remove(filepath.Join(s.home, "current"))
		s.env = append(s.env, "GOBIN=/mine", "GOROOT=/usr/local/go")
		s.env[1] = "PATH=/usr/local/go/bin:" + s.home + "/shims:/usr/bin:/bin"
		a := s.project("a", ".go-version", "1.22.3")
		show := []string{sh.show("PATH"), sh.show("GOBIN"), sh.show("GOROOT")}
		got := s.session(sh, slices.Concat(show, []string{s.cd(sh, a), "say a", sh.show("GOROOT"), "cd /"}, show)...)
		before := []string{"/usr/local/go/bin:/usr/bin:/bin:" + s.home + "/bin", "/mine", "/usr/local/go"}
		s.wantSaid(got, slices.Concat(before, []string{"a: 0 go1.22.3 versions/go1.22.3/bin", "unset"}, before)...)
		if strings.TrimSuffix(got.err, "\n") != "gsw: the exported GOROOT=/usr/local/go is unset here: go finds its own" {
			t.Errorf("stderr: %q", got.err)
		}
	})
}

// Others change PATH at any time: rc lines after the hook, virtual environments, a shell in the shell.
func TestPathChangesMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a, b := s.project("a", ".go-version", "1.22.3"), s.project("b", ".go-version", "1.21.6")
		if !sh.posix() {
			t.Skip("TestNestedShells has it")
		}
		quote := find(t, sh).Quote
		text := "PS1= PS2=\n" + prelude + ". " + quote(s.hook(sh)) + "; PATH=/usr/local/go/bin:$PATH\nsay after; echo \"${PATH##*/current/bin:}\"\n" +
			strings.Join([]string{
				s.cd(sh, a), "before=$PATH PATH=/venv/bin:$PATH", "say venv; echo ${PATH%%:*}", s.cd(sh, b), "PATH=$before", "say b",
				sh.name + " " + strings.Join(sh.interactive, " ") + " -c " + quote(prelude+". "+quote(s.hook(sh))+"\nsay nested; "+
					s.cd(sh, a)+"; __gsw_prompt; say nested; cd /; __gsw_prompt; echo ${PATH#*/current/bin:}") + " 2>/dev/null",
			}, "\n") + "\n"
		got := feed(t, s.env, text, sh.name, sh.interactive...)
		s.wantSaid(got,
			"after: 0 default current/bin", "/usr/bin:/bin", "venv: 0 go1.22.3 versions/go1.22.3/bin", "/venv/bin",
			"b: 0 go1.21.6 versions/go1.21.6/bin", "nested: 0 go1.21.6 versions/go1.21.6/bin", "nested: 0 go1.22.3 versions/go1.22.3/bin",
			"/usr/bin:/bin")
	})
}

// A shell that another one has started undoes what that one did, and begins with what it found.
func TestNestedShells(t *testing.T) {
	each(t, func(t *testing.T, outer shell) {
		for _, inner := range shells() {
			if _, err := exec.LookPath(inner.name); err != nil {
				continue // need says so in its own test
			}
			s := newSandbox(t)
			s.env[1] = "PATH=/usr/bin:/usr/local/go/bin:/bin"
			s.env = append(s.env, "GOROOT=/usr/local/go", "GOBIN=/my=bin")
			s.write(filepath.Join(s.home, "resolve", ".profiles"), s.user+"/b=GOPROXY=+https%3A//x,direct\n", 0o644)
			a, b := s.project("a", ".go-version", "1.22.3"), s.project("b", ".go-version", "1.21.6")
			show := func(sh shell) []string {
				return []string{sh.show("PATH"), sh.show("GOBIN"), sh.show("GOROOT"), sh.show("GOPROXY"), sh.show("__GSW_SAVED")}
			}
			visit := func(sh shell) []string {
				return slices.Concat([]string{s.load(sh), "say start"}, show(sh), []string{s.cd(sh, b), "say b"}, show(sh), []string{s.cd(sh, a), "say a"}, show(sh),
					[]string{"cd /", "say out"}, show(sh))
			}
			alone := s.session(outer, visit(outer)...)
			// The inner one starts in a folder with a pin and a profile, and so does the one in that.
			code := s.write(filepath.Join(s.dir, "inner"), s.typed(inner, slices.Concat(visit(inner), []string{s.cd(inner, b), sh(outer.path(t), outer, s.dir)})...), 0o644)
			s.write(filepath.Join(s.dir, "innermost"), s.typed(outer, visit(outer)...), 0o644)
			_ = code
			got := s.session(outer, s.cd(outer, b), "/bin/sh -c "+outer.Quote(strings.Join(append([]string{"exec", inner.path(t)}, inner.interactive...), " ")+" <"+posix(code)))
			rounds := strings.Split(got.out, "start: ")
			if len(rounds) != 3 {
				t.Fatalf("%s in %s said %s\n%s", inner.name, outer.name, got.out, got.err)
			}
			_, want, _ := strings.Cut(alone.out, "b: 0")
			for i, round := range rounds[1:] {
				if _, have, _ := strings.Cut(round, "b: 0"); have != want {
					t.Errorf("%s in %s, shell %d said\n%s\nalone it says\n%s\nstderr: %s", inner.name, outer.name, i+1, have, want, got.err)
				}
			}
		}
	})
}

// sh starts the innermost shell of TestNestedShells.
func sh(program string, outer shell, dir string) string {
	return "/bin/sh -c '" + strings.Join(append([]string{program}, outer.interactive...), " ") + " <" + dir + "/innermost'"
}

// What a fish user has exported for good is as it was after a project, and for other shells at all times.
func TestFishUniversal(t *testing.T) {
	need(t, "fish")
	for _, fish := range shells() {
		if fish.name != "fish" {
			continue
		}
		s := newSandbox(t)
		s.env[1] = "PATH=/usr/local/go/bin:/usr/bin:/bin"
		a := s.project("a", ".go-version", "1.22.3")
		lines := []string{
			"set -Ux GOROOT /usr/local/go", "set -Ux GOBIN /mine", "set -U fish_user_paths /usr/local/go/bin",
			s.load(fish), s.cd(fish, a), "say a", "env | string match 'GOROOT*'", "cd /", "env | string match -r '^(?:GOROOT|GOBIN)=.*'",
			"set -U | string match -r '^(?:GOROOT|GOBIN|fish_user_paths) .*'", "set -e GOROOT; set -eU GOROOT", s.cd(fish, a), "say a",
		}
		got := feed(t, s.env, s.typed(fish, lines...), fish.name, "-iC", "set -g fish_greeting")
		got.out = strings.ReplaceAll(got.out, "\x1b[?2004h", "")
		got.out, _, _ = strings.Cut(got.out, "\x1b[?2004l")
		s.wantSaid(got, "a: 0 go1.22.3 versions/go1.22.3/bin", "GOROOT=", "GOROOT=", "GOBIN="+s.home+"/current/bin", "GOBIN /mine", "GOROOT /usr/local/go",
			"fish_user_paths /usr/local/go/bin", "a: 0 go1.22.3 versions/go1.22.3/bin")
	}
}

// The search ends at another user's folder, and in one that is open to all another's file does not count. Builtins see
// only whether something is one's own: the rest is asked.
func TestOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		cannot(t, "only root can give files away")
	}
	each(t, func(t *testing.T, sh shell) {
		if sh.name == "elvish" && feed(t, os.Environ(), "", sh.name, "-c", "use os; put $os:stat~").code != 0 {
			return // it has no builtin for that before 0.20: below the user's home all is taken for his, the rest is asked
		}
		s := newSandbox(t)
		s.answer(sh, becomes("GOBIN", "/asked"))
		theirs, file := s.project("theirs", ".go-version", "1.22.3"), s.project("file", ".go-version", "1.22.3")
		if err := os.Chown(theirs, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(file, ".go-version"), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		inner := s.project("theirs/mine/x", ".go-version", "1.21.6")
		got := s.session(sh, s.cd(sh, inner), "say inner", s.cd(sh, theirs), sh.show("GOBIN"), s.cd(sh, inner), "say inner",
			s.cd(sh, s.project("theirs/mine")), sh.show("GOBIN"), "cd /", s.cd(sh, file), sh.show("GOBIN"))
		s.wantSaid(got, "inner: 0 go1.21.6 versions/go1.21.6/bin", "/asked", "inner: 0 go1.21.6 versions/go1.21.6/bin", "/asked", "/asked")
	})
}

// On a terminal nothing but the prompt is printed.
func TestOnATerminal(t *testing.T) {
	need(t, "script")
	each(t, func(t *testing.T, sh shell) {
		s := newSandbox(t)
		a := s.project("a", ".go-version", "1.22.3")
		if !sh.posix() {
			return // see TestPrompts
		}
		options := " --norc --noprofile -i"
		if sh.name == "zsh" {
			options = " -f -i +Z -o no_prompt_cr -o no_prompt_sp"
		}
		text := "PS1='<$?>'; setopt prompt_subst 2>/dev/null\n. " + find(t, sh).Quote(s.hook(sh)) + "\nstty -echo\n" + s.cd(sh, a) +
			"\nfalse\necho \"${GOBIN##*/versions/}\"\nexit 0\n"
		got := feed(t, s.env, text, "script", "-qec", sh.name+options, "/dev/null")
		said := strings.ReplaceAll(got.out, "\r", "")
		if want := "<0><1>go1.22.3/bin\n<0>"; !strings.Contains(said, want) || strings.Contains(said, "gsw:") {
			t.Errorf("the terminal shows %q, want %q", said, want)
		}
	})
}

// On a terminal fish's own prompt comes after the hook, and has the status of the last command.
func TestFishOnATerminal(t *testing.T) {
	need(t, "script")
	need(t, "fish")
	sh := shells()[2]
	s := newSandbox(t)
	a := s.project("a", ".go-version", "1.22.3")
	said := filepath.Join(s.dir, "said")
	text := strings.Join([]string{
		"function fish_prompt; set -l before $status; echo \"$before " + "$(string replace -r '.*/\\.gsw/' '' -- \"|$GOBIN\")\" >>" + posix(said) + "; echo -n '> '; end",
		s.load(sh), s.cd(sh, a), "sh -c 'exit 7'", "echo 1.21.6 >.go-version; set -g __gsw_place ''", "false", "cd /", "exit 0",
	}, "\n") + "\n"
	got := feed(t, s.env, text, "script", "-qec", "fish --no-config -i", "/dev/null")
	have, _ := os.ReadFile(said)
	want := "0 current/bin\n0 versions/go1.22.3/bin\n7 versions/go1.22.3/bin\n0 versions/go1.21.6/bin\n1 versions/go1.21.6/bin\n0 current/bin\n"
	if _, after, _ := strings.Cut(string(have), "\n"); after != want {
		t.Errorf("the prompts saw %s, want %s; the terminal shows %q", after, want, got.out)
	}
	if strings.Contains(got.out, "gsw:") {
		t.Errorf("the terminal shows %q", got.out)
	}
}

// Elvish is its full self on a terminal only: rc.elv is read, and gsw is a command.
func TestElvishOnATerminal(t *testing.T) {
	need(t, "script")
	need(t, "elvish")
	sh := shells()[3]
	s := newSandbox(t)
	s.write(s.reply, "", 0o644)
	s.hook(sh)
	edits, err := scripts.Install(sh, scripts.User{UserHome: s.user, Home: s.home, ReadFile: os.ReadFile})
	if err != nil || len(edits) != 1 {
		t.Fatal(edits, err)
	}
	if err := edits[0].Apply(); err != nil {
		t.Fatal(err)
	}
	a := s.project("a", ".go-version", "1.22.3")
	said := filepath.Join(s.dir, "said")
	text := strings.Join([]string{
		"fn tell { echo $E:GOBIN >>" + sh.Quote(said) + " }", "tell", s.cd(sh, a), "tell", "gsw use -s 1.21.6", "tell", "exit",
	}, "\r") + "\r"
	got := feed(t, s.env, text, "script", "-qec", "elvish", "/dev/null")
	have, _ := os.ReadFile(said)
	want := s.home + "/current/bin\n" + s.home + "/versions/go1.22.3/bin\n" + s.home + "/versions/go1.21.6/bin\n"
	if string(have) != want {
		t.Errorf("it said %s, want %s; the terminal shows %q", have, want, got.out)
	}
	if calls := s.called(); !slices.Equal(calls, []string{"env 1.21.6 in a"}) {
		t.Errorf("gsw was called %q", calls)
	}
}

// The hooks are clean for the linters of their languages.
func TestLint(t *testing.T) {
	for _, lint := range [][]string{{"shellcheck", "hooks/gsw.bash"}, {"bash", "-n", "hooks/gsw.bash"}, {"zsh", "-n", "hooks/gsw.zsh"},
		{"fish", "--no-execute", "hooks/gsw.fish"}, {"fish", "--no-execute", "completion/gsw.fish"},
		{"elvish", "-compileonly", "hooks/gsw.elv"}} {
		t.Run(fmt.Sprint(lint), func(t *testing.T) {
			need(t, lint[0])
			file, err := filepath.Abs(lint[len(lint)-1])
			if err != nil {
				t.Fatal(err)
			}
			lint[len(lint)-1] = file
			if got := feed(t, os.Environ(), "", lint[0], lint[1:]...); got.code != 0 || got.out+got.err != "" {
				t.Errorf("%s%s", got.out, got.err)
			}
		})
	}
}

// A starting shell reads half the file; what needs the other half gets it, and bears its absence.
func TestOtherHalf(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		if !strings.Contains(find(t, sh).Hook("/self", "/home"), "#: later\n") {
			return // its hook is read whole
		}
		s := newSandbox(t)
		s.install("1.21.6")
		project := s.project("app", ".go-version", "1.21.6\n")
		hook := s.hook(sh)
		there := `there() { typeset -f __gsw_find >/dev/null && echo whole || echo half; }; `
		got := s.session(sh, there+"there", "say start", s.cd(sh, project), "say project", "there", "cd /", "say default")
		s.wantSaid(got, "half", "start: 0 default current/bin", "project: 0 go1.21.6 versions/go1.21.6/bin", "whole", "default: 0 default current/bin")
		s.wantQuiet(got)

		// A command of gsw's needs it, too, and the program is there without.
		s.write(s.reply, "the program\n", 0o644)
		got = s.session(sh, there+"gsw list; there; gsw list; echo $?")
		s.wantSaid(got, "the program", "whole", "the program", "0")

		for what, change := range map[string]string{"removed": "command rm " + find(t, sh).Quote(hook), "another's": "echo : >" + find(t, sh).Quote(hook)} {
			s.hook(sh)
			got = s.session(sh, change, s.cd(sh, project), "say project", "cd /", "say default", "set -eu", s.cd(sh, project), "cd /", "gsw list")
			if !strings.HasPrefix(got.out, "project: 0 default current/bin\ndefault: 0 default current/bin\n") {
				t.Errorf("the file was %s: %q", what, got.out)
			}
			if !strings.Contains(got.out, "the program") {
				t.Errorf("the file was %s, and gsw is no command any more: %q, %q", what, got.out, got.err)
			}
			s.wantQuiet(got)
		}
	})
}

// take_out looks for two words on PATH before it compares each entry: they must be in every pattern.
func TestPatternsHaveTheirWord(t *testing.T) {
	for _, sh := range shells() {
		if !sh.posix() {
			continue // an expression over the whole PATH needs no looking first
		}
		hook := find(t, sh).Hook("/self", "/home")
		_, list, found := strings.Cut(hook, `  "$bin" | `)
		list, _, ends := strings.Cut(list, `) \builtin return 0 ;;`)
		if !found || !ends {
			t.Fatalf("%s: the list is no longer where this test looks for it", sh.name)
		}
		for pattern := range strings.SplitSeq(strings.ReplaceAll(list, "\\\n", ""), "|") {
			if !strings.Contains(pattern, "go") && !strings.Contains(pattern, ".gimme") {
				t.Errorf("%s: %s has neither go nor .gimme in it", sh.name, pattern)
			}
		}
	}
}
