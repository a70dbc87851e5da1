package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/activation"
	"gsw/manager/selection"
	"gsw/platform"
)

// pathGoFirst: PATH starts a Go that gsw has no say in, though gsw would choose one.
func pathGoFirst(_ context.Context, p *Patient) ([]Finding, error) {
	hits := p.Path()
	here, err := p.Here()
	if len(hits) == 0 || err != nil || here.System || p.ours(hits[0]) {
		return nil, nil // that nothing can be chosen is another finding
	}
	first := hits[0]
	f := Finding{
		Level:    Red,
		Message:  fmt.Sprintf("another Go wins: %s runs, and %s was chosen (%s)", named(first), here.Version, here.Choice.Origin),
		Evidence: p.inOrder(hits),
	}
	if first.Version == here.Version {
		f.Level = Yellow
		f.Message = fmt.Sprintf("another Go wins: %s runs; it is the version that was chosen, but nothing that gsw does will change it", named(first))
	}
	lines := p.putting(front, filepath.Dir(first.File))
	for _, d := range lines {
		f.Evidence = append(f.Evidence, d.String()+writtenBy(d.text))
	}
	kept, before := p.storedFirst(filepath.Dir(first.File))
	f.Evidence = append(f.Evidence, kept...)
	f.Fix = joined(p.commentedOut(lines, p.aboutGo), before, p.evalEnv())
	return []Finding{f}, nil
}

// pathOrder: a Go that somebody put on PATH stands behind another's, because it was appended.
func pathOrder(_ context.Context, p *Patient) ([]Finding, error) {
	hits := p.Path()
	if len(hits) < 2 || p.ours(hits[0]) {
		return nil, nil
	}
	behind := hits[1:]
	var lines []deed
	for _, hit := range behind {
		lines = append(lines, p.putting(back, filepath.Dir(hit.File))...)
	}
	own := slices.IndexFunc(behind, p.ours)
	if own < 0 && len(lines) == 0 {
		return nil, nil
	}
	meant := behind[max(own, 0)]
	for _, hit := range behind {
		if own < 0 && len(p.putting(back, filepath.Dir(hit.File))) > 0 {
			meant = hit
			break
		}
	}
	f := Finding{
		Level:    Yellow,
		Message:  fmt.Sprintf("%s comes after %s on PATH, so it never runs", meant.File, hits[0].File),
		Evidence: p.inOrder(hits),
		Fix:      p.orderFix(meant, lines),
	}
	for _, d := range lines {
		f.Evidence = append(f.Evidence, d.String()+": this appends, so that what was there before wins")
	}
	if p.ours(meant) {
		kept, before := p.storedFirst(filepath.Dir(hits[0].File))
		f.Evidence, f.Fix = append(f.Evidence, kept...), joined(before, f.Fix)
	}
	return []Finding{f}, nil
}

// orderFix puts the Go that was meant before the others, in this shell and with what was appended in later ones.
func (p *Patient) orderFix(meant selection.Hit, lines []deed) string {
	without := p.commentedOut(lines, func(d deed) bool {
		return p.aboutGo(d) || d.kind == back && below(d.value, p.Host.Home)
	})
	if p.ours(meant) {
		later := ""
		if slices.ContainsFunc(lines, func(d deed) bool { return below(d.value, p.Host.Home) }) {
			later = p.initWrite()
		}
		return joined(without, later, p.evalEnv())
	}
	if _, err := p.Here(); err == nil && p.anyInstalled() {
		return joined(without, p.evalEnv())
	}
	var again []string
	for _, d := range lines {
		if dialectOf(d.file) == shellText && p.only(d, p.aboutGo) && !p.inPowerShell() {
			again = append(again, fmt.Sprintf("echo %s >>%s", selection.Word(p.pathWith(front, d.value)), p.path(d.file)))
		}
	}
	return joined(without, strings.Join(again, "\n"), p.pathWith(front, filepath.Dir(meant.File)))
}

// pathStale: entries of PATH that were for a Go which is gone, and those of other Gos that wait behind the one that runs.
func pathStale(_ context.Context, p *Patient) ([]Finding, error) {
	var dead, foreign, renamed []string
	var deadLines, foreignLines, renamedLines []deed
	path := p.Host.Env.Path()
	for i, dir := range path {
		if !filepath.IsAbs(dir) || slices.Contains(path[:i], dir) {
			continue
		}
		switch {
		case !below(dir, p.Host.Home) && platform.Inside(dir, p.Host.Home):
			renamed = append(renamed, dir)
			renamedLines = append(renamedLines, p.putting(front, dir)...)
			renamedLines = append(renamedLines, p.putting(back, dir)...)
		case p.deadGo(dir):
			dead = append(dead, dir)
			deadLines = append(deadLines, p.putting(front, dir)...)
			deadLines = append(deadLines, p.putting(back, dir)...)
		case p.waits(dir):
			foreign = append(foreign, dir)
			foreignLines = append(foreignLines, p.putting(front, dir)...)
			foreignLines = append(foreignLines, p.putting(back, dir)...)
		}
	}
	var all []Finding
	if len(dead) > 0 {
		all = append(all, p.stale(Yellow, "PATH has folders for a Go that is not there", "there is no Go in ", dead, deadLines))
	}
	if len(renamed) > 0 {
		// Entries are compared as text, as a shell does it: a link, or other letters where the volume takes them for the same.
		f := p.stale(Yellow, "PATH has gsw's folders by another name than GSW_HOME: gsw knows its entries by their names, so a switch leaves these there",
			"this is in "+p.Host.Home+": ", renamed, renamedLines)
		f.Fix = joined(f.Fix, p.evalEnv())
		all = append(all, f)
	}
	if len(foreign) > 0 {
		all = append(all, p.stale(Green, "PATH has other Gos behind the one that runs", "not gsw's: ", foreign, foreignLines))
	}
	kept, err := p.staleStored()
	return append(all, kept...), err
}

