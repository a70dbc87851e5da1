//go:build dragonfly || netbsd

package platform

import (
	"errors"
	"io/fs"
	"runtime"
)

func bootID() string { return "" }

// running knows nothing where /proc is not mounted.
func running(dir string) ([]Process, error) {
	link := "exe"
	if runtime.GOOS == "dragonfly" {
		link = "file"
	}
	processes, err := runningInProc(dir, "/proc", link)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return processes, err
}
