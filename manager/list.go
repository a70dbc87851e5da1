package manager

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/store"
	"gsw/platform"
)

// Listed is an installed toolchain with what is known about it.
type Listed struct {
	Toolchain store.Toolchain
	Receipt   receipt.Receipt
	Active    bool  // what this directory gets
	Default   bool  // what the anchor names
	EndOfLife bool  // two newer release lines are known: the Go project mends it no more
	Err       error // the receipt could not be read
}

// List tells what is installed, newest first. A damaged receipt damages its row only.
func (m Manager) List() ([]Listed, error) {
	toolchains, err := m.Store.List()
	if err != nil {
		return nil, err
	}
	here, hereErr := m.Resolve("")
	anchor, anchorErr := m.Store.Active()
	newest := m.newestKnown(toolchains)
	listed := make([]Listed, len(toolchains))
	for i, t := range toolchains {
		l := Listed{Toolchain: t}
		l.Receipt, l.Err = t.Receipt()
		l.Active = hereErr == nil && here.Version == t.Version && !here.System
		l.Default = anchorErr == nil && anchor.Version == t.Version
		l.EndOfLife = t.Version.EndOfLife(newest)
		listed[i] = l
	}
	return listed, nil
}

// Published is a release that can be installed here.
type Published struct {
	Version   gover.Version
	Installed bool
	Source    string
}

// ListRemote tells what is published for this machine, newest first. A zero
// filter is no filter; pre-releases appear if all says so or the filter names one.
func (m Manager) ListRemote(ctx context.Context, filter gover.Spec, all bool, via string) ([]Published, error) {
	failed := &NoSourceError{Spec: filter, Target: m.Host.Target}
	sources := m.sources(via)
	for i, source := range sources {
		releases, err := source.Releases(ctx, m.Host.Target)
		if err == nil {
			return m.published(releases, filter, all, source.Name()), nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m.failed(failed, source, err)
		if i+1 < len(sources) {
			m.Report.Note(fmt.Sprintf("%v; asking %s", err, sources[i+1].Place()))
		}
	}
	return nil, failed
}

func (m Manager) published(releases []dist.Release, filter gover.Spec, all bool, source string) []Published {
	versions := dist.Versions(releases, m.Host.Target) // newest first
	m.rememberNewest(versions)
	picked, _ := filter.Pick(versions) // the one that words such as latest and rc mean
	var rows []Published
	for _, v := range versions {
		if v != picked && !fits(filter, v, all) {
			continue
		}
		_, err := m.Store.Get(v)
		rows = append(rows, Published{Version: v, Installed: err == nil, Source: source})
	}
	return rows
}

// fits tells whether a filter lets v through. No range has a pre-release in it;
// with all, one is shown where the release it leads to would be.
func fits(filter gover.Spec, v gover.Version, all bool) bool {
	if v.Prerelease() && all && !filter.Matches(v) {
		v, _ = gover.Parse(v.Line() + ".0")
	}
	return filter.Matches(v) || filter.IsZero() && !v.Prerelease()
}

// newestFile keeps the newest release that was ever published to this user, so
// that `list` knows what has reached its end of life without reading an index.
const newestFile = "newest"

// rememberNewest returns what was kept before.
func (m Manager) rememberNewest(versions []gover.Version) (before gover.Version) {
	file := filepath.Join(m.Host.Home, "cache", newestFile)
	if text, err := os.ReadFile(file); err == nil {
		before, _ = gover.Parse(strings.TrimSpace(string(text)))
	}
	if newest := newestStable(versions); newest.Compare(before) > 0 {
		_ = platform.ReplaceFile(file, []byte(newest.Tag()+"\n"), 0o644) // only a cache
	}
	return before
}

func (m Manager) newestKnown(installed []store.Toolchain) gover.Version {
	var newest gover.Version
	if text, err := os.ReadFile(filepath.Join(m.Host.Home, "cache", newestFile)); err == nil {
		newest, _ = gover.Parse(strings.TrimSpace(string(text)))
	}
	for _, t := range installed {
		if !t.Version.Prerelease() && t.Version.Compare(newest) > 0 {
			newest = t.Version
		}
	}
	return newest
}
