package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
	if host.OS == "windows" {
		host.Env = host.Env.With("PATH", scripts.MSYSPath(host.Env.Get("PATH")))
	}
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
				if disttest.Host().OS == "windows" {
					args[i] = scripts.WindowsPath(arg)
				}
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
		if name == "PATH" && disttest.Host().OS == "windows" {
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

// TestPlayedShell compares what the shell does that Windows' scripts get with what this system's does.
func TestPlayedShell(t *testing.T) {
	if disttest.Host().OS == "windows" {
		t.Skip("there is no other shell to compare it with")
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		disttest.Need(t, "no sh: %v", err)
	}
	const files = `printf 'one\ntwo h1:AAAA+x\nthree (3)\n' >a; mkdir -p d/e; printf x >d/e/.hidden; printf y >d/e/seen; `
	for _, text := range []string{
		`sed -i.bak -e '2s/^/: # /' -e '3s/^/# /' a; cat a a.bak`,
		`sed -i.bak '1s/on\./1.2/' a && rm a.bak; cat a; ls d/e; ls -A d/e`,
		`sed 's#^two h1:.*#two h1:x#' a; sed s,o,0,g a; sed "s/e/E/" a; sed s/h1:..../h1:BBBB/ a`,
		`sed -i '/two.*+x/d' a; cat a; sed "/three (/s/3/4/" a`,
		`grep -c e a; grep -v one a; grep -q none a; echo $?; ls -A d | grep -c no.such || true`,
		`head -c 5 a; head -1 a; cat a | head -2; cat a a >b; cat b`,
		`mv a d; cp d/a c; cp -r d f; cat c f/a f/e/seen; rm d/a; rm -f d/none; rm -r f; ls; rm none; echo $?`,
		`touch -t 202401010000 a; touch -d 2001-01-01 c 2>/dev/null; cat none; echo $?; mkdir d; echo $?`,
		`PATH=~/x:"$PATH"; export PATH; unset HOME; X=1; export Y=2; env -0 | grep -a -c Y=2`,
		`(cd d && cp e/seen e/more); ls d/e; set -e; false; echo not`,
	} {
		var said [2]string
		for i := range said {
			dir := t.TempDir()
			command := exec.Command(sh, "-c", files+text)
			if i == 1 {
				command = exec.Command(os.Args[0], "-c", files+text)
				command.Args[0] = "played-sh"
			}
			command.Dir, command.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C"}
			out, err := command.Output()
			said[i] = fmt.Sprintf("%s%v", strings.ReplaceAll(string(out), dir, "DIR"), err)
		}
		if said[0] != said[1] {
			t.Errorf("%s\nplayed: %s\n    sh: %s", text, said[1], said[0])
		}
	}
}
