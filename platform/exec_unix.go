//go:build unix

package platform

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

func endingSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func execProgram(path string, argv []string, env Env) (int, error) {
	const most = 5
	for try := 1; ; try++ {
		// syscall.Exec gives the new program the limit of open files that Go raised for this one.
		err := syscall.Exec(path, argv, env.Environ())
		// Another thread that forked while the program was being written holds it open for writing until it
		// executes, a moment later.
		if !errors.Is(err, syscall.ETXTBSY) || try == most {
			return 0, &fs.PathError{Op: "exec", Path: path, Err: err}
		}
		time.Sleep(time.Duration(try) * 10 * time.Millisecond)
	}
}
