//go:build unix

package platform

import "syscall"

func storageFault(number syscall.Errno) bool {
	switch number {
	case syscall.EACCES, syscall.EPERM, syscall.EROFS:
		return true
	}
	return diskFull(number)
}

func diskFull(number syscall.Errno) bool {
	switch number {
	case syscall.ENOSPC, syscall.EDQUOT:
		return true
	}
	return false
}
