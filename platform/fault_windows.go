package platform

import (
	"syscall"

	"golang.org/x/sys/windows"
)

func storageFault(number syscall.Errno) bool {
	switch number {
	case windows.ERROR_ACCESS_DENIED, windows.ERROR_WRITE_PROTECT, windows.ERROR_PRIVILEGE_NOT_HELD:
		return true
	}
	return diskFull(number)
}

func diskFull(number syscall.Errno) bool {
	switch number {
	case windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED:
		return true
	}
	return false
}
