package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/selection"
	"gsw/platform"
)

// hookMissing: gsw has Gos, and nothing in this shell starts them, or none of its two ways to follow the directory (the
// hook and the shims) is there where a pin asks for it.
func hookMissing(_ context.Context, p *Patient) ([]Finding, error) {
	if !p.anyInstalled() {
		return nil, nil
	}
	reached := slices.ContainsFunc(p.Path(), p.ours) || p.onPath("shims") || p.Host.OS != "windows" && p.onPath("bin") // where there is no go in it
	f := Finding{Level: Yellow, Message: "gsw's folders are not on PATH: what it installed is not found", Evidence: p.hookEvidence()}
	if reached {
		runs, asked, place := p.leftBehind()
		if asked == "" {
			return nil, nil
		}
		f.Message = fmt.Sprintf("%s runs, and %s is asked for: this shell has no hook that would follow the directory", runs, asked)
		f.Evidence = append([]string{place}, f.Evidence...)
	}
	f.Fix = joined(p.forGood(), p.evalEnv())
	if p.Host.Registry.Is() && !reached {
		f.Evidence = append(f.Evidence, p.Host.Registry.User+`\Path has not gsw's folders`)
	}
	if place, kept := p.storedAt(filepath.Join(p.Host.Home, "shims")); kept && !reached {
		f.Message = "gsw's folders are on the PATH that Windows keeps, but not on this one: what runs here was started before that"
		f.Evidence, f.Fix = []string{place.String()}, p.evalEnv()
	}
	return []Finding{f}, nil
}

// onPath tells whether a folder of gsw's is on PATH.
func (p *Patient) onPath(name string) bool {
	own := filepath.Join(p.Host.Home, name)
	return slices.ContainsFunc(p.Host.Env.Path(), func(dir string) bool {
		return dir == own || p.Host.OS == "windows" && platform.SameWindowsPath(dir, own)
	})
}

// leftBehind is the version that PATH starts, and the one that this directory's pin asks for, if it is another.
func (p *Patient) leftBehind() (runs, asked, place string) {
	hits := p.Path()
	here, err := p.Here()
	if err != nil || len(hits) == 0 || here.System || here.Default() || !p.ours(hits[0]) || hits[0].Kind == selection.Shim {
		return "", "", ""
	}
	runs = hits[0].Version.Tag()
	if own, err := filepath.Rel(filepath.Join(p.Host.Home, "versions"), hits[0].File); err == nil && !strings.HasPrefix(own, "..") {
		runs, _, _ = strings.Cut(filepath.ToSlash(own), "/")
	} else if t, err := p.Store.Active(); err == nil {
		runs = t.Version.Tag()
	}
	if runs == here.Version.Tag() {
		return "", "", ""
	}
	return runs, here.Version.Tag(), fmt.Sprintf("%s: %s", here.Version, here.Choice.Origin)
}

// hookEvidence tells which start-up files load the hook.
func (p *Patient) hookEvidence() []string {
	var lines []string
	for _, d := range p.StartUp() {
		if d.kind == hooks {
			lines = append(lines, d.String()+": this loads the hook, but not in this shell")
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "no start-up file loads the hook")
	}
	return lines
}

// forGood is what shells that start from now on need.
func (p *Patient) forGood() string {
	if write := p.initWrite(); write != "" {
		return write
	}
	if p.Host.Registry.Is() {
		return p.gsw() + " init --write"
	}
	shims, bin := pasted(p.Host, filepath.Join(p.Host.Home, "shims")), pasted(p.Host, filepath.Join(p.Host.Home, "bin"))
	if p.shell() == "fish" {
		line := "fish_add_path --path --prepend " + shims + " " + bin
		return "mkdir -p ~/.config/fish && echo " + selection.Word(line) + " >>~/.config/fish/config.fish"
	}
	return "echo " + selection.Word("PATH="+shims+":"+bin+`:"$PATH"; export PATH`) + " >>~/.profile"
}
