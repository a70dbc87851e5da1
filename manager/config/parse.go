package config

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2/unstable"
)

// entry is one key with its value, or the header of a table, and where it stands in the file.
type entry struct {
	path       []string
	header     bool
	inline     bool // it is, or is inside of, { … }
	rooted     bool // above all headers
	under      int  // how much of path is the header's
	start, end int  // offsets of "key = value" in the file; of a header's name only the start
	keyEnd     int
	line       int
	value      value
}

type value struct {
	kind unstable.Kind
	text string   // of strings and bools
	list []string // of an array
	odd  bool     // the array holds something else than strings
}

const byteOrderMark = "\xef\xbb\xbf"

// parse reads settings. Its errors are of type *ConfigError, without the file's name.
func parse(data []byte) (Config, error) {
	entries, err := scan(data)
	if err != nil {
		return defaults(), err
	}
	c := defaults()
	seen := map[string]int{}
	for _, e := range entries {
		name := strings.Join(e.path, "\x00")
		if first, ok := seen[name]; ok {
			return defaults(), &ConfigError{Line: e.line, Reason: fmt.Sprintf("%s is set in line %d already", dotted(e.path), first)}
		}
		seen[name] = e.line
		if err := c.take(e); err != nil {
			err.Line = e.line
			return defaults(), err
		}
	}
	if err := c.checkProfiles(entries); err != nil {
		return defaults(), err
	}
	return c, nil
}

// scan lists the keys and tables of a file in order.
func scan(data []byte) ([]entry, error) {
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		data = append([]byte("   "), data[len(byteOrderMark):]...) // blanks: offsets stay
	}
	var p unstable.Parser
	p.Reset(data)
	line, counted := 1, 0
	at := func(offset int) int {
		line += bytes.Count(data[counted:offset], []byte("\n"))
		counted = offset
		return line
	}
	var entries []entry
	var table []string
	for p.NextExpression() {
		node := p.Expression()
		first := node.Key()
		first.Next()
		start := int(first.Node().Raw.Offset)
		switch node.Kind {
		case unstable.ArrayTable:
			return nil, &ConfigError{Line: at(start), Reason: "there is no list of tables " + dotted(path(node, nil))}
		case unstable.Table:
			table = path(node, nil)
			entries = append(entries, entry{path: table, header: true, start: start, line: at(start), value: value{kind: unstable.InlineTable}})
		case unstable.KeyValue:
			entries = flatten(entries, node, table, at, false)
		}
	}
	if err := p.Error(); err != nil {
		offset := len(data)
		if parserError, ok := err.(*unstable.ParserError); ok && len(parserError.Highlight) > 0 {
			offset = int(p.Range(parserError.Highlight).Offset)
		}
		return nil, &ConfigError{Line: at(max(offset, counted)), Reason: "is not TOML: " + err.Error()}
	}
	return entries, nil
}

// flatten appends the key and value of node, those of an inline table one by one.
func flatten(entries []entry, node *unstable.Node, table []string, at func(int) int, inline bool) []entry {
	start := int(node.Raw.Offset)
	e := entry{path: path(node, table), inline: inline, rooted: table == nil, under: len(table), start: start, end: start + int(node.Raw.Length), line: at(start)}
	for keys := node.Key(); keys.Next(); {
		raw := keys.Node().Raw
		e.keyEnd = int(raw.Offset + raw.Length)
	}
	v := node.Value()
	e.value.kind = v.Kind
	switch v.Kind {
	case unstable.InlineTable:
		e.header, e.inline = true, true
		entries = append(entries, e)
		for children := v.Children(); children.Next(); {
			entries = flatten(entries, children.Node(), e.path, at, true)
		}
		return entries
	case unstable.Array:
		for children := v.Children(); children.Next(); {
			child := children.Node()
			e.value.odd = e.value.odd || child.Kind != unstable.String
			e.value.list = append(e.value.list, string(child.Data))
		}
	default:
		e.value.text = string(v.Data)
	}
	return append(entries, e)
}

func path(node *unstable.Node, table []string) []string {
	p := slices.Clone(table)
	for keys := node.Key(); keys.Next(); {
		p = append(p, string(keys.Node().Data))
	}
	return p
}

func dotted(path []string) string {
	quoted := make([]string, len(path))
	for i, name := range path {
		quoted[i] = key(name)
	}
	return strings.Join(quoted, ".")
}

