// Package tools looks after the GOBINs of gsw's versions, without opening a file in them: which tools one version has and
// another lacks, and the guard, which moves those aside that would hide a command of the system. The guard deletes
// nothing, and touches no GOBIN but those of the user's own versions. A shim can link all of it; what reads build info
// is package workshop.
package tools

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// Found is what the guard met that the user has to know of.
type Found struct {
	Moved  []Case // tools that were moved aside
	Hiding []Case // tools that hide another command, told for the first time
}

// Case is a tool whose name another command has.
type Case struct {
	Version gover.Version
	Name    string
	File    string // where it is now
	Hides   string // the other one; "" if PATH has none at the moment
}

// Lines is what to tell: what happened, and what to type about it.
func (f Found) Lines() []string {
	var lines []string
	for _, c := range f.Moved {
		hides := c.Hides
		if hides == "" {
			hides = "a command of the system"
		}
		lines = append(lines, fmt.Sprintf("%s in the GOBIN of %s would hide %s, so it was moved to %s; to have it back: gsw tools allow %s",
			c.Name, c.Version, hides, c.File, selection.Word(c.Name)))
	}
	// Who has built the same tools elsewhere before gets one line for all of them.
	for rest := f.Hiding; len(rest) > 0; {
		first := rest[0]
		alike := func(c Case) bool {
			return c.Version == first.Version && filepath.Dir(c.Hides) == filepath.Dir(first.Hides)
		}
		var names []string
		for _, c := range rest {
			if alike(c) {
				names = append(names, c.Name)
			}
		}
		rest = slices.DeleteFunc(slices.Clone(rest), alike)
		if len(names) == 1 {
			lines = append(lines, fmt.Sprintf("%s in the GOBIN of %s hides %s", first.Name, first.Version, first.Hides))
		} else {
			lines = append(lines, fmt.Sprintf("%s in the GOBIN of %s hide those in %s", someOf(names), first.Version, filepath.Dir(first.Hides)))
		}
	}
	return lines
}

// Guard looks through the GOBIN of each of the user's versions. A tool that would hide a command on which the system,
// scripts or people rely (store.Essential) is moved into .quarantine beside it, unless its name is allowed. One that
// hides any other command is told once. Nothing is deleted; a GOBIN that is a link is somebody else's folder, and is
// passed over, as are those of the system-wide store.
//
// The folders are settled before they are read: whatever is changed after that gives a folder a time that
// store.Sweep notices, however soon it comes. So nothing is missed between two looks.
func Guard(ctx context.Context, h platform.Host, s store.Store, allowed []string) (found Found, err error) {
	list, err := s.List()
	if err != nil {
		return Found{}, err
	}
	list = slices.DeleteFunc(list, func(t store.Toolchain) bool { return !own(t) })
	if len(list) == 0 {
		return Found{}, nil
	}
	unlock, err := platform.Lock(ctx, filepath.Join(h.Home, "locks", "guard.lock"), nil)
	if err != nil {
		return Found{}, fmt.Errorf("guarding the tools: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	g := guard{host: h, outside: outside(h), allowed: allowed}
	for _, t := range list {
		for range 3 { // moving makes the folder change; more than that is somebody at work, and is seen the next time
			settle(t.GOBIN(), h.Now())
			moved, err := g.version(t)
			found.Moved = append(found.Moved, moved...)
			if err != nil {
				return found, err
			}
			if len(moved) == 0 {
				break
			}
		}
	}
	found.Hiding, err = g.hiding(list)
	return found, err
}

// own tells whether a version's GOBIN is gsw's to look after.
func own(t store.Toolchain) bool {
	info, err := os.Lstat(t.GOBIN())
	return err == nil && info.IsDir() && !t.System
}

// unsettled is how long after a change another one may leave a folder with the same time: twice the clock of the
// coarsest file system.
const unsettled = 4 * time.Second

// settle gives a folder that was changed just now an older time, so that the next change gives it another one. If that
// is not possible, store.Refresh leaves it as not seen.
func settle(dir string, now time.Time) {
	if info, err := os.Stat(dir); err == nil && now.Sub(info.ModTime()) < unsettled {
		_ = os.Chtimes(dir, time.Time{}, info.ModTime().Add(-unsettled))
	}
}

type guard struct {
	host    platform.Host
	outside platform.Env // PATH without gsw's folders
	allowed []string
}

func outside(h platform.Host) platform.Env {
	path := slices.DeleteFunc(slices.Clone(h.Env.Path()), func(dir string) bool {
		for _, home := range []string{h.Home, h.Env.Get("GSW_SYSTEM")} {
			if home != "" && strings.HasPrefix(filepath.Clean(dir), filepath.Clean(home)+string(filepath.Separator)) {
				return true
			}
		}
		return false
	})
	return h.Env.WithPath(path)
}

// hides is the command that a tool's name would hide; "" if there is none.
func (g guard) hides(name string) string {
	file, err := platform.LookPath(g.host.Exe(name), g.outside, g.host.Dir)
	if err != nil {
		return ""
	}
	return file
}

// version moves aside what a version's GOBIN should not have.
func (g guard) version(t store.Toolchain) ([]Case, error) {
	names, err := t.Tools()
	if err != nil {
		return nil, err
	}
	var moved []Case
	for _, name := range names {
		if !store.Essential(name) || Allowed(g.allowed, name) {
			continue
		}
		file, err := moveAside(t, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went away by itself
		}
		if err != nil {
			return moved, fmt.Errorf("moving %s of %s aside: %w", name, t.Version, err)
		}
		moved = append(moved, Case{Version: t.Version, Name: name, File: file, Hides: g.hides(name)})
	}
	return moved, nil
}

// Allowed tells whether the user allowed a name. As with store.Essential letters count as equal in both cases.
func Allowed(allowed []string, name string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool { return sameName(a, name) })
}

func sameName(a, b string) bool {
	bare := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".exe") }
	return bare(a) == bare(b)
}

