package platformtest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Session is what somebody does at a terminal while a program runs on it.
type Session struct {
	Columns  int           // of the terminal, which has 24 lines; 80, if it is zero
	Patience time.Duration // after it a program that still runs is killed; 20 s, if it is zero
	Keys     []Keys
}

// Keys are typed once the terminal has shown a pattern behind what was there when the keys before were typed.
type Keys struct{ After, Typed string }

// Run runs a program whose standard streams are a new terminal, which answers the questions that line editors ask one,
// and gives what it showed. How the program ended stands in cmd; errors are that there is no terminal (ErrNoTerminal), a
// program that could not start, and one that had to be killed.
func (s Session) Run(cmd *exec.Cmd) (shown []byte, err error) {
	master, slave, err := openTerminal(uint16(cmp.Or(s.Columns, 80)))
	if err != nil {
		return nil, err
	}
	defer master.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	slave.Close()
	if err != nil {
		return nil, err
	}
	patience := cmp.Or(s.Patience, 20*time.Second)
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	ended := make(chan error, 1)
	go func() {
		_ = cmd.Wait()
		// What it started may keep the terminal for longer, as wine's server does. What it showed is there already.
		ended <- master.SetReadDeadline(time.Now().Add(5 * time.Second))
	}()
	shown = s.attend(master)
	if err := <-ended; err != nil {
		return shown, err
	}
	if !stuck.Stop() {
		return shown, fmt.Errorf("%s did not end in %v", cmd.Path, patience)
	}
	return shown, nil
}

// attend reads what is shown, and types, until the other side is closed.
func (s Session) attend(master *os.File) []byte {
	var shown bytes.Buffer
	seen, asked, part := 0, 0, make([]byte, 4096)
	for {
		n, err := master.Read(part)
		shown.Write(part[:n])
		for ; asked < bytes.Count(shown.Bytes(), []byte("\x1b[6n")); asked++ { // where is the cursor?
			_, _ = master.WriteString("\x1b[1;1R")
		}
		for len(s.Keys) > 0 {
			at := regexp.MustCompile(s.Keys[0].After).FindIndex(shown.Bytes()[seen:])
			if at == nil {
				break
			}
			seen += at[1]
			_, _ = master.WriteString(s.Keys[0].Typed)
			s.Keys = s.Keys[1:]
		}
		if err != nil { // EIO
			return shown.Bytes()
		}
	}
}

func openTerminal(columns uint16) (master, slave *os.File, err error) {
	master, err = Master()
	if err != nil {
		return nil, nil, err
	}
	raw, err := master.SyscallConn() // Fd would make it one whose deadlines do not count
	if err != nil {
		return nil, nil, errors.Join(err, master.Close())
	}
	var number int
	var refused error
	err = raw.Control(func(fd uintptr) {
		if refused = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); refused != nil {
			return
		}
		if refused = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); refused != nil {
			return
		}
		number, refused = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
	})
	if err = errors.Join(err, refused); err == nil {
		slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, master.Close())
	}
	return master, slave, nil
}
