package scripts_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/platform"
	"gsw/scripts"
)

// cannot skips what this machine can't do, unless everything is required.
func cannot(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf("GSW_TEST_REQUIRE=all: "+format, args...)
	}
	t.Skipf(format, args...)
}

// need finds a program or skips the test; where everything is required a missing one is a failure.
func need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		cannot(t, "%s is not installed", program)
	}
	return path
}

// shell is a real shell, started without anybody's rc files. Its words are what the tests say in its language.
type shell struct {
	scripts.Shell
	name        string
	batch       []string   // runs what stands on its standard input
	interactive []string   // the same, with prompts
	code        [][]string // options behind which code stands, which are to work with the hook
	words
}

// words are commands.
type words struct {
	load                     func(file string) string // instead of Source, if not nil
	apply                    func(text string) string // does what Export's text says, where that is no code
	line                     func(line string) string // one that may fail, if what comes after would be lost
	fallible                 func(line string) string // the same, of a command that says "worked" if it does not fail; else a status shows it
	inline                   bool                     // the parts of the hook are there for code behind it only
	prelude                  string                   // defines `say WHAT`, and whatever else the others use
	between                  string                   // what a shell without a terminal has to be told to do at a prompt, if it does nothing by itself
	nothing                  string
	status                   func(code int) string    // leaves it behind
	show                     func(name string) string // prints a variable of the environment, or unset, on a line
	set                      func(name, value string) string
	unset                    func(name string) string
	and                      func(first, second string) string
	forget, look, batchStart string // of the hook's own: not to know an answer; to look again; before all else

	// For conformance_test.go: what stands before and behind the hook, defines show, and around each trip; then, what
	// forgets __GSW_SAVED, and the beginning of what sets a profile; and the environment as the shell itself shows it.
	starting, ending, printer, begin, end, lose, profile string
	sees                                                 func(platform.Env) platform.Env
	steps                                                func(profile, front, gobin string) string // without front: leaves
}

func shells() []shell {
	posix := words{
		prelude: prelude, nothing: ":",
		status: func(code int) string { return fmt.Sprintf("(exit %d)", code) },
		show:   func(name string) string { return `printf '%s\n' "${` + name + `-unset}"` },
		set:    func(name, value string) string { return "export " + name + "=" + value },
		unset:  func(name string) string { return "unset " + name },
		and:    func(first, second string) string { return first + " && " + second },
		forget: "__gsw_question=", look: "__gsw_look", batchStart: "PS1= PS2=\n",
		// What __gsw_look would set for them.
		starting: "set -u; case ${ZSH_VERSION-} in ?*) setopt extended_glob ;; esac",
		printer:  printer, begin: "(", end: ")", lose: "__gsw_saved=''", profile: "profile=",
		sees: func(env platform.Env) platform.Env { return env },
	}
	shells := []shell{
		{
			nil, "bash", []string{"--norc", "--noprofile"}, []string{"--norc", "--noprofile", "--noediting", "-i"},
			[][]string{{"-c"}, {"-euc"}, {"-ic"}}, posix,
		},
		{
			nil, "zsh", []string{"-f"}, []string{"-f", "-i", "+Z", "-o", "no_prompt_cr", "-o", "no_prompt_sp"},
			[][]string{{"-c"}, {"-euc"}, {"-ic"}}, posix,
		},
		{nil, "fish", []string{"--no-config"}, []string{"--no-config", "-i"}, [][]string{{"-c"}, {"-ic"}}, fishWords},
		{nil, "elvish", []string{"-norc"}, []string{"-norc"}, [][]string{{"-c"}}, elvishWords},
		// It reads a program from a file only, and has prompts on a terminal only.
		{nil, "nu", []string{"--no-config-file"}, []string{"--no-config-file", "/dev/stdin"}, [][]string{{"-c"}}, nuWords},
	}
	for i := range shells {
		if s, err := scripts.Find(shells[i].name); err == nil {
			shells[i].Shell = s
		}
	}
	return shells
}

// left is the status that a shell shows after sh.status(code).
func (sh shell) left(code int) int {
	if sh.status == nil {
		return 0 // it knows none
	}
	return code
}

// fails gives a command that leaves a status, if the shell knows such a thing.
func (sh shell) fails(code int) string {
	if sh.status == nil {
		return sh.nothing
	}
	return sh.status(code)
}

// try gives a command whose failure the rest of the line survives.
func (sh shell) try(command string) string {
	if sh.fallible == nil {
		return command
	}
	return sh.fallible(command)
}

// path is where the program is: PATH in the tests need not have it.
func (sh shell) path(t testing.TB) string {
	t.Helper()
	return need(t, sh.name)
}

