// Package activation is the environment gsw makes: which PATH, GOBIN, GOROOT, GOPATH and GOTOOLCHAIN a shell or a child
// process gets for a chosen toolchain. It is pure, and every way leads back: what was there before is kept in one
// variable, so that applying one wish after another gives what applying the last one alone would have given.
//
// The hooks for bash, zsh, fish and elvish do the same with builtins only. A test runs one table through all and compares bytes:
// whoever changes the rules here changes scripts/hooks too.
package activation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gsw/platform"
)

// Wish is what an environment shall be like. Of GOROOT with GOBIN, Default and System exactly one is given.
type Wish struct {
	Home string // GSW_HOME, absolute and clean

	GOROOT, GOBIN string // a project's or a shell's toolchain: its own folders, so nothing changes under a running build
	Default       bool   // the anchor: folders that follow a later `gsw use`
	Shims         bool   // with Default and GOBIN, as on Windows: go is reached through shims/, which follow, and no way leads through a link
	System        bool   // a Go that is not gsw's: everything as it was, gsw itself last on PATH

	ExportGOROOT string // exported as GOROOT if not empty; GOROOT is unset otherwise
	GOPATH       string // a version's own GOPATH, if not empty
	Local        bool   // GOTOOLCHAIN=local: cmd/go must not choose another version

	Profile []Setting // of the profile that holds; what the user exported himself counts more
}

// Setting is a variable of a profile.
type Setting struct{ Name, Value string }

// Saved is the variable that keeps what was there before. It is exported, so that nested shells and child processes can
// find their way back too. Its value is a list of fields, joined by colons:
//
//	2=+/usr/local/go/bin            a PATH entry that was removed; two of the entries that were not gsw's came after it
//	GOBIN=+/home/me/bin=+/x/bin     a variable's value before and after
//	GOROOT=+/usr/local/go=          … that was set before and is not set after
//
// A plus sign stands before every value, so that an empty variable is told from one that is not set. In values %, : and
// = are written %25, %3A and %3D. PATH entries come first, in the order they had on PATH; then variables by name.
const Saved = "__GSW_SAVED"

// Notice is something the user should be told once: Apply unset an exported variable.
type Notice struct{ Name, Value string }

func (n Notice) String() string {
	return fmt.Sprintf("the exported %s=%q is unset here: go finds its own", n.Name, n.Value)
}

// Apply gives the environment that w describes, made from one that earlier wishes may have been applied to. What it
// finds of those is undone first. A GOROOT that is unset for the first time is a notice.
func Apply(env platform.Env, w Wish) (platform.Env, []Notice) {
	if w.System {
		env, records := w.profiled(Restore(env, w.Home))
		if len(records) > 0 {
			env = env.With(Saved, saved{records: records}.String())
		}
		return env.WithPath(append(env.Path(), w.join("bin"))), nil
	}
	before := parseSaved(env.Get(Saved))
	base := before.undo(env, w.Home)
	rest, removed := withoutGo(base, w.Home, before.entries)

	after := saved{entries: removed}
	env = base
	var notices []Notice
	for _, want := range w.variables() {
		r := record{name: want.name, old: lookup(base, want.name), new: want.value}
		if r.old == r.new && want.name != "GOBIN" {
			continue
		}
		after.records = append(after.records, r)
		env = r.new.apply(env, r.name)
		if r.name == "GOROOT" && !r.new.set && r.old.text != "" && !slices.Contains(before.records, r) {
			notices = append(notices, Notice{r.name, r.old.text})
		}
	}
	env, records := w.profiled(env)
	after.records = append(after.records, records...)
	return env.WithPath(append(w.front(), rest...)).With(Saved, after.String()), notices
}

// profiled sets the variables of the profile. One that the user has set, in his rc file or in front of a command, stays
// his: what is near counts more than what is far, as the environment counts more than a file for the go command itself.
func (w Wish) profiled(env platform.Env) (platform.Env, []record) {
	var records []record
	for _, s := range w.Profile {
		old := lookup(env, s.Name)
		if old.text != "" || s.Name == "GOTOOLCHAIN" && w.Local {
			continue
		}
		records = append(records, record{name: s.Name, old: old, new: value(s.Value)})
		env = env.With(s.Name, s.Value)
	}
	return env, records
}

