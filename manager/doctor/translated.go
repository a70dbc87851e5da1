package doctor

import (
	"debug/macho"
	"debug/pe"
	"fmt"
	"path/filepath"

	"gsw/manager/selection"
	"gsw/platform"
)

// rosetta is part of Rosetta, where it is installed.
const rosetta = "/Library/Apple/usr/libexec/oah/libRosettaRuntime"

// selfTranslated: this gsw works, at half the speed.
func (p *Patient) selfTranslated(Machine) (Finding, bool) {
	own, best := p.Host.Program(), p.Host.Target
	return Finding{
		Level: Yellow,
		Message: fmt.Sprintf("this gsw is the one for %s, which %s translates; the toolchains that it installs are for %s",
			own, p.Host.Translator(), best),
		Evidence: []string{fmt.Sprintf("%s is for %s: the one for %s takes its place", p.Host.Self, own, best)},
	}, own != best
}

// throughTranslation: the go command that runs here is translated though it need not be, or would have to be and can't.
func (p *Patient) throughTranslation(m Machine) (Finding, bool) {
	also := p.Host.Also
	if also == (platform.Target{}) {
		return Finding{}, false
	}
	f := Finding{Level: Yellow, Message: fmt.Sprintf("the go command that is used here is for %s: %s translates it, and it builds for that", also, p.Host.Translator())}
	for _, dir := range p.roots() {
		file := filepath.Join(dir, "bin", p.Host.Exe("go"))
		if archOf(file) != also.Arch {
			continue
		}
		v, _ := selection.VersionOf(dir)
		if !m.Translates || v.IsZero() || v.ReleasedFor(p.Host.OS, p.Host.Arch) {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s: for %s, on %s", file, also, p.Host.Target))
		}
	}
	f.Fix = p.gswFirst()
	if !m.Translates {
		f.Level, f.Message = Red, fmt.Sprintf("the go command that is used here is for %s, and Rosetta is not installed: it does not start", also)
		f.Evidence = append(f.Evidence, rosetta+" is not there")
		f.Fix = "softwareupdate --install-rosetta --agree-to-license"
		return f, len(f.Evidence) > 1
	}
	return f, len(f.Evidence) > 0
}

// archOf is the processor that a program of macOS or Windows is for, as GOARCH names it; "" where nobody translates it.
func archOf(file string) string {
	if program, err := macho.Open(file); err == nil {
		defer program.Close()
		if program.Cpu == macho.CpuAmd64 {
			return "amd64"
		}
		return ""
	}
	program, err := pe.Open(file)
	if err != nil {
		return ""
	}
	defer program.Close()
	switch program.Machine {
	case pe.IMAGE_FILE_MACHINE_AMD64:
		return "amd64"
	case pe.IMAGE_FILE_MACHINE_I386:
		return "386"
	}
	return ""
}
