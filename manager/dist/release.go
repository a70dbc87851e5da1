// Package dist knows what the Go project publishes: releases, their archives, and the places that have them.
//
// There are two kinds of places: the release index with its archives, at go.dev/dl and its mirrors (Index), and the
// module golang.org/toolchain, through the proxies that GOPROXY names (Modules). What a place says about an archive is
// what it says; whether the bytes are Go is decided elsewhere.
package dist

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
)

// A Getter fetches small documents of at most limit bytes. An error that errors.Is fs.ErrNotExist means that the place
// answered and has none. *download.Client is one; see there for at, stale and valid.
type Getter interface {
	Get(ctx context.Context, url string, limit int64) ([]byte, error)
	GetCached(ctx context.Context, url, file string, limit int64, maxAge time.Duration, valid func([]byte) error) (body []byte, at time.Time, stale, err error)
}

// A Release is one published version with its archives.
type Release struct {
	Version  gover.Version
	Stable   bool // neither beta nor release candidate; it says nothing about support
	Archives []Archive
}

// Where an Archive is from.
const (
	SourceDL     = "dl"     // the release index
	SourceModule = "module" // the module golang.org/toolchain, which has no tests and no api, doc and misc folders
)

// Archive formats.
const (
	FormatTarGz = "tar.gz"
	FormatZip   = "zip"
)

// An Archive is the file that holds one release for one platform.
type Archive struct {
	Version gover.Version
	Target  platform.Target
	Source  string // SourceDL or SourceModule
	Format  string // FormatTarGz or FormatZip
	Name    string // of the file
	Place   string // base URL of the place, fit to be shown
	URL     string // of the file. It may hold credentials: Public is for eyes and records
	SHA256  string // lower-case hex; "" where the place names none
	Size    int64  // bytes; 0 where the place names none
	Origin  bool   // SHA256 and Size came from an origin of the Go project over TLS
}

// Public is the archive's URL without credentials.
func (a Archive) Public() string { return redact(a.URL) }

// Find returns the archive of v for t, if releases has one.
func Find(releases []Release, v gover.Version, t platform.Target) (Archive, bool) {
	for _, r := range releases {
		if r.Version != v {
			continue
		}
		for _, a := range r.Archives {
			if a.Target == t {
				return a, true
			}
		}
	}
	return Archive{}, false
}

// Versions returns the releases that have an archive for t, in the order of releases. Only those may be picked from: a
// new release appears file by file.
func Versions(releases []Release, t platform.Target) []gover.Version {
	var versions []gover.Version
	for _, r := range releases {
		for _, a := range r.Archives {
			if a.Target == t {
				versions = append(versions, r.Version)
				break
			}
		}
	}
	return versions
}

// A NotPublishedError says that a place answered, and that it has no archive of Version for Target.
type NotPublishedError struct {
	Version gover.Version
	Target  platform.Target
	Where   string
}

func (e *NotPublishedError) Error() string {
	return fmt.Sprintf("%s is not published for %s", e.Version, e.Target)
}

// An UnavailableError says that a place could not be asked, or did not answer properly.
type UnavailableError struct {
	Place string
	Err   error
}

func (e *UnavailableError) Error() string {
	text := e.Err.Error()
	if strings.Contains(text, e.Place) {
		return text // a URL below Place is named already
	}
	return e.Place + ": " + text
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// A PlaceError is an entry of GOPROXY or GSW_MIRROR that is no place.
type PlaceError struct {
	Setting string // GOPROXY or GSW_MIRROR
	Entry   string // without credentials
	Reason  string
}

func (e *PlaceError) Error() string {
	if e.Entry == "" {
		return e.Setting + " " + e.Reason
	}
	return fmt.Sprintf("%s: %q %s", e.Setting, e.Entry, e.Reason)
}

// redact is a URL as it may be shown and kept. The user's name goes too: tokens are often put there.
func redact(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "(malformed URL)"
	}
	u.User = nil
	return u.String()
}
