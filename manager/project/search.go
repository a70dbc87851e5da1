package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"gsw/manager/gover"
	"gsw/platform"
)

// search is one way from the working directory upwards. For Explain, with steps, it goes to the end and writes down
// what it sees; otherwise it reads no more than the answer needs.
type search struct {
	alias func(name string) (string, bool)
	steps *[]Step

	// governing, if set, is told of the go.mod or go.work whose lines count; the last one it is told of does.
	governing func(kind Kind, file string, m modFile)

	choice  Choice
	pinned  bool
	noWork  bool // GOWORK is off or names a file: no go.work on the way counts
	hasWork bool // the go.work that governs has been read
	hasMod  bool // the nearest go.mod has been read
}

// climb looks into one folder after the other, up to the root or to a folder of another user. The parents are those of
// the path's text, as for the hooks and for the go command: h.Dir is the folder as $PWD names it.
func (s *search) climb(h platform.Host) error {
	s.namedWorkspace(h.Env.Get("GOWORK"))
	for dir := filepath.Clean(h.Dir); filepath.IsAbs(dir); dir = filepath.Dir(dir) {
		if s.steps == nil && passed(dir) {
			if dir == filepath.Dir(dir) {
				return nil
			}
			continue
		}
		switch foreign, err := platform.OwnedByAnother(dir); {
		case foreign:
			s.note("the search ends at %s: another user owns it", place(dir, 0))
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist): // a working directory that was removed still has parents
			s.note("the search ends at %s: its owner can't be seen", place(dir, 0))
			return nil
		}
		if err := s.visit(dir); err != nil {
			return err
		}
		answered := s.pinned && (s.hasWork || s.noWork && s.hasMod)
		if answered && s.steps == nil || dir == filepath.Dir(dir) {
			return nil
		}
	}
	return nil
}

// passed tells that a folder has nothing to say, as nearly all on the way up have not, and that the search goes on above
// it. In a deep folder that is all that costs.
func passed(dir string) bool {
	foreign, holds, ok := platform.Peek(dir, []string{".go-version", ".tool-versions", "go.work", "go.mod"})
	return ok && !foreign && !holds
}

// namedWorkspace heeds GOWORK as the go command does. A file it names governs instead of every go.work on the way up;
// its toolchain line is no pin, since no folder asks for it.
func (s *search) namedWorkspace(gowork string) {
	switch {
	case gowork == "" || gowork == "auto":
		return
	case gowork == "off":
		s.note("GOWORK=off: no go.work counts")
	case filepath.IsAbs(gowork):
		if data, err := read(gowork, maxModFile); err == nil && data != nil {
			s.note("GOWORK names %s: no other go.work counts", place(gowork, 0))
			s.hasWork = true
			s.least(GoWork, gowork, parseModFile(data))
		}
	}
	s.noWork = true
}

// visit reads the files of one folder, in their order of precedence.
func (s *search) visit(dir string) error {
	everything := s.steps != nil
	if everything || !s.pinned {
		if err := s.plain(VersionFile, filepath.Join(dir, ".go-version"), maxVersionFile, parseVersionFile); err != nil {
			return err
		}
	}
	if everything || !s.pinned {
		if err := s.plain(ToolVersions, filepath.Join(dir, ".tool-versions"), maxToolVersions, parseToolVersions); err != nil {
			return err
		}
	}
	if !s.noWork && (everything || !s.pinned || !s.hasWork) {
		if err := s.modFile(GoWork, filepath.Join(dir, "go.work")); err != nil {
			return err
		}
	}
	if everything || !s.pinned || !s.hasMod && !s.hasWork {
		return s.modFile(GoMod, filepath.Join(dir, "go.mod"))
	}
	return nil
}

// plain reads a file that has no other purpose than to pin tools.
func (s *search) plain(kind Kind, file string, limit int64, parse func([]byte) (pin, error)) error {
	data, err := s.readOwn(file, limit)
	if data == nil && err == nil {
		return nil
	}
	var p pin
	if err == nil {
		p, err = parse(data)
	}
	return s.pin(kind, file, p, s.alias, err)
}

// modFile reads a go.mod or go.work: its toolchain line pins, its go line is a minimum.
func (s *search) modFile(kind Kind, file string) error {
	data, err := s.readOwn(file, maxModFile)
	if data == nil && err == nil {
		return nil
	}
	if err != nil {
		return s.pin(kind, file, pin{}, nil, err)
	}
	m := parseModFile(data)
	if kind == GoWork && !s.hasWork || kind == GoMod && !s.hasWork && !s.hasMod {
		s.least(kind, file, m)
	}
	s.hasWork = s.hasWork || kind == GoWork
	s.hasMod = s.hasMod || kind == GoMod
	p, err := m.pin()
	return s.pin(kind, file, p, nil, err)
}

// least takes the go line of m as the minimum. A go.work governs all modules below it, so it replaces what a nearer
// go.mod said, even if it says nothing. What is not a version is left for the go command to complain about: the go line
// decides nothing that the user could not do without.
func (s *search) least(kind Kind, file string, m modFile) {
	if s.governing != nil {
		s.governing(kind, file, m)
	}
	s.choice.Minimum, s.choice.MinimumOrigin = gover.Minimum{}, Origin{}
	if minimum, err := gover.ParseMinimum(m.goVersion.text); err == nil {
		s.choice.Minimum, s.choice.MinimumOrigin = minimum, Origin{kind, file, m.goVersion.line}
	}
}

// pin takes p, what file says, as the choice if none is nearer. A broken file is an error only where it would decide.
func (s *search) pin(kind Kind, file string, p pin, alias func(string) (string, bool), err error) error {
	var spec gover.Spec
	if err == nil && p.text != "" {
		spec, err = gover.ParseSpec(p.text, alias)
	}
	switch {
	case s.pinned && err != nil:
		s.note("%s is broken, but what decides is nearer", place(file, p.line))
	case err != nil:
		s.decide("%s is broken", place(file, p.line))
		return pinError(file, p, err)
	case p.text == "":
		s.note("%s names no version", place(file, 0))
	case s.pinned:
		s.note("%s says %s, but what decides is nearer", place(file, p.line), p.as())
	default:
		s.decide("%s says %s", place(file, p.line), p.as())
		s.pinned = true
		s.choice.Spec, s.choice.Origin = spec, Origin{kind, file, p.line}
	}
	return nil
}

func pinError(file string, p pin, err error) error {
	e := &PinError{File: file, Line: p.line, Reason: err.Error()}
	if specError := (*gover.SpecError)(nil); errors.As(err, &specError) {
		e.Text, e.Reason = p.as(), specError.Why()
	}
	return e
}

// readOwn is read, for a file that speaks for this user. In a folder that everybody may write to, /tmp above all, a
// file of another user does not: it could break, or choose, the go of everybody who works below.
func (s *search) readOwn(file string, limit int64) ([]byte, error) {
	data, err := read(file, limit)
	if data == nil && err == nil || !openToAll(filepath.Dir(file)) {
		return data, err
	}
	if foreign, ownerErr := platform.OwnedByAnother(file); foreign || ownerErr != nil {
		s.note("%s does not count: another user owns it", place(file, 0))
		return nil, nil
	}
	return data, err
}

// note writes down, for Explain, something that did not decide; decide, what did.
func (s *search) note(format string, args ...any)   { s.write(false, format, args) }
func (s *search) decide(format string, args ...any) { s.write(true, format, args) }

func (s *search) write(taken bool, format string, args []any) {
	if s.steps != nil {
		*s.steps = append(*s.steps, Step{Text: fmt.Sprintf(format, args...), Taken: taken})
	}
}
