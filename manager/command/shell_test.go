package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/scripts"
)

// The tests of this file run real shells with the hook of the real program.
// What the hooks do without it, line by line, is tested in package scripts.

// user is somebody with a home, a few toolchains that gsw installed, and a
// shell without anybody else's start-up files.
type user struct {
	t         testing.TB
	dir       string // everything is below
	home, gsw string // HOME and GSW_HOME
	program   string // a gsw that is not on PATH
	server    *disttest.Server
	env       []string
}

// newUser installs versions; the first one is the default. home is the name of
// the home folder, which may hold whatever a path may hold.
func newUser(t testing.TB, home string, versions ...string) *user {
	t.Helper()
	return newUserAt(t, home, filepath.Join(home, ".gsw"), versions...)
}

// newUserAt is newUser with another GSW_HOME, by its name below dir. That it is
// another is told by the variable, until gsw init takes care of it.
func newUserAt(t testing.TB, home, gsw string, versions ...string) *user {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir()) // the hook goes by what $PWD says
	if err != nil {
		t.Fatal(err)
	}
	u := &user{t: t, dir: dir, home: filepath.Join(dir, home), program: filepath.Join(dir, "downloaded", "gsw")}
	u.gsw = filepath.Join(dir, gsw)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(u.home, 0o755), os.Mkdir(filepath.Dir(u.program), 0o755), os.Symlink(self, u.program)); err != nil {
		t.Fatal(err)
	}
	var trees []*disttest.Tree
	for _, version := range versions {
		trees = append(trees, disttest.Fake(t, version, disttest.Host()))
	}
	u.server = disttest.NewServer(t, trees...)
	u.env = []string{
		"HOME=" + u.home, "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TERM=dumb", "HISTFILE=", "PS1=", "PS2=", "GOENV=off",
		"GOPROXY=" + u.server.Proxy(), testIndex + "=" + u.server.DL(), testLogKey + "=" + u.server.SumDB.Key,
		testLogAt + "=" + u.server.URL + "/sumdb/sum.golang.org",
	}
	if u.gsw != filepath.Join(u.home, ".gsw") {
		u.env = append(u.env, "GSW_HOME="+u.gsw)
	}
	for _, version := range versions {
		if got := u.run(u.home, u.program, "install", version); got.code != 0 {
			t.Fatalf("installing %s: %s", version, got.err)
		}
	}
	return u
}

// project makes a folder below the home with files, given as name and content.
func (u *user) project(name string, files ...string) string {
	u.t.Helper()
	dir := filepath.Join(u.home, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		u.t.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		u.write(filepath.Join(dir, files[i]), files[i+1])
	}
	return dir
}

func (u *user) write(file, text string) {
	u.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		u.t.Fatal(err)
	}
}

type outcome struct {
	out, err string
	code     int
}

func (u *user) run(dir, program string, args ...string) outcome {
	u.t.Helper()
	return u.feed(dir, "", program, args...)
}

