package platform

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// Confinement is a program and the folders that it, and whatever it starts, may write to. Of the network it gets nothing
// but a loopback of its own.
type Confinement struct {
	Path   string
	Argv   []string
	Dir    string
	Env    Env
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Write  []string // existing folders, absolute: below these files may be made, changed and removed
	Keep   []string // what lies in those and stays as it is: existing files and folders, absolute
}

// Protection is what the kernel enforces of a Confinement. The zero value is none of it.
type Protection struct {
	Network  bool     // there is none; nor are there other programs' abstract sockets
	Loopback bool     // with Network: 127.0.0.1 works, and leads nowhere else
	TCP      bool     // without Network: at least no TCP connection is made or accepted
	Writes   bool     // nothing outside the folders is made, changed or removed
	Kept     bool     // nor what was to be kept within them; false also where there was nothing
	Lacks    []string // what was not to be had, and why: a sentence each
}

// RunConfined runs a program as a child and gives its exit code; its end by a signal counts as 128 and the signal's
// number, as shells count it. self is this executable: it is started once more, with ConfinedWord, to put on the
// chains and then become the program. ready hears what the kernel grants, before the program runs.
//
// SIGTERM, and Ctrl-C without a terminal, are passed on; on a terminal the program gets Ctrl-C itself. Where this
// process is killed, the program is, too.
//
// Linux: network, mount and user namespaces, Landlock, no_new_privs, and for root no capability but those over files and its
// own processes. Not covered: modes, owners and times of files (chmod, chown, utimes), named Unix sockets, what a
// program that runs already does for it.
//
// Elsewhere nothing is enforced, and Protection says so.
func RunConfined(self string, c Confinement, ready func(Protection)) (code int, err error) {
	return runConfined(self, c, ready)
}

// ConfinedWord is the argument with which this executable is started by RunConfined. It must then call Confined
// before it does anything else.
const ConfinedWord = "__confined"

// Confined is the first half of the program that RunConfined starts: it takes its order from an inherited pipe, gives
// up what is to be given up, and becomes the program. It returns only where that fails, with an exit code.
func Confined() int { return confined() }

// SystemFolders are the folders of the system's own programs: those that exist, and that nobody but root can write.
//
// Windows: those below the Windows folder of env.
func SystemFolders(env Env) []string { return systemFolders(env) }

// Writable tells whether this process may write to path, or where that does not exist, make it.
//
// Windows: everything is taken for writable.
func Writable(path string) bool { return writable(path) }

// outputGrace is how long a program's own children may go on holding its output after it ended.
const outputGrace = 2 * time.Second

// caught are the signals that would end this process, for a child that is about to be started.
type caught chan os.Signal

func catch() caught {
	signals := make(caught, 4)
	signal.Notify(signals, endingSignals()...)
	return signals
}

func (signals caught) stop() { signal.Stop(signals) }

// passOn passes them on until the child has ended.
func (signals caught) passOn(child *exec.Cmd, terminal bool) (int, error) {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case s := <-signals:
				if s != os.Interrupt || !terminal {
					_ = child.Process.Signal(s) // it may have ended
				}
			case <-ended:
				return
			}
		}
	}()
	err := child.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return child.ProcessState.ExitCode(), nil
	case errors.As(err, &exit):
		return exitCode(exit.ProcessState), nil
	}
	return 0, err
}

// command is the child that c describes, but for its program.
func (c Confinement) command(program string, argv []string) *exec.Cmd {
	child := exec.Command(program)
	child.Args, child.Dir, child.Env = argv, c.Dir, c.Env.Environ()
	child.Stdin, child.Stdout, child.Stderr = c.Stdin, c.Stdout, c.Stderr
	child.WaitDelay = outputGrace
	return child
}

// terminal tells whether the program gets Ctrl-C from a terminal.
func (c Confinement) terminal() bool {
	return Terminal(c.Stdin) || Terminal(c.Stdout) || Terminal(c.Stderr)
}
