//go:build linux || netbsd || dragonfly

package platform

import (
	"os"
	"path/filepath"
	"strconv"
)

// runningInProc reads the link in each process's folder that names its executable. Linux ends the text of one that was
// deleted with " (deleted)": such a file does not lie below dir any more.
func runningInProc(dir, proc, link string) ([]Process, error) {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// A process that ended meanwhile, a kernel thread and another user's have no link to read.
		path, err := os.Readlink(filepath.Join(proc, entry.Name(), link))
		if err != nil {
			continue
		}
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		all = append(all, Process{PID: pid, Path: path})
	}
	return among(dir, all), nil
}
