package release_test

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stepped is what became of a program that was stopped at each call that changes the file system.
type stepped struct {
	ran
	steps int    // such calls, of the program and those it started, until it ended
	last  string // the one at which something was done to it
}

// disturb is what is done at one of those calls: an error of the system instead of the call, or with no error a SIGKILL to
// the program and those it started, before the call has done anything.
type disturb struct {
	at    int // from 1; 0 is never
	errno syscall.Errno
}

// step runs a program under the system's debugging interface. The moment is exact: no other thread of the program gets on
// while the call is decided about.
func step(t *testing.T, env []string, d disturb, name string, args ...string) stepped {
	t.Helper()
	type result struct {
		stepped
		err error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // what debugs is a thread, which ends with this function
		var s stepper
		got, err := s.run(env, d, name, args)
		done <- result{got, err}
	}()
	r := <-done
	if errors.Is(r.err, syscall.EPERM) {
		t.Skipf("this system lets nobody debug: %v", r.err)
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.stepped
}

type stepper struct {
	got     stepped
	disturb disturb
	leader  int
	failing map[int]syscall.Errno // threads, between the beginning and the end of a call that is to fail
	writes  int
}

func (s *stepper) run(env []string, d disturb, name string, args []string) (stepped, error) {
	s.disturb, s.failing = d, map[int]syscall.Errno{}
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return s.got, err
	}
	s.leader = cmd.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(s.leader, &status, syscall.WALL, nil); err != nil {
		return s.got, err
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
		unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	if err := syscall.PtraceSetOptions(s.leader, options); err != nil {
		return s.got, err
	}
	err := s.follow()
	_ = cmd.Wait() // its end has been seen; this is the end of its output
	s.got.text = said.String()
	return s.got, err
}

// follow lets all threads go on from call to call until the last has ended.
func (s *stepper) follow() error {
	pid, signal := s.leader, syscall.Signal(0)
	for {
		if pid != 0 {
			if err := syscall.PtraceSyscall(pid, int(signal)); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
		var status syscall.WaitStatus
		var err error
		pid, err = syscall.Wait4(-1, &status, syscall.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return nil
		case errors.Is(err, syscall.EINTR):
			pid = 0
			continue
		case err != nil:
			return err
		}
		if signal, err = s.stopped(pid, status); err != nil {
			return err
		}
		if !status.Stopped() {
			pid = 0
		}
	}
}

// stopped looks at what a thread has stopped for, and gives the signal that it is to go on with.
func (s *stepper) stopped(pid int, status syscall.WaitStatus) (syscall.Signal, error) {
	switch {
	case status.Exited() || status.Signaled():
		if pid == s.leader {
			s.got.code = status.ExitStatus() // −1 for a signal
		}
		return 0, nil
	case status.StopSignal() == syscall.SIGTRAP|0x80:
		return 0, s.call(pid)
	case status.StopSignal() == syscall.SIGTRAP || status.StopSignal() == syscall.SIGSTOP: // a new thread, another program
		return 0, nil
	}
	return status.StopSignal(), nil
}

// call looks at the beginning or the end of a call of the system.
func (s *stepper) call(pid int) error {
	var info struct {
		op   uint8
		_    [3]uint8
		arch uint32
		_    [2]uint64
		nr   uint64 // at the end of a call, its result
		args [6]uint64
		_    [4]uint64
	}
	_, _, failed := syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errors.Is(failed, syscall.ESRCH) {
		return nil
	}
	const begins, ends = 1, 2
	switch {
	case failed != 0:
		return failed
	case info.op == ends && s.failing[pid] != 0:
		errno := s.failing[pid]
		delete(s.failing, pid)
		return s.setRegisters(pid, func(r *syscall.PtraceRegs) { r.Rax = -uint64(errno) })
	case info.op != begins || !s.changes(info.nr, info.args):
		return nil
	}
	s.got.steps++
	if s.got.steps != s.disturb.at {
		return nil
	}
	s.got.last = fmt.Sprintf("call %d", info.nr)
	if s.disturb.errno == 0 {
		return syscall.Kill(-s.leader, syscall.SIGKILL)
	}
	s.failing[pid] = s.disturb.errno
	return s.setRegisters(pid, func(r *syscall.PtraceRegs) { r.Orig_rax = ^uint64(0) }) // there is no such call
}

func (s *stepper) setRegisters(pid int, change func(*syscall.PtraceRegs)) error {
	var r syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(pid, &r); err != nil {
		return err
	}
	change(&r)
	return syscall.PtraceSetRegs(pid, &r)
}

// changes tells whether a call changes the file system. Of the writes to files only each 200th counts: they are alike.
func (s *stepper) changes(nr uint64, args [6]uint64) bool {
	const creates = syscall.O_CREAT | syscall.O_TRUNC
	switch nr {
	case unix.SYS_OPEN:
		return args[1]&creates != 0
	case unix.SYS_OPENAT:
		return args[2]&creates != 0
	case unix.SYS_WRITE, unix.SYS_PWRITE64:
		if args[2] < 1000 { // a line, an event
			return false
		}
		s.writes++
		return s.writes%200 == 1
	case unix.SYS_CREAT, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINK, unix.SYS_LINKAT, unix.SYS_SYMLINK,
		unix.SYS_SYMLINKAT, unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_MKDIR, unix.SYS_MKDIRAT, unix.SYS_RMDIR, unix.SYS_CHMOD,
		unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_UTIMENSAT, unix.SYS_FTRUNCATE, unix.SYS_FSYNC, unix.SYS_SYNCFS,
		unix.SYS_COPY_FILE_RANGE:
		return true
	}
	return false
}