// feed runs a program with an input.
func (u *user) feed(dir, input, program string, args ...string) outcome {
	u.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, append(slices.Clone(u.env), "PWD="+dir), strings.NewReader(input)
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		u.t.Fatalf("running %s: %v", program, err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// shellUnderTest is a real shell.
type shellUnderTest struct {
	scripts.Shell
	plain []string // no start-up files
}

// eachShell runs a test in every shell that has a hook.
func eachShell(t *testing.T, test func(t *testing.T, sh shellUnderTest)) {
	for name, plain := range map[string][]string{"bash": {"--norc", "--noprofile", "--noediting"}, "zsh": {"-f"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(name); err != nil {
				disttest.Need(t, "%s is not installed", name)
			}
			shell, err := scripts.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			test(t, shellUnderTest{shell, plain})
		})
	}
}

// prelude defines `say WHAT`: the status of the command before, the Go that
// runs, and GOBIN below GSW_HOME.
const prelude = `
say() {
  said=$?
  case ${GOBIN-unset} in "$HOME"/.gsw/*) bin=${GOBIN#"$HOME"/.gsw/} ;; *) bin=${GOBIN-unset} ;; esac
  printf '%s: %s %s %s\n' "$1" "$said" "$(go version 2>/dev/null | { read -r _ _ which _ || :; echo "${which:-none}"; })" "$bin"
}
`

// load is the line that loads the hook, as an rc file would have it.
func (u *user) load(sh shellUnderTest) string {
	return `eval "$(` + sh.Quote(filepath.Join(u.gsw, "bin", "gsw")) + " init " + sh.Name() + `)"`
}

// session types lines into an interactive shell that has loaded the hook.
func (u *user) session(sh shellUnderTest, lines ...string) outcome {
	u.t.Helper()
	return u.typed(sh, append([]string{u.load(sh)}, lines...)...)
}

func (u *user) typed(sh shellUnderTest, lines ...string) outcome {
	u.t.Helper()
	text := "PS1= PS2=; setopt no_prompt_sp no_prompt_cr 2>/dev/null\n" + prelude + strings.Join(lines, "\n") + "\n"
	got := u.feed(u.dir, text, sh.Name(), append(slices.Clone(sh.plain), "-i")...)
	// Without a terminal bash has its own complaints, and zsh shows the prompt that it had before it was told of none.
	got.err = regexp.MustCompile(`(?m)^(bash: (cannot set terminal process group|no job control).*|exit)\n?|^[^ ]*[#%] +|[\r ]+\r|\r`).ReplaceAllString(got.err, "")
	return got
}

func (u *user) wantSaid(got outcome, want ...string) {
	u.t.Helper()
	if have := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n"); !slices.Equal(have, want) {
		u.t.Errorf("the shell said\n\t%s\nwant\n\t%s\nstderr: %s", strings.Join(have, "\n\t"), strings.Join(want, "\n\t"), got.err)
	}
}

func (u *user) wantQuiet(got outcome) {
	u.t.Helper()
	if got.err != "" {
		u.t.Errorf("stderr: %s", got.err)
	}
}

const oddHome = `m e's "$HOME" ` + "`x` \\ 中文 *[é;&"

func TestHookFollowsTheDirectory(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6", "1.20.14")
		cd := func(dir string) string { return "cd " + sh.Quote(dir) }
		app := u.project("a 'b'\n中 \"文\"", ".go-version", "1.21.6\n")
		deep := u.project("a 'b'\n中 \"文\"/x/y")
		line := u.project("line", ".tool-versions", "golang 1.20\n")
		needs := u.project("needs", ".go-version", "1.20\n", "go.mod", "module m\n\ngo 1.21.0\n")
		got := u.session(sh, "before=$PATH", "say start", cd(app), "say app", cd(deep), "say deep",
			cd(line), "say line", cd(needs), "say needs", "cd", "say home", `test "$PATH" = "$before"; say same; false`, "say failed")
		u.wantSaid(got,
			"start: 0 go1.22.3 current/bin",
			"app: 0 go1.21.6 versions/go1.21.6/bin",
			"deep: 0 go1.21.6 versions/go1.21.6/bin",
			"line: 0 go1.20.14 versions/go1.20.14/bin",
			"needs: 0 go1.22.3 versions/go1.22.3/bin",
			"home: 0 go1.22.3 current/bin",
			"same: 0 go1.22.3 current/bin",
			"failed: 1 go1.22.3 current/bin")
		u.wantQuiet(got)
	})
}

