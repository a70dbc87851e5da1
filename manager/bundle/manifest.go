package bundle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"sort"
	"strings"

	"golang.org/x/mod/module"

	"gsw/manager/gover"
	"gsw/platform"
)

// Schema is the schema_version of the manifests this gsw writes.
const Schema = 1

// A Manifest says what is in a bundle. Lists are sorted, and nothing is in one twice.
type Manifest struct {
	SchemaVersion int         `json:"schema_version"`
	Log           Log         `json:"log"`
	Toolchains    []Toolchain `json:"toolchains"`
	Modules       []Module    `json:"modules"`
	Projects      []string    `json:"projects"` // paths of the main modules that this was made for
	Entries       []Entry     `json:"entries"`  // every file but the manifest, in the order of the archive
}

// Log is the checksum database by which the rest is proved, as it was when the bundle was made. Without a name there
// are no records.
type Log struct {
	Name     string  `json:"name"`
	TreeSize int64   `json:"tree_size"`
	Earlier  []int64 `json:"earlier_tree_sizes"` // of trees that this one is shown to continue
}

// Toolchain is a toolchain for one platform.
type Toolchain struct {
	Version  string `json:"version"`  // "go1.22.3"
	Platform string `json:"platform"` // "linux-amd64"
	Tree     string `json:"tree"`     // "h1:…", as the log has it
	Record   int64  `json:"record"`   // its number there
}

// NoRecord is the record of a module that the log does not know.
const NoRecord = -1

// Module is a module's version. Without a Sum there is only its go.mod.
type Module struct {
	Path     string `json:"path"`
	Version  string `json:"version"`
	Sum      string `json:"sum"`        // of its files, "h1:…"
	GoModSum string `json:"go_mod_sum"` // of its go.mod
	Record   int64  `json:"record"`     // its number in the log, or NoRecord
}

// Recorded tells whether the log is to prove the module. What it has not, only a project's go.sum can vouch for.
func (m Module) Recorded() bool { return m.Record != NoRecord }

// String is path@version.
func (m Module) String() string { return m.Path + "@" + m.Version }

// Suffixes are those of the files that there are of it.
func (m Module) Suffixes() []string {
	if m.Sum == "" {
		return []string{".mod"}
	}
	return []string{".info", ".mod", ".zip"}
}

// Entry is one file of the archive.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size_bytes"`
	SHA256 string `json:"sha256"`
}

// Identity is the release that a toolchain says it is.
func (t Toolchain) Identity() (gover.Version, platform.Target, error) {
	v, err := gover.Parse(t.Version)
	system, arch, ok := strings.Cut(t.Platform, "-")
	switch {
	case err != nil:
		return v, platform.Target{}, err
	case v.Tag() != t.Version:
		return v, platform.Target{}, errors.New("the release is called " + v.Tag())
	case !ok || !isWord(system) || !isWord(arch):
		return v, platform.Target{}, errors.New("it names no platform")
	}
	return v, platform.Target{OS: system, Arch: arch}, nil
}

func isWord(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// Sort brings everything into the order of a bundle.
func (m *Manifest) Sort() {
	sort.Slice(m.Toolchains, func(i, j int) bool { return compareToolchains(m.Toolchains[i], m.Toolchains[j]) < 0 })
	sort.Slice(m.Modules, func(i, j int) bool { return compareModules(m.Modules[i], m.Modules[j]) < 0 })
	slices.Sort(m.Projects)
	slices.Sort(m.Log.Earlier)
	sort.Slice(m.Entries, func(i, j int) bool { return compareEntries(m.Entries[i], m.Entries[j]) < 0 })
}

func compareToolchains(a, b Toolchain) int {
	return cmp.Or(strings.Compare(a.Version, b.Version), strings.Compare(a.Platform, b.Platform))
}

func compareModules(a, b Module) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Version, b.Version))
}

func compareEntries(a, b Entry) int { return strings.Compare(a.Name, b.Name) }

// text is the manifest as it stands in the archive.
func (m Manifest) text() ([]byte, error) {
	m.SchemaVersion = Schema
	if m.Log.Earlier == nil {
		m.Log.Earlier = []int64{}
	}
	if m.Toolchains == nil {
		m.Toolchains = []Toolchain{}
	}
	if m.Modules == nil {
		m.Modules = []Module{}
	}
	if m.Projects == nil {
		m.Projects = []string{}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(m)
	return text.Bytes(), err
}

// parse reads what text wrote, and holds it to every rule of the format.
func parse(text []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&m); err != nil {
		return Manifest{}, refused(manifestName, "not a manifest: %v", err)
	}
	if m.SchemaVersion != Schema {
		return Manifest{}, refused(manifestName, "schema %d is not one this gsw knows", m.SchemaVersion)
	}
	if _, err := d.Token(); err != io.EOF {
		return Manifest{}, refused(manifestName, "something follows the manifest")
	}
	return m, m.check()
}

