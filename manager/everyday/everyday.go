// Package everyday is the commands that are typed every day: use, list, current, list-remote. It says what they do, in
// words on a terminal; package local does it. The complete program and the small one both speak through it, so that
// nobody can tell which of them answered.
package everyday

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/local"
	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/terminal"
	"gsw/manager/tools"
	"gsw/platform"
)

// Open reads the settings of the host's home, and clears away what a killed process may have left there. doubtful are
// toolchains that have to be verified before they are trusted, which only the complete program can. guard looks at the
// tools, where one came or went.
func Open(ctx context.Context, host platform.Host, voice terminal.Voice, guard func(local.Verbs) error) (m local.Verbs, doubtful []store.Toolchain, err error) {
	if home := host.Env.Get("GSW_HOME"); home != "" && !filepath.IsAbs(home) {
		voice.Warn("GSW_HOME=%s is no absolute path and does not count: %s does", home, voice.Tilde(host.Home))
	}
	if m, err = local.Open(host); err != nil {
		return local.Verbs{}, nil, err
	}
	m.RefreshProfiles()
	doubtful, err = m.Sweep(ctx, func() error { return guard(m) })
	if err != nil && !platform.StorageFault(err) {
		return local.Verbs{}, nil, err // a store that may not be written can still be read
	}
	return m, doubtful, nil
}

// Use makes the newest installed toolchain that spec asks for the default, and tells what that means here.
func Use(ctx context.Context, m local.Verbs, voice terminal.Voice, spec gover.Spec) (store.Toolchain, error) {
	t, err := m.Store.Find(spec)
	if err != nil {
		return store.Toolchain{}, err
	}
	return t, Switch(ctx, m, voice, t.Version)
}

// Switch moves the default and tells what that means here.
func Switch(ctx context.Context, m local.Verbs, voice terminal.Voice, v gover.Version) error {
	before, err := m.Use(ctx, v)
	if unlinked, ok := errors.AsType[*store.AnchorError](err); ok {
		voice.Warn("%s", voice.Tilde(unlinked.Error()))
	} else if err != nil {
		return err
	}
	switch {
	case before == v:
		voice.Note("%s is the default already", v)
	case before.IsZero():
		voice.Note("%s is the default now", v)
	default:
		voice.Note("%s is the default now (it was %s)", v, before)
	}
	if voice.Quiet {
		return nil
	}
	here, err := m.Resolve("")
	if err == nil && !here.Default() && (here.System || here.Version != v) {
		Overridden(voice, here)
	}
	lacks(m, voice, before, v, err == nil && here.Version == v)
	if before != v {
		goOn(m, voice, before)
	}
	return nil
}

// goOn tells which programs go on with the version that was the default: nothing is broken, but a gopls or a long build
// does not follow. Looking through the processes takes 4 µs for each of them, on a busy machine as long as the switch
// itself; so it is for people, at a terminal, and nothing that scripts pay for.
func goOn(m local.Verbs, voice terminal.Voice, before gover.Version) {
	if voice.Quiet || !platform.Terminal(m.Host.Stderr) {
		return
	}
	t, err := m.Store.Get(before)
	if err != nil {
		return // there was none, or it is gone
	}
	processes, err := t.Running()
	if err != nil || len(processes) == 0 {
		return
	}
	const most = 5
	var names []string
	for _, p := range processes[:min(most, len(processes))] {
		names = append(names, terminal.Printable(p.String()))
	}
	more := ""
	if len(processes) > most {
		more = fmt.Sprintf(" and %d more", len(processes)-most)
	}
	voice.Note("started from %s, and going on with it: %s%s", before, strings.Join(names, ", "), more)
}

// lacks tells in a line which tools the version before has and now has not.
func lacks(m local.Verbs, voice terminal.Voice, before, now gover.Version, here bool) {
	from, err := m.Store.Get(before)
	if err != nil {
		return // there was none, or it is gone
	}
	to, err := m.Store.Get(now)
	if err != nil {
		return
	}
	if line := tools.Lacks(from, to, here); line != "" {
		voice.Note("%s", line)
	}
}

