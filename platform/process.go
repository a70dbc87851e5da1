//go:build !openbsd

package platform

import (
	"path/filepath"
	"slices"
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
	slices.SortFunc(below, func(a, b Process) int { return a.PID - b.PID })
	return below
}