func TestHookAndUse(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6", "1.20.14")
		app := u.project("app", ".go-version", "1.21.6\n")
		got := u.session(sh,
			"gsw use 1.21.6", "say used", "command gsw use 1.22.3", "say back",
			"gsw use --shell 1.20", "say shell", "cd "+sh.Quote(app), "say pinned-shell",
			"gsw use --shell --unset", "say unset",
			"gsw -q use -s 1.22 --quiet", "say short", "goswitch use --shell --unset", "say unset-again",
			"gsw use --project 1.22.3", "say repinned", "gsw use -p 1.21.6", "say repinned-back",
			"echo 1.20 >.go-version; cd ..", "cd - >/dev/null", "say edited",
			"gsw use --shell 1.19.1", "say unknown", `echo "${GSW_VERSION-none}"`,
			"gsw +1.22.3 go exit 7", "say child", `gsw current | sed 's/ .*//'`)
		u.wantSaid(got,
			"used: 0 go1.21.6 current/bin", "back: 0 go1.22.3 current/bin",
			"shell: 0 go1.20.14 versions/go1.20.14/bin", "pinned-shell: 0 go1.20.14 versions/go1.20.14/bin",
			"unset: 0 go1.21.6 versions/go1.21.6/bin",
			"short: 0 go1.22.3 versions/go1.22.3/bin", "unset-again: 0 go1.21.6 versions/go1.21.6/bin",
			"repinned: 0 go1.22.3 versions/go1.22.3/bin", "repinned-back: 0 go1.21.6 versions/go1.21.6/bin",
			"edited: 0 go1.20.14 versions/go1.20.14/bin",
			"unknown: 3 go1.20.14 versions/go1.20.14/bin", "none",
			"child: 7 go1.20.14 versions/go1.20.14/bin", "go1.20.14")
		if !strings.Contains(got.err, "go1.21.6 is the default now (it was go1.22.3)") ||
			!strings.Contains(got.err, "gsw: hint: gsw install 1.19.1\n") {
			t.Errorf("stderr: %s", got.err)
		}
		// Without the hook there is nobody who could do it.
		got = u.run(u.home, filepath.Join(u.gsw, "bin", "gsw"), "use", "--shell", "1.20")
		if got.code != exitBlocked || !strings.Contains(got.err, `hint: eval "$(gsw init bash)"`) {
			t.Errorf("exit code %d, %s", got.code, got.err)
		}
	})
}

// A pin that is not installed is told once, with what to type; after that has
// been typed the next prompt has it.
func TestHookTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, "me", "1.22.3", "1.21.6")
		u.server.Publish(disttest.Fake(t, "1.20.14", disttest.Host()))
		missing := u.project("missing", ".go-version", "# old\n1.20.14\n")
		broken := u.project("broken", ".go-version", "1.22.3\x1b[31m\n")
		app := u.project("app", ".go-version", "1.21.6\n")
		got := u.session(sh, "cd "+app, "say app", "cd "+missing, "say missing", ":", "say again", "cd "+broken, "say broken",
			"cd "+missing, "gsw install 2>/dev/null >&2", "say installed", "cd "+app, "say app")
		u.wantSaid(got,
			"app: 0 go1.21.6 versions/go1.21.6/bin",
			"missing: 0 go1.22.3 current/bin",
			"again: 0 go1.22.3 current/bin",
			"broken: 0 go1.22.3 current/bin",
			"installed: 0 go1.20.14 versions/go1.20.14/bin",
			"app: 0 go1.21.6 versions/go1.21.6/bin")
		want := "gsw: go1.20.14 is not installed (set by ~/missing/.go-version:2)\ngsw: hint: gsw install 1.20.14\n"
		if strings.Count(got.err, want) != 2 || strings.Contains(got.err, "\x1b") || !strings.Contains(got.err, "~/broken/.go-version:1: ") {
			t.Errorf("stderr: %s", got.err)
		}
	})
}

