// Package shims is the program behind the files in GSW_HOME/shims: it is
// started as go, gofmt or a tool, chooses by directory, and becomes that
// program. It serves whatever has no shell hook: editors, cron, make, CI.
//
// A call costs a few stats and small reads. It takes no lock, never uses the
// network (nothing here links net/http; a test holds it to that) and never
// installs, unless the setting auto_install says so: then it starts gsw for it.
// Nor does it verify: a toolchain that was installed without flushing, and that
// a power loss may have damaged, is looked at by the next gsw command.
//
// The program gets the shim's process, and with it its number, terminal, open
// files and limits. One thing is lost on the way: of the signals that the
// parent ignored only SIGHUP and SIGINT stay ignored, because Go's runtime
// takes over all others before it runs any code that could look.
package shims

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// chainVariable carries the shims that were gone through, so that two of them
// cannot call each other for ever.
const chainVariable = "GSW_SHIM_CHAIN"

// longest is how many shims may stand behind each other. A program that a shim
// started finds the toolchain's own folders first on PATH and meets no second
// shim, unless something in between (make, sudo, a login shell) resets PATH.
const longest = 32

// Serves tells whether the program was started under a name that is a shim's:
// any but its own and none.
func Serves(host platform.Host) bool {
	name := nameOf(host)
	return !nameless(name) && name != "goswitch" && !strings.HasPrefix(name, "gsw")
}

// nameless tells names that no file can have, but a parent can give.
func nameless(name string) bool {
	return name == "" || name == "." || name == ".." || name == string(filepath.Separator)
}

func nameOf(host platform.Host) string {
	if len(host.Args) == 0 {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(host.Args[0]), ".exe")
}

// Run chooses, becomes the program, and returns only where that failed (or, on
// Windows, with the program's exit code).
func Run(host platform.Host) int {
	host = atHome(host)
	code, err := run(host)
	if err == nil {
		return code
	}
	fmt.Fprintf(host.Stderr, "gsw: %v\n", err)
	hint, code := advice(host, err)
	if hint != "" {
		fmt.Fprintf(host.Stderr, "gsw: hint: %s\n", hint)
	}
	return code
}

func run(host platform.Host) (int, error) {
	name := nameOf(host)
	if nameless(name) || name == "gsw-shim" {
		return 0, &NameError{Name: name}
	}
	argument, argv := plus(host.Args)
	if v, err := gover.Parse(name); err == nil && v.Tag() == name && argument == "" {
		name, argument = "go", gover.Only(v).String() // by that name the go command looks for a toolchain to switch to
	}
	chain := filepath.SplitList(host.Env.Get(chainVariable))
	if len(chain) >= 2*longest {
		return 0, &LoopError{Chain: chain}
	}
	c, err := config.Read(host.Home)
	if err != nil {
		return 0, err
	}
	s := store.Open(host)
	here, err := selection.Select(host, s, c, argument)
	var missing *project.MissingError
	if errors.As(err, &missing) && c.AutoInstall {
		if err := install(host, missing); err != nil {
			return 0, err
		}
		here, err = selection.Select(host, s, c, argument)
	}
	if err != nil {
		return 0, err
	}
	file, err := here.Tool(host, name)
	if err != nil {
		return 0, err
	}
	chain = append(chain, host.Args[0], file)
	if itself(host, file) {
		return 0, &LoopError{Chain: chain}
	}
	env := here.Environment(host, c).With(chainVariable, strings.Join(chain, string(filepath.ListSeparator)))
	code, err := platform.Exec(file, argv, env)
	if err != nil {
		return 0, &CannotRunError{File: file, Err: err}
	}
	return code, nil
}

