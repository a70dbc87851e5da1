package doctor

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gsw/platform"
)

// Machine is what can't be read from a platform.Host and decides which toolchains run well here.
type Machine struct {
	Loader     string // of /bin/sh, which the system's programs are linked for: "/lib/ld-musl-x86_64.so.1"; "" where not known
	Kernel     string // the release of Linux: "5.15.167.4-microsoft-standard-WSL2"
	Translates bool   // programs for the host's Also start: Rosetta is installed, or Windows has what it needs, as always

	// Quarantined tells whether macOS holds a file back, because of where it came from; nil: never.
	Quarantined func(file string) bool
}

// ThisMachine looks at the machine. Nothing is started: what ldd would tell stands in the program itself.
func ThisMachine(h platform.Host) Machine {
	m := Machine{Quarantined: platform.Quarantined, Translates: h.OS == "windows"}
	if h.OS == "darwin" {
		_, err := os.Stat(rosetta)
		m.Translates = err == nil || h.Program().Arch == "amd64"
	}
	if h.OS == "linux" {
		m.Loader = loaderOf("/bin/sh")
		kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // a container may hide it
		m.Kernel = strings.TrimSpace(string(kernel))
	}
	return m
}

// loaderOf is the program that has to be there for another to start; "" for one that needs none, and for what is no
// program of Linux.
func loaderOf(file string) string {
	f, err := elf.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for _, segment := range f.Progs {
		if segment.Type != elf.PT_INTERP || segment.Filesz > 4096 {
			continue
		}
		if name, err := io.ReadAll(segment.Open()); err == nil {
			return string(bytes.TrimRight(name, "\x00"))
		}
	}
	return ""
}

// platformTrouble: the toolchain that runs here is made for another system than this one.
func platformTrouble(_ context.Context, p *Patient) ([]Finding, error) {
	m := p.Machine()
	var all []Finding
	for _, find := range []func(Machine) (Finding, bool){p.onMusl, p.forAnother, p.selfTranslated, p.throughTranslation, p.inQuarantine, p.fromWindows} {
		if f, ok := find(m); ok {
			all = append(all, f)
		}
	}
	return all, nil
}

// onMusl: a go command that needs glibc, as those of the Go project did before go1.21, does not start under musl. It says
// "not found", which nobody understands.
func (p *Patient) onMusl(m Machine) (Finding, bool) {
	if !strings.Contains(filepath.Base(m.Loader), "ld-musl-") {
		return Finding{}, false
	}
	f := Finding{
		Level: Red, Message: "this system has musl, and the go command that is used here needs glibc: it does not start. Those since go1.21 do",
		Fix: "apk add gcompat",
	}
	for _, dir := range p.roots() {
		file := filepath.Join(dir, "bin", "go")
		loader := loaderOf(file)
		if loader == "" || strings.Contains(filepath.Base(loader), "ld-musl-") {
			continue
		}
		if _, err := os.Stat(loader); err == nil {
			continue // gcompat, or both libraries side by side
		}
		f.Evidence = append(f.Evidence, file+": asks for "+loader+", which is not there")
	}
	f.Evidence = append(f.Evidence, "/bin/sh: asks for "+m.Loader)
	return f, len(f.Evidence) > 1
}

// forAnother: toolchains in the store that are made for another processor or system than this machine has, as in a home
// that came from another one. Those from before the first for this processor are for the other, as they have to be.
func (p *Patient) forAnother(Machine) (Finding, bool) {
	f := Finding{Level: Red, Message: "toolchains in the store are for another machine: they do not start here"}
	slow := Finding{Level: Yellow, Message: fmt.Sprintf("toolchains in the store are for %s, and there are those for %s: %s translates them, slowly, and they build for %[1]s",
		p.Host.Also, p.Host.Target, p.Host.Translator())}
	installed, err := p.Installed()
	if err != nil {
		return Finding{}, false
	}
	for _, t := range installed {
		r, err := t.Receipt()
		native := p.Host.Target.String()
		if err != nil || r.Target == native || t.System {
			continue
		}
		to, also := &f, p.Host.Also
		if also != (platform.Target{}) && r.Target == also.String() {
			if !t.Version.ReleasedFor(p.Host.OS, p.Host.Arch) {
				continue
			}
			to = &slow
		}
		to.Evidence = append(to.Evidence, fmt.Sprintf("%s: for %s, on %s", t.GOROOT(), r.Target, native))
		to.Fix += "gsw install --force " + t.Version.Number() + "\n"
	}
	if len(f.Evidence) == 0 {
		f = slow
	}
	f.Fix = strings.TrimSuffix(f.Fix, "\n")
	return f, len(f.Evidence) > 0
}

// fromWindows: in WSL, PATH goes on with that of Windows. Its Go builds for Windows and knows other paths.
func (p *Patient) fromWindows(m Machine) (Finding, bool) {
	if !strings.Contains(strings.ToLower(m.Kernel), "microsoft") {
		return Finding{}, false
	}
	drive := regexp.MustCompile(`^/mnt/[a-z](/|$)`)
	f := Finding{Level: Yellow, Message: "in this Linux the Go of Windows is the first on PATH: it builds for Windows", Fix: p.gswFirst()}
	for _, dir := range p.Host.Env.Path() {
		for _, name := range []string{"go", "go.exe"} {
			file := filepath.Join(dir, name)
			info, err := os.Stat(file)
			if err != nil || info.IsDir() {
				continue
			}
			real, err := filepath.EvalSymlinks(file)
			if err != nil || !drive.MatchString(real) && filepath.Ext(real) != ".exe" {
				return Finding{}, false // one for Linux comes first
			}
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s: %s", file, real), "Linux "+m.Kernel)
			return f, true
		}
	}
	return Finding{}, false
}

// gswFirst puts a Go of gsw's first.
func (p *Patient) gswFirst() string {
	env := `eval "$(gsw env)"`
	if installed, err := p.Installed(); err == nil && len(installed) > 0 {
		return env
	}
	return "gsw install --use latest\n" + env
}
