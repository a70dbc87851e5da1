package config

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"gsw/manager/gover"
	"gsw/platform"
)

// Set writes one setting and leaves the rest of the file as it is, comments included. A list is given with commas:
// "log,index". Aliases are the keys alias.NAME. A key or value that is not allowed is a *ConfigError without a File, a
// meaning of an alias that is no spec a *gover.SpecError; nothing is written then, nor if the file is broken already.
// Two calls at once both take effect.
func Set(ctx context.Context, home, key, text string) error {
	return edit(ctx, home, func(data []byte, c Config) ([]byte, error) {
		path, literal, err := c.literal(key, text)
		if err != nil {
			return nil, err
		}
		return set(data, path, literal)
	})
}

// Unset removes one setting, with the comment behind it. It is no error if it is not set.
func Unset(ctx context.Context, home, key string) error {
	return edit(ctx, home, func(data []byte, c Config) ([]byte, error) {
		path := pathOf(key)
		if len(path) == 1 && !slices.ContainsFunc(Keys(), func(k Key) bool { return k.Name == key }) {
			return nil, unknown(key)
		}
		return unset(data, path)
	})
}

func edit(ctx context.Context, home string, change func([]byte, Config) ([]byte, error)) error {
	file := File(home)
	unlock, err := platform.Lock(ctx, filepath.Join(home, "locks", "config.lock"), nil)
	if err != nil {
		return err
	}
	defer unlock()
	data, err := load(file)
	if err != nil {
		return err
	}
	c, err := parse(data)
	if err != nil {
		return located(err, file)
	}
	changed, err := change(data, c)
	if err != nil || bytes.Equal(changed, data) {
		return err
	}
	if _, err := parse(changed); err != nil {
		return located(err, file) // a form of TOML that edit does not see through; nothing is lost
	}
	return platform.WriteForUser(file, changed, 0o644)
}

func pathOf(key string) []string {
	if name, ok := strings.CutPrefix(key, "alias."); ok {
		return []string{"alias", name}
	}
	return []string{key}
}

// literal checks a value and writes it as TOML.
func (c Config) literal(key, text string) (path []string, literal string, err error) {
	path = pathOf(key)
	text = strings.TrimSpace(text)
	if len(path) == 2 {
		if !gover.AliasName(path[1]) {
			return nil, "", &ConfigError{Reason: strconv.Quote(path[1]) + " can't be an alias: " +
				"a name starts with a letter, goes on with letters, digits, dots, dashes and underscores, and is no version"}
		}
		others := func(name string) (string, bool) {
			if name == path[1] {
				return "", false
			}
			return c.Alias(name)
		}
		if _, err := gover.ParseSpec(text, others); err != nil {
			return nil, "", err
		}
		return path, strconv.Quote(text), nil
	}
	v := value{kind: unstable.String, text: text}
	literal = strconv.Quote(text)
	switch key {
	case "auto_install":
		if text == "true" || text == "false" {
			v.kind, literal = unstable.Bool, text
		}
	case "profile":
		if err := c.NoProfile(text); err != nil {
			return nil, "", err
		}
	case "trust", "allow":
		v = value{kind: unstable.Array}
		var quoted []string
		for word := range strings.SplitSeq(text, ",") {
			word = strings.TrimSpace(word)
			v.list = append(v.list, word)
			quoted = append(quoted, strconv.Quote(word))
		}
		literal = "[" + strings.Join(quoted, ", ") + "]"
	}
	scratch := defaults()
	if err := scratch.take(entry{path: path, value: v}); err != nil {
		return nil, "", err
	}
	return path, literal, nil
}

