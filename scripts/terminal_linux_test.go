package scripts_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// keys are typed once the terminal has shown a pattern behind what was there when the keys before were typed.
type keys struct {
	after string
	typed string
}

// terminal runs a program on a terminal of its own, which answers the questions that line editors ask one, types, and
// gives what it showed.
func terminal(t *testing.T, env []string, dir string, program string, args []string, typed ...keys) string {
	t.Helper()
	master, slave := openTerminal(t)
	defer master.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var mu sync.Mutex
	var shown bytes.Buffer
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		seen, asked := 0, 0
		part := make([]byte, 4096)
		for {
			n, err := master.Read(part)
			mu.Lock()
			shown.Write(part[:n])
			for ; asked < bytes.Count(shown.Bytes(), []byte("\x1b[6n")); asked++ { // where is the cursor?
				_, _ = master.WriteString("\x1b[1;1R")
			}
			for len(typed) > 0 {
				at := regexp.MustCompile(typed[0].after).FindIndex(shown.Bytes()[seen:])
				if at == nil {
					break
				}
				seen += at[1]
				_, _ = master.WriteString(typed[0].typed)
				typed = typed[1:]
			}
			mu.Unlock()
			if err != nil { // EIO: the other side is closed
				return
			}
		}
	}()
	stuck := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	stuck.Stop()
	<-closed
	return shown.String()
}

func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		cannot(t, "no terminal can be made: %v", err)
	}
	unlock, number := int32(0), uint32(0)
	size := [4]uint16{24, 200}
	for request, argument := range map[uintptr]unsafe.Pointer{
		syscall.TIOCSPTLCK: unsafe.Pointer(&unlock), syscall.TIOCGPTN: unsafe.Pointer(&number), syscall.TIOCSWINSZ: unsafe.Pointer(&size),
	} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(argument)); errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}