// check holds a manifest to the rules of the format.
func (m Manifest) check() error {
	wanted, err := m.wanted()
	if err != nil {
		return err
	}
	switch {
	case len(m.Entries) > maxEntries || len(m.Toolchains) > maxToolchains:
		return refused(manifestName, "it names more than any bundle holds")
	case !sorted(m.Toolchains, compareToolchains), !sorted(m.Modules, compareModules), !sorted(m.Entries, compareEntries),
		!sorted(m.Projects, strings.Compare), !sorted(m.Log.Earlier, cmp.Compare[int64]):
		return refused(manifestName, "it is not sorted, or names something twice")
	}
	for _, e := range m.Entries {
		tile, below := strings.CutPrefix(e.Name, m.Log.dir())
		if !wanted[e.Name] && !(below && m.Log.Name != "" && isTile(tile)) {
			return refused(e.Name, "nothing in a bundle has that name, or nothing in this one")
		}
		delete(wanted, e.Name)
		if limit := limitOf(e.Name); e.Size < 0 || e.Size > limit {
			return refused(e.Name, "%d bytes are more than the %d that it may have", e.Size, limit)
		}
		if sum, err := hex.DecodeString(e.SHA256); err != nil || len(sum) != sha256.Size || strings.ToLower(e.SHA256) != e.SHA256 {
			return refused(e.Name, "%.80q is no SHA-256", e.SHA256)
		}
	}
	for name := range wanted {
		return refused(name, "the manifest calls for it, and does not list it")
	}
	return nil
}

// total is what all entries come to; each is within its limit, and so is their number.
func (m Manifest) total() (bytes int64) {
	for _, e := range m.Entries {
		bytes += e.Size
	}
	return bytes
}

func (l Log) dir() string { return "sumdb/" + l.Name + "/" }

// wanted are the names of the entries that toolchains, modules and log call for, all but tiles.
func (m Manifest) wanted() (map[string]bool, error) {
	if err := m.checkLog(); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	if m.Log.Name != "" {
		names[HeadName(m.Log.Name)] = true
	}
	for _, t := range m.Toolchains {
		v, target, err := t.Identity()
		if err != nil {
			return nil, refused(manifestName, "toolchain %.40q for %.40q: %v", t.Version, t.Platform, err)
		}
		if !isH1(t.Tree) || !m.Log.holds(t.Record) {
			return nil, refused(manifestName, "%s for %s has no hash, or no record in the log", t.Version, t.Platform)
		}
		name, err := RecordName(m.Log.Name, "golang.org/toolchain", "v0.0.1-"+v.Tag()+"."+target.String())
		if err != nil {
			return nil, refused(manifestName, "%v", err)
		}
		names[name], names[ToolchainName(v, target)] = true, true
	}
	for _, mod := range m.Modules {
		if err := m.wantModule(names, mod); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func (m Manifest) wantModule(names map[string]bool, mod Module) error {
	if err := module.Check(mod.Path, mod.Version); err != nil || module.CanonicalVersion(mod.Version) != mod.Version {
		return refused(manifestName, "%.120q is no module's version (%v)", mod, err)
	}
	if mod.Sum != "" && !isH1(mod.Sum) || !isH1(mod.GoModSum) || mod.Recorded() && !m.Log.holds(mod.Record) || mod.Path == "golang.org/toolchain" {
		return refused(manifestName, "%s has no hash, or a number that no record has, or is a toolchain", mod)
	}
	for _, suffix := range mod.Suffixes() {
		name, err := ModuleName(mod.Path, mod.Version, suffix)
		if err != nil {
			return refused(manifestName, "%v", err)
		}
		names[name] = true
	}
	if !mod.Recorded() {
		return nil
	}
	name, err := RecordName(m.Log.Name, mod.Path, mod.Version)
	if err != nil {
		return refused(manifestName, "%v", err)
	}
	names[name] = true
	return nil
}

// checkLog: a log's name becomes the name of a folder.
func (m Manifest) checkLog() error {
	l := m.Log
	if l.Name == "" && (l.TreeSize != 0 || len(l.Earlier) > 0) {
		return refused(manifestName, "it tells of a log without a name")
	}
	if l.Name != "" && (module.CheckPath(l.Name) != nil || path.Clean(l.Name) != l.Name || strings.ToLower(l.Name) != l.Name || l.TreeSize <= 0) {
		return refused(manifestName, "%.80q is no log", l.Name)
	}
	for _, size := range l.Earlier {
		if size <= 0 || size > l.TreeSize {
			return refused(manifestName, "a tree of %d is none that the tree of %d continues", size, l.TreeSize)
		}
	}
	return nil
}

// holds tells whether a record can have that number.
func (l Log) holds(record int64) bool { return l.Name != "" && record >= 0 && record < l.TreeSize }

func isH1(sum string) bool {
	return strings.HasPrefix(sum, "h1:") && len(sum) == len("h1:")+44 && !strings.ContainsAny(sum, " \n\r\t")
}

// sorted tells whether a list is, without anything in it twice.
func sorted[T any](list []T, compare func(a, b T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(list[i-1], list[i]) >= 0 {
			return false
		}
	}
	return true
}
