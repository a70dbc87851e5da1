package gover

// ReleasedFor tells whether releases as new as v exist for a platform, as GOOS and GOARCH name it: false for those
// before the first. What is not known to have come late counts as always there.
//
// From the index of releases; a test compares the two.
func (v Version) ReleasedFor(system, arch string) bool {
	switch system + "/" + arch {
	case "darwin/arm64":
		return v.Compare(Version{number{minor: 16, stage: beta, pre: 1}}) >= 0
	case "windows/arm64":
		return v.Compare(Version{number{minor: 17, stage: beta, pre: 1}}) >= 0
	}
	return true
}
