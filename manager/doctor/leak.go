package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"gsw/manager/goenv"
	"gsw/manager/profile"
)

// goprivateLeak: modules that look private would be asked of a public proxy, which learns their names, and can't have
// them anyway. Looking private is a host that no public network has, or one that git or netrc has credentials for.
func goprivateLeak(_ context.Context, p *Patient) ([]Finding, error) {
	proxy, public := publicProxy(p.Env().Get("GOPROXY").Value())
	mod, file := p.goMod()
	if !public || mod == nil {
		return nil, nil
	}
	exempt := p.Env().Get("GONOPROXY").Value()
	private := p.credentials()
	var evidence, patterns []string
	look := func(path string, line int) {
		pattern, why := looksPrivate(path, private)
		if why == "" || module.MatchPrefixPatterns(exempt, path) {
			return
		}
		evidence = append(evidence, fmt.Sprintf("%s:%d: %s (%s)", file, line, path, why))
		if !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	for _, r := range mod.Require {
		if r.Syntax != nil && !replaced(mod, r.Mod) {
			look(r.Mod.Path, r.Syntax.Start.Line)
		}
	}
	if len(evidence) == 0 {
		return nil, nil
	}
	setting := p.Env().Get("GOPROXY")
	return []Finding{{
		Level:    Yellow,
		Message:  fmt.Sprintf("private-looking modules would be asked of %s, and looked up in the checksum database", proxy),
		Evidence: append(evidence, p.told("GOPROXY", setting.Layers[:1])...),
		Fix:      p.privateFix(patterns),
	}}, nil
}

// publicProxy is the first proxy of GOPROXY if it is one that everybody uses: not on this machine or in this network, as
// far as its name says.
func publicProxy(list string) (string, bool) {
	for entry := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == '|' }) {
		entry = strings.TrimSpace(entry)
		scheme, rest, found := strings.Cut(entry, "://")
		if !found {
			rest = entry
		}
		switch {
		case entry == "direct" || entry == "off":
			return "", false
		case scheme == "file":
			continue
		}
		host, _, _ := strings.Cut(rest[strings.LastIndexByte(rest, '@')+1:], "/")
		if inner, _, ok := strings.Cut(host, ":"); ok && !strings.HasPrefix(host, "[") {
			host = inner
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || internal(host) {
			return "", false // a proxy of one's own is there for private modules
		}
		return profile.WithoutPasswords(entry), true
	}
	return "", false
}

// internal tells whether a name is one that no public network has.
func internal(host string) bool {
	i := strings.LastIndexByte(host, '.')
	if i < 0 {
		return true
	}
	// RFC 2606, RFC 6762 appendix G, and ICANN's internal.
	return slices.Contains([]string{"corp", "home", "internal", "intranet", "lan", "local", "localdomain", "private", "example", "invalid", "test"}, host[i+1:])
}

// looksPrivate gives the pattern that covers a module, and why it looks private.
func looksPrivate(path string, credentials map[string]string) (pattern, why string) {
	host, rest, _ := strings.Cut(path, "/")
	if internal(host) && strings.Contains(host, ".") {
		return host, "no public network has " + host
	}
	owner, _, _ := strings.Cut(rest, "/")
	for _, prefix := range []string{host + "/" + owner, host} {
		if place, ok := credentials[prefix]; ok {
			return prefix, place
		}
	}
	return "", ""
}

// credentials are the prefixes of module paths that git fetches by ssh, with where it says so.
func (p *Patient) credentials() map[string]string {
	found := map[string]string{}
	for _, file := range []string{filepath.Join(p.Host.UserHome, ".gitconfig"), filepath.Join(p.Host.UserHome, ".config", "git", "config")} {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		ssh, number := false, 0
		for line := range strings.Lines(string(data)) {
			number++
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") {
				ssh = strings.HasPrefix(line, "[url ") && (strings.Contains(line, "git@") || strings.Contains(line, "ssh://"))
				continue
			}
			key, value, ok := strings.Cut(line, "=")
			if !ok || !ssh || !strings.EqualFold(strings.TrimSpace(key), "insteadOf") {
				continue
			}
			if prefix, ok := strings.CutPrefix(strings.Trim(strings.TrimSpace(value), `"`), "https://"); ok {
				found[strings.TrimSuffix(prefix, "/")] = "git fetches it by ssh: " + file + ":" + strconv.Itoa(number)
			}
		}
	}
	return found
}

// goMod is the nearest go.mod upwards.
func (p *Patient) goMod() (mod *modfile.File, file string) {
	for dir := p.Host.Dir; ; dir = filepath.Dir(dir) {
		file = filepath.Join(dir, "go.mod")
		if data, err := os.ReadFile(file); err == nil {
			if mod, err = modfile.Parse(file, data, nil); err != nil { // only this one tells what is replaced
				mod, err = modfile.ParseLax(file, data, nil)
			}
			if err != nil {
				return nil, "" // the go command's to complain about
			}
			return mod, file
		}
		if dir == filepath.Dir(dir) {
			return nil, ""
		}
	}
}

// replaced tells whether a module comes from a folder, or under another path.
func replaced(mod *modfile.File, v module.Version) bool {
	return slices.ContainsFunc(mod.Replace, func(r *modfile.Replace) bool {
		return r.Old.Path == v.Path && (r.Old.Version == "" || r.Old.Version == v.Version)
	})
}

// privateFix adds patterns to GOPRIVATE where that is said now.
func (p *Patient) privateFix(patterns []string) string {
	s := p.Env().Get("GOPRIVATE")
	if value := s.Value(); value != "" {
		patterns = append(strings.Split(value, ","), patterns...)
	}
	list := strings.Join(patterns, ",")
	if len(s.Layers) > 0 && s.Layers[0].Kind == goenv.Environment {
		if at, ours := p.byProfile("GOPRIVATE", s.Layers[0]); ours {
			return "gsw profile set " + at.Name + " GOPRIVATE " + p.path(list)
		}
		return p.export("GOPRIVATE", list)
	}
	return "go env -w GOPRIVATE=" + p.path(list)
}
