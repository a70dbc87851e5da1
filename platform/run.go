package platform

import (
	"context"
	"errors"
	"io"
	"os/exec"
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
