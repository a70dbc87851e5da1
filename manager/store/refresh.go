package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gsw/platform"
)

// Refresh makes what is derived from versions/ fit it again: the links in bin/, a shim for go, gofmt and every tool in
// any version's GOBIN, and the files of resolve/. What fits already is not written.
//
// program is what shims are links to: a path relative to shims/ ("../bin/gsw") or an absolute one; "" leaves the shims
// as they are. Files that are none of gsw's are never touched: where one has the place of a link, everything else is
// done and *platform.NotLinkError tells about it.
func (s Store) Refresh(ctx context.Context, program string) (err error) {
	unlock, err := s.lockAnchor(ctx)
	if err != nil {
		return fmt.Errorf("refreshing the links: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return s.refresh(program)
}

// refresh needs the anchor's lock.
func (s Store) refresh(program string) error {
	list, err := s.List()
	if err != nil {
		return err
	}
	for _, dir := range []string{s.versions(), s.Bin(), s.Shims(), s.resolve()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("refreshing the links: %w", err)
		}
	}
	errs := []error{s.refreshBin(list), s.refreshResolve(list)}
	if program != "" {
		errs = append(errs, s.refreshShims(list, program))
	}
	err = errors.Join(errs...)
	if program == "" || !onlyOccupied(errs) {
		return err
	}
	// What is in the way of a link stays there until its owner removes it: to try again at every command is no use.
	if rmErr := os.Remove(s.stale()); rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("refreshing the links: %w", rmErr))
	}
	s.at("refresh: unmarked")
	return err
}

// staleName is the file in versions/ that says: the links may not fit. Whoever changes versions/ or the links makes it
// first, and a Refresh that is through removes it.
const staleName = ".stale"

func (s Store) stale() string { return filepath.Join(s.versions(), staleName) }

// markStale makes sure that a process that dies before its Refresh does not leave old links for good.
func (s Store) markStale() error {
	f, err := os.OpenFile(s.stale(), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// refreshBin: go and gofmt are fixed links through the anchor, so one rename switches them and the go command resolves
// its own real path. The links named after a version feed GOTOOLCHAIN.
//
// Windows has none of them: a go.exe in bin\ would look for its GOROOT above itself. The shims do both jobs there.
// What lies in bin\ then is gsw itself, and programs of its that ran while they were replaced.
func (s Store) refreshBin(list []Toolchain) error {
	if s.target.OS == "windows" {
		return s.clearOld()
	}
	links := map[string]string{
		"go":    filepath.Join("..", "current", "go", "bin", "go"),
		"gofmt": filepath.Join("..", "current", "go", "bin", "gofmt"),
	}
	for _, t := range list {
		links[t.Version.Tag()] = s.linkText(t)
	}
	return s.derive(s.Bin(), func(of string) bool {
		_, isVersion := parseTag(of)
		return isVersion || of == "go" || of == "gofmt"
	}, links, func(name string) bool {
		v, ok := parseTag(name)
		if !ok {
			return false
		}
		text, err := os.Readlink(filepath.Join(s.Bin(), name))
		if err != nil {
			return false
		}
		for _, home := range s.homes() {
			if text == s.linkText(s.toolchain(home, v)) {
				return true
			}
		}
		return false
	})
}

// linkText is what bin/goX.Y.Z says.
func (s Store) linkText(t Toolchain) string {
	if t.System {
		return t.Go()
	}
	return filepath.Join("..", "versions", t.Version.Tag(), "go", "bin", t.target.Exe("go"))
}

// refreshShims: a shim is wanted for every tool of every version, since which of them has it is found out when it runs.
func (s Store) refreshShims(list []Toolchain, program string) error {
	seen := s.seenUntil(newestTools(list)) // before looking: a tool that is made meanwhile shall be seen the next time
	links := map[string]string{s.target.Exe("go"): program, s.target.Exe("gofmt"): program}
	var errs []error
	for _, t := range list {
		if s.target.OS == "windows" {
			links[s.target.Exe(t.Version.Tag())] = program // for GOTOOLCHAIN, as the links in bin/ elsewhere
		}
		tools, err := t.Tools()
		if err != nil {
			errs = append(errs, err)
		}
		for _, name := range tools {
			if shimmed(name) {
				links[s.target.Exe(name)] = program
			}
		}
	}
	file := program
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.Shims(), file)
	}
	var programs []fs.FileInfo
	for _, known := range []string{file, filepath.Join(s.Shims(), s.target.Exe("go"))} { // that of before an update, too
		if info, err := os.Stat(known); err == nil {
			programs = append(programs, info)
		}
	}
	errs = append(errs, s.derive(s.Shims(), func(string) bool { return true }, links, func(name string) bool {
		return s.isShim(name, program, programs)
	}))
	if onlyOccupied(errs) {
		errs = append(errs, s.stamp(seen))
	}
	return errors.Join(errs...)
}

