package platform

import "golang.org/x/sys/unix"

// openToLook needs no permission to list the folder.
const openToLook = unix.O_PATH
