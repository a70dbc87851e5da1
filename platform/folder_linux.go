package platform

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// omitTime stands for a time that is left as it is.
const omitTime = unix.UTIME_OMIT

// setTimes is futimens, which x/sys lacks: utimensat without a name. With one the kernel would look the file up again.
func (n fdFile) setTimes(times *[2]unix.Timespec) error {
	_, _, number := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(n.fd), 0, uintptr(unsafe.Pointer(times)), 0, 0, 0)
	if number != 0 {
		return number
	}
	return nil
}
