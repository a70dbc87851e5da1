package gover

// EndOfLife tells whether the Go project mends v's release line no more: two newer lines have been released
// (https://go.dev/doc/devel/release#policy). newest is the newest release that is known; zero: nothing is.
func (v Version) EndOfLife(newest Version) bool {
	return !v.IsZero() && !newest.IsZero() && v.n.minor+2 <= newest.n.minor
}

// SwitchesToolchains tells whether v's go command may run another release than itself, as GOTOOLCHAIN, go.mod and
// go.work say: from go1.21 on (https://go.dev/doc/toolchain).
func (v Version) SwitchesToolchains() bool { return v.n.minor >= 21 }
