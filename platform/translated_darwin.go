package platform

import "golang.org/x/sys/unix"

// translated reads what Apple documents for the question. Macs without Rosetta don't know the name.
func translated() (uint32, error) { return unix.SysctlUint32("sysctl.proc_translated") }
