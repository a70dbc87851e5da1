package trust

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"gsw/manager/gover"
	"gsw/platform"
)

// lockHeader is the first line of a gsw.lock that isn't blank or a comment. A format that means something else will
// have another number.
const lockHeader = "gsw.lock 1"

// A LockEntry is what a project accepts as one version for one platform. What is unknown is zero.
type LockEntry struct {
	Version gover.Version
	Target  platform.Target
	Tree    string // hash of the files, "h1:…"
	SHA256  string // of the archive of the release index, 64 lower-case hex digits
	Size    int64  // of that archive, in bytes
	Record  int64  // number of the checksum database's record that Tree is from; -1: unknown
	Line    int    // where it stands in the file; not written
}

// A LockFile is a project's gsw.lock.
//
// It has one line for a version and platform, so that a diff shows what changed and two branches merge:
//
//	gsw.lock 1
//	go1.22.3 linux-amd64 tree=h1:LqX…RFM= sha256=8920…7e36 size=68964131 record=25587261
//
// Blank lines and lines that start with "#" mean nothing. A line without a tree and without a sha256 is an error, as
// is a field that isn't known: an older gsw must not skip what a newer one demands.
type LockFile struct {
	Name    string // as errors and claims name it
	Entries []LockEntry
}

// A LockSyntaxError says where a gsw.lock isn't one.
type LockSyntaxError struct {
	File   string
	Line   int // from 1
	Reason string
}

