package platform

import "golang.org/x/sys/unix"

// omitTime stands for a time that is left as it is: UTIME_OMIT of sys/stat.h, which x/sys lacks.
const omitTime = -2

// setTimes names the file: x/sys has nothing for a descriptor. The folder is the one that was opened, and a link is not
// followed.
func (n fdFile) setTimes(times *[2]unix.Timespec) error {
	return unix.UtimesNanoAt(n.folder, n.name, times[:], unix.AT_SYMLINK_NOFOLLOW)
}
