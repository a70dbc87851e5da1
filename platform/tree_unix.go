//go:build unix

package platform

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// runTree gives the child a process group of its own, which its children are born into.
func runTree(child *exec.Cmd) error {
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	child.Cancel = func() error {
		err := syscall.Kill(-child.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	return child.Run()
}