// clockStep is how long a folder's time may stand still: 2 s on FAT, a tick of 1 to 10 ms on Linux.
const clockStep = 2 * time.Second

// seenUntil is the time up to which whoever looks now has seen every tool. Right after a change another one may get
// the same time, so a fresh time is not settled yet, and the next sweep shall look again.
func (s Store) seenUntil(newest time.Time) time.Time {
	if newest.IsZero() || s.now().Sub(newest) > clockStep {
		return newest
	}
	return newest.Add(-clockStep)
}

// stamp notes in its time until when shims/ fits, for toolsChanged.
func (s Store) stamp(seen time.Time) error {
	info, err := os.Stat(s.Shims())
	if err == nil && !seen.IsZero() && !info.ModTime().Equal(seen) {
		err = os.Chtimes(s.Shims(), seen, seen)
	}
	if err != nil {
		return fmt.Errorf("refreshing the links: %w", err)
	}
	return nil
}

// toolsChanged tells whether a tool came or went since shims/ was made to fit: the go command knows nothing of gsw,
// but a folder has a new time then. own is what lies in the user's own versions/; if that is much, only the GOBINs that
// commands are found in are looked at. Another one can wait: it hides nothing, and its tools get their shims as soon as
// its version is the default or on PATH, or something is installed.
func (s Store) toolsChanged(own []string, many bool) bool {
	info, err := os.Stat(s.Shims())
	if err != nil {
		return false // nothing has been made yet; whoever installs will
	}
	for _, home := range s.homes() {
		tags, many := own, many
		if home != s.home {
			if tags, err = namesIn(filepath.Join(home, "versions")); err != nil {
				return false
			}
			many = len(tags) > few
		}
		if many {
			tags = s.onPath(home)
		}
		for i, bin := range platform.Look(filepath.Join(home, "versions"), inEach(tags, "bin")) {
			if !bin.There || bin.Time <= info.ModTime().UnixNano() {
				continue
			}
			// Whether it is a toolchain, and the one that counts, is only asked of the few that changed.
			v, ok := parseTag(tags[i])
			if counts, err := s.Get(v); ok && err == nil && counts.Dir == s.toolchain(home, v).Dir {
				return true
			}
		}
	}
	return false
}

// onPath names the versions of a home whose GOBIN commands are found in: the default's, and those on PATH.
func (s Store) onPath(home string) []string {
	var tags []string
	versions := filepath.Join(home, "versions")
	if target, err := s.readAnchor(); err == nil {
		if t, ok := s.named(target); ok && filepath.Dir(t.Dir) == versions {
			tags = append(tags, t.Version.Tag())
		}
	}
	for _, entry := range s.path {
		if rest, ok := strings.CutPrefix(entry, versions+string(filepath.Separator)); ok {
			tag, _, _ := strings.Cut(rest, string(filepath.Separator))
			tags = append(tags, tag)
		}
	}
	return tags
}

