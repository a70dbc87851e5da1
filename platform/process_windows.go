package platform

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"
)

const foldPaths = true

// bootID is the time at which the kernel started. The number of starts that Windows counts for its prefetcher stands
// still where that is turned off.
func bootID() string {
	var day struct { // SYSTEM_TIMEOFDAY_INFORMATION
		BootTime, CurrentTime, TimeZoneBias int64
		TimeZoneID, Reserved                uint32
		BootTimeBias, SleepTimeBias         uint64
	}
	err := windows.NtQuerySystemInformation(windows.SystemTimeOfDayInformation, unsafe.Pointer(&day), uint32(unsafe.Sizeof(day)), nil)
	if err != nil || day.BootTime == 0 {
		return ""
	}
	return strconv.FormatInt(day.BootTime, 10)
}

func running(dir string) ([]Process, error) {
	numbers, err := processNumbers()
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, number := range numbers {
		if path, err := imageName(number); err == nil {
			all = append(all, Process{PID: int(number), Path: path})
		}
	}
	return among(dir, all), nil
}

func processNumbers() ([]uint32, error) {
	for room := 1024; ; room *= 2 {
		numbers := make([]uint32, room)
		var bytes uint32
		if err := windows.EnumProcesses(numbers, &bytes); err != nil {
			return nil, err
		}
		// A full answer may have left some out.
		if count := int(bytes) / int(unsafe.Sizeof(numbers[0])); count < room {
			return numbers[:count], nil
		}
	}
}

func imageName(number uint32) (string, error) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, number)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(h)
	name := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(name))
	if err := windows.QueryFullProcessImageName(h, 0, &name[0], &size); err != nil {
		return "", err
	}
	return windows.UTF16ToString(name[:size]), nil
}