// Undone gives the variables of the go command as they were before gsw changed them; PATH stays as it is.
func Undone(env platform.Env, home string) platform.Env {
	path, set := env.Lookup("PATH")
	env = parseSaved(env.Get(Saved)).undo(env, home)
	if set {
		env = env.With("PATH", path)
	}
	return env
}

// Made is a variable that gsw has set, with what it was before.
type Made struct {
	Name, Value string
	Before      string
	Was         bool // it was set before
}

// Changed lists the variables that gsw has set in env, and that nobody has changed since.
func Changed(env platform.Env) []Made {
	var all []Made
	for _, r := range parseSaved(env.Get(Saved)).records {
		if r.new.set && lookup(env, r.name) == r.new {
			all = append(all, Made{r.name, r.new.text, r.old.text, r.old.set})
		}
	}
	return all
}

// Restore gives the environment without gsw: what Apply took away is back in its place, and nothing below home is left
// on PATH or in GOBIN and GOROOT.
func Restore(env platform.Env, home string) platform.Env {
	before := parseSaved(env.Get(Saved))
	env = before.undo(env, home)
	if len(before.entries) == 0 {
		return env // an empty PATH is not the same as none
	}
	return env.WithPath(putBack(env.Path(), before.entries))
}

type variable struct {
	name  string
	value optional
}

// variables lists what the wish decides, by name. GOBIN is always among them, and always recorded: a hook then finds the
// same fields in every activated shell.
func (w Wish) variables() []variable {
	gobin := w.GOBIN
	if w.Default && !w.Shims {
		gobin = w.join("current", "bin")
	}
	wanted := []variable{{"GOBIN", value(gobin)}}
	if w.GOPATH != "" {
		wanted = append(wanted, variable{"GOPATH", value(w.GOPATH)})
	}
	goroot := optional{}
	if w.ExportGOROOT != "" {
		goroot = value(w.ExportGOROOT)
	}
	wanted = append(wanted, variable{"GOROOT", goroot})
	if w.Local {
		wanted = append(wanted, variable{"GOTOOLCHAIN", value("local")})
	}
	return wanted
}

// front is what PATH begins with.
func (w Wish) front() []string {
	switch {
	case w.Default && w.Shims:
		return []string{w.join("shims"), w.GOBIN, w.join("bin")}
	case w.Default:
		return []string{w.join("bin"), w.join("current", "bin")}
	}
	if windows(w.Home) { // where the releases that GOTOOLCHAIN names are among the shims
		return []string{w.under(w.GOROOT, "bin"), w.GOBIN, w.join("shims"), w.join("bin")}
	}
	return []string{w.under(w.GOROOT, "bin"), w.GOBIN, w.join("bin")}
}

func (w Wish) join(elements ...string) string { return w.under(w.Home, elements...) }