// newestTools is when a tool last came or went in any version's GOBIN; zero if there is none.
func newestTools(list []Toolchain) time.Time {
	var newest time.Time
	for _, t := range list {
		if info, err := os.Stat(t.GOBIN()); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest
}

// isShim tells a shim that is not wanted any more from what somebody else put into shims/: it is a link to the program,
// or to one of gsw's programs at the place where it was before, or, on Windows, one of the programs itself.
func (s Store) isShim(name, program string, programs []fs.FileInfo) bool {
	path := filepath.Join(s.Shims(), name)
	if text, err := os.Readlink(path); err == nil {
		base := filepath.Base(text)
		return text == program || base == s.target.Exe("gsw") || base == s.target.Exe("goswitch") || base == s.target.Exe("gsw-shim")
	}
	info, err := os.Lstat(path)
	return err == nil && slices.ContainsFunc(programs, func(known fs.FileInfo) bool { return sameProgram(known, info) })
}

// sameProgram tells whether two files are one, or one is the copy that platform.PointFile made of the other.
func sameProgram(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) || a.Mode().IsRegular() && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// fits tells whether a link is there already.
func (s Store) fits(link, text string) bool {
	if s.target.OS != "windows" {
		have, err := os.Readlink(link)
		return err == nil && have == text
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(filepath.Dir(link), text)
	}
	want, err := os.Stat(text)
	if err != nil {
		return false
	}
	have, err := os.Lstat(link)
	return err == nil && sameProgram(want, have)
}

// clearOld removes what gsw's programs in bin/ were renamed to while they ran. One that still runs stays.
func (s Store) clearOld() error {
	left, err := leftovers(s.Bin(), func(of string) bool { return Essential(of) })
	for _, file := range left {
		_ = os.Remove(file)
	}
	return err
}

// shimmed tells whether a tool gets a shim: not where it would hide a command of the system or gsw itself, nor where
// the go command looks for a Go of that name.
func shimmed(tool string) bool {
	_, isGo := parseTag(tool)
	return !isGo && !Essential(tool)
}

// derive makes dir hold these links: name to text. Links that are not among them and that ours recognises go away, so
// do those that half recognises and that a killed process did not finish.
func (s Store) derive(dir string, half func(of string) bool, links map[string]string, ours func(name string) bool) error {
	left, err := leftovers(dir, half)
	if err != nil {
		return err
	}
	if s.target.OS == "windows" { // a shim that was renamed away may run still
		for _, file := range left {
			_ = os.Remove(file)
		}
		left = nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("refreshing the links: %w", err)
	}
	for _, e := range entries {
		if _, wanted := links[e.Name()]; !wanted && ours(e.Name()) {
			left = append(left, filepath.Join(dir, e.Name()))
		}
	}
	errs := []error{s.clearPrograms(left)}
	for name, text := range links {
		link := filepath.Join(dir, name)
		if s.fits(link, text) {
			continue
		}
		errs = append(errs, s.change(func() error { return platform.PointFile(link, text) }))
	}
	return errors.Join(errs...)
}

func (s Store) clear(left []string) error {
	if len(left) == 0 {
		return nil
	}
	return s.change(func() error { return s.removeFiles(left) })
}

// clearPrograms is clear for links that Windows has as programs, which may run.
func (s Store) clearPrograms(left []string) error {
	if len(left) == 0 {
		return nil
	}
	return s.change(func() error {
		for _, path := range left {
			if _, err := platform.RemoveProgram(path); err != nil {
				return err
			}
			s.at("file removed")
		}
		return nil
	})
}

// change does one step of a refresh, after the mark that it is not through.
func (s Store) change(do func() error) error {
	err := s.markStale()
	if err == nil {
		err = do()
	}
	s.at("refresh: changed")
	if err != nil {
		return fmt.Errorf("refreshing the links: %w", err)
	}
	return nil
}

// onlyOccupied tells whether nothing went wrong but that something else has the place of a link.
func onlyOccupied(errs []error) bool {
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			if !onlyOccupied(joined.Unwrap()) {
				return false
			}
		} else if _, occupied := errors.AsType[*platform.NotLinkError](err); err != nil && !occupied {
			return false
		}
	}
	return true
}
