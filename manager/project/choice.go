// Package project says which Go a directory asks for, and why. It holds the one order of precedence, and is what a
// shim runs before every go command: a few stats, a few small reads, no lock, no process, no network.
package project

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"gsw/manager/gover"
	"gsw/platform"
)

// Kind is the kind of place a choice comes from.
type Kind int

const (
	Default      Kind = iota // nothing asks for a version: the anchor counts
	Argument                 // the command line
	Variable                 // GSW_VERSION
	VersionFile              // .go-version
	ToolVersions             // .tool-versions
	GoWork                   // go.work
	GoMod                    // go.mod
	System                   // no pin and no default: a Go that is not gsw's
)

// Origin is where a choice comes from. File and Line are set for the kinds that are files; Line counts from 1.
type Origin struct {
	Kind Kind
	File string
	Line int
}

// String completes "because …" and "(…)".
func (o Origin) String() string {
	switch o.Kind {
	case Argument:
		return "given on the command line"
	case Variable:
		return "set by GSW_VERSION"
	case Default:
		return "the default"
	case System:
		return "the system's Go"
	}
	return "set by " + o.Place()
}

// Place is where the file says so, in a form editors and terminals open: "/p/.go-version:1". It is "" for origins
// that are no files.
func (o Origin) Place() string { return place(o.File, o.Line) }

func place(file string, line int) string {
	if strings.ContainsFunc(file, unicode.IsControl) {
		file = strconv.Quote(file) // a folder's name may hold terminal escapes
	}
	if line == 0 {
		return file
	}
	return file + ":" + strconv.Itoa(line)
}

// Choice is what a directory asks for, and why. The zero Spec with the kind Default means that nothing asks for
// anything. Minimum is the go line that what is chosen has to satisfy, zero where there is none or where somebody
// asked for a version outside of files, which no file overrules.
type Choice struct {
	Spec          gover.Spec
	Origin        Origin
	Minimum       gover.Minimum
	MinimumOrigin Origin
}

// PinError says that a file that should name a version of Go doesn't.
type PinError struct {
	File   string
	Line   int    // 0: the file as a whole
	Text   string // what stands there; "" if that is not the trouble
	Reason string // what is wrong with it
}

func (e *PinError) Error() string {
	if e.Text == "" {
		return place(e.File, e.Line) + ": " + e.Reason
	}
	return place(e.File, e.Line) + ": " + shown(e.Text) + " " + e.Reason
}

// Choose finds what is asked for in h.Dir. The first of these counts:
//
//  1. argument, what the command line says, if it is not empty
//  2. the variable GSW_VERSION, if it is not empty
//  3. the nearest folder from h.Dir upwards with a pin: .go-version, else the line golang or go of .tool-versions, else
//     the toolchain line of go.work, else that of go.mod
//
// and if none does, the Choice is of kind Default. The search ends at a folder that another user owns, unless that is
// root; so does the one for the go line, which counts for 3 and for the default. alias is as for gover.ParseSpec.
//
// What is wrong with argument or the variable is a *gover.SpecError; what is wrong with a file a *PinError: a broken
// pin is never skipped, since the next one would be another Go than the one that was meant.
func Choose(h platform.Host, argument string, alias func(name string) (string, bool)) (Choice, error) {
	s := search{alias: alias}
	return s.choose(h, argument)
}

func (s *search) choose(h platform.Host, argument string) (Choice, error) {
	if argument != "" {
		s.decide("the command line says %s", shown(argument))
		spec, err := gover.ParseSpec(argument, s.alias)
		return Choice{Spec: spec, Origin: Origin{Kind: Argument}}, err
	}
	s.note("the command line names no version")
	if value := h.Env.Get("GSW_VERSION"); value != "" {
		s.decide("GSW_VERSION is %s", shown(value))
		spec, err := gover.ParseSpec(value, s.alias)
		if err != nil {
			err = fmt.Errorf("GSW_VERSION: %w", err)
		}
		return Choice{Spec: spec, Origin: Origin{Kind: Variable}}, err
	}
	s.note("GSW_VERSION is not set")
	err := s.climb(h)
	return s.choice, err
}

// shown quotes text from a file as an error may print it: it can hold terminal escapes.
func shown(text string) string {
	const enough = 60
	if len(text) > enough {
		text = text[:enough] + "…"
	}
	return strconv.Quote(text)
}