// Counted in system calls: a shell that walks around makes no process for an
// exact pin, and for any other only where nobody has asked before.
func TestHookMakesNoProcess(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		disttest.Need(t, "strace is not installed")
	}
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, "me", "1.22.3", "1.21.6", "1.20.14")
		first := []string{
			u.project("exact", ".go-version", "1.21.6\n"), u.project("mod", "go.mod", "module m\n\ngo 1.21\n\ntoolchain go1.22.3\n"),
			u.project("line", ".go-version", "1.21"), u.project("minimum", "go.mod", "module m\n\ngo 1.22.0\n"), u.home, "/",
		}
		asked := []string{u.project("range", ".go-version", ">=1.20 <1.22"), u.project("tilde", ".tool-versions", "go ~1.21.1\n")}
		walk := func(dirs []string) (forks int, said string) {
			var code strings.Builder
			code.WriteString(". " + sh.Quote(filepath.Join(u.gsw, "hook."+sh.Name())) + "\n")
			for _, dir := range slices.Concat(dirs, dirs) {
				code.WriteString("cd " + sh.Quote(dir) + "\n:\nprintf '%s ' \"${GOBIN#*/.gsw/}\"\n")
			}
			trace := filepath.Join(u.dir, "trace")
			got := u.feed(u.dir, code.String(), strace, slices.Concat([]string{"-f", "-o", trace, "-e", "trace=clone,clone3,fork,vfork,execve",
				sh.Name()}, sh.plain, []string{"-i"})...)
			text, err := os.ReadFile(trace)
			if err != nil || !strings.Contains(string(text), "execve(") {
				disttest.Need(t, "strace may not trace here: %v %s", err, got.err)
			}
			for line := range strings.Lines(string(text)) {
				if regexp.MustCompile(`^\d+\s+(clone3?|v?fork)\(`).MatchString(line) && !strings.Contains(line, "CLONE_THREAD") {
					forks++
				}
			}
			return forks, strings.TrimSpace(got.out)
		}
		if got := u.run(u.home, filepath.Join(u.gsw, "bin", "gsw"), "init", "--write", sh.Name()); got.code != 0 {
			t.Fatal(got.err)
		}
		round := " versions/go1.21.6/bin versions/go1.22.3/bin versions/go1.21.6/bin current/bin current/bin current/bin"
		if forks, said := walk(first); forks != 0 || said != strings.TrimSpace(round+round) {
			t.Errorf("%d processes; said %s", forks, said)
		}
		round = " versions/go1.21.6/bin versions/go1.21.6/bin"
		if forks, said := walk(asked); forks != 2 || said != strings.TrimSpace(round+round) {
			t.Errorf("asking for the first time: %d processes, want 2; said %s", forks, said)
		}
		if forks, said := walk(asked); forks != 0 || said != strings.TrimSpace(round+round) {
			t.Errorf("the second time: %d processes; said %s", forks, said)
		}
	})
}

// Settings that builtins know nothing of take the way through gsw.
func TestHookHeedsSettings(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6")
		app := u.project("app", ".go-version", "1.21.6\n")
		const show = `echo "${GOROOT-no} ${GOPATH-no} ${GOTOOLCHAIN-no}"`
		got := u.session(sh,
			"cd "+sh.Quote(app), show,
			"gsw -q config goroot export", show, "cd", show,
			"gsw -q config --unset goroot", show, "gsw -q config gopath isolated", "cd "+sh.Quote(app), show,
			"gsw -q config pin strict", show, "cd", show,
			"gsw -q config --unset gopath; gsw -q config --unset pin", show, "cd "+sh.Quote(app), show, "say end")
		pinned, current := filepath.Join(u.gsw, "versions", "go1.21.6"), filepath.Join(u.gsw, "versions", "go1.22.3")
		u.wantSaid(got,
			"no no no",
			pinned+"/go no no", u.gsw+"/current/go no no",
			"no no no", "no "+pinned+"/gopath no",
			"no "+pinned+"/gopath local", "no "+current+"/gopath no",
			"no no no", "no no no", "end: 0 go1.21.6 versions/go1.21.6/bin")
		u.wantQuiet(got)
	})
}

// Whatever else is in a start-up file, and however often this one is read.
func TestHookAmongOthers(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6")
		app := u.project("app", ".go-version", "1.21.6\n")
		others := map[string][]string{
			"bash": {`PROMPT_COMMAND='count=$((${count-0}+1)); last=$?'`, `function cd { builtin cd "$@"; }`},
			"zsh":  {`precmd() { count=$((${count-0}+1)) }`, `setopt sh_word_split ksh_arrays no_unset 2>/dev/null`},
		}
		got := u.typed(sh, slices.Concat(
			[]string{"alias gsw='git switch' goswitch='git switch'"}, others[sh.Name()],
			[]string{"export GOROOT=/usr/local/go", "set -u", u.load(sh), u.load(sh), u.load(sh),
				"cd " + sh.Quote(app), "say app", "gsw current | sed 's/ .*//'", "cd", "say home",
				`case ${count-0} in 0 | 1 | 2 | 3) echo others starve ;; *) echo others live ;; esac`,
				"env | grep -c ^GOROOT", `echo "$PATH"`})...)
		u.wantSaid(got, "app: 0 go1.21.6 versions/go1.21.6/bin", "go1.21.6", "home: 0 go1.22.3 current/bin", "others live", "0",
			u.gsw+"/bin:"+u.gsw+"/current/bin:/usr/bin:/bin")
		if want := "gsw: the exported GOROOT=/usr/local/go is unset here: go finds its own\n"; got.err != want {
			t.Errorf("stderr: %s\nwant %s", got.err, want)
		}
		// Under set -e a failure ends a shell: none may come from the hook.
		got = u.typed(sh, "set -eu", u.load(sh), u.load(sh), "cd "+sh.Quote(app), "say app",
			"gsw use --shell 1.22.3", "say shell", "gsw use --shell --unset", "cd", "say home", "cd /nowhere 2>/dev/null || :", "say end")
		u.wantSaid(got, "app: 0 go1.21.6 versions/go1.21.6/bin", "shell: 0 go1.22.3 versions/go1.22.3/bin",
			"home: 0 go1.22.3 current/bin", "end: 0 go1.22.3 current/bin")
		u.wantQuiet(got)
	})
}

