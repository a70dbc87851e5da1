package unpack

import (
	"testing"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// TestFold compares every character, alone and between others, with golang.org/x/text/cases. Only Cherokee's letters, of which
// Unicode maps the small ones to the large, that doesn't make one.
func TestFold(t *testing.T) {
	theirs := cases.Fold()
	for _, around := range [][2]string{{"", ""}, {"a", "\u0301"}, {"α", "ι"}} {
		for r := rune(1); r <= unicode.MaxRune; r++ {
			if r >= 0xd800 && r < 0xe000 || unicode.Is(unicode.Cherokee, r) { // halves of surrogates are no characters
				continue
			}
			name := around[0] + string(r) + around[1]
			if got, want := fold(name), norm.NFC.String(theirs.String(norm.NFD.String(name))); got != want {
				t.Errorf("%+q: %+q, want %+q", name, got, want)
			}
		}
	}
	for _, same := range [][2]string{{"Straße", "STRASSE"}, {"K", "k"}, {"É", "e\u0301"}, {"ﬃ", "FFI"}, {"Σ", "ς"}, {"Ꭰ", "ꭰ"}, {"Ᏸ", "ᏸ"}} {
		if fold(same[0]) != fold(same[1]) {
			t.Errorf("%q and %q are two names", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"ı", "i"}, {"é", "e"}, {"a", "b"}} {
		if fold(other[0]) == fold(other[1]) {
			t.Errorf("%q and %q are one name", other[0], other[1])
		}
	}
}
