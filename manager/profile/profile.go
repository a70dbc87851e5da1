// Package profile is named sets of the go command's network settings: which there are, which one holds in a folder, and
// what a value may be. It is pure, and small enough for a shim.
//
// A profile reaches the go command as environment variables, and gsw as its mirror. It never reaches what gsw proves a
// toolchain with.
package profile

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

// The keys of a profile that are no variables.
const (
	Mirror  = "mirror"  // where gsw itself asks for toolchains, as GSW_MIRROR; "off": nowhere
	Extends = "extends" // the profile that says what this one leaves open
)

// Default is the profile that sets nothing.
const Default = "default"

// Setting is one variable of the go command, or gsw's mirror.
type Setting struct{ Name, Value string }

// Profile is a named set of settings. Those that it extends are in it already.
type Profile struct {
	Name    string
	About   string // of a built-in one: what it is for
	BuiltIn bool
	Adapted bool   // built in, and config.toml says otherwise about some of it
	Extends string // of the user's own
	Env     []Setting
	Mirror  string // "" leaves it to GSW_MIRROR and gsw's default
}

// Get is the value of a variable of the profile.
func (p Profile) Get(name string) (value string, ok bool) {
	for _, s := range p.Env {
		if s.Name == name {
			return s.Value, true
		}
	}
	return "", false
}

// Table is what config.toml says about profiles.
type Table struct {
	Global   string                       // profile = "NAME"
	Projects map[string]string            // [project_profiles]: absolute folders to names
	Own      map[string]map[string]string // [profiles.NAME]: keys to values
}

// BuiltIn lists gsw's own profiles, by name.
func BuiltIn() []Profile {
	private := Setting{"GOPRIVATE", Placeholder}
	return []Profile{
		{Name: "china", About: "servers that can be reached from China", Mirror: "https://golang.google.cn/dl", Env: []Setting{
			{"GOPROXY", "https://goproxy.cn,direct"}, {"GOSUMDB", "sum.golang.google.cn"}}},
		{Name: Default, About: "nothing is set: what the environment, go env -w and go.env say"},
		{Name: "intranet", About: "private modules go direct, public ones stay verified", Env: []Setting{private}},
		{Name: "isolated", About: "private modules, and no checksum database: for networks that reach none", Env: []Setting{
			private, {"GOSUMDB", "off"}}},
		{Name: "offline", About: "no server is asked: the module cache, vendor folders and installed toolchains have to do", Mirror: "off", Env: []Setting{
			{"GONOPROXY", "none"}, {"GOPROXY", "off"}, {"GOVCS", "*:off"}}},
		{Name: "zero-trust", About: "no module from the network, nothing exempt from the checksum database, no other toolchain", Env: []Setting{
			{"GOAUTH", "off"}, {"GOINSECURE", "none"}, {"GONOPROXY", "none"}, {"GONOSUMDB", "none"}, {"GOPROXY", "off"},
			{"GOSUMDB", "sum.golang.org"}, {"GOTOOLCHAIN", "local"}, {"GOVCS", "*:off"}}},
	}
}

// Placeholder stands in built-in profiles for the modules of a company.
const Placeholder = "*.corp.example"

func builtIn(name string) (Profile, bool) {
	all := BuiltIn()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	all[i].BuiltIn = true
	return all[i], true
}

