package doctor

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/project"
	"gsw/manager/selection"
)

// pinDrift: the files of a project name different versions of Go, so that what is built on this machine, in an image and
// by the CI is not the same, or one of them fails over the go line.
func pinDrift(_ context.Context, p *Patient) ([]Finding, error) {
	all := p.claims()
	var least claim
	for _, c := range all {
		if !c.least.IsZero() && (least.least.IsZero() || c.least.First().Compare(least.least.First()) > 0) {
			least = c
		}
	}
	first := slices.IndexFunc(all, func(c claim) bool { return len(c.specs) > 0 })
	if first < 0 {
		return nil, nil
	}
	leader := all[first]
	target, ruled := leader.specs[0], leader.tooOld(least.least)
	if ruled {
		target = gover.Only(least.least.First())
	}
	f := Finding{Level: Yellow, Message: "the files of this project ask for different versions of Go"}
	odd := slices.DeleteFunc(slices.Clone(all), func(c claim) bool { return len(c.specs) == 0 || !c.tooOld(least.least) && c.agrees(target) })
	if len(odd) == 0 {
		return nil, nil
	}
	if slices.ContainsFunc(odd, func(c claim) bool { return c.tooOld(least.least) }) {
		f.Message = "files of this project name a Go that is older than its go.mod or go.work asks for"
		f.Evidence = append(f.Evidence, least.place()+": "+least.text)
	}
	if !ruled {
		f.Evidence = append(f.Evidence, leader.place()+": "+leader.text)
	}
	var fixes []string
	for _, c := range odd {
		line := c.place() + ": " + c.text
		if c.means != "" {
			line += ", which without quotes is the number " + c.means
		}
		f.Evidence = append(f.Evidence, line)
		fixes = append(fixes, p.say(c, target))
	}
	f.Fix = strings.Join(fixes, "\n")
	return []Finding{f}, nil
}

// tooOld tells whether nothing that a claim asks for is new enough.
func (c claim) tooOld(least gover.Minimum) bool {
	return !slices.ContainsFunc(c.specs, func(s gover.Spec) bool { return satisfies(s, least) })
}

func (c claim) agrees(target gover.Spec) bool {
	return slices.ContainsFunc(c.specs, func(s gover.Spec) bool { return agree(s, target) })
}

// satisfies tells whether some release that s asks for is new enough.
func satisfies(s gover.Spec, least gover.Minimum) bool {
	if least.IsZero() {
		return true
	}
	if v, exact := s.Exact(); exact {
		return least.Allows(v)
	}
	return slices.ContainsFunc(around(least.First()), func(v gover.Version) bool { return least.Allows(v) && s.Matches(v) })
}

// agree tells whether one release can be what both ask for.
func agree(a, b gover.Spec) bool {
	if v, exact := a.Exact(); exact {
		w, also := b.Exact()
		return also && v == w || !also && b.Matches(v)
	}
	if v, exact := b.Exact(); exact {
		return a.Matches(v)
	}
	return slices.ContainsFunc(around(gover.MustParse("go1.1")), func(v gover.Version) bool { return a.Matches(v) && b.Matches(v) })
}

// around are releases of v's line and of the next ones, whether they exist or not: enough to see what a spec can mean.
func around(v gover.Version) []gover.Version {
	all := []gover.Version{v}
	minor, _ := strconv.Atoi(strings.TrimPrefix(v.Line(), "1."))
	for m := minor; m < minor+100; m++ {
		for _, patch := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 99} {
			if w, err := gover.Parse(fmt.Sprintf("go1.%d.%d", m, patch)); err == nil {
				all = append(all, w)
			}
		}
	}
	return all
}

// say is what makes a claim name another version.
func (p *Patient) say(c claim, target gover.Spec) string {
	text := target.String()
	v, exact := target.Exact()
	switch {
	case c.kind == pinned && filepath.Base(c.file) == ".go-version" && exact:
		use := "gsw use --install --project " + text
		if dir := filepath.Dir(c.file); dir != filepath.Clean(p.Host.Dir) {
			return p.inside(dir, use)
		}
		return use
	case strings.ContainsAny(text, "<>=~^, "):
		return "# " + p.path(c.file) + ":" + strconv.Itoa(c.line) + " has to name one of " + text
	case c.kind == image && exact:
		text = v.Number() // there is golang:1.20 and no golang:1.20.0
	case c.kind == workflow:
		text = "'" + text + "'"
	}
	return p.substitute(c.file, c.line, c.text, text)
}

// pinMissing: what this folder asks for is not installed, or can't be understood; or a module leaves its Go to chance.
func pinMissing(_ context.Context, p *Patient) ([]Finding, error) {
	here, err := p.Here()
	var missing *project.MissingError
	var broken *project.PinError
	switch {
	case errors.As(err, &missing):
		return []Finding{p.notThere(missing)}, nil
	case errors.As(err, &broken):
		f := Finding{Level: Red, Message: "the pin that counts here is none, so that no go command runs here", Evidence: []string{broken.Error()}}
		if active, err := p.Store.Active(); err == nil && filepath.Base(broken.File) == ".go-version" {
			f.Fix = p.pinTo(filepath.Dir(broken.File), gover.Only(active.Version))
		}
		return []Finding{f}, nil
	case err != nil:
		return nil, nil // nothing is installed, or the default is broken: another finding
	}
	mod, file := p.goMod()
	installed, err := p.Installed()
	if err != nil || mod == nil || len(installed) == 0 || !here.Choice.Spec.IsZero() || here.System {
		return nil, err
	}
	return []Finding{{
		Level: Green, Message: fmt.Sprintf("nothing pins a Go for this module: it gets the default, %s, whatever that is", here.Version),
		Evidence: []string{file + ": no toolchain line, and no .go-version from here upwards"},
		Fix:      p.pinTo(filepath.Dir(file), gover.Only(here.Version)),
	}}, nil
}

// notThere is the finding for a pin that nothing installed fits.
func (p *Patient) notThere(missing *project.MissingError) Finding {
	origin := missing.Choice.Origin
	f := Finding{
		Level: Red, Message: "what this folder asks for is not there, so that no go command runs here: " + missing.Error(),
		Evidence: []string{origin.Place() + ": " + missing.Choice.Spec.String()}, Fix: "gsw install",
	}
	if origin.Kind == project.Variable {
		f.Evidence = append([]string{"the environment: GSW_VERSION=" + p.Host.Env.Get("GSW_VERSION")}, p.exportedBy("GSW_VERSION")...)
		f.Fix = "gsw install " + selection.Word(p.Host.Env.Get("GSW_VERSION"))
	}
	if missing.Choice.Spec.System() {
		f.Fix = "" // gsw can't install one
	}
	return f
}

// pinTo writes the .go-version of a folder.
func (p *Patient) pinTo(dir string, spec gover.Spec) string {
	return p.inside(dir, "gsw use --project "+spec.String())
}
