package unpack

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold maps names that differ only by case or by Unicode form to one, by Unicode's full case folding: file systems do it so
// that are told to ignore case.
func fold(path string) string {
	for i := range len(path) {
		if path[i] >= utf8.RuneSelf {
			return norm.NFC.String(foldCase(norm.NFD.String(path)))
		}
	}
	return strings.ToLower(path)
}

// foldCase is full case folding of what is decomposed. golang.org/x/text/cases has it, too, with 200 kB of what else it can do;
// a test compares all characters.
func foldCase(decomposed string) string {
	var folded strings.Builder
	for _, r := range decomposed {
		if several := foldSeveral(r); several != "" {
			folded.WriteString(several)
		} else {
			folded.WriteRune(foldRune(r))
		}
	}
	return folded.String()
}

// foldRune gives one of all that differ by case only. That is not always their small letter: ı has no other.
func foldRune(r rune) rune {
	if unicode.SimpleFold(r) == r {
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// foldSeveral is what stands for a character that folds to several, "" for any other: status F in Unicode's CaseFolding.txt,
// but for those that are decomposed first.
func foldSeveral(r rune) string {
	switch r {
	case 'ß', 'ẞ':
		return "ss"
	case 'ŉ':
		return "ʼn"
	case 'և':
		return "եւ"
	case 'ẚ':
		return "aʾ"
	case 'ﬀ':
		return "ff"
	case 'ﬁ':
		return "fi"
	case 'ﬂ':
		return "fl"
	case 'ﬃ':
		return "ffi"
	case 'ﬄ':
		return "ffl"
	case 'ﬅ', 'ﬆ':
		return "st"
	case 'ﬓ':
		return "մն"
	case 'ﬔ':
		return "մե"
	case 'ﬕ':
		return "մի"
	case 'ﬖ':
		return "վն"
	case 'ﬗ':
		return "մխ"
	}
	return ""
}