// under joins as the system that home belongs to does: the tests for one run on all.
func (w Wish) under(dir string, elements ...string) string {
	separator := "/"
	if windows(w.Home) {
		separator = `\`
	}
	return strings.Join(append([]string{dir}, elements...), separator)
}

// windows tells it from an absolute path: only there it does not begin with a slash.
func windows(home string) bool { return !strings.HasPrefix(home, "/") }

// withoutGo gives the entries of PATH without those of a Go installation, and the list of all that are missing now:
// removed before, or here. The undone environment says which GOROOT is the user's.
func withoutGo(base platform.Env, home string, removed []entry) (rest []string, all []entry) {
	known := knownPlaces(base, home)
	rest = base.Path()
	if !slices.ContainsFunc(rest, known.holdsGo) {
		return rest, removed
	}
	// Somebody put one on PATH since: the whole list is made anew, each entry in its place.
	full := putBack(rest, removed)
	rest = nil
	for i, path := range full {
		if known.holdsGo(path) {
			all = append(all, entry{after: len(full) - 1 - i, path: path})
		} else {
			rest = append(rest, path)
		}
	}
	return rest, all
}

// putBack inserts removed entries, each where as many entries come after it as once did: people prepend to PATH more
// often than they append. What is on PATH again already stays where it is.
func putBack(path []string, removed []entry) []string {
	full := slices.Clone(path)
	for _, e := range slices.Backward(removed) {
		if !slices.Contains(path, e.path) {
			full = slices.Insert(full, max(0, len(full)-e.after), e.path)
		}
	}
	return full
}

// optional is a variable's value, or that it is not set.
type optional struct {
	text string
	set  bool
}

func value(text string) optional { return optional{text, true} }

func lookup(env platform.Env, name string) optional {
	text, set := env.Lookup(name)
	return optional{text, set}
}

func (o optional) apply(env platform.Env, name string) platform.Env {
	if o.set {
		return env.With(name, o.text)
	}
	return env.Without(name)
}

func (o optional) String() string {
	if !o.set {
		return ""
	}
	return "+" + Encode(o.text)
}

// Encode writes a value as it stands in the variable Saved, behind its plus sign.
func Encode(text string) string {
	if !strings.ContainsAny(text, "%:=") {
		return text // a replacer is eight kilobytes of tables, and a shim makes one for each value
	}
	return strings.NewReplacer("%", "%25", ":", "%3A", "=", "%3D").Replace(text)
}

// parseOptional takes what String gives.
func parseOptional(s string) (optional, bool) {
	text, set := strings.CutPrefix(s, "+")
	if !set {
		return optional{}, s == ""
	}
	if !strings.Contains(text, "%") {
		return value(text), true
	}
	return value(strings.NewReplacer("%3D", "=", "%3A", ":", "%25", "%").Replace(text)), true
}

// saved is the value of the variable Saved.
type saved struct {
	entries []entry
	records []record
}

// entry is a removed PATH entry, and how many of those that were not gsw's came after it.
type entry struct {
	after int
	path  string
}

// record is a variable that was changed.
type record struct {
	name     string
	old, new optional
}

func (s saved) String() string {
	var fields []string
	for _, e := range s.entries {
		fields = append(fields, strconv.Itoa(e.after)+"="+value(e.path).String())
	}
	for _, r := range s.records {
		fields = append(fields, r.name+"="+r.old.String()+"="+r.new.String())
	}
	return strings.Join(fields, ":")
}

// parseSaved leaves out what it does not understand: the variable may come from anywhere, and an environment must still
// be made. Only GO… variables are ever restored, so that it can be used to set no other.
func parseSaved(s string) saved {
	var all saved
	for field := range strings.SplitSeq(s, ":") {
		name, rest, _ := strings.Cut(field, "=")
		if after, err := strconv.Atoi(name); err == nil && digits(name) {
			if path, ok := parseOptional(rest); ok && path.set {
				all.entries = append(all.entries, entry{after, path.text})
			}
			continue
		}
		before, after, found := strings.Cut(rest, "=")
		old, ok1 := parseOptional(before)
		new, ok2 := parseOptional(after)
		if found && ok1 && ok2 && goName(name) {
			all.records = append(all.records, record{name, old, new})
		}
	}
	return all
}

// digits takes numbers as strconv.Itoa writes them, and bounds them: a PATH has no million entries.
func digits(s string) bool {
	return s != "" && len(s) <= 6 && strings.Trim(s, "0123456789") == "" && (s == "0" || s[0] != '0')
}

func goName(s string) bool {
	const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return len(s) > 2 && strings.HasPrefix(s, "GO") && strings.Trim(s, capitals+"_0123456789") == ""
}

// undo gives the environment before the wish that left s, but for removed PATH entries. A variable that was changed
// since is the user's and stays. What lies below home was gsw's in any case: the variable Saved may have been lost, or
// its line in an rc file been read again.
func (s saved) undo(env platform.Env, home string) platform.Env {
	for _, r := range s.records {
		if lookup(env, r.name) == r.new {
			env = r.old.apply(env, r.name)
		}
	}
	gsw := places{windows: windows(home), home: home, system: env.Get("GSW_SYSTEM")}
	for _, name := range []string{"GOBIN", "GOROOT"} {
		if gsw.own(env.Get(name)) {
			env = env.Without(name)
		}
	}
	if path := env.Path(); slices.ContainsFunc(path, gsw.own) {
		env = env.WithPath(slices.DeleteFunc(path, gsw.own))
	}
	return env.Without(Saved)
}
