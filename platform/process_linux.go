package platform

import (
	"os"
	"strings"
)

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

func running(dir string) ([]Process, error) { return runningInProc(dir, "/proc", "exe") }
