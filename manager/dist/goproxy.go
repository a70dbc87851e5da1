package dist

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// directToolchains is what "direct" means for golang.org/toolchain: the address that https://golang.org/toolchain?go-get=1
// names in its go-import tag, a small module proxy.
const directToolchains = Origin + "/mod"

// toolchainModule is the path of the module that holds the toolchains.
const toolchainModule = "golang.org/toolchain"

// A Proxy is one entry of GOPROXY.
type Proxy struct {
	URL string // base URL, which may hold credentials; "" for off
	Any bool   // the entry after it is tried after any error, not only after 404 and 410
}

// Off reports whether the entry is "off": nothing may be asked.
func (p Proxy) Off() bool { return p.URL == "" }

// Direct reports whether the entry is "direct": no proxy, but the modules' own servers.
func (p Proxy) Direct() bool { return p.URL == directToolchains }

// String is the entry without credentials.
func (p Proxy) String() string {
	if p.Off() {
		return "off"
	}
	return redact(p.URL)
}

// A ProxyList is what GOPROXY says about toolchains, in order.
type ProxyList []Proxy

// ParseProxyList reads GOPROXY as the go command does. direct ends the list, as there, and stands for the address that
// toolchains come from without a proxy; so does an empty list, since gsw compiles in no other.
func ParseProxyList(s string) (ProxyList, error) {
	var list ProxyList
	rest := s
	for rest != "" {
		entry, fallBack := rest, false
		if i := strings.IndexAny(rest, ",|"); i >= 0 {
			entry, fallBack, rest = rest[:i], rest[i] == '|', rest[i+1:]
		} else {
			rest = ""
		}
		switch entry = strings.TrimSpace(entry); entry {
		case "":
		case "off":
			return append(list, Proxy{}), nil
		case "direct":
			return append(list, Proxy{URL: directToolchains}), nil
		default:
			base, err := parseBase("GOPROXY", entry)
			if err != nil {
				return nil, err
			}
			list = append(list, Proxy{URL: base, Any: fallBack})
		}
	}
	if len(list) == 0 && s != "" {
		return nil, &PlaceError{Setting: "GOPROXY", Reason: "is not empty, but has no entries"}
	}
	if len(list) == 0 {
		list = ProxyList{{URL: directToolchains}}
	}
	return list, nil
}

// NoProxy is the list under GONOPROXY (which is GOPRIVATE where it is not set): if its patterns match the toolchain
// module, that is fetched directly.
func (l ProxyList) NoProxy(patterns string) ProxyList {
	if module.MatchPrefixPatterns(patterns, toolchainModule) {
		return ProxyList{{URL: directToolchains}}
	}
	return slices.Clone(l)
}

// Off reports whether the list lets nothing be asked.
func (l ProxyList) Off() bool { return len(l) == 0 || l[0].Off() }

// ErrProxyOff is why nothing was asked: GOPROXY says off.
var ErrProxyOff = errors.New("GOPROXY is off")

// Try calls f with one entry after the other until it succeeds, and goes on after an error as the go command does: after
// one that is fs.ErrNotExist always, after others only if a "|" follows the entry. It returns the error that tells most.
func (l ProxyList) Try(f func(Proxy) error) error {
	const (
		missing = iota // the place has no such version
		trouble        // the place could not be asked
		direct         // the last resort failed
	)
	var best error
	rank := missing
	for _, p := range l {
		if p.Off() {
			if best == nil {
				best = ErrProxyOff
			}
			break
		}
		err := f(p)
		if err == nil {
			return nil
		}
		absent := errors.Is(err, fs.ErrNotExist)
		switch {
		case p.URL == directToolchains:
			best, rank = err, direct
		case rank <= trouble && !absent:
			best, rank = err, trouble
		case rank == missing:
			best = err
		}
		if !p.Any && !absent {
			break
		}
	}
	return best
}
