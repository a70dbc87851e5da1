package dist

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gsw/manager/catalogue"
	"gsw/manager/gover"
	"gsw/platform"
)

// Origin is where the Go project publishes. https://golang.google.cn/dl is the same server under a name that can be
// reached from China.
const Origin = "https://go.dev/dl"

// indexLimit bounds the index: it has 2.2 MB for 365 releases.
const indexLimit = 32 << 20

// An Index is one place with a release index and its archives: go.dev/dl or a mirror of it.
type Index struct {
	Base      string // without the slash at the end; see ParseMirrors
	Get       Getter
	CacheFile string        // "" keeps nothing
	MaxAge    time.Duration // a copy so young is not asked about

	// Kept is where the list of versions is kept, too, so that it need not be read out of the index each time.
	Kept catalogue.File

	// Stale, if set, is told that a copy of that age had to serve, and why.
	Stale func(at time.Time, why error)
}

// ParseMirrors reads GSW_MIRROR: base URLs with commas between them, each with index and archives below it, in the
// order they are to be tried. An entry without a scheme is https. No entry means Origin.
func ParseMirrors(s string) ([]string, error) {
	var bases []string
	for entry := range strings.SplitSeq(s, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		base, err := parseBase("GSW_MIRROR", entry)
		if err != nil {
			return nil, err
		}
		bases = append(bases, strings.TrimSuffix(base, "/"))
	}
	if len(bases) == 0 {
		return []string{Origin}, nil
	}
	return bases, nil
}

// parseBase reads an entry of GOPROXY or GSW_MIRROR by the rules of cmd/go/internal/modfetch: words without any of
// ".:/" are reserved, and what looks like a host without a scheme is https.
func parseBase(setting, entry string) (string, error) {
	if strings.ContainsAny(entry, ".:/") && !strings.Contains(entry, ":/") && !filepath.IsAbs(entry) && !strings.HasPrefix(entry, "/") {
		entry = "https://" + entry
	}
	u, err := url.Parse(entry)
	if err != nil {
		return "", &PlaceError{Setting: setting, Reason: "holds a malformed URL"} // which may hold a password
	}
	fail := func(reason string) (string, error) {
		return "", &PlaceError{Setting: setting, Entry: redact(entry), Reason: reason}
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return fail("names no host")
		}
	case "file":
		if *u != (url.URL{Scheme: u.Scheme, Path: u.Path, RawPath: u.RawPath}) {
			return fail("is a file URL with more than a path: an absolute path needs three slashes")
		}
		if u.Path == "" {
			return fail("is a file URL without a path")
		}
	case "":
		return fail("is no URL: https://, http:// or file:// is missing")
	default:
		return fail("has a scheme other than https, http and file")
	}
	return entry, nil
}

// Place is the base URL without credentials.
func (x Index) Place() string { return redact(x.Base) }

// Releases returns everything the place has published, newest first, with the archives' URLs. Its error is an
// *UnavailableError, or the context's.
func (x Index) Releases(ctx context.Context) ([]Release, error) {
	releases, _, err := x.releases(ctx)
	return releases, err
}

// Versions returns the releases that have an archive for t, newest first: from what is kept, if that is young enough.
// Its errors are those of Releases.
func (x Index) Versions(ctx context.Context, t platform.Target) ([]gover.Version, error) {
	if t == x.Kept.Target {
		if c, ok := x.Kept.Read(x.MaxAge); ok {
			return c.Versions, nil
		}
	}
	releases, err := x.Releases(ctx)
	return Versions(releases, t), err
}

// keep writes the list of versions down, unless it is that already. It is only a cache: failing is no error.
func (x Index) keep(releases []Release, where string, body []byte, at time.Time) {
	if x.Kept.Path == "" || at.IsZero() {
		return
	}
	if c, ok := x.Kept.Read(x.MaxAge); ok && c.At.Equal(at) {
		return
	}
	sum := sha256.Sum256(body)
	older := slices.DeleteFunc(Versions(releases, x.Kept.Also), func(v gover.Version) bool {
		return v.ReleasedFor(x.Kept.Target.OS, x.Kept.Target.Arch)
	})
	_ = x.Kept.Write(catalogue.Catalogue{
		Versions: Versions(releases, x.Kept.Target), Older: older, Source: SourceDL, URL: redact(where), SHA256: hex.EncodeToString(sum[:]), At: at,
	})
}