func (p *Patient) stale(level Level, message, why string, dirs []string, lines []deed) Finding {
	f := Finding{Level: level, Message: message}
	for _, dir := range dirs {
		f.Evidence = append(f.Evidence, why+dir)
	}
	for _, d := range lines {
		f.Evidence = append(f.Evidence, d.String())
	}
	later := ""
	for _, dir := range dirs {
		place, found := p.storedAt(dir)
		switch {
		case !found:
			continue
		case place.machine:
			later = joined(later, p.withoutMachine(dir))
		default:
			later = joined(later, editVariables)
		}
		f.Evidence = append(f.Evidence, place.String())
	}
	f.Fix = joined(p.commentedOut(lines, p.aboutGo), onceEach(later), p.pathWithout(dirs))
	return f
}

// pathWithout sets PATH as it is but for some folders.
func (p *Patient) pathWithout(dirs []string) string {
	kept := slices.DeleteFunc(p.Host.Env.Path(), func(dir string) bool { return slices.Contains(dirs, dir) })
	return p.pathOf(kept)
}

// deadGo tells whether a folder was on PATH for a Go, and has none.
func (p *Patient) deadGo(dir string) bool {
	dir = filepath.Clean(dir)
	if below(dir, filepath.Join(p.Host.Home, "versions")) {
		_, err := os.Stat(filepath.Dir(dir))
		return os.IsNotExist(err)
	}
	if below(dir, p.Host.Home) || !activation.HoldsGo(p.Host.Env, p.Host.Home, dir) {
		return false
	}
	return !p.hasGo(dir)
}

// waits tells whether a folder is there for a Go that is not gsw's, which another on PATH hides.
func (p *Patient) waits(dir string) bool {
	hits := p.Path()
	return len(hits) > 0 && p.ours(hits[0]) && p.goFolder(dir) && p.hasGo(dir)
}

func (p *Patient) hasGo(dir string) bool {
	_, err := platform.LookPath(p.Host.Exe("go"), p.Host.Env.WithPath([]string{dir}), p.Host.Dir)
	return err == nil
}

// ours tells whether gsw decides what a go command is. An imported version may be a link to somewhere else.
func (p *Patient) ours(hit selection.Hit) bool {
	return hit.Kind != selection.Foreign || below(hit.File, p.Host.Home)
}

// putting are the lines that put a folder before what PATH was, or behind it.
func (p *Patient) putting(kind deedKind, dir string) []deed {
	var lines []deed
	for _, d := range p.StartUp() {
		if d.kind == kind && filepath.IsAbs(d.value) && sameFolder(d.value, dir) {
			lines = append(lines, d)
		}
	}
	return lines
}

// inOrder tells which go commands PATH has, by their numbers.
func (p *Patient) inOrder(hits []selection.Hit) []string {
	var lines []string
	for i, hit := range hits {
		lines = append(lines, fmt.Sprintf("PATH, %d: %s (%s)", i+1, hit.File, hit.Kind))
	}
	return lines
}

func named(hit selection.Hit) string {
	if hit.Version.IsZero() {
		return hit.File
	}
	return fmt.Sprintf("%s of %s", hit.Version, hit.File)
}

// anyInstalled tells whether gsw has a Go to offer. That the store can't be read is for other checks.
func (p *Patient) anyInstalled() bool {
	all, err := p.Installed()
	return err == nil && len(all) > 0
}

// evalEnv makes the running shell one with gsw's folders first.
func (p *Patient) evalEnv() string {
	if p.inPowerShell() {
		return "Invoke-Expression (& " + strings.TrimPrefix(p.gsw(), "& ") + " env --shell pwsh | Out-String)"
	}
	return `eval "$(` + p.gsw() + ` env)"`
}

// gsw is how to call gsw here.
func (p *Patient) gsw() string {
	name := p.Host.Exe("gsw")
	if _, err := platform.LookPath(name, p.Host.Env, p.Host.Dir); err == nil {
		return "gsw"
	}
	file := p.Host.Self
	if own := filepath.Join(p.Host.Home, "bin", name); plainFile(own) {
		file = own
	}
	if word := pasted(p.Host, file); p.inPowerShell() && strings.HasPrefix(word, "'") {
		return "& " + word // there a text is not a command by itself
	}
	return pasted(p.Host, file)
}

// initWrite makes the shells that start from now on load the hook, "" where there is none for the user's.
func (p *Patient) initWrite() string {
	if shell := p.shell(); shell == "bash" || shell == "zsh" {
		return p.gsw() + " init " + shell + " --write"
	}
	return ""
}

// shell is the name of the user's own.
func (p *Patient) shell() string { return filepath.Base(p.Host.Env.Get("SHELL")) }