// atHome makes the home that the shim lies in the one that counts, where no GSW_HOME says otherwise: sudo has another
// user's HOME, and cron jobs know nothing of the user's variables.
func atHome(host platform.Host) platform.Host {
	bin := filepath.Dir(host.Self)
	home := filepath.Dir(bin)
	if filepath.IsAbs(host.Env.Get("GSW_HOME")) || filepath.Base(bin) != "bin" {
		return host
	}
	mine, err := os.Stat(home)
	if err != nil {
		return host
	}
	if theirs, err := os.Stat(host.Home); err == nil && os.SameFile(mine, theirs) {
		return host // by the name that the user knows: the system tells the one behind all links
	}
	if _, err := os.Stat(filepath.Join(home, "versions")); err != nil {
		return host // a copy somewhere else
	}
	host.Home = home
	host.Env = host.Env.With("GSW_HOME", home)
	return host
}

// plus takes `+SPEC` off the command line: `go +1.21.6 build`.
func plus(args []string) (spec string, argv []string) {
	if len(args) > 1 && len(args[1]) > 1 && args[1][0] == '+' {
		return args[1][1:], append([]string{args[0]}, args[2:]...)
	}
	return "", args
}

// itself tells whether a file is this program again.
func itself(host platform.Host, file string) bool {
	mine, err := os.Stat(host.Self)
	if err != nil {
		return false // it cannot be told, and the chain's length still ends a loop
	}
	theirs, err := os.Stat(file)
	return err == nil && os.SameFile(mine, theirs)
}

// install lets the full gsw, which has a network, install what is missing.
func install(host platform.Host, missing *project.MissingError) error {
	gsw := filepath.Join(host.Home, "bin", host.Target.Exe("gsw"))
	argv := []string{gsw, "install", missing.Choice.Spec.String()}
	code, err := platform.Run(context.Background(), gsw, argv, host.Env, nil, host.Stderr, host.Stderr)
	switch {
	case err != nil:
		return &CannotRunError{File: gsw, Err: err}
	case code != 0:
		return &InstallError{Missing: missing, Code: code}
	}
	return nil
}

// LoopError is a shim that would start itself. Chain holds each shim and what
// it became, in turn.
type LoopError struct{ Chain []string }

// Error prints one round of the circle.
func (e *LoopError) Error() string {
	end := 1
	for end < len(e.Chain) && !slices.Contains(e.Chain[:end], e.Chain[end]) {
		end++
	}
	round := e.Chain[:min(end+1, len(e.Chain))]
	return "shims call each other in a circle: " + strings.Join(round, " -> ")
}

// NameError is a shim that was started under a name that is no tool's.
type NameError struct{ Name string }

func (e *NameError) Error() string {
	return fmt.Sprintf("a shim is started as go, gofmt or a tool, not as %q", e.Name)
}

// CannotRunError is a program that the system would not start.
type CannotRunError struct {
	File string
	Err  error
}

func (e *CannotRunError) Error() string {
	reason := e.Err
	if path := (*fs.PathError)(nil); errors.As(e.Err, &path) {
		reason = path.Err // it names the file once more
	}
	return "running " + e.File + ": " + reason.Error()
}

func (e *CannotRunError) Unwrap() error { return e.Err }

// InstallError is a version that auto_install could not get. What ran for it
// has told why, and what to do.
type InstallError struct {
	Missing *project.MissingError
	Code    int // its exit code
}

func (e *InstallError) Error() string {
	return fmt.Sprintf("%v, and installing it ended with exit code %d", e.Missing, e.Code)
}

// advice is the one thing to do about an error, and the exit code.
func advice(host platform.Host, err error) (hint string, code int) {
	var loop *LoopError
	var name *NameError
	var cannot *CannotRunError
	var install *InstallError
	switch {
	case errors.As(err, &install):
		return "", install.Code
	case errors.As(err, &loop):
		return "take one of them off PATH, or let it name the go it means by an absolute path", 126
	case errors.As(err, &name), errors.As(err, &cannot):
		return "", 126
	}
	if hint, code, known := selection.Advice(host, store.Open(host), err); known {
		return hint, code
	}
	return "gsw why", 126
}
