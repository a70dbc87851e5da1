package platform

import (
	"bytes"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const foldPaths = true

func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

func running(dir string) ([]Process, error) {
	table, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, entry := range table {
		pid := int(entry.Proc.P_pid)
		// The answer starts with the number of arguments, four bytes; then the executable as it was named.
		arguments, err := unix.SysctlRaw("kern.procargs2", pid)
		if err != nil || len(arguments) < 5 {
			continue
		}
		name, _, _ := bytes.Cut(arguments[4:], []byte{0})
		if path, err := filepath.EvalSymlinks(string(name)); err == nil && filepath.IsAbs(path) {
			all = append(all, Process{PID: pid, Path: path})
		}
	}
	return among(dir, all), nil
}
