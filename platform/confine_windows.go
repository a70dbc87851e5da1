package platform

import (
	"os"
	"path/filepath"
)

func exitCode(state *os.ProcessState) int { return state.ExitCode() }

func systemFolders(env Env) []string {
	root := env.Get("SystemRoot")
	if !filepath.IsAbs(root) {
		return nil
	}
	system := filepath.Join(root, "System32")
	return []string{system, root, filepath.Join(system, "Wbem"), filepath.Join(system, "WindowsPowerShell", "v1.0")}
}

func writable(string) bool { return true }
