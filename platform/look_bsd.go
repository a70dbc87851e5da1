//go:build unix && !linux

package platform

import "golang.org/x/sys/unix"

const openToLook = unix.O_RDONLY
