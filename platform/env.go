package platform

import (
	"slices"
	"strings"
)

// Env is a set of environment variables that never changes: With and Without give a new one, so that the environment
// a process has and the one it shall get can be compared. The zero Env is empty and behaves as on Unix.
//
// For Windows names compare case-insensitively and keep the spelling they were first given.
type Env struct {
	windows bool
	vars    []variable // sorted by key, each key once; never written to after it was made
}

type variable struct{ key, name, value string }

// NewEnv reads "NAME=value" strings as os.Environ gives them for a target. Of two with one name the last counts, as
// for os/exec; what has no name is left out.
func NewEnv(t Target, environ []string) Env {
	e := Env{windows: t.OS == "windows", vars: make([]variable, 0, len(environ))}
	for _, entry := range environ {
		// Windows keeps the working directory of each drive in variables named "=C:".
		skip := 0
		if e.windows && strings.HasPrefix(entry, "=") {
			skip = 1
		}
		i := strings.IndexByte(entry[skip:], '=')
		if i+skip < 1 || i < 0 {
			continue
		}
		name := entry[:i+skip]
		e.vars = append(e.vars, variable{e.key(name), name, entry[i+skip+1:]})
	}
	slices.SortStableFunc(e.vars, func(a, b variable) int { return strings.Compare(a.key, b.key) })
	last := e.vars[:0]
	for i, v := range e.vars {
		if i+1 == len(e.vars) || e.vars[i+1].key != v.key {
			last = append(last, v)
		}
	}
	e.vars = last
	return e
}

func (e Env) key(name string) string {
	if e.windows {
		return strings.ToUpper(name)
	}
	return name
}

func (e Env) find(name string) (int, bool) {
	return slices.BinarySearchFunc(e.vars, e.key(name), func(v variable, key string) int { return strings.Compare(v.key, key) })
}

// Get gives a variable's value, "" if it is not set.
func (e Env) Get(name string) string {
	value, _ := e.Lookup(name)
	return value
}

// Lookup tells an empty variable from one that is not set.
func (e Env) Lookup(name string) (string, bool) {
	if i, ok := e.find(name); ok {
		return e.vars[i].value, true
	}
	return "", false
}

// With gives the environment in which name has this value. A name must not be empty or contain "=", and nothing may
// contain a NUL: no system can hand those to a process.
func (e Env) With(name, value string) Env {
	i, ok := e.find(name)
	vars := make([]variable, 0, len(e.vars)+1)
	vars = append(vars, e.vars...)
	if ok {
		vars[i].value = value
	} else {
		vars = slices.Insert(vars, i, variable{e.key(name), name, value})
	}
	e.vars = vars
	return e
}

// Without gives the environment in which none of names is set.
func (e Env) Without(names ...string) Env {
	vars := make([]variable, 0, len(e.vars))
	for _, v := range e.vars {
		if !slices.ContainsFunc(names, func(name string) bool { return e.key(name) == v.key }) {
			vars = append(vars, v)
		}
	}
	e.vars = vars
	return e
}

// Environ gives the variables as "NAME=value", sorted by name: what a child process gets.
func (e Env) Environ() []string {
	environ := make([]string, len(e.vars))
	for i, v := range e.vars {
		environ[i] = v.name + "=" + v.value
	}
	return environ
}

// Path gives the entries of PATH in order. Empty ones are kept: on Unix they mean the working directory. No PATH, or
// an empty one, has no entries. For Windows the quotes that protect a semicolon are taken off.
func (e Env) Path() []string {
	list := e.Get("PATH")
	if list == "" {
		return nil
	}
	if !e.windows {
		return strings.Split(list, ":")
	}
	var entries []string
	start, quoted := 0, false
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '"':
			quoted = !quoted
		case list[i] == ';' && !quoted:
			entries = append(entries, strings.ReplaceAll(list[start:i], `"`, ""))
			start = i + 1
		}
	}
	return append(entries, strings.ReplaceAll(list[start:], `"`, ""))
}

// WithPath gives the environment whose PATH has these entries; with none PATH is unset. An entry that holds the
// separator cannot be written on Unix and reads back as two.
func (e Env) WithPath(entries []string) Env {
	if len(entries) == 0 {
		return e.Without("PATH")
	}
	if !e.windows {
		return e.With("PATH", strings.Join(entries, ":"))
	}
	quoted := slices.Clone(entries)
	for i, entry := range quoted {
		if strings.Contains(entry, ";") {
			quoted[i] = `"` + entry + `"`
		}
	}
	return e.With("PATH", strings.Join(quoted, ";"))
}

// Change is one variable's way from one environment to another.
type Change struct {
	Name     string
	Old, New string
	Was, Is  bool // whether the variable was set before, and is set afterwards
}

// Reverse gives the change that undoes c.
func (c Change) Reverse() Change {
	return Change{Name: c.Name, Old: c.New, New: c.Old, Was: c.Is, Is: c.Was}
}

// Changes gives what must be done to e to make it to, sorted by name; nothing for variables that stay as they are.
// Applied in reverse to to they give e again.
func (e Env) Changes(to Env) []Change {
	var changes []Change
	i, j := 0, 0
	for i < len(e.vars) || j < len(to.vars) {
		order := 0
		switch {
		case i == len(e.vars):
			order = 1
		case j == len(to.vars):
			order = -1
		default:
			order = strings.Compare(e.vars[i].key, to.vars[j].key)
		}
		switch {
		case order < 0:
			changes = append(changes, Change{Name: e.vars[i].name, Old: e.vars[i].value, Was: true})
			i++
		case order > 0:
			changes = append(changes, Change{Name: to.vars[j].name, New: to.vars[j].value, Is: true})
			j++
		default:
			if before, after := e.vars[i], to.vars[j]; before.value != after.value {
				changes = append(changes, Change{Name: before.name, Old: before.value, New: after.value, Was: true, Is: true})
			}
			i, j = i+1, j+1
		}
	}
	return changes
}

// Apply gives the environment after the changes, whatever it was before them.
func (e Env) Apply(changes []Change) Env {
	for _, c := range changes {
		if c.Is {
			e = e.With(c.Name, c.New)
		} else {
			e = e.Without(c.Name)
		}
	}
	return e
}
