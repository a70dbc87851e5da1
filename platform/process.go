package platform

import (
	"path/filepath"
	"slices"
	"strings"
)

// among keeps the processes whose executable lies below dir, sorted by number.
func among(dir string, all []Process) []Process {
	var below []Process
	for _, p := range all {
		if rest, ok := strings.CutPrefix(p.Path, dir); ok && (strings.HasPrefix(rest, string(filepath.Separator)) || strings.HasSuffix(dir, string(filepath.Separator))) {
			p.Name = filepath.Base(p.Path)
			below = append(below, p)
		}
	}
	slices.SortFunc(below, func(a, b Process) int { return a.PID - b.PID })
	return below
}
