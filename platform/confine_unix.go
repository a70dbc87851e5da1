//go:build unix

package platform

import (
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// exitCode counts the end by a signal as shells do.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

func systemFolders(Env) []string {
	var folders []string
	for _, dir := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/run/current-system/sw/bin"} {
		var stat unix.Stat_t
		if unix.Stat(dir, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFDIR && stat.Uid == 0 && stat.Mode&0o022 == 0 {
			folders = append(folders, dir)
		}
	}
	return folders
}

func writable(path string) bool {
	for {
		switch err := unix.Access(path, unix.W_OK); {
		case err == nil:
			return true
		case err != unix.ENOENT || path == filepath.Dir(path):
			return false
		}
		path = filepath.Dir(path)
	}
}