// Overridden tells that something nearer than what was changed counts here.
func Overridden(voice terminal.Voice, here selection.Selection) {
	voice.Note("in this directory %s goes on: %s", Name(here), voice.Tilde(here.Reason()))
}

// Name is how a selection is called in a sentence.
func Name(here selection.Selection) string {
	if here.System && here.Version.IsZero() {
		return "the Go in " + here.GOROOT
	}
	return here.Version.Tag()
}

// Current tells the Go that this directory gets, and why.
func Current(voice terminal.Voice, here selection.Selection) {
	voice.Answer("%s (%s)", Name(here), voice.Tilde(here.Reason()))
}

// List shows what is installed.
func List(voice terminal.Voice, listed []local.Listed) error {
	if len(listed) == 0 {
		voice.Note("nothing is installed; `gsw install latest` begins")
		return nil
	}
	table := voice.Table("", "VERSION", "SIZE", "PROOFS", "NOTES")
	for _, l := range listed {
		table.Row(star(l.Active), l.Toolchain.Version.Tag(), terminal.Megabytes(l.TreeBytes), Proofs(l.Parties), strings.Join(remarks(l), "; "))
		if l.Active {
			table.Mark()
		}
	}
	return table.Print()
}

func star(marked bool) string {
	if marked {
		return "*"
	}
	return ""
}

// Proofs are the parties that vouched for a toolchain, in one word.
func Proofs(parties []string) string {
	if len(parties) == 0 {
		return "unverified"
	}
	return strings.Join(parties, ",")
}

// remarks are what a row says beyond its columns.
func remarks(l local.Listed) []string {
	var r []string
	if l.Default {
		r = append(r, "default")
	}
	if l.EndOfLife {
		r = append(r, "end of life")
	}
	if l.Toolchain.System {
		r = append(r, "system store")
	}
	if l.Source == "module" {
		r = append(r, "module: no tests, api, doc, misc")
	}
	if l.Source == "import" {
		how := "imported"
		if l.Toolchain.Linked() {
			how = "linked"
		}
		r = append(r, how)
	}
	if l.Err != nil {
		r = append(r, terminal.Printable(l.Err.Error()))
	}
	return r
}

// ListRemote shows what is published.
func ListRemote(voice terminal.Voice, published []local.Published) error {
	table := voice.Table("", "VERSION", "NOTES")
	for _, p := range published {
		notes := ""
		if p.Installed {
			notes = "installed"
		}
		if p.Version.Prerelease() {
			notes = strings.TrimPrefix(notes+"; pre-release", "; ")
		}
		table.Row(star(p.Installed), p.Version.Tag(), notes)
	}
	return table.Print()
}

// SystemSpec is the spec that means a Go which gsw did not install.
func SystemSpec() gover.Spec {
	spec, _ := gover.ParseSpec("system", nil) // a word of gover's own
	return spec
}

// UseSystem takes the default away, so that a Go which gsw did not install is meant. It returns where that is.
func UseSystem(ctx context.Context, m local.Verbs, voice terminal.Voice) (goroot string, err error) {
	goroot, found := selection.SystemGo(m.Host)
	if !found {
		return "", &project.MissingError{Choice: project.Choice{Spec: SystemSpec(), Origin: project.Origin{Kind: project.Argument}}}
	}
	before, _ := m.Store.Active() // without one, nothing runs from it
	if err := m.Store.Deactivate(ctx); err != nil {
		return "", err
	}
	voice.Note("the Go in %s is the default now", voice.Tilde(goroot))
	if here, err := m.Resolve(""); err == nil && here.Choice.Origin.Kind != project.System {
		Overridden(voice, here)
	}
	goOn(m, voice, before.Version)
	return goroot, nil
}