// key writes a name as TOML does: quoted where it must be.
func key(name string) string {
	for _, c := range name {
		if (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c) && (c < '0' || '9' < c) && c != '-' && c != '_' {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// take sets what e says.
func (c *Config) take(e entry) *ConfigError {
	name, v := e.path[0], e.value
	switch {
	case name == "alias" && len(e.path) == 2:
		if v.kind != unstable.String {
			return wrongType(dotted(e.path), "a text", v)
		}
		if c.Aliases == nil {
			c.Aliases = map[string]string{}
		}
		c.Aliases[e.path[1]] = v.text
		return nil
	case name == "alias" && len(e.path) == 1 && e.header:
		return nil
	case name == "alias" && len(e.path) == 1:
		return wrongType("alias", "a table", v)
	case name == "profiles", name == "project_profiles":
		return c.takeProfile(e)
	case len(e.path) > 1:
		return unknown(dotted(e.path))
	}
	switch name {
	case "trust":
		return v.words(name, &c.Trust)
	case "goroot":
		return v.either(name, &c.ExportGOROOT)
	case "gopath":
		return v.either(name, &c.IsolateGOPATH)
	case "pin":
		return v.either(name, &c.StrictPin)
	case "auto_install":
		return v.boolean(name, &c.AutoInstall)
	case "profile":
		return v.sentence(name, &c.Profiles.Global)
	case "flush":
		return v.either(name, &c.NoFlush)
	case "share":
		return v.word(name, &c.Share)
	case "allow":
		return v.names(name, &c.Allow)
	}
	return unknown(name)
}

func (v value) boolean(name string, to *bool) *ConfigError {
	if v.kind != unstable.Bool {
		return wrongType(name, "true or false", v)
	}
	*to = v.text == "true"
	return nil
}

// either sets to by which of its two words v is.
func (v value) either(name string, to *bool) *ConfigError {
	var word string
	if err := v.word(name, &word); err != nil {
		return err
	}
	*to = word == valuesOf(name)[1]
	return nil
}

func (v value) word(name string, to *string) *ConfigError {
	if v.kind != unstable.String {
		return wrongType(name, "a text", v)
	}
	if err := allowed(name, v.text); err != nil {
		return err
	}
	*to = v.text
	return nil
}

func (v value) words(name string, to *[]string) *ConfigError {
	if v.kind != unstable.Array || v.odd {
		return wrongType(name, "a list of texts", v)
	}
	if len(v.list) == 0 {
		return &ConfigError{Reason: name + " is empty: nothing could be installed"}
	}
	for _, word := range v.list {
		if err := allowed(name, word); err != nil {
			return err
		}
	}
	*to = v.list
	return nil
}

// names are those of programs, which can have any name that a file can have.
func (v value) names(name string, to *[]string) *ConfigError {
	if v.kind != unstable.Array || v.odd {
		return wrongType(name, "a list of texts", v)
	}
	for _, word := range v.list {
		if word == "" || strings.ContainsAny(word, "/\\,") || strings.ContainsFunc(word, unicode.IsControl) {
			return &ConfigError{Reason: name + " is a list of programs' names, and " + strconv.Quote(word) + " is none"}
		}
	}
	*to = v.list
	return nil
}

func wrongType(name, want string, v value) *ConfigError {
	have := map[unstable.Kind]string{unstable.String: "a text", unstable.Bool: "true or false", unstable.Array: "a list", unstable.InlineTable: "a table"}[v.kind]
	if v.odd {
		have = "a list of other things"
	} else if have == "" {
		have = "a number or date"
	}
	return &ConfigError{Reason: name + " is " + want + ", not " + have}
}

func valuesOf(name string) []string {
	for _, k := range Keys() {
		if k.Name == name {
			return k.Values
		}
	}
	return nil
}

func allowed(name, word string) *ConfigError {
	values := valuesOf(name)
	if slices.Contains(values, word) {
		return nil
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return &ConfigError{Reason: fmt.Sprintf("%s can't be %q, only %s", name, word, strings.Join(quoted, ", "))}
}

// didYouMean proposes the name that is nearest to a mistyped one: " (did you mean pin?)", or nothing.
func didYouMean(typed string, names []string) string {
	best, distance := "", 3 // two letters wrong is as far as a guess goes
	for _, name := range names {
		if d := edits(typed, name); d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// edits counts the letters to insert, remove or replace between a and b, with - and _ taken for the same.
func edits(a, b string) int {
	a, b = strings.ReplaceAll(strings.ToLower(a), "-", "_"), strings.ReplaceAll(b, "-", "_")
	if len(a) > len(b)+3 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
