package gover

import "fmt"

// Minimum is what a go line of a go.mod or go.work file demands. Minima are comparable with ==; the zero Minimum is
// none and allows everything.
type Minimum struct{ n number }

// ParseMinimum reads the argument of a go line: "1.22", "1.22.0", "1.22rc1".
func ParseMinimum(s string) (Minimum, error) {
	n, _, ok := parseNumber(s)
	if !ok {
		return Minimum{}, fmt.Errorf("%s is not the version of a go line", shown(s))
	}
	return Minimum{n}, nil
}

// Allows reports whether v is new enough. As for the go command, a line that says 1.22 is content with go1.22rc1,
// and one that says 1.22.0 is not.
func (m Minimum) Allows(v Version) bool { return v.n.compare(m.n) >= 0 }

// First is the release that the go command runs where an older one meets m: the first that satisfies it. "1.22" names
// no release; its first is go1.22.0.
func (m Minimum) First() Version {
	text := m.String()
	v, err := Parse(text)
	if err != nil {
		v, _ = Parse(text + ".0")
	}
	return v
}

// String is the version as a go line spells it: "1.22", "1.22.0".
func (m Minimum) String() string { return m.n.String() }

func (m Minimum) IsZero() bool { return m == Minimum{} }
