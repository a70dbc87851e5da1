package doctor

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/adopt"
	"gsw/manager/selection"
	"gsw/manager/store"
)

// managersLeftover: other managers of Go left folders, or lines in start-up files that still put their Go on PATH. What a
// manager of many things has there may be needed for the others, so only its Gos are told.
func managersLeftover(_ context.Context, p *Patient) ([]Finding, error) {
	places := adopt.Places{Host: p.Host}
	lines := p.leftLines()
	var all []Finding
	for _, m := range adopt.Managers() {
		if !manages(m) {
			continue
		}
		f := Finding{Level: Green, Message: "the Gos of " + m.Name + " are still here, and gsw has the same ones"}
		for _, folder := range places.Folders(m) {
			trees := treesOf(m, folder)
			if len(trees) == 0 {
				continue
			}
			adopts := ""
			if slices.ContainsFunc(trees, p.lacks) {
				adopts = p.gsw() + " import " + p.path(folder)
				f.Message = "the Gos of " + m.Name + " are still here; gsw import adopts them"
			}
			links := p.linkedTo(folder)
			f.Evidence = append(append(f.Evidence, fmt.Sprintf("%s: Gos: %d", folder, len(trees))), links...)
			f.Fix = joined(f.Fix, p.adopting(m, folder, adopts, len(links) > 0))
		}
		if m.Many && len(f.Evidence) == 0 {
			continue
		}
		if own := lines[m.Name]; len(own) > 0 {
			for _, d := range own {
				f.Evidence = append(f.Evidence, d.String())
			}
			if !m.Many {
				f.Level, f.Message = Yellow, "start-up files still load "+m.Name+", which decides about Go, too"
				f.Fix = p.commentedOut(own, p.aboutManagers)
			}
		}
		if len(f.Evidence) > 0 {
			all = append(all, f)
		}
	}
	return all, nil
}

// adopting is the command that makes a folder's Gos gsw's, if any of them is not yet, and puts the folder aside where
// nothing needs it: a manager of many things is in use for the others, and links of gsw's own may lead there. Nothing is
// deleted.
func (p *Patient) adopting(m adopt.Manager, folder, adopts string, linked bool) string {
	switch {
	case linked:
		return adopts
	case m.Many:
		return joined(adopts, "# "+m.Name+" can uninstall its own where no project asks it for Go any more")
	}
	aside := "mv " + p.path(folder) + " " + p.path(free(folder+".aside"))
	if adopts == "" {
		return aside
	}
	return p.both(adopts, aside)
}

// lacks tells whether the store has no version of its own that is called like a tree's.
func (p *Patient) lacks(tree string) bool {
	installed, _ := p.Installed()
	v, err := selection.VersionOf(tree)
	return err != nil || !slices.ContainsFunc(installed, func(t store.Toolchain) bool { return t.Version == v })
}

// linkedTo tells which of gsw's toolchains are links to somewhere in a folder.
func (p *Patient) linkedTo(folder string) []string {
	installed, _ := p.Installed()
	var links []string
	for _, t := range installed {
		if lies(t.GOROOT(), folder) {
			links = append(links, fmt.Sprintf("gsw's own %s is a link to there", t.Version))
		}
	}
	return links
}

// manages tells managers from places where a Go may lie for other reasons.
func manages(m adopt.Manager) bool {
	return slices.Contains([]string{"gvm", "goenv", "g", "gobrew", "goup", "gimme", "asdf", "mise", "vfox"}, m.Name)
}

// leftLines are the lines of start-up files, and of those that they read, by the manager whose they are.
func (p *Patient) leftLines() map[string][]deed {
	files := p.startFiles()
	for _, d := range p.StartUp() {
		if !slices.Contains(files, d.file) && adopt.WrittenBy(d.file) == "" {
			files = append(files, d.file)
		}
	}
	lines := map[string][]deed{}
	for _, left := range adopt.Leftovers(files) {
		if strings.HasPrefix(left.Text, ": #") { // what commentedOut leaves
			continue
		}
		lines[left.Manager] = append(lines[left.Manager], deed{file: left.File, line: left.Number, text: left.Text})
	}
	return lines
}

// aboutManagers tells whether what a line does is about other Gos, or says nothing about what it is about.
func (p *Patient) aboutManagers(d deed) bool {
	switch d.kind {
	case front, back:
		return p.goFolder(d.value) || adopt.WrittenBy(d.value+"/") != ""
	case exports:
		return d.name == "GOROOT" || adopt.WrittenBy(d.name) != "" || adopt.WrittenBy(d.value+"/") != ""
	}
	return true
}

// treesOf are a manager's Gos in one of its folders, links followed.
func treesOf(m adopt.Manager, folder string) []string {
	var found []string
	for _, pattern := range m.Trees {
		trees, _ := filepath.Glob(filepath.Join(escapeGlob(folder), filepath.FromSlash(pattern)))
		for _, tree := range trees {
			if real, err := filepath.EvalSymlinks(tree); err == nil && plainFile(filepath.Join(real, "VERSION")) && !slices.Contains(found, real) {
				found = append(found, real)
			}
		}
	}
	return found
}
