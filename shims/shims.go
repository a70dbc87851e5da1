// Package shims is the program behind the files in GSW_HOME/shims: it is
// started as go, gofmt or a tool, chooses by directory, and becomes that
// program. It serves whatever has no shell hook: editors, cron, make, CI.
//
// A call costs a few stats and small reads. It takes no lock, never uses the
// network (nothing here links net/http; a test holds it to that) and never
// installs, unless the setting auto_install says so: then it starts gsw for it.
package shims

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/config"
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
// any but its own.
func Serves(host platform.Host) bool {
	name := nameOf(host)
	return name != "goswitch" && !strings.HasPrefix(name, "gsw")
}

func nameOf(host platform.Host) string {
	if len(host.Args) == 0 {
		return "gsw"
	}
	return strings.TrimSuffix(filepath.Base(host.Args[0]), ".exe")
}

// Run chooses, becomes the program, and returns only where that failed (or, on
// Windows, with the program's exit code).
func Run(host platform.Host) int {
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
	argument, argv := plus(host.Args)
	chain := host.Env.Get(chainVariable)
	if strings.Count(chain, string(filepath.ListSeparator)) >= longest {
		return 0, &LoopError{Chain: filepath.SplitList(chain)}
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
	if err := notAShim(host, file, chain); err != nil {
		return 0, err
	}
	env := here.Environment(host, c).With(chainVariable, link(chain, host.Args[0]))
	return platform.Exec(file, argv, env)
}

// plus takes `+SPEC` off the command line: `go +1.21.6 build`.
func plus(args []string) (spec string, argv []string) {
	if len(args) > 1 && len(args[1]) > 1 && args[1][0] == '+' {
		return args[1][1:], append([]string{args[0]}, args[2:]...)
	}
	return "", args
}

func link(chain, file string) string {
	if chain == "" {
		return file
	}
	return chain + string(filepath.ListSeparator) + file
}

// notAShim refuses to become a file that is this program again.
func notAShim(host platform.Host, file, chain string) error {
	mine, err := os.Stat(host.Self)
	if err != nil {
		return nil // it cannot be told, and the chain's length still ends a loop
	}
	theirs, err := os.Stat(file)
	if err == nil && os.SameFile(mine, theirs) {
		return &LoopError{Chain: filepath.SplitList(link(link(chain, host.Args[0]), file))}
	}
	return nil
}

// install lets the full gsw, which has a network, install what is missing.
func install(host platform.Host, missing *project.MissingError) error {
	gsw := filepath.Join(host.Home, "bin", host.Target.Exe("gsw"))
	argv := []string{gsw, "install", missing.Choice.Spec.String()}
	code, err := platform.Run(context.Background(), gsw, argv, host.Env, nil, host.Stderr, host.Stderr)
	if err == nil && code != 0 {
		err = fmt.Errorf("gsw install %s ended with exit code %d", missing.Choice.Spec, code)
	}
	return err
}

// LoopError is a shim that would start itself.
type LoopError struct{ Chain []string }

func (e *LoopError) Error() string {
	return "shims call each other in a circle: " + strings.Join(e.Chain, " -> ")
}

// advice is the one thing to do about an error, and the exit code.
func advice(host platform.Host, err error) (hint string, code int) {
	var loop *LoopError
	if errors.As(err, &loop) {
		return "gsw why", 126
	}
	if hint, code, known := selection.Advice(host, store.Open(host), err); known {
		return hint, code
	}
	return "gsw why", 126
}
