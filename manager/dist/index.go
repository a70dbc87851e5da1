package dist

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// An IndexError is a document that is no index of releases.
type IndexError struct{ Reason string }

func (e *IndexError) Error() string { return "not a release index: " + e.Reason }

// IndexRelease is one release in the JSON of go.dev/dl (golang.org/x/website/internal/dl), as it is written there:
// ParseIndex makes a Release of what can be trusted to be one.
type IndexRelease struct {
	Version string      `json:"version"`
	Stable  bool        `json:"stable"`
	Files   []IndexFile `json:"files"`
}

// IndexFile is a file of an IndexRelease. Its Arch is the one in the file's name, armv6l for linux/arm; SHA256 is 64
// hexadecimal digits, Size in bytes, Kind archive, installer or source.
type IndexFile struct {
	Filename string `json:"filename"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Version  string `json:"version"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Kind     string `json:"kind"`
}

// ParseIndex reads the release index, as go.dev/dl/?mode=json gives it: the releases that have an archive, newest
// first, each with one archive per platform. Place and URL of the archives are left to Index.
//
// What is not an archive of a release is skipped: sources, installers, formats that gsw does not know, the pseudo-release
// go1. An archive whose name is not that of its version and platform is skipped too, so that no index can pass one
// release off as another or lead out of its folder. A checksum that is none spoils the whole index.
func ParseIndex(b []byte) ([]Release, error) {
	var listed []IndexRelease
	if err := json.Unmarshal(b, &listed); err != nil {
		return nil, &IndexError{Reason: err.Error()}
	}
	seen := map[gover.Version]bool{}
	var releases []Release
	for _, l := range listed {
		v, err := gover.Parse(l.Version)
		if err != nil || v.Tag() != l.Version || seen[v] {
			continue
		}
		seen[v] = true
		r := Release{Version: v, Stable: l.Stable && !v.Prerelease()}
		for _, f := range l.Files {
			a, ok := f.archive(v)
			if !ok {
				continue
			}
			if a.SHA256 != "" && !isSHA256(a.SHA256) {
				return nil, &IndexError{Reason: fmt.Sprintf("the sha256 of %s is %q", f.Filename, f.SHA256)}
			}
			if a.Size < 0 {
				return nil, &IndexError{Reason: fmt.Sprintf("the size of %s is %d", f.Filename, f.Size)}
			}
			r.add(a)
		}
		if len(r.Archives) > 0 {
			releases = append(releases, r)
		}
	}
	if len(releases) == 0 {
		return nil, &IndexError{Reason: "it lists no release"}
	}
	sort.Slice(releases, func(i, j int) bool { return releases[i].Version.Compare(releases[j].Version) > 0 })
	return releases, nil
}

// archive is the file as an archive of v, if it is one.
func (f IndexFile) archive(v gover.Version) (Archive, bool) {
	a := Archive{Version: v, Source: SourceDL, Name: f.Filename, SHA256: strings.ToLower(f.SHA256), Size: f.Size}
	if f.Kind != "archive" || f.Version != v.Tag() {
		return a, false
	}
	name := f.Filename
	for _, format := range []string{FormatTarGz, FormatZip} {
		if rest, ok := strings.CutSuffix(name, "."+format); ok {
			a.Format, name = format, rest
			break
		}
	}
	name, ok := strings.CutPrefix(name, v.Tag()+"."+f.OS+"-")
	if a.Format == "" || !ok || !isName(f.OS) || !isName(f.Arch) || f.OS[0] <= '9' { // the pseudo-release go1 is for the system "4"
		return a, false
	}
	a.Target = platform.Target{OS: f.OS, Arch: canonicalArch(f.Arch)}
	// Up to 1.4.2 there were two archives for macOS, -osx10.6 and -osx10.8.
	name, _, _ = strings.Cut(name, "-osx10.")
	return a, name == f.Arch || name == a.Target.Arch
}

// add adds the archive to those of the release. Of two for one platform the later name wins: -osx10.8 over -osx10.6, and
// the usual -armv6l over the -arm of go1.21rc2.
func (r *Release) add(a Archive) {
	i := slices.IndexFunc(r.Archives, func(b Archive) bool { return b.Target == a.Target })
	switch {
	case i < 0:
		r.Archives = append(r.Archives, a)
	case cmp.Compare(a.Name, r.Archives[i].Name) > 0:
		r.Archives[i] = a
	}
}

// canonicalArch turns the index's names of 32-bit ARM into GOARCH. linux/arm is armv6l there (arm6 in 1.6beta1), and so
// were, from 1.21rc2 to 1.22.12, the arm archives of the BSDs, Plan 9 and Windows, whose file names say arm.
func canonicalArch(arch string) string {
	switch arch {
	case "armv6l", "arm6":
		return "arm"
	}
	return arch
}

// isName reports whether s could be a GOOS or a GOARCH.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
