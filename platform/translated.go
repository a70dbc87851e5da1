package platform

// RunsHere tells for which platform this machine's toolchains should be, given what this program is for, and for which
// other they can be, by translation, where there is none for the first; zero: for no other. translated and err are what the system answered
// to the question whether it translates this program: 1 means that it does; an error, that it does not know the question.
//
// macOS: Rosetta runs programs for Intel's processors on Apple's, slowly. Elsewhere programs run as what they are.
func RunsHere(own Target, translated uint32, err error) (best, also Target) {
	if own.OS != "darwin" || own.Arch == "amd64" && (err != nil || translated != 1) {
		return own, Target{}
	}
	return Target{OS: "darwin", Arch: "arm64"}, Target{OS: "darwin", Arch: "amd64"}
}

// Program is what this program was built for, where Own does not say, the host's own platform.
func (h Host) Program() Target {
	if h.Own == (Target{}) {
		return h.Target
	}
	return h.Own
}

// Targets are all platforms whose programs run here, the best first.
func (h Host) Targets() []Target {
	if h.Also == (Target{}) {
		return []Target{h.Target}
	}
	return []Target{h.Target, h.Also}
}
