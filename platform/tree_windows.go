package platform

import (
	"os/exec"
	"unsafe"

	"golang.org/x/sys/windows"
)

// runTree puts the child into a job, which its children are born into.
func runTree(child *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return child.Run() // then it is only this process that the end of the context kills
	}
	defer windows.CloseHandle(job)
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, _ = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	child.Cancel = func() error {
		_ = windows.TerminateJobObject(job, 1)
		return child.Process.Kill()
	}
	if err := child.Start(); err != nil {
		return err
	}
	_ = child.Process.WithHandle(func(handle uintptr) { _ = windows.AssignProcessToJobObject(job, windows.Handle(handle)) })
	return child.Wait()
}