// set puts literal in the place of the value the file has for path, or adds a line: behind the last key of the same
// table, and where there is none yet, where TOML allows it.
func set(data []byte, path []string, literal string) ([]byte, error) {
	entries, err := scan(data)
	if err != nil {
		return nil, err
	}
	d := document{data: data, newline: newlineOf(data)}
	line := key(path[len(path)-1]) + " = " + literal
	parent := path[:len(path)-1]
	within := func(e *entry) bool { return len(e.path) == len(path) && slices.Equal(e.path[:len(parent)], parent) }
	var table, sibling, header *entry // the table's header, the last key in it, the first header of any table
	for i := range entries {
		e := &entries[i]
		switch {
		case slices.Equal(e.path, path):
			return d.splice(e.start, e.end, string(data[e.start:e.keyEnd])+" = "+literal), nil
		case len(parent) > 0 && e.header && (slices.Equal(e.path, parent) || e.inline && len(e.path) < len(parent) && e.path[0] == parent[0]):
			table = e
		case e.inline:
		case e.header && header == nil:
			header = e
		case !e.header && len(parent) > 0 && within(e) || len(parent) == 0 && e.rooted:
			sibling = e
		}
	}
	switch {
	case table != nil && table.inline:
		return nil, byHand(*table)
	case sibling != nil:
		if len(parent) > 0 { // alias.a = "…" without a header
			line = dotted(path[sibling.under:]) + " = " + literal
		}
		return d.insert(d.lineEnd(sibling.end), line), nil
	case table != nil:
		return d.insert(d.lineEnd(table.start), line), nil
	case len(parent) > 0:
		block := "[" + dotted(parent) + "]" + d.newline + line
		if len(data) > 0 {
			block = d.newline + block
		}
		return d.insert(len(data), block), nil
	case header != nil: // after it a key would belong to its table
		return d.insert(d.aboveComments(header.start), line+d.newline), nil
	}
	return d.insert(len(data), line), nil
}

func unset(data []byte, path []string) ([]byte, error) {
	entries, err := scan(data)
	if err != nil {
		return nil, err
	}
	d := document{data: data}
	for _, e := range entries {
		switch {
		case !slices.Equal(e.path, path):
		case e.inline:
			return nil, byHand(e)
		default:
			return d.splice(d.lineStart(e.start), d.lineEnd(e.end), ""), nil
		}
	}
	return data, nil
}

// unsetTable takes a table out with all its keys, wherever they stand. What is between its header and the next one goes
// with it, and so do the comments right above the header: they are about it.
func unsetTable(data []byte, path []string) ([]byte, error) {
	entries, err := scan(data)
	if err != nil {
		return nil, err
	}
	d := document{data: data, newline: newlineOf(data)}
	var kept []byte
	from := 0
	for i, e := range entries {
		if len(e.path) < len(path) || !slices.Equal(e.path[:len(path)], path) || e.start < from {
			continue
		}
		start, end := d.lineStart(e.start), d.lineEnd(max(e.start, e.end))
		switch {
		case e.inline && len(bytes.TrimSpace(data[start:e.start])) > 0:
			return nil, byHand(e)
		case e.header && !e.inline:
			start, end = d.section(entries, i)
		}
		kept = append(kept, data[from:start]...)
		from = end
	}
	return append(kept, data[from:]...), nil
}

// section is what belongs to the header entries[i]: from the comments above it to those above the next header. Where none
// comes, the blank lines above go, too.
func (d document) section(entries []entry, i int) (start, end int) {
	start = d.aboveComments(entries[i].start)
	for _, next := range entries[i+1:] {
		if next.header && !next.inline {
			return start, d.aboveComments(next.start)
		}
	}
	return len(bytes.TrimRight(d.data[:start], "\r\n")) + min(start, len(d.newline)), len(d.data)
}

func byHand(e entry) *ConfigError {
	return &ConfigError{Reason: "line " + strconv.Itoa(e.line) + " has its values in one { … }: that is to be changed by hand"}
}

// document is the text of a file, in which offsets are turned into lines.
type document struct {
	data    []byte
	newline string
}

func newlineOf(data []byte) string {
	if bytes.Contains(data, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

func (d document) splice(from, to int, text string) []byte {
	return slices.Concat(d.data[:from], []byte(text), d.data[to:])
}

// insert adds a line at the offset, which is the start of one or the end of the file.
func (d document) insert(at int, line string) []byte {
	if at == len(d.data) && at > 0 && d.data[at-1] != '\n' {
		line = d.newline + line
	}
	return d.splice(at, at, line+d.newline)
}

func (d document) lineStart(offset int) int {
	start := bytes.LastIndexByte(d.data[:offset], '\n') + 1
	if start == 0 && bytes.HasPrefix(d.data, []byte(byteOrderMark)) {
		return len(byteOrderMark)
	}
	return start
}

// lineEnd is behind the newline.
func (d document) lineEnd(offset int) int {
	if i := bytes.IndexByte(d.data[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(d.data)
}

// aboveComments is the start of the comment right above the line of offset, or of that line.
func (d document) aboveComments(offset int) int {
	start := d.lineStart(offset)
	for start > d.lineStart(0) {
		above := d.lineStart(start - 1)
		if text := bytes.TrimSpace(d.data[above:start]); len(text) == 0 || text[0] != '#' {
			break
		}
		start = above
	}
	return start
}
