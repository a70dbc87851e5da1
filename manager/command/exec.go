package command

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/everyday"
	"gsw/manager/gover"
	"gsw/platform"
)

func (s *session) execCommand() *cli.Command {
	return &cli.Command{
		Name:      "exec",
		Aliases:   []string{"x", "run"},
		Category:  categorySwitch,
		Usage:     "run a command under this directory's Go, or under SPEC",
		ArgsUsage: "[SPEC] -- CMD [ARGUMENTS]",
		Description: "CMD sees that Go first on PATH and its GOBIN; arguments, signals and the exit code are its own.\n" +
			"Flags behind CMD are CMD's. `gsw +1.21.6 go build` is short for `gsw exec 1.21.6 -- go build`.\n" +
			"With --zero-trust CMD gets a toolchain and modules that were verified now, an environment of known variables, no\n" +
			"network, and may write to the project alone; settings that would let something unproved in are refused.",
		Flags: []cli.Flag{
			toggle("zero-trust", "believe nothing that is not proved, and confine CMD"),
			&cli.StringFlag{Name: "attest", Usage: "with --zero-trust: write to `FILE` what was built, and from what (in-toto)"},
		},
		Action: s.exec,
	}
}

func (s *session) exec(c *cli.Context) error {
	spec, argv := splitExec(c.Args().Slice())
	if len(argv) == 0 {
		return usagef("exec runs which command?")
	}
	if c.Bool("zero-trust") {
		return s.execZeroTrust(c, spec, argv)
	}
	if c.IsSet("attest") {
		return usagef("--attest goes with --zero-trust: of another run there is nothing to vouch for")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	here, err := m.Resolve(spec)
	if err != nil {
		return err
	}
	env := here.Environment(s.host, m.Config)
	file, err := platform.LookPath(argv[0], env, s.host.Dir)
	if err == nil && toolShim(s.host, file) {
		err = exec.ErrNotFound
	}
	if errors.Is(err, fs.ErrPermission) {
		return &CannotRunError{File: argv[0], Err: fs.ErrPermission}
	}
	if err != nil {
		return &NotFoundError{Command: argv[0], Under: everyday.Name(here), Err: err}
	}
	code, err := platform.Exec(file, argv, env)
	if err != nil {
		return &CannotRunError{File: file, Err: err}
	}
	s.code = code
	return nil
}

// toolShim tells whether a program is the shim of a tool, which is another version's if it was found behind one's own. On
// Windows the shims are on every toolchain's PATH, for those that are named after a release.
func toolShim(host platform.Host, file string) bool {
	_, err := gover.Parse(strings.TrimSuffix(filepath.Base(file), ".exe"))
	return err != nil && filepath.Dir(file) == filepath.Join(host.Home, "shims")
}

// execZeroTrust runs a command that shall rely on nothing unproved.
func (s *session) execZeroTrust(c *cli.Context, spec string, argv []string) error {
	if c.IsSet("attest") && c.String("attest") == "" {
		return usagef("--attest needs the name of a file")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	code, err := m.ZeroTrust(c.Context, manager.ZeroTrustOrder{Spec: spec, Argv: argv, Attest: c.String("attest")})
	if err != nil {
		return err
	}
	s.code = code
	return nil
}

// splitExec parts `[SPEC] -- CMD…`. Without the dashes a first word that reads
// as a spec is one: `gsw exec 1.22 go build`. An alias is told from a command by
// the dashes alone.
func splitExec(words []string) (spec string, argv []string) {
	if i := slices.Index(words, "--"); i == 0 || i == 1 {
		return strings.Join(words[:i], ""), words[i+1:]
	}
	if len(words) > 0 {
		if isSpec(words[0]) {
			return words[0], words[1:]
		}
	}
	return "", words
}

// NotFoundError is a command that no folder on the toolchain's PATH holds.
type NotFoundError struct {
	Command, Under string
	Err            error
}

func (e *NotFoundError) Error() string {
	if strings.ContainsAny(e.Command, `/\`) {
		return "there is no program " + e.Command
	}
	return e.Command + " is not on the PATH of " + e.Under
}

func (e *NotFoundError) Unwrap() error { return e.Err }

// CannotRunError is a program the system would not start.
type CannotRunError struct {
	File string
	Err  error
}

func (e *CannotRunError) Error() string { return "running " + e.File + ": " + e.Err.Error() }

func (e *CannotRunError) Unwrap() error { return e.Err }
