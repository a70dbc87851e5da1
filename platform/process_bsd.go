//go:build dragonfly || netbsd || solaris

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
	switch runtime.GOOS {
	case "dragonfly":
		link = "file"
	case "solaris", "illumos":
		link = "path/a.out"
	}
	processes, err := runningInProc(dir, "/proc", link)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return processes, err
}
