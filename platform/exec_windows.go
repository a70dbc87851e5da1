package platform

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

func endingSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func execProgram(path string, argv []string, env Env) (int, error) {
	// The console sends Ctrl-C to every process on it, so the child has its own; this one has to outlive it. Not
	// SetConsoleCtrlHandler(NULL, TRUE): the child would inherit the deafness.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, endingSignals()...)
	defer signal.Stop(signals)

	attributes := &os.ProcAttr{Env: env.Environ(), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}
	program := path
	if isBatch(path) && len(argv) > 0 {
		line, err := batchCommandLine(path, argv[1:])
		if err != nil {
			return 0, err
		}
		system, err := windows.GetSystemDirectory()
		if err != nil {
			return 0, err
		}
		program = filepath.Join(system, "cmd.exe")
		attributes.Sys = &syscall.SysProcAttr{CmdLine: line}
	}
	child, err := os.StartProcess(program, argv, attributes)
	if err != nil {
		return 0, tooDeep(path, err)
	}
	// Without a job the child is only not ended when this process is killed: no reason not to run it.
	if job, err := jobFor(child); err == nil {
		defer windows.CloseHandle(job)
	}
	state, err := child.Wait()
	if err != nil {
		return 0, fmt.Errorf("waiting for %s: %w", path, err)
	}
	return state.ExitCode(), nil
}

// tooDeep says why a program was not started, where that is why: CreateProcess reports one that it can't find.
func tooDeep(path string, err error) error {
	const longest = 259 // MAX_PATH less its NUL
	if n := len(utf16.Encode([]rune(path))); n > longest {
		return fmt.Errorf("its path has %d characters, and Windows starts no program whose path has more than %d", n, longest)
	}
	return err
}

// jobFor puts the child into a job that ends with its last handle, which is this process's. The child's own children
// stay out of it: an editor started by "gsw exec" outlives it, as on other systems.
func jobFor(child *os.Process) (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		var assigned error
		err = child.WithHandle(func(handle uintptr) {
			assigned = windows.AssignProcessToJobObject(job, windows.Handle(handle))
		})
		if err == nil {
			err = assigned
		}
	}
	if err != nil {
		windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}
