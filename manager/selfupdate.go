package manager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"gsw/manager/download"
	"gsw/manager/local"
	"gsw/manager/release"
	"gsw/platform"
)

// SelfOrigin is where releases of gsw are published: the folder of the newest. The project has no public address yet;
// until it has one, SelfUpdate has to be told where to look.
const SelfOrigin = ""

// SelfOrder is what an update is to do.
type SelfOrder struct {
	From    string // the folder of a release: a URL
	Version string // the version it has to be, as v1.2.3; "" is any that is newer
	Look    bool   // change nothing
}

// SelfUpdated is what an update did, or would do.
type SelfUpdated struct {
	Old, New string
	Changed  bool // there is something to do
}

// A PackagedError is a gsw that a package manager put there, and alone may replace.
type PackagedError struct{ File string }

func (e *PackagedError) Error() string {
	return e.File + " belongs to a package manager, which alone should replace or remove it"
}

// An OlderError is a release that would take gsw back, without having been asked for.
type OlderError struct{ Have, Offered string }

func (e *OlderError) Error() string {
	return fmt.Sprintf("the release is %s, older than this gsw %s", e.Offered, e.Have)
}

// An OtherReleaseError is a release of another version than the one asked for.
type OtherReleaseError struct{ Want, Have string }

func (e *OtherReleaseError) Error() string {
	return fmt.Sprintf("the release is %s, not %s", e.Have, e.Want)
}

// A PretenderError is a program that says it is of another version than its release.
type PretenderError struct{ Name, Want, Have string }

func (e *PretenderError) Error() string {
	return fmt.Sprintf("%s of the release %s says that it is %q; nothing was replaced", e.Name, e.Want, e.Have)
}

// A NoPreviousError says that there is nothing to go back to.
type NoPreviousError struct{ Dir string }

func (e *NoPreviousError) Error() string {
	return "no earlier gsw is kept in " + e.Dir
}

// SelfUpdate replaces the gsw in GSW_HOME/bin by that of a release. What is downloaded has to have the sum that the
// release's checksums.txt states, and the programs have to say that they are of its version; nothing is replaced
// before. The sums come from where the archive comes from: they prove that it is whole, not who made it.
//
// Each program is replaced by one rename; the old ones are kept for SelfRollback.
func (m Manager) SelfUpdate(ctx context.Context, order SelfOrder) (SelfUpdated, error) {
	if err := m.packaged(); err != nil {
		return SelfUpdated{}, err
	}
	place := strings.TrimRight(order.From, "/")
	sums, err := m.Client.Get(ctx, place+"/"+release.Sums, release.SumsLimit)
	if err != nil {
		return SelfUpdated{}, err
	}
	archive, err := release.Find(sums, place, m.Host.Target)
	if err != nil {
		return SelfUpdated{}, err
	}
	updated := SelfUpdated{Old: m.Edition, New: archive.Version, Changed: archive.Version != m.Edition}
	switch {
	case order.Version != "" && archive.Version != order.Version:
		return updated, &OtherReleaseError{Want: order.Version, Have: archive.Version}
	case order.Version == "" && semver.IsValid(m.Edition) && semver.Compare(archive.Version, m.Edition) < 0:
		return updated, &OlderError{Have: m.Edition, Offered: archive.Version}
	case order.Look || !updated.Changed:
		return updated, nil
	}
	dir, done, err := m.alone(ctx)
	if err != nil {
		return updated, err
	}
	defer done()
	m.Report.Phase("downloading " + archive.Name)
	file := filepath.Join(dir, archive.Name)
	if _, _, err := m.Client.Fetch(ctx, place+"/"+archive.Name, file, download.Want{SHA256: archive.SHA256}, nil); err != nil {
		return updated, err
	}
	if err := release.Unpack(file, dir, m.programs(), release.Usual()); err != nil {
		return updated, err
	}
	return updated, m.replaceSelf(ctx, dir, archive.Version)
}

// SelfRollback puts the programs back that the last SelfUpdate replaced, and keeps those it replaces: twice is as before.
func (m Manager) SelfRollback(ctx context.Context) (SelfUpdated, error) {
	if err := m.packaged(); err != nil {
		return SelfUpdated{}, err
	}
	dir, done, err := m.alone(ctx)
	if err != nil {
		return SelfUpdated{}, err
	}
	defer done()
	for _, name := range m.programs() {
		err := platform.CopyFile(filepath.Join(m.previous(), name), filepath.Join(dir, name), false)
		if errors.Is(err, fs.ErrNotExist) && name == m.Host.Target.Exe(local.Front) {
			return SelfUpdated{}, &NoPreviousError{Dir: m.previous()}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return SelfUpdated{}, err
		}
	}
	old, err := m.editionOf(ctx, filepath.Join(dir, m.Host.Target.Exe(local.Front)))
	if err != nil {
		return SelfUpdated{}, err
	}
	return SelfUpdated{Old: m.Edition, New: old, Changed: true}, m.replaceSelf(ctx, dir, old)
}

