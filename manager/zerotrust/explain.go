package zerotrust

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Tail keeps the last of what is written to it, up to a limit. The zero value is ready, and may be written to by several.
type Tail struct {
	mu   sync.Mutex
	kept []byte
}

// tailLimit is more than the go command says about one failure.
const tailLimit = 256 << 10

func (t *Tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, data...)
	if over := len(t.kept) - tailLimit; over > 0 {
		t.kept = slices.Delete(t.kept, 0, over)
	}
	return len(data), nil
}

func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// Kind is what a command failed of.
type Kind string

const (
	PermissionDenied Kind = "permission denied"
	ChecksumMismatch Kind = "checksum mismatch"
	ModuleNotFound   Kind = "module not found"
	NoNetwork        Kind = "no network"
)

// Explanation is one reason why a command under zero trust failed, with the evidence.
type Explanation struct {
	Kind     Kind
	Message  string
	Evidence []string
}

// Failure is what is known about a command that failed.
type Failure struct {
	Said     string            // the last of its standard error
	Dir      string            // where it ran
	Write    []string          // the folders that it could write to; nil: any
	Keep     []string          // within those, what it could not
	Writable func(string) bool // whether gsw itself could
	Cache    string            // the module cache: the go command writes there when it lacks a module
	Missing  []Demand          // what go.mod asks for, and is not there
	Offline  bool              // it had no network
}

// Explain tells the failures that zero trust causes, or was made to find, from each other and from all others, for which
// it says nothing. What the command said is never enough by itself: a path counts that gsw could write to and the
// command could not, a module that gsw looked for and did not find.
func Explain(f Failure) []Explanation {
	var all []Explanation
	if e, ok := f.denied(); ok {
		all = append(all, e)
	}
	if e, ok := f.mismatch(); ok {
		all = append(all, e)
	}
	if e, ok := f.missing(); ok {
		all = append(all, e)
	}
	if e, ok := f.network(); ok && len(all) == 0 {
		all = append(all, e)
	}
	return all
}

// denied are files outside the folders. Those in the module cache are another matter: see missing.
func (f Failure) denied() (Explanation, bool) {
	e := Explanation{Kind: PermissionDenied, Message: "the command wrote, or tried to, outside what zero trust leaves it"}
	for _, file := range f.refused() {
		if f.Write != nil && !f.inside(file) && !f.cached(file) && f.Writable(file) && len(e.Evidence) < evidenceLimit {
			e.Evidence = append(e.Evidence, file)
		}
	}
	return e, len(e.Evidence) > 0
}

// refused are the paths that the command says it was refused, each once.
func (f Failure) refused() []string {
	var all []string
	refusal := regexp.MustCompile(`(?i)permission denied|read-only file system|operation not permitted|cross-device link|device or resource busy`)
	for line := range strings.Lines(f.Said) {
		// The go command would have written down what it asked git, and goes on without.
		if at := refusal.FindStringIndex(line); at != nil && !strings.Contains(line, "go: writing stat cache: ") {
			for _, file := range paths(line[:at[0]], f.Dir) {
				if !slices.Contains(all, file) {
					all = append(all, file)
				}
			}
		}
	}
	return all
}

// cached tells whether a path lies in the module cache. What lies there is read; the go command makes a lock there
// before it fetches, and that is how it finds out that it can't.
func (f Failure) cached(file string) bool { return f.Cache != "" && Below(file, f.Cache) }

// paths are the words of a line that are paths, made absolute.
func paths(line, dir string) []string {
	var found []string
	for _, word := range regexp.MustCompile(`'[^']+'|"[^"]+"|‘[^’]+’|\S+`).FindAllString(line, -1) {
		word = strings.Trim(word, `'"‘’:,;()`)
		switch {
		case filepath.IsAbs(word):
			found = append(found, filepath.Clean(word))
		case strings.HasPrefix(word, "."):
			found = append(found, filepath.Join(dir, word))
		}
	}
	return found
}

func (f Failure) inside(file string) bool {
	below := func(dir string) bool { return Below(file, dir) }
	return slices.ContainsFunc(f.Write, below) && !slices.ContainsFunc(f.Keep, below)
}

// Below tells whether file is dir, or lies below it, by name.
func Below(file, dir string) bool {
	rest, ok := strings.CutPrefix(file, strings.TrimSuffix(dir, string(filepath.Separator)))
	return ok && (rest == "" || rest[0] == filepath.Separator)
}

// mismatch is what the go command refuses by itself, of what gsw had no reason to look at: a module that another
// go.sum, or none, says something about.
func (f Failure) mismatch() (Explanation, bool) {
	e := Explanation{Kind: ChecksumMismatch, Message: "a module is not what its checksum says, or has none"}
	for line := range strings.Lines(f.Said) {
		for _, sign := range []string{"checksum mismatch", "missing go.sum entry", "SECURITY ERROR"} {
			if strings.Contains(line, sign) && len(e.Evidence) < evidenceLimit {
				e.Evidence = append(e.Evidence, strings.TrimSpace(line))
				break
			}
		}
	}
	return e, len(e.Evidence) > 0
}

const evidenceLimit = 10

// missing are modules that are nowhere on this machine, and that the command named or went to fetch.
func (f Failure) missing() (Explanation, bool) {
	e := Explanation{Kind: ModuleNotFound, Message: "what the build asks for is not on this machine, and zero trust fetches nothing"}
	fetched := slices.ContainsFunc(f.refused(), f.cached)
	if !fetched && !slices.ContainsFunc(lookupSigns(), func(sign string) bool { return strings.Contains(f.Said, sign) }) {
		return e, false
	}
	for _, d := range f.Missing {
		if strings.Contains(f.Said, d.Path) && len(e.Evidence) < evidenceLimit {
			e.Evidence = append(e.Evidence, d.place())
		}
	}
	if len(e.Evidence) > 0 {
		return e, true
	}
	// One that no go.mod of the project asks for: gsw cannot have looked for it.
	for line := range strings.Lines(f.Said) {
		certain := slices.ContainsFunc(lookupSigns()[:2], func(sign string) bool { return strings.Contains(line, sign) })
		if (certain || fetched && strings.Contains(line, f.Cache) && !strings.Contains(line, "go: writing stat cache: ")) && len(e.Evidence) < evidenceLimit {
			e.Evidence = append(e.Evidence, strings.TrimSpace(line))
		}
	}
	return e, len(e.Evidence) > 0
}

// lookupSigns are how the go command says that it would have to fetch something; the first two are certain.
func lookupSigns() []string {
	return []string{"module lookup disabled by GOPROXY=off", "no required module provides package", "cannot find module", "replacement directory", "no such file or directory"}
}

func (d Demand) place() string {
	if d.Folder != "" {
		return d.Path + " should be in " + d.Folder + " (" + d.where() + ")"
	}
	return d.Version.String() + " (" + d.where() + ")"
}

func (d Demand) where() string { return d.File + ":" + strconv.Itoa(d.Line) }

// network is a command that wanted to reach somebody.
func (f Failure) network() (Explanation, bool) {
	e := Explanation{Kind: NoNetwork, Message: "under zero trust the command reaches nobody"}
	if !f.Offline {
		return e, false
	}
	signs := []string{"network is unreachable", "no such host", "Temporary failure in name resolution", "Could not resolve host", "server misbehaving", "Network unreachable"}
	for line := range strings.Lines(f.Said) {
		if slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(line, sign) }) && len(e.Evidence) < evidenceLimit {
			e.Evidence = append(e.Evidence, strings.TrimSpace(line))
		}
	}
	return e, len(e.Evidence) > 0
}
