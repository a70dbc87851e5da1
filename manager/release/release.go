// Package release knows what a release of gsw itself looks like: a folder with archives and checksums.txt.
//
// It reads what somebody else may have written. Sums that are none and names with a path are passed over. Out of an
// archive come the two programs under their plain names and nothing else; one with an entry that would lead out of its
// folder, with a program twice, as a link or larger than any can be, is refused as a whole.
package release

import (
	"fmt"
	"regexp"
	"strings"

	"gsw/platform"
)

// Sums is the name of the file with the SHA-256 of every other file of the release.
const Sums = "checksums.txt"

// SumsLimit bounds that file; real ones have less than 10 KiB.
const SumsLimit = 1 << 20

// ArchiveLimit bounds an archive; real ones have less than 15 MB.
const ArchiveLimit = 256 << 20

// Archive is what a release has for one platform.
type Archive struct {
	Version string // as v1.2.3
	Name    string // of the file
	SHA256  string // lower-case hex
}

// A NoArchiveError says that a release has nothing for this platform, or isn't one.
type NoArchiveError struct {
	Place  string
	Target platform.Target
}

func (e *NoArchiveError) Error() string {
	return fmt.Sprintf("%s in %s names no archive of gsw for %s", Sums, e.Place, e.Target)
}

// A DamagedError is an archive, with the right sum, that is none of a release.
type DamagedError struct{ Archive, Reason string }

func (e *DamagedError) Error() string { return e.Archive + " is no release of gsw: " + e.Reason }

// Find reads checksums.txt. Two lines for one platform are as bad as none: which is meant nobody can say.
func Find(sums []byte, place string, t platform.Target) (Archive, error) {
	end := ".tar.gz"
	if t.OS == "windows" {
		end = ".zip"
	}
	line := regexp.MustCompile(`^([0-9a-f]{64})  (gsw_([0-9][0-9A-Za-z.+-]*)_` + regexp.QuoteMeta(t.OS+"_"+t.Arch+end) + `)$`)
	var found []Archive
	for text := range strings.Lines(string(sums)) {
		if m := line.FindStringSubmatch(strings.TrimRight(text, "\r\n")); m != nil {
			found = append(found, Archive{Version: "v" + m[3], Name: m[2], SHA256: m[1]})
		}
	}
	if len(found) != 1 {
		return Archive{}, &NoArchiveError{Place: place, Target: t}
	}
	return found[0], nil
}