// Archive returns the archive of v for t. Its error is a *NotPublishedError only if the place says so today: a cached
// index that lacks the archive is asked about once more.
func (x Index) Archive(ctx context.Context, v gover.Version, t platform.Target) (Archive, error) {
	releases, stale, err := x.releases(ctx)
	if err != nil {
		return Archive{}, err
	}
	a, ok := Find(releases, v, t)
	if !ok && stale == nil && x.CacheFile != "" && x.MaxAge > 0 {
		x.MaxAge = 0
		if releases, stale, err = x.releases(ctx); err != nil {
			return Archive{}, err
		}
		a, ok = Find(releases, v, t)
	}
	switch {
	case ok:
		return a, nil
	case stale != nil:
		return Archive{}, &UnavailableError{Place: x.Place(), Err: stale}
	}
	return Archive{}, &NotPublishedError{Version: v, Target: t, Where: x.Place()}
}

func (x Index) releases(ctx context.Context) (releases []Release, stale, err error) {
	base, err := url.Parse(x.Base)
	if err != nil {
		return nil, nil, &UnavailableError{Place: x.Place(), Err: errors.New("the URL is malformed")}
	}
	where := indexURL(*base)
	get := func() (body []byte, at time.Time, stale, err error) {
		return fetchDocument(ctx, x.Get, where, x.CacheFile, indexLimit, x.MaxAge, func(b []byte) (err error) {
			releases, err = ParseIndex(b)
			return err
		})
	}
	body, at, stale, err := get()
	if failure := err; answered(err) && base.Scheme != "file" && !isOrigin(base) {
		where = base.JoinPath("index.json").String()
		if body, at, stale, err = get(); err != nil {
			err = failure
		}
	}
	if err == nil && (releases == nil || stale != nil) { // not what was fetched just now
		releases, err = ParseIndex(body)
	}
	if err != nil {
		return nil, nil, unavailable(ctx, x.Place(), err)
	}
	if stale == nil {
		x.keep(releases, where, body, at)
	} else if x.Stale != nil {
		x.Stale(at, stale)
	}
	origin := isOrigin(base)
	for _, r := range releases {
		for i := range r.Archives {
			a := &r.Archives[i]
			a.Place, a.Origin = x.Place(), origin
			a.URL = base.JoinPath(a.Name).String()
		}
	}
	return releases, stale, nil
}

// indexURL is where the index of a place is asked for: what go.dev/dl answers to the query; a folder of files cannot answer
// queries and has it as index.json. So does a server of files, which is asked for that where the query fails.
func indexURL(base url.URL) string {
	if base.Scheme == "file" {
		return base.JoinPath("index.json").String()
	}
	base.RawQuery = "mode=json&include=all"
	base.Path = strings.TrimSuffix(base.Path, "/") + "/"
	if base.RawPath != "" {
		base.RawPath = strings.TrimSuffix(base.RawPath, "/") + "/"
	}
	return base.String()
}

// answered reports whether err is a server's answer, only not the document: a server of files takes the query for nothing,
// and calls the index an HTML page for want of another name for it, or has no folders at all.
func answered(err error) bool {
	var answer interface{ Answered() bool }
	return errors.As(err, &answer) && answer.Answered()
}

// ShortIndex is a URL that tells whether the place at base has an index: its newest releases, where the place can be
// asked for less than everything.
func ShortIndex(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return strings.Replace(indexURL(*u), "&include=all", "", 1)
}

// Redact is a URL without credentials.
func Redact(rawURL string) string { return redact(rawURL) }

// isOrigin reports whether what base says over TLS is said by the Go project.
func isOrigin(base *url.URL) bool {
	host := base.Hostname()
	return base.Scheme == "https" && (base.Port() == "" || base.Port() == "443") && (host == "go.dev" || host == "golang.google.cn")
}

// fetchDocument gets a document, through a cache file if there is one.
func fetchDocument(ctx context.Context, get Getter, where, cacheFile string, limit int64, maxAge time.Duration, valid func([]byte) error) (body []byte, at time.Time, stale, err error) {
	if cacheFile != "" {
		return get.GetCached(ctx, where, cacheFile, limit, maxAge, valid)
	}
	body, err = get.Get(ctx, where, limit)
	return body, time.Time{}, nil, err
}

// unavailable wraps err, unless the caller has cancelled: then no place is to blame.
func unavailable(ctx context.Context, place string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &UnavailableError{Place: place, Err: err}
}
