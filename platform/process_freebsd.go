package platform

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

func bootID() string {
	id, err := unix.SysctlRaw("kern.boot_id")
	if err != nil {
		return ""
	}
	return hex.EncodeToString(id)
}

func running(dir string) ([]Process, error) {
	table, err := unix.SysctlRaw("kern.proc.proc")
	if err != nil {
		return nil, err
	}
	// struct kinfo_proc of sys/user.h: its own size, its layout, eight pointers, the process's number.
	const number = 4 + 4 + 8*int(unsafe.Sizeof(uintptr(0)))
	var all []Process
	for len(table) >= number+4 {
		size := int(binary.NativeEndian.Uint32(table))
		if size < number+4 || size > len(table) {
			return nil, errors.New("listing processes: the kernel's table has an unknown form")
		}
		pid := int(int32(binary.NativeEndian.Uint32(table[number:])))
		table = table[size:]
		name, err := unix.SysctlRaw("kern.proc.pathname", pid)
		if err != nil {
			continue
		}
		path := string(bytes.TrimRight(name, "\x00"))
		if _, err := os.Lstat(path); err == nil {
			all = append(all, Process{PID: pid, Path: path})
		}
	}
	return among(dir, all), nil
}
