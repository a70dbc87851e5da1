package doctor

import (
	"slices"
	"strings"
	"testing"
)

// The ids are part of what users rely on: scripts and pages name them.
func TestChecksHaveTheirIDs(t *testing.T) {
	want := strings.Fields(`
		anchor-broken context-bare gobin-path gobin-shadow gobin-writable goenv-conflict gopath-goroot gopath-legacy
		goprivate-leak goproxy-unreachable goroot-env goroot-mismatch goroot-modified gosum-incomplete gosumdb-invalid
		gosumdb-off gosumdb-unreachable gotoolchain-switch hook-missing managers-leftover modules-resolve name-shadowed
		path-go-first path-order path-stale pin-drift pin-missing platform store-leftover store-permissions tools-stale`)
	var have []string
	for _, c := range Checks() {
		have = append(have, c.ID)
	}
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("the checks are\n%s, want\n%s", strings.Join(have, " "), strings.Join(want, " "))
	}
}
