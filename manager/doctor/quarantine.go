package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/selection"
)

// inQuarantine: macOS does not start a program that an app brought from elsewhere, or asks first, each time.
func (p *Patient) inQuarantine(m Machine) (Finding, bool) {
	f := Finding{Level: Yellow, Message: "macOS holds programs back that came by a browser or another app: they may not start"}
	if m.Quarantined == nil {
		return f, false
	}
	held := func(dir string, files ...string) {
		for _, file := range files {
			if m.Quarantined(file) {
				f.Evidence = append(f.Evidence, file+": has com.apple.quarantine")
				f.Fix += "xattr -dr com.apple.quarantine " + selection.Word(dir) + "\n"
				return
			}
		}
	}
	held(p.Host.Self, p.Host.Self)
	for _, name := range []string{"gsw", "gsw-full", "gsw-shim"} {
		if file := filepath.Join(p.Host.Home, "bin", name); file != p.Host.Self {
			held(file, file)
		}
	}
	roots := p.roots()
	if installed, err := p.Installed(); err == nil {
		for _, t := range installed {
			roots = append(roots, t.GOROOT())
		}
	}
	for i, dir := range roots {
		if !slices.ContainsFunc(roots[:i], func(d string) bool { return sameFolder(d, dir) }) {
			tools, _ := filepath.Glob(filepath.Join(dir, "pkg", "tool", "*", "compile"))
			held(dir, append(tools, filepath.Join(dir, "bin", "go"), filepath.Join(dir, "bin", "gofmt"))...)
		}
	}
	f.Fix = strings.TrimSuffix(f.Fix, "\n")
	return f, len(f.Evidence) > 0
}
