package platform

import "golang.org/x/sys/windows"

// processor asks what Windows answers truly to translated programs as well. Before Windows 10 1511 nobody could ask.
func processor() Processor {
	var program, machine uint16
	err := windows.IsWow64Process2(windows.CurrentProcess(), &program, &machine)
	return OnWindows(machine, err, windows.RtlGetVersion().BuildNumber)
}