// The hook, `gsw env`, `gsw current` and the shim take different roads to one
// answer. Where there is none, the hook stays at the default.
func TestEverybodyAgrees(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, "me", "1.22.3", "1.21.6", "1.20.14", "1.23rc1")
		table := [][]string{
			{"plain"},
			{"exact", ".go-version", "1.21.6"}, {"exact/go", ".go-version", "go1.20.14"}, {"v", ".go-version", "v1.21.6"},
			{"crlf", ".go-version", "\ufeff# x\r\n\r\n\t1.21.6 \r\n1.20\r\n"},
			{"line", ".go-version", "1.21\n"}, {"x", ".go-version", "1.21.x\n"}, {"any", ".go-version", "1.x"},
			{"latest", ".go-version", "latest\n"}, {"rc", ".go-version", "1.23rc1"}, {"rc2", ".go-version", "1.23-rc.1"},
			{"zero", ".go-version", "1.22.0"}, {"range", ".go-version", ">=1.20 <1.22"}, {"tilde", ".go-version", "~1.20.3"},
			{"missing", ".go-version", "1.19.1"}, {"missing line", ".go-version", "1.18"}, {"broken", ".go-version", "1.22.3.4"},
			{"empty", ".go-version", "# nothing\n"}, {"dots", ".go-version", "../../x"}, {"system", ".go-version", "system"},
			{"long", ".go-version", strings.Repeat("#", 2000) + "\n1.21.6"}, {"nul", ".go-version", "1.21.6\x00"},
			{"asdf", ".tool-versions", "nodejs 20\ngolang 1.21.6 1.20.14 # y\n"}, {"asdf2", ".tool-versions", "go\t1.20.14\ngolang 1.21.6"},
			{"other", ".tool-versions", "nodejs 20\n"}, {"both", ".go-version", "1.21.6", ".tool-versions", "go 1.20.14", "go.mod", "module m\ngo 1.20\ntoolchain go1.22.3\n"},
			{"mod", "go.mod", "module m\n\ngo 1.21.0\n\ntoolchain go1.21.6 // x\n"}, {"mod/default", "go.mod", "go 1.20\ntoolchain default\n"},
			{"min", "go.mod", "module m\n\ngo 1.21.0\n"}, {"min new", "go.mod", "module m\n\ngo 1.23\n"}, {"min newest", "go.mod", "module m\n\ngo 1.99\n"},
			{"min raises", ".go-version", "1.20", "go.mod", "module m\n\ngo 1.21.4\n"}, {"min odd", "go.mod", "module m\n\ngo \"1.21\"\n"},
			{"min bad", ".go-version", "1.20", "go.mod", "module m\n\ngo x\n"},
			{"custom", "go.mod", "module m\n\ngo 1.20\n\ntoolchain go1.21.6-corp\n"},
			{"work", "go.work", "go 1.21\n\ntoolchain go1.21.6\n"}, {"work/m", "go.mod", "module m\n\ngo 1.22\n"},
			{"work/m/n", ".go-version", "1.20.14"}, {"block", "go.mod", "module m\n\nrequire (\n\tgo.example.com/go v1.0.0\n)\n\ngo 1.21\n"},
		}
		gsw := filepath.Join(u.gsw, "bin", "gsw")
		code := []string{u.load(sh)}
		for _, row := range table {
			code = append(code, "cd "+sh.Quote(u.project(row[0], row[1:]...)), `printf '%s\0%s\0%s\0' "$PATH" "$GOBIN" "$(go version)"`)
		}
		answers := strings.Split(u.typed(sh, code...).out, "\x00")
		if len(answers) != 3*len(table)+1 {
			t.Fatalf("%d answers for %d folders: %q", len(answers)/3, len(table), answers)
		}
		fallback := [3]string{u.gsw + "/bin:" + u.gsw + "/current/bin:/usr/bin:/bin", u.gsw + "/current/bin", fakeVersion("1.22.3")}
		for i, row := range table {
			dir := filepath.Join(u.home, row[0])
			hook := [3]string(answers[3*i : 3*i+3])
			env, current := u.run(dir, gsw, "env", "--format", "json"), u.run(dir, gsw, "current", "--json")
			shim := u.run(dir, filepath.Join(u.gsw, "shims", "go"), "version")
			if env.code != shim.code || env.code != current.code {
				t.Errorf("%s: gsw env ends with %d, current with %d, the shim with %d:\n%s%s%s", row[0], env.code, current.code, shim.code, env.err, current.err, shim.err)
			}
			if env.code != 0 {
				if hook != fallback {
					t.Errorf("%s: the hook makes %q; gsw env says %s", row[0], hook, env.err)
				}
				continue
			}
			var made struct{ PATH, GOBIN string }
			var chosen struct{ Version string }
			if err := errors.Join(json.Unmarshal([]byte(env.out), &made), json.Unmarshal([]byte(current.out), &chosen)); err != nil {
				t.Fatal(err)
			}
			number := strings.TrimPrefix(chosen.Version, "go")
			if want := [3]string{made.PATH, made.GOBIN, fakeVersion(number)}; hook != want {
				t.Errorf("%s: the hook makes\n%q, gsw\n%q", row[0], hook, want)
			}
			if shim.out != fakeVersion(number)+"\n" {
				t.Errorf("%s: the shim runs %q, gsw means %s", row[0], shim.out, number)
			}
		}
	})
}

