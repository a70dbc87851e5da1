package gover

import (
	"cmp"
	"strconv"
	"strings"
)

// stage says how finished the thing is that a number names. The order is that of package go/version:
// go 1.21 (the language) < 1.21beta1 < 1.21rc1 < 1.21.0.
type stage uint8

const (
	none stage = iota // keeps the zero number apart from every other
	language
	beta
	candidate
	release
)

// firstPatchZero is the first release line whose first release is called 1.N.0. Before it, 1.N is that release;
// from it on, 1.N is the language and no release has that name.
const firstPatchZero = 21

// number is what Version and Minimum have in common: the parts of "1.22.3" or "1.23rc1". Go 1 only: the major
// number is always 1, and so is not kept.
type number struct {
	minor, patch uint32
	stage        stage
	pre          uint32 // of a beta or rc: its number, from 1
}

func (n number) compare(m number) int {
	return cmp.Or(
		cmp.Compare(n.minor, m.minor),
		cmp.Compare(n.patch, m.patch),
		cmp.Compare(n.stage, m.stage),
		cmp.Compare(n.pre, m.pre),
	)
}

func (n number) String() string {
	if n.stage == none {
		return ""
	}
	buf := make([]byte, 0, 16)
	buf = append(buf, "1."...)
	buf = strconv.AppendUint(buf, uint64(n.minor), 10)
	if n.patch > 0 || n.stage == release && n.minor >= firstPatchZero {
		buf = append(buf, '.')
		buf = strconv.AppendUint(buf, uint64(n.patch), 10)
	}
	switch n.stage {
	case beta:
		buf = append(buf, "beta"...)
	case candidate:
		buf = append(buf, "rc"...)
	default:
		return string(buf)
	}
	return string(strconv.AppendUint(buf, uint64(n.pre), 10))
}

// parseNumber reads "1.22", "1.22.3", "1.23rc1", "1.23-rc.1" and nothing else. hasPatch tells "1.20.0" from "1.20".
func parseNumber(s string) (n number, hasPatch, ok bool) {
	rest, ok := strings.CutPrefix(s, "1.")
	if !ok {
		return number{}, false, false
	}
	if n.minor, rest, ok = cutInt(rest); !ok {
		return number{}, false, false
	}
	if after, found := strings.CutPrefix(rest, "."); found {
		if n.patch, rest, ok = cutInt(after); !ok {
			return number{}, false, false
		}
		hasPatch = true
	}
	switch {
	case rest != "":
		if n.stage, n.pre, ok = parsePrerelease(rest); !ok {
			return number{}, false, false
		}
		// Two security previews, go1.8.5rc4 and go1.9.2rc2, are the only pre-releases of a patch there ever were;
		// package go/version rules out any more.
		if n.patch > 0 && n.minor >= firstPatchZero {
			return number{}, false, false
		}
	case hasPatch || n.minor < firstPatchZero:
		n.stage = release
	default:
		n.stage = language
	}
	return n, hasPatch, true
}

// parsePrerelease reads "rc1", "beta1" and the same as semantic versions spell it: "-rc1", "-rc.1".
func parsePrerelease(s string) (stage, uint32, bool) {
	s, dashed := strings.CutPrefix(s, "-")
	st := candidate
	rest, ok := strings.CutPrefix(s, "rc")
	if !ok {
		st = beta
		if rest, ok = strings.CutPrefix(s, "beta"); !ok {
			return none, 0, false
		}
	}
	if dashed {
		rest = strings.TrimPrefix(rest, ".")
	}
	pre, rest, ok := cutInt(rest)
	return st, pre, ok && pre > 0 && rest == ""
}

// maxDigits keeps every number far from overflow; the longest one in use has two digits.
const maxDigits = 6

// cutInt cuts a decimal number without leading zeros from the start of s.
func cutInt(s string) (n uint32, rest string, ok bool) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		if i == maxDigits {
			return 0, s, false
		}
		n = n*10 + uint32(s[i]-'0')
		i++
	}
	if i == 0 || i > 1 && s[0] == '0' {
		return 0, s, false
	}
	return n, s[i:], true
}

// shown is text from a file or a command line as an error may print it: quoted, since it can hold terminal escapes,
// and short.
func shown(s string) string {
	const enough = 60
	if len(s) > enough {
		s = s[:enough] + "…"
	}
	return strconv.Quote(s)
}
