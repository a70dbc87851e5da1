package dist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
)

const (
	listLimit = 4 << 20 // the whole list has 8,000 lines of 35 bytes
	infoLimit = 64 << 10
)

// Modules is the module golang.org/toolchain, as the proxies of a list have it.
type Modules struct {
	Proxies   ProxyList
	Get       Getter
	CacheFile string        // of the list of versions; "" keeps nothing
	MaxAge    time.Duration // a copy so young is not asked about

	// Stale, if set, is told that a copy of that age had to serve, and why.
	Stale func(at time.Time, why error)
}

// ModuleVersion is the version of golang.org/toolchain that holds v for t.
func ModuleVersion(v gover.Version, t platform.Target) string {
	return "v0.0.1-" + v.Tag() + "." + t.String()
}

// Releases returns the releases for t that a proxy lists, newest first. That may be fewer than it can serve: a caching
// proxy lists what somebody asked for. Whether an exact version can be had, Archive tells.
func (m Modules) Releases(ctx context.Context, t platform.Target) ([]Release, error) {
	var releases []Release
	err := m.try(ctx, func(p Proxy) error {
		base, err := moduleURL(p, "list")
		if err != nil {
			return err
		}
		body, at, stale, err := fetchDocument(ctx, m.Get, base, m.CacheFile, listLimit, m.MaxAge, nil)
		if err != nil {
			return err
		}
		if stale != nil && m.Stale != nil {
			m.Stale(at, stale)
		}
		releases = nil
		for _, v := range parseModuleList(body, t) {
			a, err := moduleArchive(p, v, t)
			if err != nil {
				return err
			}
			releases = append(releases, Release{Version: v, Stable: !v.Prerelease(), Archives: []Archive{a}})
		}
		return nil
	})
	return releases, err
}

// Versions returns those of Releases.
func (m Modules) Versions(ctx context.Context, t platform.Target) ([]gover.Version, error) {
	releases, err := m.Releases(ctx, t)
	return Versions(releases, t), err
}

// Archive returns the archive of v for t at the first proxy that has it. Its error is a *NotPublishedError if all that
// were asked have not.
func (m Modules) Archive(ctx context.Context, v gover.Version, t platform.Target) (Archive, error) {
	var found Archive
	err := m.Each(ctx, v, t, func(a Archive) error {
		found = a
		return nil
	})
	return found, err
}

// Each calls use with the archive at one proxy after the other, until it succeeds. As in the go command a proxy that has
// the version but fails to deliver it gives way to the next under the same rule as one that never had it, which is
// judged by the error use returns.
func (m Modules) Each(ctx context.Context, v gover.Version, t platform.Target, use func(Archive) error) error {
	err := m.try(ctx, func(p Proxy) error {
		if err := m.check(ctx, p, ModuleVersion(v, t)); err != nil {
			return err
		}
		a, err := moduleArchive(p, v, t)
		if err != nil {
			return err
		}
		if err := use(a); err != nil {
			return &useError{err}
		}
		return nil
	})
	if ctx.Err() == nil && errors.Is(err, fs.ErrNotExist) && !errors.As(err, new(*useError)) {
		return &NotPublishedError{Version: v, Target: t, Where: m.Proxies.String()}
	}
	var used *useError
	if errors.As(err, &used) {
		return used.error
	}
	return err
}

// useError is an error of the function given to Each: it is returned as it is.
type useError struct{ error }

func (e *useError) Unwrap() error { return e.error }

// String is the list without credentials, as GOPROXY would spell it.
func (l ProxyList) String() string {
	var b strings.Builder
	for i, p := range l {
		if i > 0 {
			b.WriteString(map[bool]string{true: "|", false: ","}[l[i-1].Any])
		}
		b.WriteString(p.String())
	}
	return b.String()
}

// try is ProxyList.Try with each proxy's trouble under its name, and with an end where ctx ends.
func (m Modules) try(ctx context.Context, f func(Proxy) error) error {
	err := m.Proxies.Try(func(p Proxy) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := f(p)
		if err == nil || errors.As(err, new(*useError)) {
			return err
		}
		return unavailable(ctx, p.String(), err)
	})
	if errors.Is(err, ErrProxyOff) {
		return &UnavailableError{Place: "golang.org/toolchain", Err: ErrProxyOff}
	}
	return err
}

// check asks a proxy whether it has a version. It must answer with exactly that one.
func (m Modules) check(ctx context.Context, p Proxy, version string) error {
	where, err := moduleURL(p, version+".info")
	if err != nil {
		return err
	}
	body, err := m.Get.Get(ctx, where, infoLimit)
	if err != nil {
		return err
	}
	var info struct{ Version string }
	if err := json.Unmarshal(body, &info); err != nil {
		return fmt.Errorf("%s: not a module proxy's answer: %w", redact(where), err)
	}
	if info.Version != version {
		return fmt.Errorf("%s: answered for version %q", redact(where), info.Version)
	}
	return nil
}

func moduleArchive(p Proxy, v gover.Version, t platform.Target) (Archive, error) {
	name := ModuleVersion(v, t) + ".zip"
	where, err := moduleURL(p, name)
	return Archive{
		Version: v, Target: t, Source: SourceModule, Format: FormatZip, Name: name, Place: p.String(), URL: where,
	}, err
}

// moduleURL is the address of one of the module's documents below a proxy, escaped as the go command escapes it.
func moduleURL(p Proxy, document string) (string, error) {
	base, err := url.Parse(p.URL)
	if err != nil {
		return "", errors.New("the URL is malformed")
	}
	return base.JoinPath(toolchainModule, "@v", document).String(), nil
}

// parseModuleList picks the versions for t out of an @v/list, newest first. Lines of other platforms, and what no
// toolchain's version looks like, are none.
func parseModuleList(b []byte, t platform.Target) []gover.Version {
	var versions []gover.Version
	seen := map[gover.Version]bool{}
	for line := range strings.Lines(string(b)) {
		words := strings.Fields(line) // a date may follow
		if len(words) == 0 {
			continue
		}
		tag, ok1 := strings.CutPrefix(words[0], "v0.0.1-")
		tag, ok2 := strings.CutSuffix(tag, "."+t.String())
		if v, err := gover.Parse(tag); ok1 && ok2 && err == nil && v.Tag() == tag && !seen[v] {
			seen[v] = true
			versions = append(versions, v)
		}
	}
	gover.Sort(versions)
	return versions
}
