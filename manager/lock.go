package manager

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/trust"
	"gsw/platform"
)

// lockName is the file that a project commits.
const lockName = "gsw.lock"

// Lock writes gsw.lock: the nearest one upwards, else a new one here. specs are
// what to lock, none for what this directory asks for; platforms are OS/ARCH
// words or "all", none for this machine's. Entries that are there already stay
// unless they are named again; one that the log contradicts is an error.
// Nothing but the checksum database is asked.
func (m Manager) Lock(ctx context.Context, specs, platforms []string) (file string, locked []trust.LockEntry, err error) {
	versions, err := m.toLock(ctx, specs)
	if err != nil {
		return "", nil, err
	}
	targets, all, err := m.lockTargets(platforms)
	if err != nil {
		return "", nil, err
	}
	file, lock, err := m.lockFile()
	if err != nil {
		return "", nil, err
	}
	for _, v := range versions {
		if len(platforms) == 0 {
			targets = []platform.Target{m.toward(v).Host.Target}
		}
		for _, t := range targets {
			h1, id, _, err := m.Log.Record(ctx, v, t)
			var silent *trust.SilentError
			if errors.As(err, &silent) && silent.Absent && all {
				m.Report.Note(fmt.Sprintf("the log has no record of %s for %s: left out", v, t))
				continue
			}
			if err != nil {
				return file, locked, err
			}
			entry, err := m.lockEntry(lock, v, t, h1, id)
			if err != nil {
				return file, locked, err
			}
			lock = lock.With(entry)
			locked = append(locked, entry)
		}
	}
	if len(locked) == 0 {
		return file, nil, &trust.SilentError{Party: trust.PartyLog, Reason: "it has no record of what was to be locked", Absent: true}
	}
	return file, locked, platform.WriteForUser(file, lock.Text(), 0o644)
}

// lockEntry keeps what a lock already says about an archive, and refuses a tree
// that differs from the log.
func (m Manager) lockEntry(lock trust.LockFile, v gover.Version, t platform.Target, h1 string, id int64) (trust.LockEntry, error) {
	entry := trust.LockEntry{Version: v, Target: t, Tree: h1, Record: id}
	old, found := lock.Find(v, t)
	if !found {
		return entry, nil
	}
	if old.Tree != "" && old.Tree != h1 {
		return entry, &trust.ContradictionError{
			Party: trust.PartyLock, Subject: v.Tag() + " for " + t.String(), What: "the hash of the files",
			Want: old.Tree, Have: h1, Source: lock.Name,
		}
	}
	entry.SHA256, entry.Size = old.SHA256, old.Size
	return entry, nil
}

// toLock are the releases to lock. A spec that names none is resolved among the
// installed ones first, so that the lock says what is in use.
func (m Manager) toLock(ctx context.Context, specs []string) ([]gover.Version, error) {
	var asked []gover.Spec
	for _, text := range specs {
		spec, err := m.ParseSpec(text)
		if err != nil {
			return nil, err
		}
		asked = append(asked, spec)
	}
	if len(specs) == 0 {
		spec, err := m.Asked()
		if err != nil {
			return nil, err
		}
		asked = append(asked, spec)
	}
	var versions []gover.Version
	for _, spec := range asked {
		if v, exact := spec.Exact(); exact {
			versions = append(versions, v)
			continue
		}
		if t, err := m.Store.Find(spec); err == nil {
			versions = append(versions, t.Version)
			continue
		}
		published, err := m.ListRemote(ctx, spec, false, "")
		if err != nil {
			return nil, err
		}
		if len(published) == 0 {
			return nil, &NoMatchError{Spec: spec, Target: m.Host.Target}
		}
		versions = append(versions, published[0].Version)
	}
	return versions, nil
}

// lockTargets reads OS/ARCH words. "all" is every platform that Go's first-class
// and common ports are released for.
func (m Manager) lockTargets(words []string) (targets []platform.Target, all bool, err error) {
	if len(words) == 0 {
		return []platform.Target{m.Host.Target}, false, nil
	}
	if slices.Contains(words, "all") {
		return allTargets(), true, nil
	}
	for _, word := range words {
		os, arch, ok := strings.Cut(strings.ReplaceAll(word, "-", "/"), "/")
		if !ok || os == "" || arch == "" || strings.ContainsAny(arch, "/") {
			return nil, false, &BadTargetError{Text: word}
		}
		if arch == "armv6l" { // as archives have it
			arch = "arm"
		}
		targets = append(targets, platform.Target{OS: os, Arch: arch})
	}
	return targets, false, nil
}

func allTargets() []platform.Target {
	var targets []platform.Target
	for _, word := range strings.Fields("darwin/amd64 darwin/arm64 freebsd/amd64 linux/386 linux/amd64 linux/arm linux/arm64 linux/ppc64le linux/riscv64 linux/s390x windows/386 windows/amd64 windows/arm64") {
		os, arch, _ := strings.Cut(word, "/")
		targets = append(targets, platform.Target{OS: os, Arch: arch})
	}
	return targets
}

// locked is what the project's gsw.lock, if there is one, says against a toolchain with these files; nil for nothing.
func (m Manager) locked(v gover.Version, t platform.Target, tree string) (*trust.ContradictionError, error) {
	_, lock, err := m.lockFile()
	if err != nil {
		return nil, err
	}
	entry, found := lock.Find(v, t)
	if !found || entry.Tree == "" || entry.Tree == tree {
		return nil, nil
	}
	return &trust.ContradictionError{
		Party: trust.PartyLock, Subject: v.Tag() + " for " + t.String(), What: "the hash of its files",
		Want: entry.Tree, Have: tree, Source: fmt.Sprintf("%s:%d", lock.Name, entry.Line),
	}, nil
}

// lockFile reads the nearest gsw.lock upwards, or names a new one in this directory.
// Since it can vouch, it counts only where this user or root put it: the search
// ends at a folder of another user, and passes over another's file (in /tmp).
func (m Manager) lockFile() (string, trust.LockFile, error) {
	fresh := filepath.Join(m.Host.Dir, lockName)
	for dir := m.Host.Dir; ; dir = filepath.Dir(dir) {
		if foreign, err := platform.OwnedByAnother(dir); err != nil || foreign {
			break
		}
		file := filepath.Join(dir, lockName)
		foreign, err := platform.OwnedByAnother(file)
		if err == nil && !foreign {
			text, err := os.ReadFile(file)
			if err != nil {
				return "", trust.LockFile{}, err
			}
			lock, err := trust.ParseLock(file, text)
			return file, lock, err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", trust.LockFile{}, err
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return fresh, trust.LockFile{Name: fresh}, nil
}

// BadTargetError is a platform that is not spelled OS/ARCH.
type BadTargetError struct{ Text string }

func (e *BadTargetError) Error() string { return e.Text + " is not a platform such as linux/amd64" }