// quarantine is the folder in a GOBIN for what was moved aside. Everything that lists tools passes over hidden names.
const quarantine = ".quarantine"

// moveAside gives each its own name: git, git.2, git.3. The lock keeps two guards apart.
func moveAside(t store.Toolchain, name string) (string, error) {
	dir, from := filepath.Join(t.GOBIN(), quarantine), File(t, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	exe := strings.TrimPrefix(filepath.Base(from), name)
	to := filepath.Join(dir, name+exe)
	for n := 2; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return to, os.Rename(from, to)
		} else if err != nil {
			return "", err
		}
		to = filepath.Join(dir, name+"."+strconv.Itoa(n)+exe)
	}
}

// Aside is a tool that was moved aside.
type Aside struct {
	Name string // as it was called
	File string
}

// Quarantined lists what was moved aside in a version's GOBIN, and lies there still.
func Quarantined(t store.Toolchain) []Aside { return quarantined(t) }

func quarantined(t store.Toolchain) []Aside {
	dir := filepath.Join(t.GOBIN(), quarantine)
	entries, _ := os.ReadDir(dir) // there is none, mostly
	var all []Aside
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".exe")
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			if n, err := strconv.Atoi(name[i+1:]); err == nil && n > 1 {
				name = name[:i]
			}
		}
		if store.Essential(name) {
			all = append(all, Aside{Name: name, File: filepath.Join(dir, e.Name())})
		}
	}
	return all
}

// Release brings back the newest of a name that was moved aside in a version's GOBIN, if nothing has its place; "" if
// there is nothing to bring. Older ones stay where they are. The name must be allowed, or the guard takes it again.
func Release(t store.Toolchain, name string) (file string, err error) {
	if !own(t) {
		return "", nil
	}
	var newest Aside
	var made time.Time
	for _, q := range quarantined(t) {
		info, err := os.Lstat(q.File)
		if err == nil && sameName(q.Name, name) && (newest.File == "" || info.ModTime().After(made)) {
			newest, made = q, info.ModTime()
		}
	}
	if newest.File == "" {
		return "", nil
	}
	file = File(t, newest.Name)
	if _, err := os.Lstat(file); err == nil {
		return "", nil
	}
	if err := os.Rename(newest.File, file); err != nil {
		return "", fmt.Errorf("bringing %s of %s back: %w", name, t.Version, err)
	}
	return file, nil
}

// toldFile names, one a line, the tools of which it was told that they hide another command.
const toldFile = "hiding"

// hiding finds the tools that hide a command which is not essential, and of which nobody has been told yet.
func (g guard) hiding(list []store.Toolchain) ([]Case, error) {
	file := filepath.Join(g.host.Home, "cache", toldFile)
	text, err := platform.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("guarding the tools: %w", err)
	}
	told := map[string]bool{}
	for name := range strings.Lines(string(text)) {
		told[strings.TrimSuffix(name, "\n")] = true
	}
	var cases []Case
	for _, t := range list {
		names, err := t.Tools()
		if err != nil {
			return cases, err
		}
		for _, name := range names {
			if told[name] || store.Essential(name) || strings.Contains(name, "\n") {
				continue
			}
			if hides := g.hides(name); hides != "" {
				told[name] = true
				text = append(text, name+"\n"...)
				cases = append(cases, Case{Version: t.Version, Name: name, File: File(t, name), Hides: hides})
			}
		}
	}
	if len(cases) == 0 {
		return nil, nil
	}
	err = os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = platform.ReplaceFile(file, text, 0o644)
	}
	if err != nil {
		return cases, fmt.Errorf("guarding the tools: %w", err)
	}
	return cases, nil
}
