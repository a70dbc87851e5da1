package doctor

import (
	"debug/macho"
	"path/filepath"

	"gsw/manager/selection"
	"gsw/platform"
)

// rosetta is part of Rosetta, where it is installed.
const rosetta = "/Library/Apple/usr/libexec/oah/libRosettaRuntime"

// selfTranslated: this gsw works, at half the speed.
func (p *Patient) selfTranslated(Machine) (Finding, bool) {
	own := p.Host.Program()
	return Finding{
		Level:   Yellow,
		Message: "this gsw is the one for Intel's processors, which Rosetta translates; the toolchains that it installs are for Apple's",
		Evidence: []string{"sysctl.proc_translated is 1", p.Host.Self + " is for " + own.String() +
			": the one for " + p.Host.Target.String() + " takes its place"},
	}, own != p.Host.Target
}

// throughRosetta: the go command that runs here is translated though it need not be, or would have to be and can't.
func (p *Patient) throughRosetta(m Machine) (Finding, bool) {
	if p.Host.Also == (platform.Target{}) {
		return Finding{}, false
	}
	f := Finding{Level: Yellow, Message: "the go command that is used here is for Intel's processors: Rosetta translates it, and it builds for Intel's"}
	for _, dir := range p.roots() {
		file := filepath.Join(dir, "bin", "go")
		program, err := macho.Open(file)
		if err != nil {
			continue
		}
		v, _ := selection.VersionOf(dir)
		if program.Cpu == macho.CpuAmd64 && (!m.Rosetta || v.IsZero() || v.ReleasedFor(p.Host.OS, p.Host.Arch)) {
			f.Evidence = append(f.Evidence, file+": for "+p.Host.Also.String()+", on "+p.Host.Target.String())
		}
		program.Close()
	}
	f.Fix = p.gswFirst()
	if !m.Rosetta {
		f.Level, f.Message = Red, "the go command that is used here is for Intel's processors, and Rosetta is not installed: it does not start"
		f.Evidence = append(f.Evidence, rosetta+" is not there")
		f.Fix = "softwareupdate --install-rosetta --agree-to-license"
		return f, len(f.Evidence) > 1
	}
	return f, len(f.Evidence) > 0
}
