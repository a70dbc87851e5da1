package doctor

import (
	"strings"

	"gsw/platform"
)

// barePath is the PATH of a login nobody has configured: Debian's, and near enough to other systems'.
const barePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Bare gives the host as a process sees it that the user's shell did not start: who it is and where the system's programs
// are, and nothing else. Windows has one environment for all, so there only the settings of Go and gsw go, and PATH is what
// the registry has: that of a program that a terminal, old or not, has no part in.
func Bare(h platform.Host) platform.Host {
	var kept []string
	for _, line := range h.Env.Environ() {
		name, _, _ := strings.Cut(line, "=")
		switch {
		case h.OS == "windows" && !strings.HasPrefix(strings.ToUpper(name), "GO") && !strings.HasPrefix(strings.ToUpper(name), "GSW_"):
			kept = append(kept, line)
		case name == "HOME", name == "USER", name == "LOGNAME", name == "SHELL", name == "LANG":
			kept = append(kept, line)
		}
	}
	if h.OS != "windows" {
		kept = append(kept, "PATH="+barePath)
	}
	h.Env = platform.NewEnv(h.Target, kept)
	if stored, err := readStored(h.Registry); err == nil && h.Registry.Is() {
		h.Env = h.Env.WithPath(stored.path(h.Env))
	}
	return h
}
