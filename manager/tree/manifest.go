// Package tree computes the hash of a toolchain's files as the checksum
// database records it. Archives, module zips and installed folders that hold
// the same files give the same hash, whatever their modes, times and packing.
package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// Entry is one file and the SHA-256 of its bytes. Name is its slash path below
// the GOROOT, as it is on disk: "src/go.mod".
type Entry struct {
	Name string
	Sum  [sha256.Size]byte
}

// Manifest lists the files of one toolchain, in any order.
type Manifest []Entry

// Covered reports whether the checksum database says anything about the file
// name. The toolchain modules leave out these folders, so that nothing proves
// (or needs) them.
func Covered(name string) bool {
	top, _, below := strings.Cut(name, "/")
	if !below {
		return true
	}
	switch top {
	case "api", "doc", "misc", "test", ".github":
		return false
	}
	return true
}

// ModuleName is the name that a file has in a toolchain module. A folder with
// a go.mod would be a module of its own, so the modules rename them all.
func ModuleName(name string) string {
	if dir, base := path.Split(name); base == "go.mod" {
		return dir + "_go.mod"
	}
	return name
}

// Hash returns the "h1:" hash of the covered files as the record of
// golang.org/toolchain@v0.0.1-VERSION.OS-ARCH holds it
// (golang.org/x/mod/sumdb/dirhash.Hash1). Version and platform are part of what
// is hashed: the genuine files of another release do not pass.
func (m Manifest) Hash(v gover.Version, t platform.Target) string {
	prefix := "golang.org/toolchain@v0.0.1-" + v.Tag() + "." + t.String() + "/"
	sum := sha256.New()
	var line []byte
	for _, e := range m.sorted() {
		if !Covered(e.Name) {
			break
		}
		line = hex.AppendEncode(line[:0], e.Sum[:])
		line = append(line, "  "+prefix...)
		line = append(line, ModuleName(e.Name)...)
		sum.Write(append(line, '\n'))
	}
	return "h1:" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

// Sort brings m into the order in which Hash and Text take it: covered files first, by
// their names in the module, then the rest. Done once it spares them a sorted copy each.
func (m Manifest) Sort() {
	if !m.isSorted() {
		copy(m, m.sorted())
	}
}

// sorted returns m, or a copy of it, in the order of Sort.
func (m Manifest) sorted() Manifest {
	if m.isSorted() {
		return m
	}
	keys := make([]key, len(m))
	for i, e := range m {
		keys[i] = keyOf(e.Name, i)
	}
	slices.SortFunc(keys, key.compare)
	s := make(Manifest, len(m))
	for i, k := range keys {
		s[i] = m[k.index]
	}
	return s
}

func (m Manifest) isSorted() bool {
	var last key
	for i, e := range m {
		k := keyOf(e.Name, i)
		if i > 0 && last.compare(k) > 0 {
			return false
		}
		last = k
	}
	return true
}

// key is what a file is sorted by.
type key struct {
	covered      bool
	module, name string
	index        int
}

func keyOf(name string, index int) key {
	return key{covered: Covered(name), module: ModuleName(name), name: name, index: index}
}

func (a key) compare(b key) int {
	switch {
	case a.covered != b.covered && a.covered:
		return -1
	case a.covered != b.covered:
		return 1
	case a.module != b.module:
		return strings.Compare(a.module, b.module)
	}
	return strings.Compare(a.name, b.name)
}

// Text returns the manifest as sha256sum(1) prints it, one "HEX  NAME" line per
// file: `cd GOROOT && sha256sum -c` checks a tree without gsw. Covered files come
// first, in the order in which Hash takes them. It is the same for any order of m.
func (m Manifest) Text() []byte {
	size := 0
	for _, e := range m {
		size += hex.EncodedLen(len(e.Sum)) + len("  ") + len(e.Name) + len("\n")
	}
	text := make([]byte, 0, size)
	for _, e := range m.sorted() {
		text = hex.AppendEncode(text, e.Sum[:])
		text = append(text, "  "...)
		text = append(text, e.Name...)
		text = append(text, '\n')
	}
	return text
}

// ManifestError says which line of a manifest's text is not one.
type ManifestError struct {
	Line   int // from 1
	Reason string
}

func (e *ManifestError) Error() string {
	return fmt.Sprintf("manifest line %d: %s", e.Line, e.Reason)
}

// ParseManifest reads what Text wrote, in any order of lines. A line that Text does
// not write, a truncated last one for example, is a *ManifestError.
func ParseManifest(text []byte) (Manifest, error) {
	m := make(Manifest, 0, bytes.Count(text, []byte{'\n'}))
	seen := make(map[string]bool, cap(m))
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole {
			return nil, &ManifestError{Line: n, Reason: "it ends early"}
		}
		text = rest
		var e Entry
		digits := hex.EncodedLen(len(e.Sum))
		if len(line) <= digits+2 || string(line[digits:digits+2]) != "  " {
			return nil, &ManifestError{Line: n, Reason: "not a SHA-256, two blanks and a name"}
		}
		if _, err := hex.Decode(e.Sum[:], line[:digits]); err != nil || bytes.ContainsAny(line[:digits], "ABCDEF") {
			return nil, &ManifestError{Line: n, Reason: "not a SHA-256"}
		}
		e.Name = string(line[digits+2:])
		if !validName(e.Name) {
			return nil, &ManifestError{Line: n, Reason: fmt.Sprintf("%q is not a path below the GOROOT", e.Name)}
		}
		if seen[e.Name] {
			return nil, &ManifestError{Line: n, Reason: fmt.Sprintf("%q comes twice", e.Name)}
		}
		seen[e.Name] = true
		m = append(m, e)
	}
	return m, nil
}

// validName reports whether name is a clean, relative slash path that stays
// below its root and fits on one line.
func validName(name string) bool {
	return !path.IsAbs(name) && path.Clean(name) == name && name != "." && name != ".." &&
		!strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\n\r\x00")
}

// The kinds of Difference.
const (
	Changed = "changed"
	Added   = "added"
	Missing = "missing"
)

// Difference is one file that is not as it should be.
type Difference struct {
	Name string
	Kind string // Changed, Added or Missing
}

// Compare lists in what have, which was measured, differs from m, by name.
func (m Manifest) Compare(have Manifest) []Difference {
	left := make(map[string][sha256.Size]byte, len(have))
	for _, e := range have {
		left[e.Name] = e.Sum
	}
	var ds []Difference
	for _, e := range m {
		sum, there := left[e.Name]
		if !there {
			ds = append(ds, Difference{Name: e.Name, Kind: Missing})
		} else if sum != e.Sum {
			ds = append(ds, Difference{Name: e.Name, Kind: Changed})
		}
		delete(left, e.Name)
	}
	for name := range left {
		ds = append(ds, Difference{Name: name, Kind: Added})
	}
	sort.Slice(ds, func(i, j int) bool { return ds[i].Name < ds[j].Name })
	return ds
}
