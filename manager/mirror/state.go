package mirror

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// State is what a tree holds, and what it was made for.
type State struct {
	Selection  Selection
	Toolchains []Toolchain
	Heads      []int64         // sizes of the trees of the checksum database whose heads were published, the newest last
	Files      map[string]File // by path in the tree: everything that is gsw's
}

// Selection is what was asked for, as words.
type Selection struct {
	Versions    []string `json:"versions"`
	Platforms   []string `json:"platforms"`
	LatestPatch bool     `json:"latest_patch"` // of each line only the newest of what Versions name
	Archives    bool     `json:"archives"`
	Modules     bool     `json:"modules"`
}

// Toolchain is one release for one platform.
type Toolchain struct {
	Version gover.Version
	Target  platform.Target
	Archive *Archive // nil: the tree has none
	Module  *Module
}

// Archive is an archive in dl/.
type Archive struct {
	Name   string   `json:"name"`
	SHA256 string   `json:"sha256"`
	Size   int64    `json:"size"`
	Proofs []string `json:"proofs"` // the parties that vouched
}

// Module is a version of golang.org/toolchain.
type Module struct {
	Version string `json:"version"`
	H1      string `json:"h1"`   // of its files, as the checksum database has it
	Size    int64  `json:"size"` // of the zip
}

// File is one file of the tree.
type File struct {
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
	Modified int64  `json:"modified,omitempty"` // Unix time in nanoseconds; 0: not known
	Found    bool   `json:"found,omitempty"`    // it was there before, with this content: not to be removed
}

// StateError says that the account of what a tree holds can't be read. Without it nobody knows what may be removed.
type StateError struct {
	File string
	Err  error
}

func (e *StateError) Error() string { return fmt.Sprintf("%s is not readable: %v", e.File, e.Err) }
func (e *StateError) Unwrap() error { return e.Err }

// account is State as it is written.
type account struct {
	SchemaVersion int             `json:"schema_version"`
	Selection     Selection       `json:"selection"`
	Toolchains    []toolchain     `json:"toolchains"`
	Heads         []int64         `json:"heads"`
	Files         map[string]File `json:"files"`
}

type toolchain struct {
	Version string   `json:"version"`
	OS      string   `json:"os"`
	Arch    string   `json:"arch"`
	Archive *Archive `json:"archive,omitempty"`
	Module  *Module  `json:"module,omitempty"`
}

const schemaVersion = 1

func (t *Tree) stateFile() string { return filepath.Join(t.dir, private, "state.json") }

// State reads what the tree holds; nothing, where there is no tree yet.
func (t *Tree) State() (State, error) {
	text, err := platform.ReadFile(t.stateFile())
	if errors.Is(err, fs.ErrNotExist) {
		return State{Files: map[string]File{}}, nil
	}
	if err != nil {
		return State{}, err
	}
	s, err := parseState(text)
	if err != nil {
		return State{}, &StateError{File: t.stateFile(), Err: err}
	}
	return s, nil
}

// parseState reads what text wrote. Paths that lead out of the tree are an error: they name what is removed.
func parseState(text []byte) (State, error) {
	var d account
	if err := json.Unmarshal(text, &d); err != nil {
		return State{}, err
	}
	if d.SchemaVersion != schemaVersion {
		return State{}, fmt.Errorf("it is of version %d, this gsw knows %d", d.SchemaVersion, schemaVersion)
	}
	s := State{Selection: d.Selection, Heads: d.Heads, Files: map[string]File{}}
	for name, f := range d.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) || name == "." || len(f.SHA256) != 2*sha256.Size {
			return State{}, fmt.Errorf("%q is no file of a mirror", name)
		}
		s.Files[name] = f
	}
	for _, c := range d.Toolchains {
		v, err := gover.Parse(c.Version)
		if err != nil || v.Tag() != c.Version {
			return State{}, fmt.Errorf("%q is no release", c.Version)
		}
		s.Toolchains = append(s.Toolchains, Toolchain{v, platform.Target{OS: c.OS, Arch: c.Arch}, c.Archive, c.Module})
	}
	return s, nil
}

func (s State) text() ([]byte, error) {
	d := account{SchemaVersion: schemaVersion, Selection: s.Selection, Toolchains: []toolchain{}, Heads: s.Heads, Files: s.Files}
	for _, c := range s.Toolchains {
		d.Toolchains = append(d.Toolchains, toolchain{c.Version.Tag(), c.Target.OS, c.Target.Arch, c.Archive, c.Module})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(d)
	return b.Bytes(), err
}

// write keeps s, and lasts: it is what may be removed some day. Where nothing changes, nothing is written.
func (t *Tree) write(s State) error {
	text, err := s.text()
	if have, _ := platform.ReadFile(t.stateFile()); err == nil && !bytes.Equal(have, text) {
		err = platform.WriteDurable(t.stateFile(), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing down what the mirror holds: %w", err)
	}
	return nil
}

// Find gives the toolchain of a release for a platform.
func (s State) Find(v gover.Version, target platform.Target) (Toolchain, bool) {
	i := slices.IndexFunc(s.Toolchains, func(c Toolchain) bool { return c.Version == v && c.Target == target })
	if i < 0 {
		return Toolchain{}, false
	}
	return s.Toolchains[i], true
}

// Intact tells whether the files with these names are as they were published. Their size and time tell, unless every byte is
// to be read; one whose time differs is read, too: the tree may have been copied.
func (t *Tree) Intact(s State, exact bool, names ...string) (bool, error) {
	for _, name := range names {
		f, known := s.Files[name]
		if !known {
			return false, nil
		}
		info, err := os.Lstat(t.file(name))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !info.Mode().IsRegular() || info.Size() != f.Size {
			return false, nil
		}
		if !exact && f.Modified != 0 && info.ModTime().UnixNano() == f.Modified {
			continue
		}
		sum, err := sumOf(t.file(name))
		if err != nil || sum != f.SHA256 {
			return false, err
		}
		f.Modified = info.ModTime().UnixNano()
		s.Files[name] = f
	}
	return true, nil
}

func sumOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// Names are the paths of everything in the tree, sorted.
func (s State) Names() []string { return slices.Sorted(maps.Keys(s.Files)) }

// Tiles are the paths of the checksum database's tiles.
func (s State) Tiles() (names []string) {
	for name := range s.Files {
		if rank(name) == rankTile {
			names = append(names, name)
		}
	}
	return names
}

// HeadSize is the number of records in the tree of a signed tree head, whose signature somebody has checked: its second line.
func HeadSize(head []byte) (int64, error) {
	lines := strings.SplitN(string(head), "\n", 3)
	if len(lines) < 3 {
		return 0, errors.New("a tree head of one line")
	}
	return strconv.ParseInt(lines[1], 10, 64)
}
