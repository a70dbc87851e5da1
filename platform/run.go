package platform

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"time"
)

// Run starts the program path with this command line and environment as a child, waits for it and gives its exit code.
// Its end by a signal is an error. The end of ctx kills it.
func Run(ctx context.Context, path string, argv []string, env Env, stdin io.Reader, stdout, stderr io.Writer) (code int, err error) {
	child := exec.CommandContext(ctx, path)
	child.Args, child.Env = argv, env.Environ()
	child.Stdin, child.Stdout, child.Stderr = stdin, stdout, stderr
	err = child.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() {
		return ended.ExitCode(), nil
	}
	return 0, err
}

// RunTree is Run in the folder dir and without an input, for a program that starts others: the end of ctx kills those,
// too. The terminal's signals do not reach them.
//
// Windows: what the child starts in its first moment may be missed.
func RunTree(ctx context.Context, path string, argv []string, dir string, env Env, stdout, stderr io.Writer) (code int, err error) {
	child := exec.CommandContext(ctx, path)
	child.Args, child.Dir, child.Env = argv, dir, env.Environ()
	child.Stdout, child.Stderr = stdout, stderr
	child.WaitDelay = 2 * time.Second // for one that left the group and holds the output
	err = runTree(child)
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.Exited() && ctx.Err() == nil {
		return ended.ExitCode(), nil
	}
	return 0, err
}