func fakeVersion(number string) string {
	return "go version go" + number + " " + strings.ReplaceAll(disttest.Host().String(), "-", "/")
}

// After `gsw init --write` every kind of new shell has the right go, and after
// --remove the files are as they were.
func TestInitForGood(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUser(t, oddHome, "1.22.3", "1.21.6")
		app := u.project("app", ".go-version", "1.21.6\n")
		gsw := filepath.Join(u.gsw, "bin", "gsw")
		before := map[string]string{
			".bashrc":  "# ~/.bashrc\ncase $- in\n    *i*) ;;\n      *) return;;\nesac\nalias gsw='git switch'\nexport MINE=1", // no newline at its end
			".profile": "# ~/.profile\r\nif [ -n \"$BASH_VERSION\" ]; then\n  if [ -f \"$HOME/.bashrc\" ]; then . \"$HOME/.bashrc\"; fi\nfi\nPATH=\"$HOME/bin:$PATH\"\n",
			".zshrc":   "alias gsw='git switch'\nexport MINE=1\n",
		}
		for name, text := range before {
			u.write(filepath.Join(u.home, name), text)
		}
		if err := os.Chmod(filepath.Join(u.home, ".bashrc"), 0o600); err != nil {
			t.Fatal(err)
		}
		first := u.run(u.home, gsw, "init", "--write", sh.Name())
		if first.code != 0 || !strings.Contains(first.err, "+") || first.out != "" {
			t.Fatalf("init --write: %+v", first)
		}
		written := u.startFiles()
		if again := u.run(u.home, gsw, "init", "--write", sh.Name()); again.code != 0 || !strings.Contains(again.err, "nothing to change") {
			t.Errorf("again: %+v", again)
		}
		if now := u.startFiles(); now != written {
			t.Errorf("init --write twice makes\n%s\nonce:\n%s", now, written)
		}
		rest := u.env
		// A machine whose system sets PATH anew for each login shell is the usual one.
		const show = `go version | { read -r _ _ v _; echo "$v"; }`
		for _, start := range []struct {
			how   []string
			input string
			needs string // "" if all shells can
		}{
			{how: []string{"-lc", show}},
			{how: []string{"-ic", show}},
			{how: []string{"-lic", show}},
			{how: []string{"-i"}, input: show + "\n"},
			{how: []string{"-l"}, input: show + "\n"},
			{how: []string{"-c", show}, needs: "zsh"}, // bash reads nothing then
			{how: []string{"-lc", sh.Name() + " -c " + sh.Quote(show)}},
		} {
			if start.needs != "" && start.needs != sh.Name() {
				continue
			}
			for dir, want := range map[string]string{app: "go1.21.6\n", u.home: "go1.22.3\n"} {
				u.env = append(slices.Clone(rest), "ZDOTDIR="+u.home)
				if got := u.feed(dir, start.input, sh.Name(), start.how...); got.out != want {
					t.Errorf("%s %s in %s: %q, want %q\n%s", sh.Name(), start.how, dir, got.out, want, got.err)
				}
			}
		}
		u.env = rest
		if got := u.feed(app, "command -v gsw >/dev/null && gsw use --shell 1.22.3\n"+show+"\necho $MINE\n", sh.Name(), "-i"); got.out != "go1.22.3\n1\n" {
			t.Errorf("the alias wins: %q\n%s", got.out, got.err)
		}
		if removed := u.run(u.home, gsw, "init", "--remove", sh.Name()); removed.code != 0 {
			t.Fatalf("init --remove: %+v", removed)
		}
		for _, name := range []string{".bashrc", ".profile", ".zshrc", ".zshenv", ".bash_profile", ".bash_login", ".zprofile"} {
			text, err := os.ReadFile(filepath.Join(u.home, name))
			if want, was := before[name]; string(text) != want || was != (err == nil) {
				t.Errorf("%s is %q after --remove, %v; it was %q", name, text, err, want)
			}
		}
		if info, err := os.Stat(filepath.Join(u.home, ".bashrc")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf(".bashrc has the mode %v, %v", info.Mode(), err)
		}
		if _, err := os.Stat(filepath.Join(u.gsw, "hook."+sh.Name())); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the hook is still there: %v", err)
		}
		if again := u.run(u.home, gsw, "init", "--remove", sh.Name()); again.code != 0 || !strings.Contains(again.err, "nothing to change") {
			t.Errorf("--remove again: %+v", again)
		}
	})
}

