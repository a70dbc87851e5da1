package profile

import (
	"encoding/base64"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gsw/manager/gover"
)

// Keys lists what a profile can set.
func Keys() []string {
	return []string{
		"GOAUTH", "GOFLAGS", "GOINSECURE", "GONOPROXY", "GONOSUMDB", "GOPRIVATE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOVCS",
		Extends, Mirror,
	}
}

// Check gives the reason why a profile can't set key to value, "" if it can.
func Check(key, value string) string {
	if why := checkKey(key); why != "" {
		return why
	}
	switch {
	case strings.ContainsFunc(value, unicode.IsControl):
		return key + " can't hold control characters"
	case strings.TrimSpace(value) == "":
		return key + " is empty, which the go command takes for not set"
	}
	var why string
	switch key {
	case "GOPROXY":
		why = checkProxies(value)
	case "GOSUMDB":
		why = checkSumDB(value)
	case "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE":
		why = checkPatterns(value)
	case "GOVCS":
		why = checkVCS(value)
	case "GOTOOLCHAIN":
		why = checkToolchain(value)
	case "GOFLAGS":
		why = checkFlags(value)
	case Mirror:
		why = checkMirror(value)
	case Extends:
		why = CheckName(value)
	}
	if why == "" {
		return ""
	}
	return key + "=" + strconv.Quote(value) + ": " + why
}

func checkKey(key string) string {
	switch key {
	case "GOROOT":
		return "a profile can't set GOROOT: each go command finds its own, and an exported one breaks all others"
	case "GOBIN":
		return "a profile can't set GOBIN: it belongs to the Go that is in use, so that tools follow a switch"
	case "GOPATH", "GOMODCACHE", "GOCACHE":
		return "a profile can't set " + key + ": it is a place on this machine, not a matter of the network (see gsw config gopath)"
	}
	if slices.Contains(Keys(), key) {
		return ""
	}
	if slices.Contains(Keys(), strings.ToUpper(key)) {
		return "there is no setting " + strconv.Quote(key) + " (did you mean " + strings.ToUpper(key) + "?)"
	}
	return "a profile can't set " + strconv.Quote(key) + ", only " + strings.Join(Keys(), ", ")
}

// CheckName gives the reason why a profile can't have a name.
func CheckName(name string) string {
	for i, c := range name {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789.-_", c)) {
			name = ""
			break
		}
	}
	if name == "" || len(name) > 64 {
		return "the name of a profile starts with a letter and goes on with letters, digits, dots, dashes and underscores"
	}
	return ""
}

// Fixed tells whether config.toml can't say otherwise about a built-in profile: what its name promises would not hold.
func Fixed(name string) bool { return name == Default || name == "zero-trust" }

// checkProxies goes by cmd/go/internal/modfetch: URLs, direct and off, with commas or bars between them.
func checkProxies(list string) string {
	some := false
	for entry := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == '|' }) {
		switch entry = strings.TrimSpace(entry); entry {
		case "":
			continue
		case "direct", "off":
		default:
			if why := checkURL(entry); why != "" {
				return why + " (it is a list of URLs, direct and off)"
			}
		}
		some = true
	}
	if !some {
		return "it has no entry"
	}
	return ""
}

// checkURL takes what the go command takes for a base URL: what looks like a host is one, by https.
func checkURL(entry string) string {
	scheme, rest, found := strings.Cut(entry, "://")
	shown := strconv.Quote(withoutPassword(entry))
	switch {
	case !strings.ContainsAny(entry, ".:/"):
		return shown + " is no URL"
	case strings.ContainsAny(entry, " <>\"{}^`\\") || badEscape(entry):
		return shown + " holds characters that a URL can't"
	case !found && (strings.Contains(entry, ":/") || strings.HasPrefix(entry, "/")):
		return shown + " is no URL: https://, http:// or file:// is missing"
	case !found && badHost(entry):
		return shown + " names no host and port that can be"
	case !found:
		return ""
	case scheme == "file" && (!strings.HasPrefix(rest, "/") || strings.ContainsAny(rest, "?#")):
		return shown + " is no file URL: an absolute path needs three slashes"
	case scheme == "file":
		return ""
	case scheme != "https" && scheme != "http":
		return shown + " has a scheme other than https, http and file"
	case rest == "" || strings.ContainsAny(rest[:1], "/:?#"):
		return shown + " names no host"
	case badHost(rest):
		return shown + " names no host and port that can be"
	}
	return ""
}

// badEscape finds a percent sign without its two digits.
func badEscape(url string) bool {
	for i := range len(url) {
		if url[i] != '%' {
			continue
		}
		if i+2 >= len(url) {
			return true
		}
		if _, err := strconv.ParseUint(url[i+1:i+3], 16, 8); err != nil {
			return true
		}
	}
	return false
}

