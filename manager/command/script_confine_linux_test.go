package command

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// confinedWords are programs that scripts run under zero trust, or gsw under; and one that serves a volume.
func confinedWords() map[string]func() {
	return map[string]func(){"probe": prober, "oldkernel": oldKernel, "folding": serveFolding}
}

// prober does what a confined program should not be able to do, and says how that went: it ends with 3 where the system
// refused.
func prober() {
	var err error
	switch what, args := os.Args[1], os.Args[2:]; what {
	case "dial":
		var c net.Conn
		if c, err = net.DialTimeout("tcp", strings.TrimPrefix(args[0], "http://"), 10*time.Second); err == nil {
			c.Close()
		}
	case "loopback":
		err = loopback()
	case "write":
		err = os.WriteFile(args[0], []byte("probe was here\n"), 0o644)
	case "truncate":
		err = os.Truncate(args[0], 0)
	case "rename":
		err = os.Rename(args[0], args[1])
	case "link":
		err = os.Link(args[0], args[1])
	case "kill":
		err = syscall.Kill(os.Getppid(), 0)
	case "enter": // the network of the process that confined this one
		err = enter()
	case "devnull":
		err = os.WriteFile(os.DevNull, []byte("x"), 0o644)
	case "signal":
		err = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	default:
		err = errors.New("probe " + what + ": unknown")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(3)
	}
	fmt.Println("probe: done")
	os.Exit(0)
}

func loopback() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := net.DialTimeout("tcp", l.Addr().String(), 10*time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}

func enter() error {
	runtime.LockOSThread()
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", os.Getppid()))
	if err != nil {
		return err
	}
	const setns = 308 // amd64; elsewhere the open above has to fail, as it has to here
	if _, _, number := syscall.Syscall(setns, f.Fd(), 0, 0); number != 0 {
		return number
	}
	return nil
}

// oldKernel runs a program under a seccomp filter that answers as a kernel without Landlock does, or a container that
// allows no namespaces: `oldkernel CMD…`.
func oldKernel() {
	const (
		clone3, landlockCreate                = 435, 444 // the same on every architecture
		load, equal, anySet, give, word       = 0x20, 0x15, 0x45, 0x06, 0
		allow, refuse                         = 0x7fff0000, 0x00050000
		noNewPrivileges, setSeccomp, filtered = 38, 22, 2
		firstArgument                         = 16
	)
	program := []syscall.SockFilter{
		{Code: load, K: word},
		{Code: equal, K: landlockCreate, Jt: 6},
		{Code: equal, K: clone3, Jt: 5},
		{Code: equal, K: syscall.SYS_UNSHARE, Jt: 5},
		{Code: equal, K: syscall.SYS_CLONE, Jf: 2},
		{Code: load, K: firstArgument},
		{Code: anySet, K: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET, Jt: 2},
		{Code: give, K: allow},
		{Code: give, K: refuse | uint32(syscall.ENOSYS)},
		{Code: give, K: refuse | uint32(syscall.EPERM)},
	}
	runtime.LockOSThread()
	filter := syscall.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, number := syscall.Syscall6(syscall.SYS_PRCTL, noNewPrivileges, 1, 0, 0, 0, 0)
	if number == 0 {
		_, _, number = syscall.Syscall6(syscall.SYS_PRCTL, setSeccomp, filtered, uintptr(unsafe.Pointer(&filter)), 0, 0, 0)
	}
	file, err := exec.LookPath(os.Args[1])
	if number == 0 && err == nil {
		file, _ = filepath.Abs(file)
		err = syscall.Exec(file, os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "oldkernel:", number, err)
	os.Exit(99)
}
