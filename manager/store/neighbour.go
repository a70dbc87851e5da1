package store

import (
	"cmp"
	"os"
	"slices"

	"gsw/manager/gover"
)

// Neighbour gives the installed toolchain whose files are most like those of v: of the same line if there is one, the
// nearest in version. It is one of the user's own store that lies there itself: what a link leads to is somebody else's.
func (s Store) Neighbour(v gover.Version) (Toolchain, bool) {
	versions, err := versionsIn(s.home)
	if err != nil {
		return Toolchain{}, false
	}
	slices.SortFunc(versions, func(a, b gover.Version) int { return nearer(v, a, b) })
	for _, w := range versions {
		if t := s.toolchain(s.home, w); w != v && t.complete() == nil && isFolder(t.Dir) && isFolder(t.GOROOT()) {
			return t, true
		}
	}
	return Toolchain{}, false
}

// nearer orders versions by how far they are from v. Of another line that is older it is the newest that comes first,
// of a newer one the oldest. Of two that are equally far it is the newer one: what a patch repairs was repaired in the
// next line before.
func nearer(v, a, b gover.Version) int {
	aLines, aPatches := a.Distance(v)
	bLines, bPatches := b.Distance(v)
	newest := b.Compare(a)
	if aLines > 0 && a.Line() == b.Line() && a.Compare(v) > 0 {
		newest = -newest
	}
	return cmp.Or(cmp.Compare(aLines, bLines), cmp.Compare(aPatches, bPatches), newest)
}

func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}