// badHost finds what can't stand between a URL's slashes: it is less than net/url would take, which a shim can do without.
func badHost(rest string) bool {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if !plain(rest[:i], "-._:~!$&*+;=%") {
			return true
		}
		rest = rest[i+1:]
	}
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		address, port, closed := strings.Cut(inner, "]")
		return !closed || strings.Trim(address, "0123456789abcdefABCDEF:.") != "" || address == "" ||
			port != "" && (port[0] != ':' || strings.Trim(port[1:], "0123456789") != "")
	}
	host, port, _ := strings.Cut(rest, ":")
	return host == "" || strings.Trim(port, "0123456789") != "" || !plain(host, ".-_")
}

// plain tells whether a text is of letters, digits and others alone.
func plain(text, others string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r))
	})
}

// withoutPassword is a URL as it may be shown.
func withoutPassword(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	i := strings.LastIndexByte(host, '@')
	if !found || i < 0 {
		return url
	}
	return scheme + "://…" + rest[i:]
}

// checkSumDB goes by cmd/go/internal/modfetch: off; a known name or a verifier key, and perhaps a URL to reach it at.
// Whether a key's hash is right is not looked at.
func checkSumDB(text string) string {
	fields := strings.Fields(text)
	switch {
	case text == "off":
		return ""
	case len(fields) > 2:
		return "it is a name or key, and perhaps a URL: not " + strconv.Itoa(len(fields)) + " words"
	case len(fields) == 2 && !strings.Contains(fields[1], "://"):
		return strconv.Quote(fields[1]) + " is no URL"
	case len(fields) == 2:
		if why := checkURL(fields[1]); why != "" {
			return why
		}
	}
	switch name := fields[0]; {
	case name == "on":
		return "there is no such database: sum.golang.org is the default, and is on unless something says off"
	case name == "sum.golang.org", name == "sum.golang.google.cn" && len(fields) == 1:
		return ""
	case !strings.Contains(name, "+"):
		return strconv.Quote(name) + " is neither off nor sum.golang.org, sum.golang.google.cn or a database's key (name+hash+key)"
	}
	name, rest, _ := strings.Cut(fields[0], "+")
	hash, key, _ := strings.Cut(rest, "+")
	_, err := strconv.ParseUint(hash, 16, 32)
	bytes, err2 := base64.StdEncoding.DecodeString(key)
	if name == "" || len(hash) != 8 || err != nil || err2 != nil || len(bytes) != 33 || bytes[0] != 1 {
		return "the database's key is not of the form name+hash+key"
	}
	return ""
}

func checkPatterns(list string) string {
	some := false
	for pattern := range strings.SplitSeq(list, ",") {
		if pattern == "" {
			continue
		}
		some = true
		_, err := path.Match(pattern, "")
		switch {
		case err != nil:
			return strconv.Quote(pattern) + " is no pattern: a bracket or backslash is left open"
		case strings.Contains(pattern, "://"):
			return strconv.Quote(pattern) + " is a URL, and module paths have no scheme: github.com/me/*"
		case strings.ContainsAny(pattern, " \t"):
			return strconv.Quote(pattern) + " holds a blank, which is in no module path: patterns have commas between them"
		}
	}
	if !some {
		return "it has no pattern"
	}
	return ""
}

func checkVCS(list string) string {
	for rule := range strings.SplitSeq(list, ",") {
		pattern, systems, found := strings.Cut(strings.TrimSpace(rule), ":")
		if !found || pattern == "" || systems == "" {
			return strconv.Quote(rule) + " is no rule PATTERN:VCS"
		}
		for system := range strings.SplitSeq(systems, "|") {
			if !slices.Contains([]string{"git", "hg", "svn", "bzr", "fossil", "all", "off"}, strings.TrimSpace(system)) {
				return strconv.Quote(system) + " is none of git, hg, svn, bzr, fossil, all, off"
			}
		}
	}
	return ""
}

func checkToolchain(text string) string {
	name, mode, plus := strings.Cut(text, "+")
	switch {
	case plus && mode != "auto" && mode != "path":
		return "only +auto and +path may follow a plus"
	case name == "local", !plus && (name == "auto" || name == "path"):
		return ""
	}
	if _, err := gover.Parse(name); err != nil || !strings.HasPrefix(name, "go") {
		return "it is local, auto, path, or a release such as go1.22.3, go1.22.3+auto"
	}
	return ""
}

func checkFlags(text string) string {
	for flag := range strings.FieldsSeq(strings.NewReplacer("'", "", `"`, "").Replace(text)) {
		if !strings.HasPrefix(flag, "-") || strings.Trim(flag, "-") == "" {
			return strconv.Quote(flag) + " is no flag: each begins with a dash, and has its value behind an equals sign"
		}
		if strings.TrimLeft(flag, "-") == "insecure" {
			return "go get -insecure is gone: GOINSECURE names the modules that may be fetched without a check of the server"
		}
	}
	return ""
}

func checkMirror(list string) string {
	if list == "off" {
		return ""
	}
	some := false
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		if why := checkURL(entry); why != "" {
			return why + " (it is off, or a list of URLs)"
		}
		some = true
	}
	if !some {
		return "it has no entry"
	}
	return ""
}
