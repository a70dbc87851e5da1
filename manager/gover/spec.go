package gover

import (
	"strconv"
	"strings"
)

// Spec is what somebody asked for: one release, a line, a range, or a word such as "latest". Specs are comparable
// with ==; the zero Spec asks for nothing.
type Spec struct {
	kind    kind
	version Version // exact
	line    uint32  // line
	within  span    // span
	text    string  // span: the comparators, in the words that were used
}

type kind uint8

const (
	nothing     kind = iota
	exact            // 1.22.3
	line             // 1.22
	ranged           // ~1.22.3, >=1.21 <1.23, 1.x
	latest           // latest, stable
	oldstable        // oldstable
	prereleased      // rc
	system           // system
)

// SpecError says that a text asks for no Go gsw could name.
type SpecError struct {
	Text       string // as it was given
	Reason     string // what is wrong with Text, to stand after it, if more than that it is no version; else ""
	Understood string // what would have been understood: one spec close to Text, or a list of examples
}

func (e *SpecError) Error() string { return shown(e.Text) + " " + e.Why() }

// Why is the error without the text it is about, for those who say where that stands.
func (e *SpecError) Why() string {
	reason := e.Reason
	if reason == "" {
		reason = "is not a version of Go"
	}
	return reason + " (understood: " + e.Understood + ")"
}

// forms shows one example of each kind of spec, for a text that resembles none.
const forms = "1.22.3, 1.22, 1.20.0, 1.x, ~1.22.3, ^1.21, \">=1.21 <1.23\", latest, oldstable, 1.23rc1, rc, system or the name of an alias"

// ParseSpec reads a spec. What it does not understand itself it takes for a name and asks alias, which may be nil;
// an alias may name another one, and can never change what a spec without it means.
//
//	1.22.3 go1.22.3 v1.22.3      that release
//	1.20.0 =1.20 go1.20          the release go1.20, by the name it was published under
//	1.22 1.22.x go1.22           the newest patch release of that line
//	1.x 1                        the newest release
//	~1.22.3 ^1.21 >=1.21 <1.23   the newest release in that range; comparators may be joined by blanks or commas
//	latest stable                the newest release
//	oldstable                    the newest release of the second newest line
//	1.23rc1 1.23-rc.1 1.18beta1  that pre-release
//	rc                           the newest pre-release
//	system                       a Go that is not gsw's
//
// The error is a *SpecError.
func ParseSpec(s string, alias func(name string) (string, bool)) (Spec, error) {
	const deepest = 8 // aliases of aliases; a ring ends here
	text := strings.TrimSpace(s)
	for range deepest {
		spec, err := parseSpec(text)
		if err == nil {
			return spec, nil
		}
		meaning, ok := "", false
		if alias != nil && nameLike(text) {
			meaning, ok = alias(text)
		}
		if !ok {
			if err.Understood == "" {
				err.Understood = suggest(text)
			}
			if err.Text = strings.TrimSpace(s); err.Text != text {
				err.Reason = "is an alias of " + shown(text) + ", which is not a version of Go"
			}
			return Spec{}, err
		}
		text = strings.TrimSpace(meaning)
	}
	return Spec{}, &SpecError{Text: s, Reason: "is an alias that ends in no version", Understood: forms}
}

// AliasName reports whether name can be given to an alias: letters, digits, dots, dashes and underscores, starting
// with a letter, and not already a spec.
func AliasName(name string) bool {
	if !nameLike(name) {
		return false
	}
	_, err := parseSpec(name)
	return err != nil
}

func nameLike(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// parseSpec reads a spec that is no alias. It leaves Understood empty where it has nothing special to propose.
func parseSpec(s string) (Spec, *SpecError) {
	switch s {
	case "latest", "stable":
		return Spec{kind: latest}, nil
	case "oldstable":
		return Spec{kind: oldstable}, nil
	case "rc":
		return Spec{kind: prereleased}, nil
	case "system":
		return Spec{kind: system}, nil
	}
	if strings.ContainsAny(s, "<>=~^, ") {
		return parseRange(s)
	}
	name := trimName(s)
	if name == "1" || name == "1.x" {
		return Spec{kind: ranged, within: everything(), text: "1.x"}, nil
	}
	name, wildcard := strings.CutSuffix(name, ".x")
	n, hasPatch, ok := parseNumber(name)
	switch {
	case !ok, wildcard && (hasPatch || n.pre > 0), n.minor == 0 && n.patch == 0:
		return Spec{}, &SpecError{}
	case hasPatch || n.pre > 0:
		return Spec{kind: exact, version: Version{n}}, nil
	case n.stage == release && !wildcard && strings.HasPrefix(s, "go"):
		// gsw prints go1.20 where it means that release, so go1.20 typed or copied means it too. What it must not
		// mean is go1.20.14, which `gsw uninstall go1.20` would then remove.
		return Spec{kind: exact, version: Version{n}}, nil
	}
	return Spec{kind: line, line: n.minor}, nil
}

// suggest finds the spec that s may have been meant to be, else it lists the forms.
func suggest(s string) string {
	t := strings.ToLower(s)
	if spec, err := parseSpec(t); err == nil {
		return spec.String()
	}
	t = strings.TrimLeft(t, "golan v@-/")
	if i := strings.IndexAny(t, " -#"); i >= 0 {
		t = t[:i] // 1.22.3-alpine, "1.22.3 # for the tests"
	}
	parts := strings.Split(strings.ReplaceAll(t, "*", "x"), ".")
	for i, part := range parts {
		for len(part) > 1 && part[0] == '0' {
			part = part[1:]
		}
		parts[i] = part
	}
	if spec, err := parseSpec(strings.TrimSuffix(strings.Join(parts, "."), ".x.x")); err == nil {
		return spec.String()
	}
	return forms
}

// suggestRange answers for a comparator that is not understood.
func suggestRange(operator string, o operand) string {
	if operator == "=" && strings.Contains(o.text, ".") {
		return o.text + ", or =" + o.text + ".0 for its first release"
	}
	return `">=1.21 <1.23", ~1.22.3 or ^1.21`
}

// String is the canonical text of the spec; parsed again it gives the same Spec. The zero Spec's is "".
func (s Spec) String() string {
	switch s.kind {
	case exact:
		if v := s.version.n; v.stage == release && v.patch == 0 && v.minor < firstPatchZero {
			return v.String() + ".0" // 1.20 would be the line
		}
		return s.version.Number()
	case line:
		return "1." + strconv.FormatUint(uint64(s.line), 10)
	case ranged:
		return s.text
	case latest:
		return "latest"
	case oldstable:
		return "oldstable"
	case prereleased:
		return "rc"
	case system:
		return "system"
	}
	return ""
}

func (s Spec) IsZero() bool { return s.kind == nothing }

// Exact is the one release s asks for, if it asks for one by name.
func (s Spec) Exact() (Version, bool) { return s.version, s.kind == exact }

// System reports whether s asks for a Go that is not gsw's.
func (s Spec) System() bool { return s.kind == system }

// Only is the Spec that asks for v and nothing else.
func Only(v Version) Spec {
	if v.IsZero() {
		return Spec{}
	}
	return Spec{kind: exact, version: v}
}
