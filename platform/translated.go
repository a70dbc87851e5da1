package platform

// Processor is the machine's own processor, and the one whose programs the system translates for it, both as GOARCH
// names them; zero where nothing is translated, or the system does not say.
type Processor struct{ Own, Also string }

// OnMac is the processor of a Mac, by what this program is for and what the system answered to the question whether it
// translates this program: 1 means that it does; an error, that it does not know the question. Rosetta runs
// programs for Intel's processors on Apple's, slowly.
func OnMac(arch string, translated uint32, err error) Processor {
	if arch == "amd64" && (err != nil || translated != 1) {
		return Processor{}
	}
	return Processor{"arm64", "amd64"}
}

const (
	machineARM64 = 0xaa64 // IMAGE_FILE_MACHINE_ARM64
	windows11    = 22000
)

// OnWindows is the processor of Windows, by the machine that IsWow64Process2 names, or the error that it gave, and the
// build of Windows. On ARM, Windows 11 runs programs for amd64, Windows 10 those for 386 alone.
func OnWindows(machine uint16, err error, build uint32) Processor {
	switch {
	case err != nil || machine != machineARM64:
		return Processor{}
	case build < windows11:
		return Processor{"arm64", "386"}
	}
	return Processor{"arm64", "amd64"}
}

// RunsHere tells for which platform this machine's toolchains should be, given what this program is for, and for which
// other they can be, by translation, where there is none for the first; zero: for no other.
func RunsHere(own Target, p Processor) (best, also Target) {
	if p == (Processor{}) {
		return own, Target{}
	}
	return Target{OS: own.OS, Arch: p.Own}, Target{OS: own.OS, Arch: p.Also}
}

// Translator is who runs programs for Also here.
func (h Host) Translator() string {
	if h.OS == "darwin" {
		return "Rosetta"
	}
	return "Windows"
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
