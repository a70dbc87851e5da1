package modcache

import (
	"bytes"
	"fmt"
	"os"
	"sort"
	"strings"

	"golang.org/x/mod/module"
)

// Sums are what projects expect modules to hash to: the lines of go.sum files.
type Sums struct {
	files map[module.Version]line // of a version "v1.2.3" or "v1.2.3/go.mod"
}

type line struct{ sum, place string }

// A ConflictError says that two go.sum files expect different things of a module: one of them was made to deceive, or
// the module was changed after its release.
type ConflictError struct {
	Module       string // path and version, with /go.mod for that file
	One, Other   string // hashes
	Place, Again string // FILE:LINE of each
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is %s by %s, but %s by %s", e.Module, e.One, e.Place, e.Other, e.Again)
}

// A SumLineError says that a line is none of a go.sum file.
type SumLineError struct {
	File string
	Line int
}

func (e *SumLineError) Error() string {
	return fmt.Sprintf("%s:%d: not a module, a version and a hash", e.File, e.Line)
}

// Read adds the lines of a go.sum file, which must exist. Hashes of other kinds than h1 are passed over, as the go
// command does.
func (s *Sums) Read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if s.files == nil {
		s.files = map[module.Version]line{}
	}
	number := 0
	for text := range bytes.Lines(text) {
		number++
		words := strings.Fields(string(text))
		if len(words) == 0 {
			continue
		}
		if len(words) != 3 {
			return &SumLineError{File: file, Line: number}
		}
		if !strings.HasPrefix(words[2], "h1:") {
			continue
		}
		key := module.Version{Path: words[0], Version: words[1]}
		if valid(module.Version{Path: key.Path, Version: strings.TrimSuffix(key.Version, "/go.mod")}) != nil {
			return &SumLineError{File: file, Line: number}
		}
		here := line{words[2], fmt.Sprintf("%s:%d", file, number)}
		before, known := s.files[key]
		if known && before.sum != here.sum {
			return &ConflictError{Module: key.Path + " " + key.Version, One: before.sum, Place: before.place, Other: here.sum, Again: here.place}
		}
		if !known {
			s.files[key] = here
		}
	}
	return nil
}

// Zip is the hash of a module's files and the line that says so, "" if there is none.
func (s Sums) Zip(m module.Version) (sum, place string) {
	l := s.files[m]
	return l.sum, l.place
}

// GoMod is the hash of a module's go.mod, likewise.
func (s Sums) GoMod(m module.Version) (sum, place string) {
	l := s.files[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}]
	return l.sum, l.place
}

// Modules are the versions that there are lines about, sorted.
func (s Sums) Modules() []module.Version {
	seen := map[module.Version]bool{}
	for key := range s.files {
		key.Version = strings.TrimSuffix(key.Version, "/go.mod")
		seen[key] = true
	}
	var all []module.Version
	for m := range seen {
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return a.Path < b.Path || a.Path == b.Path && a.Version < b.Version
	})
	return all
}

// Text is the lines as one go.sum file.
func (s Sums) Text() []byte {
	var text bytes.Buffer
	for _, m := range s.Modules() {
		if sum, _ := s.Zip(m); sum != "" {
			fmt.Fprintf(&text, "%s %s %s\n", m.Path, m.Version, sum)
		}
		if sum, _ := s.GoMod(m); sum != "" {
			fmt.Fprintf(&text, "%s %s/go.mod %s\n", m.Path, m.Version, sum)
		}
	}
	return text.Bytes()
}