// replaceSelf puts the programs in dir, which are of the edition, into GSW_HOME/bin, and what was there into previous.
func (m Manager) replaceSelf(ctx context.Context, dir, edition string) error {
	for _, name := range m.programs() {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if have, err := m.editionOf(ctx, filepath.Join(dir, name)); err != nil {
			return err
		} else if have != edition {
			return &PretenderError{Name: name, Want: edition, Have: have}
		}
	}
	if err := m.keepPrevious(); err != nil {
		return err
	}
	next := m
	next.Host.Self, next.Edition = filepath.Join(dir, m.Host.Target.Exe(local.Front)), edition
	_, err := next.Program(ctx)
	return err
}

// keepPrevious keeps the programs of GSW_HOME/bin, under the names they have in a release. The complete one comes last:
// a rollback without it is refused.
func (m Manager) keepPrevious() error {
	complete := m.bin(local.Complete)
	if _, err := os.Stat(complete); err != nil {
		complete = m.bin(local.Front)
	}
	if _, err := os.Stat(complete); errors.Is(err, fs.ErrNotExist) {
		complete = m.Host.Self // nothing is in place: this is what runs
	}
	shim := filepath.Join(m.previous(), m.Host.Target.Exe(local.Shim))
	if _, err := os.Stat(m.bin(local.Shim)); err == nil {
		if err := m.keep(m.bin(local.Shim), shim); err != nil {
			return err
		}
	} else if err := os.Remove(shim); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return m.keep(complete, filepath.Join(m.previous(), m.Host.Target.Exe(local.Front)))
}

func (m Manager) previous() string { return filepath.Join(m.Host.Home, "previous") }

// programs are the files of a release that GSW_HOME/bin is made from.
func (m Manager) programs() []string {
	return []string{m.Host.Target.Exe(local.Front), m.Host.Target.Exe(local.Shim)}
}

// editionOf asks a program what it is. Both know the word by one name: the flag of the small program.
func (m Manager) editionOf(ctx context.Context, file string) (string, error) {
	words := []string{local.Front, "version"}
	if filepath.Base(file) == m.Host.Target.Exe(local.Shim) {
		words = []string{local.Shim, local.EditionFlag}
	}
	var said bytes.Buffer
	code, err := platform.Run(ctx, file, words, m.Host.Env, nil, &said, io.Discard)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", file, err)
	}
	text := strings.Fields(strings.TrimPrefix(said.String(), "gsw "))
	if code != 0 || len(text) == 0 {
		return "", nil
	}
	return text[0], nil
}

// alone makes a folder on the file system of GSW_HOME and keeps other updates waiting. done ends both.
func (m Manager) alone(ctx context.Context) (dir string, done func(), err error) {
	cache := filepath.Join(m.Host.Home, "cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", nil, err
	}
	unlock, err := platform.Lock(ctx, filepath.Join(m.Host.Home, "locks", "self.lock"), func() {
		m.Report.Note("waiting for another gsw that replaces itself")
	})
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(cache, "self")
	err = platform.RemoveTree(dir) // what a killed update left
	if err == nil {
		err = os.Mkdir(dir, 0o755)
	}
	if err != nil {
		return "", nil, errors.Join(err, unlock())
	}
	return dir, func() { _, _ = platform.RemoveTree(dir), unlock() }, nil
}

// packaged refuses where the gsw that runs is a package manager's.
func (m Manager) packaged() error {
	if file := ownedByPackage(m.Host.Self, m.Host.Target.OS); file != "" {
		return &PackagedError{File: file}
	}
	return nil
}

// ownedByPackage gives the file, its links followed, if it lies where only package managers put programs.
func ownedByPackage(file, system string) string {
	if whole, err := filepath.EvalSymlinks(file); err == nil {
		file = whole
	}
	slashed := filepath.ToSlash(file)
	if system != "windows" {
		for _, dir := range []string{"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/nix/store/", "/snap/"} {
			if strings.HasPrefix(slashed, dir) {
				return file
			}
		}
	}
	for _, part := range []string{"/Cellar/", "/Caskroom/", "/scoop/apps/", "/WinGet/Packages/"} {
		if strings.Contains(slashed, part) {
			return file
		}
	}
	return ""
}
