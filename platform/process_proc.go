//go:build linux || netbsd || dragonfly || solaris

package platform

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// runningInProc reads the link in each process's folder that names its executable. Linux ends the text of one that was
// deleted with " (deleted)": such a file does not lie below dir any more. Everything but that link is looked at only
// for the few that count: a machine has hundreds of processes, and `gsw use` asks at every switch.
func runningInProc(dir, proc, link string) ([]Process, error) {
	folder, err := os.Open(proc)
	if err != nil {
		return nil, err
	}
	names, err := folder.Readdirnames(-1)
	folder.Close()
	if err != nil {
		return nil, err
	}
	var all []Process
	text := make([]byte, 4096)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		// A process that ended meanwhile, a kernel thread and another user's have no link to read.
		n, err := unix.Readlink(proc+"/"+name+"/"+link, text)
		if err != nil || n == len(text) {
			continue
		}
		all = append(all, Process{PID: pid, Path: string(text[:n])})
	}
	below := among(dir, all)
	return slices.DeleteFunc(below, func(p Process) bool {
		_, err := os.Lstat(p.Path)
		return err != nil
	}), nil
}