// Names lists all profiles, sorted.
func (t Table) Names() []string {
	var names []string
	for _, p := range BuiltIn() {
		names = append(names, p.Name)
	}
	for name := range t.Own {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Get is the profile of a name. What config.toml says about a built-in one counts more than what is built in.
func (t Table) Get(name string) (Profile, bool) { return t.get(name, len(t.Own)+1) }

// get goes up at most so many profiles: a circle, which Circle finds, must not go on for ever.
func (t Table) get(name string, depth int) (Profile, bool) {
	p, known := builtIn(name)
	own, mine := t.Own[name]
	if !known && !mine || depth == 0 {
		return p, known
	}
	if parent := own[Extends]; parent != "" {
		from, _ := t.get(parent, depth-1)
		p = Profile{BuiltIn: p.BuiltIn, About: p.About, Extends: parent, Env: from.Env, Mirror: from.Mirror}
	}
	p.Name, p.Adapted = name, known && mine
	p.Env = slices.Clone(p.Env)
	for key, value := range own {
		switch key {
		case Extends:
		case Mirror:
			p.Mirror = value
		default:
			p.Env = slices.DeleteFunc(p.Env, func(s Setting) bool { return s.Name == key })
			p.Env = append(p.Env, Setting{key, value})
		}
	}
	sort.Slice(p.Env, func(i, j int) bool { return p.Env[i].Name < p.Env[j].Name })
	return p, true
}

// Users tells what a profile can't be missed by: "everywhere", "in FOLDER" for projects, "by NAME, which extends it".
func (t Table) Users(name string) []string {
	var users []string
	if t.Global == name {
		users = append(users, "everywhere")
	}
	for _, project := range slices.Sorted(maps.Keys(t.Projects)) {
		if t.Projects[project] == name {
			users = append(users, "in "+project)
		}
	}
	for _, other := range slices.Sorted(maps.Keys(t.Own)) {
		if t.Own[other][Extends] == name {
			users = append(users, "by "+other+", which extends it")
		}
	}
	return users
}

// Circle tells a name from which extends leads back to itself, as "a, b, a"; "" if there is none.
func (t Table) Circle(name string) string {
	way := []string{name}
	for len(way) <= len(t.Own)+1 {
		parent := t.Own[way[len(way)-1]][Extends]
		if parent == "" {
			return ""
		}
		way = append(way, parent)
		if parent == name {
			return strings.Join(way, ", ")
		}
	}
	return ""
}

// Place is where it is said which profile holds: a project's folder, or "" for everywhere.
type Place struct {
	Name    string
	Project string
}

// At tells which profile holds in a folder, and where that is said: the deepest of the projects that hold it, else the
// one for everywhere, else Default. Folders are compared by name, as the hooks do.
func (t Table) At(dir string) Place {
	best := Place{Name: t.Global}
	for project, name := range t.Projects {
		if below(dir, project) && (best.Project == "" || len(project) > len(best.Project)) {
			best = Place{name, project}
		}
	}
	if best.Name == "" {
		best.Name = Default
	}
	return best
}

func below(path, dir string) bool {
	dir = strings.TrimRight(dir, `/\`)
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '\\')
}

// Here is the profile that holds in a folder. One that does not exist, which config.toml is not read with, sets nothing.
func (t Table) Here(dir string) Profile {
	p, ok := t.Get(t.At(dir).Name)
	if !ok {
		p, _ = builtIn(Default)
	}
	return p
}

// Lines is what the hooks need to know, one line for each place, the deepest first:
//
//	/home/me/app=GOPROXY=+off:GOSUMDB=+off
//	=GOPROXY=+https%3A//goproxy.cn
//
// The last one, with no folder, holds everywhere. Both sides are written as package activation writes values. Nothing is
// returned where no profile is on.
func (t Table) Lines(encode func(string) string) string {
	places := make([]string, 0, len(t.Projects))
	for project := range t.Projects {
		places = append(places, project)
	}
	slices.SortFunc(places, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	var text strings.Builder
	line := func(dir, name string) {
		text.WriteString(encode(strings.TrimRight(dir, `/\`)) + "=")
		p, _ := t.Get(name)
		for i, s := range p.Env {
			if i > 0 {
				text.WriteString(":")
			}
			text.WriteString(s.Name + "=+" + encode(s.Value))
		}
		text.WriteString("\n")
	}
	for _, project := range places {
		line(project, t.Projects[project])
	}
	if t.Global != "" && t.Global != Default {
		line("", t.Global)
	}
	return text.String()
}
