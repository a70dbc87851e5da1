package activation

import (
	"slices"
	"strings"

	"gsw/platform"
)

// places tells whose a folder on PATH is.
type places struct {
	windows      bool
	home, system string // gsw's homes; system may be ""
	goroot       string // the GOROOT that the user exports
	shared       bool   // goroot is none, or a folder whose bin holds more than a Go
	patterns     []pattern
}

// pattern is a path that begins and ends so. Between the two there may be anything, as for * in the case statement of a
// shell.
type pattern struct{ prefix, suffix string }

// knownPlaces lists where other installers and managers put a Go. Only folders that hold nothing but a Go or its shims
// are listed: ~/go/bin or /opt/homebrew/bin hold tools that would be missed.
func knownPlaces(env platform.Env, home string) places {
	p := places{windows: windows(home), home: home, system: env.Get("GSW_SYSTEM"), goroot: env.Get("GOROOT")}
	p.patterns = []pattern{
		{"/usr/local/go/bin", ""}, // the official installer
		{"/usr/lib/go/bin", ""},   // distributions
		{"/usr/lib/go-", "/bin"},
		{"/usr/lib/golang/bin", ""},
		{"/opt/go/bin", ""},
		{"/snap/go/", "/bin"},
		{"/opt/homebrew/opt/go", "/libexec/bin"}, // go and go@1.22
		{"/usr/local/opt/go", "/libexec/bin"},
		{"/home/linuxbrew/.linuxbrew/opt/go", "/libexec/bin"},
		{`C:\Program Files\Go\bin`, ""},
		{`C:\Go\bin`, ""},
	}
	user := env.Get("HOME")
	if p.windows {
		user = env.Get("USERPROFILE")
	}
	user = strings.TrimSuffix(user, "/")
	// GOROOT=/usr is what some distributions have, and /usr/bin must stay.
	p.shared = slices.Contains([]string{
		"", "/usr", "/usr/local", "/opt/homebrew", "/opt/local", "/snap", user, user + "/.local",
	}, strings.TrimSuffix(p.goroot, "/"))
	if user == "" {
		return p
	}
	for _, below := range []pattern{
		{"sdk/go", "/bin"}, // golang.org/dl
		{"go/pkg/mod/golang.org/toolchain@", "/bin"},
		{".goenv/shims", ""},
		{".goenv/versions/", "/bin"},
		{".gvm/gos/", "/bin"},
		{".asdf/installs/golang/", "/go/bin"},
		{".local/share/mise/installs/go/", "/bin"},
		{".local/share/rtx/installs/go/", "/bin"},
		{".g/go/bin", ""},
		{".go/bin", ""},
		{".go/current/bin", ""},
		{".gobrew/current/bin", ""},
		{".gobrew/current/go/bin", ""},
		{".gimme/versions/", "/bin"},
		{".version-fox/sdks/golang/bin", ""},
		{".version-fox/cache/golang/", "/bin"},
		{".vfox/sdks/golang/bin", ""},
		{".vfox/cache/golang/", "/bin"},
	} {
		if p.windows {
			below.prefix = strings.ReplaceAll(below.prefix, "/", `\`)
			below.suffix = strings.ReplaceAll(below.suffix, "/", `\`)
			p.patterns = append(p.patterns, pattern{user + `\` + below.prefix, below.suffix})
			continue
		}
		p.patterns = append(p.patterns, pattern{user + "/" + below.prefix, below.suffix})
	}
	return p
}

// own tells whether a path lies below one of gsw's homes.
func (p places) own(path string) bool {
	return p.below(path, p.home) || p.absolute(p.system) && p.below(path, p.system)
}

// absolute also refuses the root folder, which is no home: everything lies below it.
func (p places) absolute(path string) bool {
	return len(path) > 1 && path[0] == '/' || p.windows && len(path) > 3 && path[1] == ':'
}

func (p places) below(path, dir string) bool {
	return strings.HasPrefix(p.fold(path), p.slashed(p.fold(dir)))
}

// holdsGo tells whether an entry of PATH is there for a Go that is not gsw's.
func (p places) holdsGo(path string) bool {
	path = p.fold(path)
	if !p.shared && path == p.slashed(p.fold(p.goroot))+"bin" {
		return true
	}
	for _, known := range p.patterns {
		prefix, suffix := p.fold(known.prefix), p.fold(known.suffix)
		if suffix == "" && path == prefix {
			return true
		}
		if suffix != "" && len(path) >= len(prefix)+len(suffix) &&
			strings.HasPrefix(path, prefix) && strings.HasSuffix(path, suffix) {
			return true
		}
	}
	return false
}

// slashed is a folder's path with the separator at its end.
func (p places) slashed(dir string) string {
	if p.windows {
		return dir + `\`
	}
	return dir + "/"
}

// fold makes paths comparable: without one separator at the end, and for Windows in one case and spelling.
func (p places) fold(path string) string {
	if p.windows {
		return strings.TrimSuffix(strings.ToLower(strings.ReplaceAll(path, "/", `\`)), `\`)
	}
	return strings.TrimSuffix(path, "/")
}

// HoldsGo tells whether a folder on PATH is there for a Go that is not gsw's, as far as its name says.
func HoldsGo(env platform.Env, home, folder string) bool {
	p := knownPlaces(env, home)
	return !p.own(folder) && p.holdsGo(folder)
}
