package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/platform"
)

// stored is what Windows keeps for every program that it starts by itself. Elsewhere there is nothing of that kind.
type stored struct {
	machine, user             platform.Setting // PATH: the machine's entries come first
	machineGOROOT, userGOROOT platform.Setting
}

// readStored takes what is no text for nothing: Windows does the same.
func readStored(r platform.Registry) (stored, error) {
	var s stored
	if !r.Is() {
		return s, nil
	}
	var errs []error
	read := func(to *platform.Setting, from func(string) (platform.Setting, error), name string) {
		found, err := from(name)
		var foreign *platform.ForeignSettingError
		if err != nil && !errors.As(err, &foreign) {
			errs = append(errs, err)
		}
		*to = found
	}
	read(&s.machine, r.MachineVariable, "Path")
	read(&s.user, r.UserVariable, "Path")
	read(&s.machineGOROOT, r.MachineVariable, "GOROOT")
	read(&s.userGOROOT, r.UserVariable, "GOROOT")
	return s, errors.Join(errs...)
}

// path is the PATH that Windows makes of both.
func (s stored) path(env platform.Env) []string {
	var folders []string
	for _, e := range slices.Concat(s.machine.PathEntries(env), s.user.PathEntries(env)) {
		if e.Folder != "" {
			folders = append(folders, e.Folder)
		}
	}
	return folders
}

// storedPlace is where Windows keeps an entry of PATH.
type storedPlace struct {
	key     string
	machine bool
	number  int
	text    string
}

func (s storedPlace) String() string {
	return fmt.Sprintf(`%s\Path, entry %d: %s`, s.key, s.number, s.text)
}

// storedAt tells who put a folder on the PATH of every program.
func (p *Patient) storedAt(folder string) (storedPlace, bool) {
	kept, err := p.Stored()
	if err != nil {
		return storedPlace{}, false // another finding says so
	}
	for _, side := range []storedPlace{{key: p.Host.Registry.Machine, machine: true}, {key: p.Host.Registry.User}} {
		path := kept.user
		if side.machine {
			path = kept.machine
		}
		for i, e := range path.PathEntries(p.Host.Env) {
			if platform.SameWindowsPath(e.Folder, folder) {
				side.number, side.text = i+1, e.Text
				return side, true
			}
		}
	}
	return storedPlace{}, false
}

// storedFirst is what lets gsw come before the Go in a folder, as far as Windows' PATH decides it: lines of evidence and
// of a fix.
func (p *Patient) storedFirst(folder string) (evidence []string, fix string) {
	if !p.Host.Registry.Is() {
		return nil, ""
	}
	place, found := p.storedAt(folder)
	switch {
	case found && place.machine:
		evidence = []string{place.String(), "the machine's PATH comes before the user's, whatever that one says: gsw cannot be first there without an administrator"}
		fix = p.withoutMachine(folder)
	case found:
		evidence = []string{place.String()}
		fix = p.gsw() + " init --write" // which comes first in it
	}
	if _, own := p.storedAt(filepath.Join(p.Host.Home, "shims")); !own {
		evidence = append(evidence, p.Host.Registry.User+`\Path has not gsw's folders`)
		fix = joined(fix, p.gsw()+" init --write")
	}
	return evidence, onceEach(fix)
}

// withoutMachine takes a Go out of the machine's PATH. The installer of the Go project does it itself.
func (p *Patient) withoutMachine(folder string) string {
	dialog := "SystemPropertiesAdvanced"
	for _, name := range []string{"ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"} {
		if dir := p.Host.Env.Get(name); dir != "" && platform.SameWindowsPath(folder, dir+`\Go\bin`) {
			return "winget uninstall --id GoLang.Go\n# or take its entry out of the machine's PATH, as administrator: " + dialog
		}
	}
	return "# take its entry out of the machine's PATH, as administrator\n" + dialog
}

// editVariables opens the dialog for the user's own variables.
const editVariables = "rundll32 sysdm.cpl,EditEnvironmentVariables"

// staleStored: entries that a gsw put into the user's PATH, which is not there any more.
func (p *Patient) staleStored() ([]Finding, error) {
	kept, err := p.Stored()
	if err != nil || !p.Host.Registry.Is() {
		return nil, err
	}
	dead := deadEntries(kept.user.PathEntries(p.Host.Env), p.Host.Home, func(dir string) bool {
		_, err := os.Stat(dir)
		return errors.Is(err, os.ErrNotExist)
	})
	if len(dead) == 0 {
		return nil, nil
	}
	f := Finding{
		Level: Yellow, Message: "the PATH that Windows keeps for the user has folders of a gsw that is not there",
		Fix: p.gsw() + " doctor --fix",
	}
	for _, folder := range dead {
		if place, ok := p.storedAt(folder); ok {
			f.Evidence = append(f.Evidence, place.String())
		}
	}
	f.Mend = func(context.Context) error {
		_, err := p.Host.Registry.ReplaceUserPath(kept.user, kept.user.WithoutFolders(p.Host.Env, dead...))
		return err
	}
	return []Finding{f}, nil
}

// deadEntries are folders that only a gsw puts on PATH, and that are gone. The two of this home may be made yet.
func deadEntries(entries []platform.PathEntry, home string, gone func(string) bool) []string {
	var dead []string
	for _, e := range entries {
		folder := strings.ToLower(strings.TrimRight(strings.ReplaceAll(e.Folder, "/", `\`), `\`))
		own := strings.ToLower(home) + `\`
		switch {
		case folder == own+"shims" || folder == own+"bin":
		case !strings.HasPrefix(folder, own) && !strings.HasSuffix(folder, `\.gsw\shims`) && !strings.HasSuffix(folder, `\.gsw\bin`):
		case gone(e.Folder):
			dead = append(dead, e.Folder)
		}
	}
	return dead
}

// storedGOROOTs are lines of evidence for a GOROOT that every program gets, and those that take it back. An installer of
// long ago set it, and nobody took it back.
func (p *Patient) storedGOROOTs() (values, evidence []string, fix string) {
	kept, err := p.Stored()
	if err != nil {
		return nil, nil, ""
	}
	for _, side := range []struct {
		key, whose string
		setting    platform.Setting
	}{{p.Host.Registry.User, "User", kept.userGOROOT}, {p.Host.Registry.Machine, "Machine", kept.machineGOROOT}} {
		if !side.setting.Is || side.setting.Text == "" {
			continue
		}
		value := side.setting.Text
		if side.setting.Expands {
			value = p.Host.Env.Expand(value)
		}
		values = append(values, value)
		evidence = append(evidence, side.key+`\GOROOT: `+side.setting.Text+writtenBy(side.setting.Text))
		if side.whose == "Machine" {
			fix = joined(fix, "# as administrator:")
		}
		fix = joined(fix, `powershell -NoProfile -Command "[Environment]::SetEnvironmentVariable('GOROOT', '', '`+side.whose+`')"`)
	}
	return values, evidence, fix
}

// onceEach leaves out lines that stand above already.
func onceEach(lines string) string {
	seen := map[string]bool{}
	var kept []string
	for line := range strings.SplitSeq(lines, "\n") {
		if !seen[line] {
			seen[line] = true
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