func (u *user) startFiles() string {
	u.t.Helper()
	entries, err := os.ReadDir(u.home)
	if err != nil {
		u.t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		if text, err := os.ReadFile(filepath.Join(u.home, e.Name())); err == nil {
			fmt.Fprintf(&all, "-- %s --\n%s\n", e.Name(), text)
		}
	}
	return all.String()
}

// A newcomer has no start-up files at all. Where GSW_HOME is another folder, new shells know it from their own files.
func TestInitFromNothing(t *testing.T) {
	t.Parallel()
	eachShell(t, func(t *testing.T, sh shellUnderTest) {
		u := newUserAt(t, "me", "g's \"w\" $HOME `x` \\ 中文 é*", "1.22.3", "1.21.6")
		app := u.project("app", ".go-version", "1.21.6\n")
		before := u.startFiles()
		if got := u.run(u.home, u.program, "init", "--write", sh.Name()); got.code != 0 {
			t.Fatal(got.err)
		}
		online := u.env
		u.env = slices.DeleteFunc(slices.Clone(online), func(entry string) bool { return strings.HasPrefix(entry, "GSW_HOME=") })
		for _, how := range []string{"-lc", "-ic", "-lic"} {
			if got := u.run(app, sh.Name(), how, "go version"); got.out != fakeVersion("1.21.6")+"\n" {
				t.Errorf("%s %s: %q\n%s", sh.Name(), how, got.out, got.err)
			}
		}
		const walk = "PS1=\ncd\ngo version; gsw use --shell 1.21.6; go version; gsw use --shell --unset; gsw where\n"
		if got := u.feed(app, walk, sh.Name(), "-i"); got.out != fakeVersion("1.22.3")+"\n"+fakeVersion("1.21.6")+"\n"+u.gsw+"/versions/go1.22.3/go\n" {
			t.Errorf("%s -i: %q\n%s", sh.Name(), got.out, got.err)
		}
		u.env = online
		if got := u.run(u.home, u.program, "init", "--remove", sh.Name()); got.code != 0 {
			t.Fatal(got.err)
		}
		if now := u.startFiles(); now != before {
			t.Errorf("after --remove there is\n%s\nbefore:\n%s", now, before)
		}
	})
}
