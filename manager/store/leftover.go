package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// Leftover is something in versions/ that is no toolchain.
type Leftover struct {
	Path    string
	Kind    LeftoverKind
	Version gover.Version // that it belongs to; zero for Unknown
}

// LeftoverKind is how something came to be left over.
type LeftoverKind int

const (
	Abandoned LeftoverKind = iota // in the hands of a process that was killed, or in use on Windows: a Sweep deletes it or puts it back
	HalfMade                      // called like a release, without a receipt: not made by an install, or damaged since
	Unknown                       // nothing of gsw's
)

// Leftovers lists what in versions/ is no toolchain, by name. What a living process works on is none of it. Hidden names
// that are not gsw's are passed over: file managers leave those everywhere.
func (s Store) Leftovers() ([]Leftover, error) {
	names, err := namesIn(s.versions())
	if err != nil {
		return nil, fmt.Errorf("looking for leftovers: %w", err)
	}
	slices.Sort(names)
	going := goingAmong(names)
	var all []Leftover
	for _, name := range names {
		l := Leftover{Path: filepath.Join(s.versions(), name), Kind: Unknown}
		v, hidden := parseHidden(name)
		if of, ok := platform.Leftover(name); ok {
			v, hidden = parseTag(of)
		}
		if release, ok := parseTag(name); ok {
			err := s.toolchain(s.home, release).complete()
			if !errors.Is(err, fs.ErrNotExist) && !isFile(l.Path) {
				continue // complete, or not to be looked at, which List says
			}
			l.Kind, l.Version = HalfMade, release
			if going[release] {
				if s.busy(release) {
					continue
				}
				l.Kind = Abandoned
			}
		} else if hidden {
			if s.busy(v) {
				continue
			}
			l.Kind, l.Version = Abandoned, v
		} else if strings.HasPrefix(name, ".") {
			continue
		}
		all = append(all, l)
	}
	return all, nil
}

// goingAmong are the versions that go, or come back, in pieces.
func goingAmong(names []string) map[gover.Version]bool {
	going := map[gover.Version]bool{}
	for _, name := range names {
		if v, ok := parseHidden(name); ok && (strings.HasPrefix(name, outPrefix) || strings.HasPrefix(name, oldPrefix)) {
			going[v] = true
		}
	}
	return going
}

// busy tells whether a process works on v. Where there is no lock file nobody does, and none is made.
func (s Store) busy(v gover.Version) bool {
	lock := s.versionLock(v)
	if _, err := os.Lstat(lock); err != nil {
		return false
	}
	unlock, ok, err := platform.TryLock(lock)
	if err != nil || !ok {
		return err == nil
	}
	return unlock() != nil
}
