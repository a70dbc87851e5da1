package platform

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// PathLimit is the length in UTF-16 units up to which Windows makes a PATH of what the machine and the user have, and
// PathDialog the one up to which its own dialog edits either.
const (
	PathLimit  = 32766
	PathDialog = 2047
)

// UnfitFolderError says that a folder can't stand in a PATH.
type UnfitFolderError struct{ Folder, Why string }

func (e *UnfitFolderError) Error() string {
	return fmt.Sprintf("%s can't be put on PATH: %s", e.Folder, e.Why)
}

// PathEntry is one entry of a PATH in the registry.
type PathEntry struct {
	Text   string // as it is stored
	Folder string // what it means: without quotes, and expanded
}

// PathEntries gives the entries of a PATH. A semicolon between double quotes ends none. A PATH without a text has one
// entry, which is empty; one that is not there has none.
func (s Setting) PathEntries(env Env) []PathEntry {
	var entries []PathEntry
	for _, text := range s.split() {
		folder := text
		if s.Expands {
			folder = env.Expand(text)
		}
		entries = append(entries, PathEntry{Text: text, Folder: strings.ReplaceAll(folder, `"`, "")})
	}
	return entries
}

// split is undone by joining the parts with semicolons, whatever the text.
func (s Setting) split() []string {
	if !s.Is {
		return nil
	}
	var parts []string
	start, quoted := 0, false
	for i := range len(s.Text) {
		switch {
		case s.Text[i] == '"':
			quoted = !quoted
		case s.Text[i] == ';' && !quoted:
			parts = append(parts, s.Text[start:i])
			start = i + 1
		}
	}
	return append(parts, s.Text[start:])
}

// WithFirst gives the PATH that begins with these folders, and has them nowhere else; of all other entries no byte is
// changed. Where they come first already, in whatever spelling, they stay as they are. A PATH that was not there is one
// that expands. *UnfitFolderError for a folder that would not come out as it went in.
func (s Setting) WithFirst(env Env, folders ...string) (Setting, error) {
	entries := s.PathEntries(env)
	lead := make([]string, len(folders))
	for i, folder := range folders {
		word, err := s.entry(env, folder)
		if err != nil {
			return s, err
		}
		if i < len(entries) && SameWindowsPath(entries[i].Folder, folder) {
			word = entries[i].Text
		}
		lead[i] = word
	}
	rest := s.WithoutFolders(env, folders...)
	return Setting{Is: true, Text: strings.Join(append(lead, rest.split()...), ";"), Expands: s.Expands || !s.Is}, nil
}

// WithoutFolders gives the PATH without these folders. It undoes WithFirst, byte for byte: also a PATH that was not there
// is gone again.
func (s Setting) WithoutFolders(env Env, folders ...string) Setting {
	var kept []string
	for _, e := range s.PathEntries(env) {
		if !slices.ContainsFunc(folders, func(f string) bool { return SameWindowsPath(e.Folder, f) }) {
			kept = append(kept, e.Text)
		}
	}
	if kept == nil {
		return Setting{}
	}
	return Setting{Is: true, Text: strings.Join(kept, ";"), Expands: s.Expands}
}

// entry writes a folder as an entry. There is no way to write a percent sign so that it is never one of a variable.
func (s Setting) entry(env Env, folder string) (string, error) {
	switch {
	case folder == "" || strings.ContainsAny(folder, "\"\x00\r\n"):
		return "", &UnfitFolderError{Folder: folder, Why: "no entry can be written so"}
	case (s.Expands || !s.Is) && env.Expand(folder) != folder:
		return "", &UnfitFolderError{Folder: folder, Why: "Windows would take what is between the percent signs for a variable"}
	case strings.Contains(folder, ";"):
		return `"` + folder + `"`, nil
	}
	return folder, nil
}

// PathLength is how long the PATH is that Windows makes of the machine's and the user's, in UTF-16 units.
func PathLength(env Env, machine, user Setting) int {
	length := 0
	for _, s := range []Setting{machine, user} {
		text := s.Text
		if s.Expands {
			text = env.Expand(text)
		}
		if length > 0 && text != "" {
			length++ // a semicolon
		}
		length += TextLength(text)
	}
	return length
}

// TextLength is the length of a text as Windows counts it: in UTF-16 units.
func TextLength(text string) int {
	length := 0
	for _, r := range text {
		length += max(utf16.RuneLen(r), 1)
	}
	return length
}

// SameWindowsPath tells whether two paths are spelled so that Windows takes them for one: in whatever case, with either
// separator, with or without one at the end.
func SameWindowsPath(a, b string) bool { return strings.EqualFold(plainSpelling(a), plainSpelling(b)) }

func plainSpelling(path string) string {
	return strings.TrimRight(strings.ReplaceAll(path, "/", `\`), `\`)
}
