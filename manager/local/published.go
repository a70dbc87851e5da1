package local

import (
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// Published is a release that can be installed here.
type Published struct {
	Version   gover.Version
	Installed bool
	Source    string
}

// Published makes the rows of a list of versions, newest first. A zero filter is no filter; pre-releases appear if all
// says so or the filter names one.
func (m Verbs) Published(versions []gover.Version, filter gover.Spec, all bool, source string) []Published {
	m.RememberNewest(versions)
	installed := map[gover.Version]bool{}
	if toolchains, err := m.Store.List(); err == nil {
		for _, t := range toolchains {
			installed[t.Version] = true
		}
	}
	picked, _ := filter.Pick(versions) // the one that words such as latest and rc mean
	var rows []Published
	for _, v := range versions {
		if v == picked || fits(filter, v, all) {
			rows = append(rows, Published{Version: v, Installed: installed[v], Source: source})
		}
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

// NewestFile keeps the newest release that was ever published to this user, so
// that `list` knows what has reached its end of life without reading an index.
const NewestFile = "newest"

// RememberNewest notes the newest release of a list. It returns what was kept before.
func (m Verbs) RememberNewest(versions []gover.Version) (before gover.Version) {
	file := filepath.Join(m.Host.Home, "cache", NewestFile)
	if text, err := platform.ReadFile(file); err == nil {
		before, _ = gover.Parse(strings.TrimSpace(string(text)))
	}
	if newest := NewestStable(versions); newest.Compare(before) > 0 {
		_ = platform.ReplaceFile(file, []byte(newest.Tag()+"\n"), 0o644) // only a cache
	}
	return before
}

func (m Verbs) newestKnown(installed []store.Described) gover.Version {
	var newest gover.Version
	if text, err := platform.ReadFile(filepath.Join(m.Host.Home, "cache", NewestFile)); err == nil {
		newest, _ = gover.Parse(strings.TrimSpace(string(text)))
	}
	for _, d := range installed {
		if v := d.Toolchain.Version; !v.Prerelease() && v.Compare(newest) > 0 {
			newest = v
		}
	}
	return newest
}

// NewestStable is the newest of versions that is no pre-release; zero if there is none.
func NewestStable(versions []gover.Version) gover.Version {
	var newest gover.Version
	for _, v := range versions {
		if !v.Prerelease() && v.Compare(newest) > 0 {
			newest = v
		}
	}
	return newest
}
