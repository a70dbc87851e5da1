package command

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/rogpeppe/go-internal/testscript"
)

// onTerminal, as terminal [-interrupt PATTERN] FILE CODE COMMAND…: runs a command whose
// standard streams are a terminal of 80 columns, and writes what it showed into
// FILE. With -interrupt Ctrl-C is typed once PATTERN has been shown.
func onTerminal(ts *testscript.TestScript, neg bool, args []string) {
	var pattern *regexp.Regexp
	if args[0] == "-interrupt" {
		pattern = regexp.MustCompile(args[1])
		args = args[2:]
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	master, slave, err := openTerminal()
	ts.Check(err)
	defer master.Close()
	file, err := lookPath(ts, args[2])
	ts.Check(err)
	cmd := exec.Command(file, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(cmd.Start())
	slave.Close()

	var mu sync.Mutex
	var shown bytes.Buffer
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		typed := false
		part := make([]byte, 4096)
		for {
			n, err := master.Read(part)
			mu.Lock()
			shown.Write(part[:n])
			if pattern != nil && !typed && pattern.Match(shown.Bytes()) {
				typed = true
				master.Write([]byte{3})
			}
			mu.Unlock()
			if err != nil { // EIO: the other side is closed
				return
			}
		}
	}()
	stuck := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	_ = cmd.Wait()
	stuck.Stop()
	<-closed
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), shown.Bytes(), 0o644))
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d:\n%s", got, want, shown.Bytes())
	}
}

func openTerminal() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	control := func(request uintptr, argument unsafe.Pointer) error {
		if _, _, number := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(argument)); number != 0 {
			return number
		}
		return nil
	}
	unlock, number := int32(0), uint32(0)
	size := [4]uint16{24, 80}
	for request, argument := range map[uintptr]unsafe.Pointer{
		syscall.TIOCSPTLCK: unsafe.Pointer(&unlock), syscall.TIOCGPTN: unsafe.Pointer(&number), syscall.TIOCSWINSZ: unsafe.Pointer(&size),
	} {
		if err := control(request, argument); err != nil {
			return nil, nil, err
		}
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	return master, slave, err
}
