package platform

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const foldPaths = true

// bootID is the number of starts that Windows counts for its prefetcher.
func bootID() string {
	const where = `SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, where, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer key.Close()
	starts, _, err := key.GetIntegerValue("BootId")
	if err != nil {
		return ""
	}
	return strconv.FormatUint(starts, 10)
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
