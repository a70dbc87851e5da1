package gover

import (
	"cmp"
	"math"
	"strings"
)

// span is a range of releases: from low on, and older than high. Ranges never pick a pre-release, so each bound comes
// down to a line and a patch, and what any list of comparators allows is one span.
type span struct{ low, high bound }

type bound struct{ minor, patch uint32 }

// beyond, as a line, is newer than every release of Go 1.
const beyond = math.MaxUint32

func everything() span { return span{high: bound{minor: beyond}} }

func (b bound) compare(c bound) int {
	return cmp.Or(cmp.Compare(b.minor, c.minor), cmp.Compare(b.patch, c.patch))
}

func (s span) contains(v Version) bool {
	b := bound{v.n.minor, v.n.patch}
	return v.n.stage == release && s.low.compare(b) <= 0 && b.compare(s.high) < 0
}

func (s span) intersect(t span) span {
	if s.low.compare(t.low) < 0 {
		s.low = t.low
	}
	if s.high.compare(t.high) > 0 {
		s.high = t.high
	}
	return s
}

const operators = "<>=~^"

// parseRange reads comparators joined by blanks or commas: "~1.22.3", ">=1.21 <1.23", ">= 1.21, < 1.23".
func parseRange(s string) (Spec, *SpecError) {
	within := everything()
	var words []string
	for rest := trimJoint(s); rest != ""; rest = trimJoint(rest) {
		n := len(rest) - len(strings.TrimLeft(rest, operators))
		operator := rest[:n]
		rest = strings.TrimLeft(rest[n:], " ")
		n = strings.IndexAny(rest, operators+", ")
		if n < 0 {
			n = len(rest)
		}
		of, ok := parseOperand(rest[:n])
		if operator == "=" && of.release {
			of, ok = parseOperand(rest[:n] + ".0")
		}
		rest = rest[n:]
		one, known := of.under(operator)
		if !ok || !known {
			if !strings.ContainsAny(s, operators) {
				return Spec{}, &SpecError{}
			}
			return Spec{}, &SpecError{Understood: suggestRange(operator, of)}
		}
		within = within.intersect(one)
		words = append(words, operator+of.text)
	}
	switch {
	case len(words) == 0:
		return Spec{}, &SpecError{}
	case len(words) == 1 && words[0][0] == '=':
		v, err := Parse(words[0][1:])
		if err != nil {
			return Spec{}, &SpecError{}
		}
		return Only(v), nil
	case within.low.compare(within.high) >= 0:
		return Spec{}, &SpecError{Reason: "is a range with no release in it", Understood: `">=1.21 <1.23"`}
	}
	return Spec{kind: ranged, within: within, text: strings.Join(words, " ")}, nil
}

func trimJoint(s string) string { return strings.Trim(s, ", ") }

// operand is what stands after an operator: a release, a line or a major number, as the releases it covers.
type operand struct {
	text string
	span
	lineEnd bound // where the line it belongs to ends
	exact   bool  // it names one release or pre-release
	release bool  // it names a line, and a release too: 1.20
}

func parseOperand(s string) (operand, bool) {
	name, wildcard := strings.CutSuffix(trimName(s), ".x")
	switch name {
	case "1":
		return operand{text: "1", span: everything(), lineEnd: everything().high}, true
	case "2", "2.0", "2.0.0": // not a Go there is, but what ends a range of all of Go 1
		end := everything().high
		return operand{text: "2", span: span{end, end}, lineEnd: end}, true
	}
	n, hasPatch, ok := parseNumber(name)
	if !ok || wildcard && (hasPatch || n.pre > 0) {
		return operand{}, false
	}
	o := operand{text: n.String(), lineEnd: bound{minor: n.minor + 1}}
	o.low = bound{n.minor, n.patch}
	switch {
	case n.pre > 0:
		o.exact = true
		o.high = o.low // it covers no release, and comes right before its own
	case hasPatch:
		o.text, o.exact = Spec{kind: exact, version: Version{n}}.String(), true
		o.high = bound{n.minor, n.patch + 1}
	default:
		o.high, o.release = o.lineEnd, n.stage == release && !wildcard
	}
	return o, true
}

// under is the releases that the operator and o allow together. An operand that leaves out the patch stands for its
// whole line: <1.23 is older than all of it, >1.22 newer than all of it.
func (o operand) under(operator string) (span, bool) {
	s := everything()
	switch operator {
	case ">=", "^": // ^ keeps the major number, and there is but one
		s.low = o.low
	case ">":
		s.low = o.high
	case "<":
		s.high = o.low
	case "<=":
		s.high = o.high
	case "~":
		s.low, s.high = o.low, o.lineEnd
	case "=":
		return o.span, o.exact
	default:
		return span{}, false
	}
	return s, true
}
