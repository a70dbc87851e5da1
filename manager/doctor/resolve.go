package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"gsw/manager/gover"
)

// modulesResolve: `go list -m all` fails, so that nothing builds that needs a new module, and editors show nothing; or it
// does its work, and the modules' files can't be had.
func modulesResolve(_ context.Context, p *Patient) ([]Finding, error) {
	command := "go list -m all"
	t, err := p.Modules()
	if err == nil && t.OK() {
		command = "go mod download"
		t, err = p.Download()
	}
	if err != nil || t.Skipped != "" || t.OK() {
		return nil, err
	}
	f := p.unresolved(command, t)
	if f.Level = Red; t.Limit > 0 && t.hanging() == "" {
		f.Level = Yellow
	}
	return []Finding{f}, nil
}

// lastLines is how much of what the go command said is evidence.
const lastLines = 6

// unresolved tells why it failed, by what the go command asked and said, and what mends that.
func (p *Patient) unresolved(command string, t Traced) Finding {
	words := t.words()
	said := strings.Join(words, "\n")
	f := Finding{Evidence: t.failed()}
	from := max(0, len(words)-lastLines)
	if i := slices.IndexFunc(words, func(line string) bool { return strings.Contains(line, "checksum mismatch") }); i >= 0 {
		from = i // both checksums come after it, and then much that is the same for all
	}
	for _, line := range words[from:min(len(words), from+lastLines)] {
		f.Evidence = append(f.Evidence, "go: "+strings.TrimSpace(strings.TrimPrefix(line, "go: ")))
	}
	fails := command + " fails: "
	switch url := t.hanging(); {
	case url != "":
		f.Message = command + " hangs: no answer from " + url
		p.blame(&f, url)
	case t.Limit > 0:
		f.Message = fmt.Sprintf("%s is not over after %v, and no server keeps silent: the network is slow, or there is much to fetch", command, t.Limit)
	case strings.Contains(said, "checksum mismatch"):
		p.mismatch(&f, command, said)
	case tooNew(said) != "":
		v := tooNew(said)
		f.Message = fails + "a module here is made for go" + v + ", and this go command is older"
		f.Fix = "gsw use --install --project " + v
	case refused(said):
		f.Message = fails + "a server can't be reached"
		p.blame(&f, errorURL(t))
	case unknownModule(said) != "":
		path := unknownModule(said)
		f.Message = fails + "nobody who was asked has " + path
		p.withheld(&f, path)
	case strings.Contains(said, "missing go.sum entry") || strings.Contains(said, "updates to go."): // it says so after other trouble, too
		f.Message = fails + "go.mod or go.sum lacks what the go command wants to see there"
		f.Fix = p.tidy()
	default:
		f.Message = fails + "the go command says why"
		if url := errorURL(t); url != "" {
			f.Message = fails + "what a server answers is no answer"
			p.blame(&f, url)
		}
	}
	return f
}

// failed are the questions that got no answer, or one that is an error.
func (t Traced) failed() []string {
	var lines []string
	for _, q := range t.Asked {
		if line := q.String(); !q.good() && !slices.Contains(lines, line) && len(lines) < lastLines {
			lines = append(lines, line)
		}
	}
	return lines
}

func (q Question) good() bool {
	return strings.HasPrefix(q.Answer, "200 ") || strings.HasPrefix(q.Answer, "done")
}

func (q Question) String() string {
	switch {
	case q.Hangs:
		return q.What + ": hangs"
	case q.Answer == "":
		return q.What + ": no answer yet"
	}
	return q.What + ": " + strings.TrimPrefix(q.Answer, "Get \""+q.What+"\": ")
}

// blame adds where the server of a URL is named.
func (p *Patient) blame(f *Finding, url string) {
	name := "GOPROXY"
	switch {
	case !strings.HasPrefix(url, "http"):
		return // a program's question to a repository
	case !p.proxied(url) && p.ofDatabase(url):
		name = "GOSUMDB"
	}
	if s := p.Env().Get(name); len(s.Layers) > 0 {
		f.Evidence = append(f.Evidence, p.told(name, s.Layers[:1])...)
		f.Fix = p.fix(name, s.Layers[0])
	}
}

// proxied tells whether a URL is one of a proxy's.
func (p *Patient) proxied(url string) bool {
	for proxy := range strings.FieldsFuncSeq(p.Env().Get("GOPROXY").Value(), func(r rune) bool { return r == ',' || r == '|' }) {
		if strings.HasPrefix(anonymous(url), strings.TrimSuffix(anonymous(strings.TrimSpace(proxy)), "/")+"/") {
			return true
		}
	}
	return false
}

// anonymous is a URL without who asks.
func anonymous(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	if !found || !strings.Contains(host, "@") {
		return url
	}
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/" + path
}

func (p *Patient) tidy() string {
	_, file := p.goMod()
	return p.enter(filepath.Dir(file), "go mod tidy")
}

