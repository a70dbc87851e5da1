// Package gover holds the words people and files use for versions of Go: a release (Version), what somebody asked
// for (Spec), and the least that a go line demands (Minimum). It is pure: no files, no network, no clock.
//
// Versions compare as package go/version compares them. Every text a value prints parses back to that value, and no
// text makes a Version whose name could be anything but a file name.
package gover

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is one release of Go. Versions are comparable with ==; the zero Version is none.
type Version struct{ n number }

// Parse reads the name of one release: "1.22.3", "go1.22.3", "v1.22.3", "1.20" and "1.20.0" (both the release
// go1.20), "1.23rc1", "1.23-rc.1". It refuses everything that is not the name of one, above all "1.22": from Go 1.21
// on that is the name of a language version.
func Parse(s string) (Version, error) {
	n, _, ok := parseNumber(trimName(s))
	if !ok || n.stage == language || n.minor == 0 && n.patch == 0 {
		return Version{}, fmt.Errorf("%s is not the name of a Go release", shown(s))
	}
	return Version{n}, nil
}

// MustParse is Parse for tables and tests: it panics where Parse returns an error.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// trimName removes the "go" or "v" that people and files write before the number.
func trimName(s string) string {
	if rest, ok := strings.CutPrefix(s, "go"); ok {
		return rest
	}
	return strings.TrimPrefix(s, "v")
}

// Tag is the name under which the release is published: "go1.22.3", "go1.20". The zero Version's is "".
func (v Version) Tag() string {
	if v.IsZero() {
		return ""
	}
	return "go" + v.n.String()
}

func (v Version) String() string { return v.Tag() }

// Number is the tag without "go": "1.22.3".
func (v Version) Number() string { return v.n.String() }

func (v Version) IsZero() bool { return v == Version{} }

// Line is the release line v belongs to: "1.22" for go1.22.3 and for go1.22rc1.
func (v Version) Line() string {
	if v.IsZero() {
		return ""
	}
	return "1." + strconv.FormatUint(uint64(v.n.minor), 10)
}

// Prerelease reports whether v is a beta or a release candidate.
func (v Version) Prerelease() bool { return v.n.stage == beta || v.n.stage == candidate }

// Compare is -1, 0 or +1 as v is older than, the same as or newer than w. The order is that of package go/version,
// extended by the two releases it does not know, go1.8.5rc4 and go1.9.2rc2 and their like. The zero Version is older
// than all others.
func (v Version) Compare(w Version) int { return v.n.compare(w.n) }

// Distance tells how far v and w are apart, in release lines and, within one, in patches. Pre-releases count as patch 0.
func (v Version) Distance(w Version) (lines, patches int) {
	apart := func(a, b uint32) int { return max(int(a)-int(b), int(b)-int(a)) }
	if v.n.minor != w.n.minor {
		return apart(v.n.minor, w.n.minor), 0
	}
	return 0, apart(v.n.patch, w.n.patch)
}

// MarshalText and UnmarshalText write and read the tag, so a Version stands in JSON under its published name.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.Tag()), nil }

func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}

// Sort orders vs with the newest first.
func Sort(vs []Version) {
	slices.SortFunc(vs, func(v, w Version) int { return w.Compare(v) })
}
