package platform

import "golang.org/x/sys/unix"

// omitTime stands for a time that is left as it is.
const omitTime = unix.UTIME_OMIT