// posix tells the shells whose lines are those of a Bourne shell from the others.
func (sh shell) posix() bool { return sh.name == "bash" || sh.name == "zsh" }

// each runs a test in every shell that is installed.
func each(t *testing.T, test func(t *testing.T, sh shell)) {
	for _, sh := range shells() {
		t.Run(sh.name, func(t *testing.T) {
			need(t, sh.name)
			test(t, sh)
		})
	}
}

// runs takes code that goes over many lines. elvish takes each line of its standard input for a program of its own, and nu
// takes none.
func (sh shell) runs(t testing.TB, env []string, code string) result {
	t.Helper()
	if sh.name != "elvish" && sh.name != "nu" {
		return feed(t, env, code, sh.name, sh.batch...)
	}
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	return feed(t, env, "", sh.name, append(slices.Clone(sh.batch), file)...)
}

type result struct {
	out, err string
	code     int
}

// feed runs a program with an input and nothing but env.
func feed(t testing.TB, env []string, input string, program string, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = env
	cmd.Stdin = strings.NewReader(input)
	cmd.Dir = "/"
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("running %s: %v", program, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// prelude defines what the sessions say: `say WHAT` prints the status of the command before, the Go by its path (a
// version, default, or the path of another one), and what GOBIN is.
const prelude = `
say() {
  said=$? bin=${GOBIN-unset}
  case $(command -v go) in
  "$HOME"/.gsw/bin/go) which=default ;;
  "$HOME"/.gsw/versions/*) which=$(go) ;;
  *) which=other ;;
  esac
  case $bin in "$HOME"/.gsw/*) bin=${bin#"$HOME"/.gsw/} ;; esac
  printf '%s: %s %s %s\n' "$1" "$said" "$which" "$bin"
}
`

// Without a terminal fish shows no prompt, so that the event of one is told it; what it does to the status shows on a
// terminal only.
var fishWords = words{
	prelude: `
function say
  set -l said $status
  set -l bin unset
  set -q GOBIN; and set bin $GOBIN
  set -l which other
  set -l go (command -v go)
  if test "$go" = $HOME/.gsw/bin/go
    set which default
  else if string replace -q -- "|$HOME/.gsw/versions/" '' "|$go"
    set which (go)
  end
  printf '%s: %s %s %s\n' $argv[1] $said $which (string replace -- "|$HOME/.gsw/" '' "|$bin" | string replace -r '^\|' '')
end
function between
  set -l said $status
  emit fish_prompt
  return $said
end
`,
	between: "between", nothing: "true",
	status: func(code int) string { return fmt.Sprintf("sh -c 'exit %d'", code) },
	show: func(name string) string {
		return `begin; set -q ` + name + `; and printf '%s\n' "$` + name + `"; or echo unset; end`
	},
	set:   func(name, value string) string { return "set -gx " + name + " " + value },
	unset: func(name string) string { return "set -e " + name },
	and:   func(first, second string) string { return first + "; and " + second },

	forget: "set -g __gsw_question ''", look: "__gsw_look",
	ending: "end", lose: "set -g __gsw_saved ''", profile: "set -g profile ",
	printer: `
function show
  for name in ` + strings.Join(watched, " ") + `
    set -qx $name; and printf '%s=%s\0' $name "$$name"; or printf '%s\0' $name
  end
  printf '\0'
end
`,
	// An empty entry of PATH is a dot.
	sees: func(env platform.Env) platform.Env {
		path, set := env.Lookup("PATH")
		if !set {
			return env
		}
		entries := strings.Split(path, ":")
		for i := range entries {
			if entries[i] == "" {
				entries[i] = "."
			}
		}
		return env.With("PATH", strings.Join(entries, ":"))
	},
}

const printer = `
show() {
  printf '%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0\0' "PATH${PATH+=$PATH}" "GOBIN${GOBIN+=$GOBIN}" "GOROOT${GOROOT+=$GOROOT}" \
    "GOPATH${GOPATH+=$GOPATH}" "GOTOOLCHAIN${GOTOOLCHAIN+=$GOTOOLCHAIN}" "GSW_SYSTEM${GSW_SYSTEM+=$GSW_SYSTEM}" \
    "HOME${HOME+=$HOME}" "GOPROXY${GOPROXY+=$GOPROXY}" "GOSUMDB${GOSUMDB+=$GOSUMDB}" "__GSW_SAVED${__GSW_SAVED+=$__GSW_SAVED}"
}
`

// elvish has exceptions where others have a status, and its hook makes gsw a command at a terminal only: here load does.
// Without a terminal it shows its prompt on its standard output.
var elvishWords = words{
	load: func(file string) string {
		return "eval (slurp < " + file + ") &on-end={|ns| set gsw~ = $ns[gsw~]; set goswitch~ = $ns[goswitch~]; set between~ = $ns[prompt~]; set hook = $ns }"
	},
	prelude: `
use str
var gsw~ = $nop~; var goswitch~ = $nop~; var between~ = $nop~; var hook = $nil
fn say {|what| ` +
		`var which = other; var bin = (if (has-env GOBIN) { put $E:GOBIN } else { put unset }); var go = (search-external go); ` +
		`if (eq $go $E:HOME/.gsw/bin/go) { set which = default } elif (str:has-prefix $go $E:HOME/.gsw/versions/) { set which = (e:go) }; ` +
		`echo $what': 0 '$which' '(str:trim-prefix $bin $E:HOME/.gsw/) }
`,
	between: "between", nothing: "nop",
	fallible: func(line string) string { return "try { " + line + "; echo worked } catch e { nop }" },
	show: func(name string) string {
		return "if (has-env " + name + ") { echo $E:" + name + " } else { echo unset }"
	},
	set:   func(name, value string) string { return "set-env " + name + " " + value },
	unset: func(names string) string { return "for name [" + names + "] { unset-env $name }" },
	and:   func(first, second string) string { return first + "; " + second },

	inline: true, forget: "set question = ''", look: "set place = ''; look", lose: "set saved = ''",
	starting: "use str", begin: "{", end: "}",
	steps: func(profile, front, gobin string) string {
		elvish, _ := scripts.Find("elvish")
		quote := elvish.Quote
		if front == "" {
			return "leave " + quote(profile)
		}
		return "enter " + quote(profile) + " " + quote(front) + " " + quote(gobin)
	},
	printer: `
fn show {
  for name [` + strings.Join(watched, " ") + `] {
    if (has-env $name) { print $name'='(get-env $name)"\x00" } else { print $name"\x00" }
  }
  print "\x00"
}
`,
	sees: func(env platform.Env) platform.Env { return env },
}

// What print shows as more than text starts tput where there is no terminal.
// nushell reads a whole program before it runs the first line of it, and stops at an error. It has no status.
var nuWords = words{
	load:     func(file string) string { return "source " + file },
	line:     func(line string) string { return "try { " + line + " } catch { }" },
	fallible: func(line string) string { return "try { " + line + "; print worked } catch { }" },
	prelude: `
def say [what: string] {
  let go = (which go | get 0?.path? | default "")
  let which = (if $go == $"($env.HOME)/.gsw/bin/go" { "default" } else if ($go | str starts-with $"($env.HOME)/.gsw/versions/") { ^$go | str trim } else { "other" })
  print $"($what): 0 ($which) ($env.GOBIN? | default "unset" | str replace $"($env.HOME)/.gsw/" "")"
}
`,
	between: "__gsw_prompt", nothing: "let nothing = 0",
	show: func(name string) string {
		return `print --raw ($env.` + name + `? | default unset | do { let v = $in; if ($v | describe | str starts-with list) { $v | str join ":" } else { $v } })`
	},
	set:   func(name, value string) string { return "load-env {" + name + ": '" + value + "'}" },
	unset: func(names string) string { return "hide-env --ignore-errors " + names },
	and:   func(first, second string) string { return first + "; " + second },
	apply: func(text string) string { return "__gsw_apply (" + strings.TrimSuffix(text, "\n") + ")\n" },

	inline: true, forget: "$env.__GSW_NU.question = null", look: "$env.__GSW_NU.place = null; __gsw_look", lose: "$env.__GSW_NU.saved = ''",
	begin: "do {", end: "}",
	steps: func(profile, front, gobin string) string {
		nu, _ := scripts.Find("nu")
		quote := nu.Quote
		if front == "" {
			return "__gsw_leave " + quote(profile)
		}
		var entries []string
		for entry := range strings.SplitSeq(front, ":") {
			entries = append(entries, quote(entry))
		}
		return "__gsw_enter " + quote(profile) + " [" + strings.Join(entries, " ") + "] " + quote(gobin)
	},
	printer: `
def show [] {
  for name in [` + strings.Join(watched, " ") + `] {
    let value = (try { $env | get $name } catch { null })
    let value = (if ($value | describe | str starts-with list) { $value | str join ":" } else { $value })
    print --no-newline (if $value == null { $"($name)(char --integer 0)" } else { $"($name)=($value)(char --integer 0)" })
  }
  print --no-newline (char --integer 0)
}
`,
	// What is not UTF-8 it can't keep, and an empty PATH is one of an empty entry.
	sees: func(env platform.Env) platform.Env {
		for _, name := range watched {
			if value, set := env.Lookup(name); set {
				env = env.With(name, strings.ToValidUTF8(value, "\ufffd"))
			}
		}
		return env
	},
}
