package platform

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// processor reads what Apple documents for the question. Macs without Rosetta don't know the name.
func processor() Processor {
	translated, err := unix.SysctlUint32("sysctl.proc_translated")
	return OnMac(runtime.GOARCH, translated, err)
}