func (e *LockSyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// ParseLock reads a gsw.lock. The error is a *LockSyntaxError.
func ParseLock(name string, data []byte) (LockFile, error) {
	file := LockFile{Name: name}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	begun := false
	number := 0
	for text := range strings.Lines(string(data)) {
		number++
		text = strings.TrimSpace(text)
		fail := func(format string, args ...any) (LockFile, error) {
			return LockFile{}, &LockSyntaxError{File: name, Line: number, Reason: fmt.Sprintf(format, args...)}
		}
		switch {
		case !utf8.ValidString(text):
			return fail("not UTF-8 text")
		case text == "" || text[0] == '#':
			continue
		case !begun && text != lockHeader:
			return fail("%q: a gsw.lock begins with the line %q", text, lockHeader)
		case !begun:
			begun = true
			continue
		}
		entry, reason := parseLockEntry(text)
		if reason != "" {
			return fail("%s", reason)
		}
		entry.Line = number
		if earlier, found := file.Find(entry.Version, entry.Target); found {
			return fail("%s for %s stands in line %d already", entry.Version, entry.Target, earlier.Line)
		}
		file.Entries = append(file.Entries, entry)
	}
	if !begun { // above all an emptied file must not pass for one that demands nothing
		return LockFile{}, &LockSyntaxError{File: name, Line: max(number, 1), Reason: fmt.Sprintf("a gsw.lock begins with the line %q", lockHeader)}
	}
	return file, nil
}

// parseLockEntry reads one line; reason says what is wrong with it, if anything is.
func parseLockEntry(text string) (entry LockEntry, reason string) {
	fields := strings.Fields(text)
	if len(fields) < 3 {
		return entry, fmt.Sprintf("%q: want a version, a platform and what they must match, like %q", text, "go1.22.3 linux-amd64 tree=h1:…")
	}
	version, err := gover.Parse(fields[0])
	if err != nil || version.Tag() != fields[0] {
		return entry, fmt.Sprintf("%q is not the published name of a version, like %q", fields[0], "go1.22.3")
	}
	target, ok := parseTarget(fields[1])
	if !ok {
		return entry, fmt.Sprintf("%q is not a platform, like %q", fields[1], "linux-amd64")
	}
	entry = LockEntry{Version: version, Target: target}
	seen := map[string]bool{}
	for _, field := range fields[2:] {
		key, value, _ := strings.Cut(field, "=")
		if seen[key] {
			return entry, fmt.Sprintf("%s= stands there twice", key)
		}
		seen[key] = true
		if reason := entry.set(key, value); reason != "" {
			return entry, reason
		}
	}
	if entry.Tree == "" && entry.SHA256 == "" {
		return entry, fmt.Sprintf("%s for %s has neither tree= nor sha256=", entry.Version, entry.Target)
	}
	return entry, ""
}

// set reads one field; reason says what is wrong with it, if anything is.
func (e *LockEntry) set(key, value string) (reason string) {
	switch key {
	case "tree":
		if !isTreeHash(value) {
			return fmt.Sprintf("%q is not a tree hash: want h1: and 44 base64 digits", value)
		}
		e.Tree = value
	case "sha256":
		if !isSHA256(value) {
			return fmt.Sprintf("%q is not a SHA-256: want 64 lower-case hex digits", value)
		}
		e.SHA256 = value
	case "size":
		n, ok := parseCount(value)
		if !ok {
			return fmt.Sprintf("%q is not a size in bytes", value)
		}
		e.Size = n
	case "record":
		n, ok := parseCount(value)
		if !ok {
			return fmt.Sprintf("%q is not the number of a record", value)
		}
		e.Record = n
	default:
		return fmt.Sprintf("the field %q is not known here", key)
	}
	return ""
}

// parseCount reads a positive number that is written as it would be printed.
func parseCount(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

func isTreeHash(s string) bool {
	text, ok := strings.CutPrefix(s, "h1:")
	sum, err := base64.StdEncoding.Strict().DecodeString(text)
	return ok && err == nil && len(sum) == 32 && len(text) == 44
}

func isSHA256(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && len(sum) == 32 && strings.ToLower(s) == s
}

// isWord reports whether s can be a GOOS or GOARCH.
func isWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

// Text is the file with its lines in order, oldest version first, so that equal content is equal text.
func (f LockFile) Text() []byte {
	entries := slices.Clone(f.Entries)
	sort.Slice(entries, func(i, j int) bool {
		a, b := entries[i], entries[j]
		return cmp.Or(a.Version.Compare(b.Version), cmp.Compare(a.Target.String(), b.Target.String())) < 0
	})
	var b bytes.Buffer
	b.WriteString("# What this project accepts as Go. Every install of these versions must match; `gsw lock` writes it.\n")
	b.WriteString(lockHeader + "\n")
	for _, e := range entries {
		b.WriteString(e.String() + "\n")
	}
	return b.Bytes()
}

// String is the entry's line.
func (e LockEntry) String() string {
	line := e.Version.Tag() + " " + e.Target.String()
	if e.Tree != "" {
		line += " tree=" + e.Tree
	}
	if e.SHA256 != "" {
		line += " sha256=" + e.SHA256
	}
	if e.Size != 0 {
		line += " size=" + strconv.FormatInt(e.Size, 10)
	}
	if e.Record != 0 {
		line += " record=" + strconv.FormatInt(e.Record, 10)
	}
	return line
}

// Find returns the entry of a version and platform.
func (f LockFile) Find(v gover.Version, t platform.Target) (LockEntry, bool) {
	for _, e := range f.Entries {
		if e.Version == v && e.Target == t {
			return e, true
		}
	}
	return LockEntry{}, false
}

// With returns the file with e in place of the entry of the same version and platform, if it has one.
func (f LockFile) With(e LockEntry) LockFile {
	f.Entries = slices.DeleteFunc(slices.Clone(f.Entries), func(old LockEntry) bool {
		return old.Version == e.Version && old.Target == e.Target
	})
	f.Entries = append(f.Entries, e)
	return f
}

// A Lock is a project's gsw.lock as a party.
type Lock struct{ File LockFile }

func (l Lock) Name() string { return PartyLock }

// Vouch compares the subject with the file's entry. What the entry names and what was measured must match: the tree
// hash for every source, sum and size for the archives of the release index, which alone they are of.
func (l Lock) Vouch(_ context.Context, s Subject) (Proof, error) {
	e, found := l.File.Find(s.Version, s.Target)
	if !found {
		return Proof{}, &SilentError{Party: PartyLock, Reason: fmt.Sprintf("%s does not name %s", l.File.Name, s), Absent: true}
	}
	place := fmt.Sprintf("%s:%d", l.File.Name, e.Line)
	var agreed []string
	nothing := "names nothing that was measured"
	if s.Source == SourceDL && e.Size != 0 && s.Size != 0 && e.Size != s.Size {
		return Proof{}, contradiction(PartyLock, s, "the size of the archive", strconv.FormatInt(e.Size, 10), strconv.FormatInt(s.Size, 10), place)
	}
	if e.SHA256 != "" && s.SHA256 != "" {
		if e.SHA256 == s.SHA256 {
			agreed = append(agreed, "SHA-256 "+e.SHA256)
		} else if s.Source == SourceDL || s.Source == SourceFile && e.Tree == "" {
			return Proof{}, contradiction(PartyLock, s, "the SHA-256 of the archive", e.SHA256, s.SHA256, place)
		}
	}
	if e.Tree != "" && s.Tree != "" {
		if e.Tree == s.Tree {
			agreed = append(agreed, "tree "+e.Tree)
		} else if builtLikeModule(s) {
			return Proof{}, contradiction(PartyLock, s, "the hash of its files", e.Tree, s.Tree, place)
		} else {
			nothing = "names the files of the module; archives before go1.21 were built separately"
		}
	}
	if len(agreed) == 0 {
		return Proof{}, &SilentError{Party: PartyLock, Reason: place + " " + nothing}
	}
	return Proof{Party: PartyLock, Archive: e.SHA256 != "" && e.SHA256 == s.SHA256, Claim: place + " names " + strings.Join(agreed, " and ")}, nil
}

// A Sum is the SHA-256 that the user gave for the archive at hand: --sha256. As a party it is the one-off form of Lock.
type Sum struct{ SHA256 string }

// ParseSum reads a SHA-256 as people paste it: 64 hex digits.
func ParseSum(text string) (Sum, error) {
	sum := strings.ToLower(strings.TrimSpace(text))
	if !isSHA256(sum) {
		return Sum{}, fmt.Errorf("%q is not a SHA-256: want 64 hex digits", text)
	}
	return Sum{SHA256: sum}, nil
}

func (p Sum) Name() string { return PartyLock }

// Vouch compares the archive's SHA-256 with the one that was given, whatever the archive is.
func (p Sum) Vouch(_ context.Context, s Subject) (Proof, error) {
	switch s.SHA256 {
	case "":
		return Proof{}, &SilentError{Party: PartyLock, Reason: "there is no archive to compare with --sha256"}
	case p.SHA256:
		return Proof{Party: PartyLock, Archive: true, Claim: "--sha256 names SHA-256 " + p.SHA256}, nil
	}
	return Proof{}, contradiction(PartyLock, s, "the SHA-256 of the archive", p.SHA256, s.SHA256, "--sha256")
}
