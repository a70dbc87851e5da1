//go:build !openbsd

package platform

import (
	"path/filepath"
	"sort"
	"strings"
)

// among keeps the processes whose executable lies below dir, sorted by number.
func among(dir string, all []Process) []Process {
	folder := strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator)
	var below []Process
	for _, p := range all {
		if len(p.Path) <= len(folder) {
			continue
		}
		start := p.Path[:len(folder)]
		if start == folder || foldPaths && strings.EqualFold(start, folder) {
			p.Name = filepath.Base(p.Path)
			below = append(below, p)
		}
	}
	sort.Slice(below, func(i, j int) bool { return below[i].PID < below[j].PID })
	return below
}