// mismatch: what the module cache has can be fetched again. Where it was refused as it came, either go.sum is wrong or
// somebody lies, and no command should decide which.
func (p *Patient) mismatch(f *Finding, command, said string) {
	f.Message = command + " refuses to go on: the checksum of a module is not the one that is known"
	found := regexp.MustCompile(`([^\s@:]+)@([^\s:/]+)(?:/go\.mod|: verifying [^\n]*|): checksum mismatch`).FindStringSubmatch(said)
	if found == nil {
		return
	}
	path, version := found[1], found[2]
	f.Message = fmt.Sprintf("%s refuses to go on: %s@%s is not what its checksum says", command, path, version)
	escaped, err := module.EscapePath(path)
	tag, err2 := module.EscapeVersion(version)
	if err != nil || err2 != nil {
		return
	}
	f.Evidence = append(f.Evidence, p.recorded(path, version)...)
	kept := filepath.Join(p.Env().Get("GOMODCACHE").Value(), "cache", "download", filepath.FromSlash(escaped), "@v", tag)
	if files, _ := filepath.Glob(kept + ".*"); !slices.ContainsFunc(files, func(file string) bool {
		return strings.HasSuffix(file, ".zip") || strings.HasSuffix(file, ".mod") && command == "go list -m all"
	}) {
		f.Evidence = append(f.Evidence, "it is not in the module cache: the server answers that, or go.sum is wrong; nothing but a look at both tells which")
		return
	}
	f.Evidence = append(f.Evidence, kept+".* is what the module cache has; fetched again, it is checked again")
	f.Fix = p.removeReadOnly(p.path(kept) + ".*")
}

// recorded are the lines of go.sum, and of its like in a workspace, that know a module's checksums.
func (p *Patient) recorded(path, version string) []string {
	_, mod := p.goMod()
	_, files, _ := p.sums(filepath.Dir(mod))
	var lines []string
	for _, file := range files {
		data, _ := os.ReadFile(file) // one that is not there has none
		number := 0
		for line := range strings.Lines(string(data)) {
			number++
			if fields := strings.Fields(line); len(fields) == 3 && fields[0] == path && strings.TrimSuffix(fields[1], "/go.mod") == version {
				lines = append(lines, fmt.Sprintf("%s:%d: %s", file, number, strings.TrimSpace(line)))
			}
		}
	}
	return lines
}

// withheld: a module that no server has. One of a host that is private has to be fetched from there.
func (p *Patient) withheld(f *Finding, path string) {
	mod, file := p.goMod()
	for _, r := range mod.Require {
		if r.Mod.Path == path && r.Syntax != nil {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s:%d: %s", file, r.Syntax.Start.Line, r.Mod))
		}
	}
	f.Evidence = append(f.Evidence, p.told("GOPROXY", p.Env().Get("GOPROXY").Layers[:1])...)
	if module.MatchPrefixPatterns(p.Env().Get("GONOPROXY").Value(), path) {
		f.Evidence = append(f.Evidence, "it is private already (GONOPROXY): its own server has no such version, or wants to know who asks")
		return
	}
	pattern, why := looksPrivate(path, p.credentials())
	if why == "" {
		f.Evidence = append(f.Evidence, "if it is private, it belongs into GOPRIVATE; if not, there is no such version")
		host, rest, _ := strings.Cut(path, "/")
		owner, _, _ := strings.Cut(rest, "/")
		f.Fix = "# if it is private: " + p.privateFix([]string{host + "/" + owner})
		return
	}
	f.Evidence = append(f.Evidence, "it looks private: "+why)
	f.Fix = p.privateFix([]string{pattern})
}

// tooNew is the release that is asked for and is newer than the one that runs; "" if that is not the trouble.
func tooNew(said string) string {
	for _, pattern := range []string{`requires go >= ([0-9][0-9a-z.]*)`, `go\.(?:mod|work) requires go ([0-9][0-9a-z.]*)`, `invalid go version '([0-9][0-9a-z.]*)'`} {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(said); found != nil {
			if least, err := gover.ParseMinimum(strings.TrimSuffix(found[1], ".")); err == nil {
				return least.First().Number()
			}
		}
	}
	return ""
}

func refused(said string) bool {
	return slices.ContainsFunc([]string{
		"connection refused", "no such host", "dial tcp", "i/o timeout", "TLS handshake", "x509:", "connection reset", "EOF", "Service Unavailable", "Bad Gateway",
		"Internal Server Error", "Gateway Time-out", "Gateway Timeout",
	}, func(sign string) bool { return strings.Contains(said, sign) })
}

// unknownModule is the module that the go command says nobody has.
func unknownModule(said string) string {
	denied := slices.ContainsFunc([]string{
		"404 ", "410 ", "unknown revision", "unrecognized import path", "could not read Username", "terminal prompts disabled", "Permission denied", "no such file or directory",
	}, func(sign string) bool { return strings.Contains(said, sign) })
	found := regexp.MustCompile(`(?m)^(?:go: )?(?:[^\s@]+@\S+ requires\n\s*)*([a-zA-Z0-9][^\s@:]*\.[^\s@:]*)@[^\s:]+: `).FindStringSubmatch(said)
	if !denied || found == nil {
		return ""
	}
	return found[1]
}

// errorURL is the URL that the trouble is about: the last that failed, else the last that was asked.
func errorURL(t Traced) string {
	for _, q := range slices.Backward(t.Asked) {
		if !q.good() && strings.HasPrefix(q.What, "http") {
			return q.What
		}
	}
	for _, q := range slices.Backward(t.Asked) {
		if strings.HasPrefix(q.What, "http") {
			return q.What
		}
	}
	return ""
}
