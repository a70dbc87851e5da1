package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"gsw/manager/dist/disttest"
	"gsw/platform"
	"gsw/scripts"
)

// posixWords are the shells that scripts find on Windows, where there may be none. As Git Bash does, they have PATH with
// colons and /c/folder, and give programs Windows' form of it.
func posixWords() map[string]func() {
	if disttest.Host().OS != "windows" {
		return nil
	}
	return map[string]func(){"sh": playShell, "bash": playShell}
}

// playShell: sh [-eic] TEXT, or sh FILE. With -i, ~/.bashrc comes first.
func playShell() {
	host, err := platform.Read()
	if err != nil {
		os.Exit(Lost(os.Stderr, err))
	}
	flags, args := "", os.Args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flags, args = flags+args[0][1:], args[1:]
	}
	if len(args) == 0 {
		os.Exit(shellStatus(errors.New("no command")))
	}
	text := args[0]
	if !strings.Contains(flags, "c") {
		data, err := os.ReadFile(args[0])
		if err != nil {
			os.Exit(shellStatus(err))
		}
		text = string(data)
	}
	var params []string
	if strings.Contains(flags, "e") {
		params = []string{"-e"}
	}
	if rc := filepath.Join(host.Env.Get("HOME"), ".bashrc"); strings.Contains(flags, "i") {
		if _, err := os.Stat(rc); err == nil {
			text = ". ~/.bashrc\n" + text
		}
	}
	host.Env = host.Env.With("PATH", scripts.MSYSPath(host.Env.Get("PATH")))
	os.Exit(shellStatus(runShell(text, host.Env.Environ(), params, strings.Contains(flags, "i"))))
}

func runShell(text string, environ, params []string, interactive bool) error {
	program, err := syntax.NewParser().Parse(strings.NewReader(text), "sh")
	if err != nil {
		return err
	}
	run, err := interp.New(
		interp.Env(expand.ListEnviron(environ...)), interp.Params(params...), interp.Interactive(interactive),
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.CallHandler(func(_ context.Context, args []string) ([]string, error) {
			for i, arg := range args {
				args[i] = scripts.WindowsPath(arg)
			}
			return args, nil
		}),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return shellRuns }),
	)
	if err != nil {
		return err
	}
	return run.Run(context.Background(), program)
}

func shellStatus(err error) int {
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintln(os.Stderr, "sh:", err)
	return 2
}

// shellRuns runs a program, or does what one of Unix would.
func shellRuns(ctx context.Context, args []string) error {
	at := interp.HandlerCtx(ctx)
	if tool := shellTools()[args[0]]; tool != nil {
		if err := tool(at, args[1:]); err != nil {
			fmt.Fprintf(at.Stderr, "%s: %v\n", args[0], err)
			return interp.ExitStatus(1)
		}
		return nil
	}
	env := shellEnviron(at)
	file, err := platform.LookPath(args[0], platform.NewEnv(disttest.Host(), env), at.Dir)
	if err != nil {
		fmt.Fprintf(at.Stderr, "sh: %s: command not found\n", args[0])
		return interp.ExitStatus(127)
	}
	command := exec.CommandContext(ctx, file, args[1:]...)
	command.Env, command.Dir, command.Stdin, command.Stdout, command.Stderr = env, at.Dir, at.Stdin, at.Stdout, at.Stderr
	err = command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return interp.ExitStatus(exit.ExitCode())
	}
	return err
}

// shellEnviron is what a program gets. Of a variable that was changed or unset the shell tells both, the last one last.
func shellEnviron(at interp.HandlerContext) []string {
	all := map[string]string{}
	for name, v := range at.Env.Each {
		delete(all, name)
		if v.Exported && v.IsSet() {
			all[name] = v.String()
		}
	}
	var env []string
	for name, value := range all {
		if name == "PATH" {
			folders := scripts.WindowsFolders(value)
			for i, folder := range folders {
				if rest, below := strings.CutPrefix(folder, "~/"); below { // mvdan.cc/sh leaves it so behind quotes
					folders[i] = filepath.Join(all["HOME"], rest)
				}
			}
			value = strings.Join(folders, ";")
		}
		env = append(env, name+"="+value)
	}
	return env
}
