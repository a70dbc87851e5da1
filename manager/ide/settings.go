package ide

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// setting is one value of a settings.json.
type setting struct {
	path  []string // one or two names
	value string   // as JSON
	front string   // put before a text that is there already, where that is no replacement
}

// header is the first line of a file that gsw made.
const header = "// Made by gsw ide; with --remove it goes again."

// mark stands before each member that gsw put in or changed; what it says of the value before it is put back.
// It stands before the name because editors add members right after the value of the last one.
func mark(was string) string {
	if was == "" {
		return "/* gsw */ "
	}
	return "/* gsw, was " + strings.ReplaceAll(was, "*/", `*\/`) + " */ "
}

// marked finds the mark at the end of what stands before a name.
func marked(extra hujson.Extra) (length int, was string, is bool) {
	found := regexp.MustCompile(`/\* gsw(?:, was (.*?))? \*/ ?$`).FindSubmatchIndex(extra)
	if found == nil {
		return 0, "", false
	}
	if found[2] >= 0 {
		was = strings.ReplaceAll(string(extra[found[2]:found[3]]), `*\/`, "*/")
	}
	return found[1] - found[0], was, true
}

func writeSettings(text string, wanted []setting) (string, error) {
	text, bom := strings.CutPrefix(text, "\ufeff")
	if strings.TrimSpace(text) == "" {
		text = header + "\n{\n}\n"
	}
	doc, err := parse(text)
	if err != nil {
		return "", err
	}
	for _, s := range wanted {
		if err := doc.fits(s); err != nil {
			return "", err
		}
	}
	for i := len(wanted) - 1; i >= 0; i-- { // each goes in front of what is there
		if text, err = writeSetting(text, wanted[i]); err != nil {
			return "", err
		}
	}
	return withBOM(text, bom), nil
}

func writeSetting(text string, s setting) (string, error) {
	doc, err := parse(text)
	if err != nil {
		return "", err
	}
	object, depth := &doc.root, 1
	if len(s.path) == 2 {
		outer := doc.member(object, s.path[0])
		if outer == nil {
			return writeSetting(doc.insert(object, depth, s.path[0], "{"+doc.eol+doc.unit+"}"), s)
		}
		object, depth = &outer.Value, 2
	}
	member := doc.member(object, s.path[len(s.path)-1])
	if member == nil {
		return doc.insert(object, depth, s.path[len(s.path)-1], s.value), nil
	}
	old := member.Value.Value.(hujson.Literal) // fits has seen to that
	length, was, ours := marked(member.Name.BeforeExtra)
	if ours && was == blank {
		was = ""
	}
	value := s.value
	if ours && was != "" {
		value = s.over(was)
	} else if !ours {
		value = s.over(string(old))
	}
	if equal(string(old), value) {
		return text, nil
	}
	at := member.Name.StartOffset
	before := mark(string(old))
	if ours {
		before = text[at-length : at] // the first value, and not this one, is what was there
	}
	return text[:at-length] + before + text[at:member.Value.StartOffset] + value + text[member.Value.EndOffset:], nil
}

// fits tells whether what is there can hold a setting. It is asked before anything moves: the lines are the file's.
func (d document) fits(s setting) error {
	object := &d.root
	for i, name := range s.path {
		member := d.member(object, name)
		if member == nil {
			return nil
		}
		object = &member.Value
		_, plain := object.Value.(hujson.Literal)
		_, inner := object.Value.(*hujson.Object)
		where := fmt.Sprintf("line %d: %s is %s", d.line(object.StartOffset), strings.Join(s.path[:i+1], "."), kindOf(*object))
		switch last := i == len(s.path)-1; {
		case last && !plain:
			return errors.New(where + ", where a plain value belongs")
		case !last && !inner:
			return errors.New(where + ", where an object belongs")
		}
	}
	return nil
}

// over is the value to write where was is.
func (s setting) over(was string) string {
	var old string
	if s.front == "" || json.Unmarshal([]byte(was), &old) != nil || old == "" {
		return s.value
	}
	if strings.HasPrefix(old, s.front) {
		return was
	}
	return quoted(s.front + old)
}

// removeSettings takes out what is marked and still what gsw wrote. Of what somebody has changed since, only the mark goes.
func removeSettings(text string, wanted []setting) (string, error) {
	if strings.TrimSpace(text) == "" {
		return text, nil
	}
	text, bom := strings.CutPrefix(text, "\ufeff")
	for _, s := range wanted {
		var err error
		if text, err = removeSetting(text, s); err != nil {
			return "", err
		}
	}
	doc, err := parse(text)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(text, header) && len(doc.root.Value.(*hujson.Object).Members) == 0 &&
		strings.TrimSpace(string(doc.root.Value.(*hujson.Object).AfterExtra)) == "" {
		return "", nil
	}
	return withBOM(text, bom), nil
}

func removeSetting(text string, s setting) (string, error) {
	doc, err := parse(text)
	if err != nil {
		return "", err
	}
	object := &doc.root
	if len(s.path) == 2 {
		outer := doc.member(object, s.path[0])
		if outer == nil {
			return text, nil
		}
		if _, is := outer.Value.Value.(*hujson.Object); !is {
			return text, nil
		}
		object = &outer.Value
	}
	if member := doc.member(object, s.path[len(s.path)-1]); member != nil {
		if length, was, ours := marked(member.Name.BeforeExtra); ours {
			text = doc.restore(object, member, length, was, s)
		}
	}
	if len(s.path) == 1 {
		return text, nil
	}
	return dropEmpty(text, s.path[0])
}

// restore makes one marked member what it was.
func (d document) restore(object *hujson.Value, member *hujson.ObjectMember, length int, was string, s setting) string {
	at, value := member.Name.StartOffset, member.Value
	now := d.text[value.StartOffset:value.EndOffset]
	unmarked := d.text[:at-length] + d.text[at:]
	switch {
	case was == "" || was == blank:
		if !equal(now, s.value) {
			return unmarked
		}
		return d.cut(object, member, length, was == blank)
	case !equal(now, s.over(was)):
		return unmarked
	}
	return d.text[:at-length] + d.text[at:value.StartOffset] + was + d.text[value.EndOffset:]
}

// dropEmpty takes out an object that gsw made, once nothing is in it.
func dropEmpty(text, name string) (string, error) {
	doc, err := parse(text)
	if err != nil {
		return "", err
	}
	member := doc.member(&doc.root, name)
	if member == nil {
		return text, nil
	}
	length, was, ours := marked(member.Name.BeforeExtra)
	object, is := member.Value.Value.(*hujson.Object)
	if !ours || !is {
		return text, nil
	}
	for i := range object.Members {
		if _, _, inner := marked(object.Members[i].Name.BeforeExtra); inner {
			return text, nil // more of ours is to be taken out first
		}
	}
	at := member.Name.StartOffset
	if len(object.Members) > 0 || strings.TrimSpace(string(object.AfterExtra)) != "" {
		return text[:at-length] + text[at:], nil
	}
	return doc.cut(&doc.root, member, length, was == blank), nil
}

// blank is what a mark says where the object was empty and on one line.
const blank = "{}"

// document is a settings.json and how it is laid out.
type document struct {
	text, eol, unit string
	root            hujson.Value
}

func parse(text string) (document, error) {
	root, err := hujson.Parse([]byte(text))
	if err != nil {
		return document{}, fmt.Errorf("not JSON with comments: %s", strings.TrimPrefix(err.Error(), "hujson: "))
	}
	d := document{text: text, eol: endOfLine(text), unit: "    ", root: root}
	object, is := root.Value.(*hujson.Object)
	if !is {
		return document{}, fmt.Errorf("line %d: the settings are %s, where an object belongs", d.line(root.StartOffset), kindOf(root))
	}
	if len(object.Members) > 0 {
		extra := string(object.Members[0].Name.BeforeExtra)
		if length, _, is := marked(object.Members[0].Name.BeforeExtra); is {
			extra = extra[:len(extra)-length]
		}
		if i := strings.LastIndexByte(extra, '\n'); i >= 0 && strings.TrimSpace(extra[i:]) == "" && len(extra) > i+1 {
			d.unit = extra[i+1:]
		}
	}
	return d, nil
}

// member is the last of that name: it is the one that counts.
func (d document) member(object *hujson.Value, name string) *hujson.ObjectMember {
	o, is := object.Value.(*hujson.Object)
	if !is {
		return nil
	}
	for i := len(o.Members) - 1; i >= 0; i-- {
		if key, is := o.Members[i].Name.Value.(hujson.Literal); is && key.String() == name {
			return &o.Members[i]
		}
	}
	return nil
}

// insert puts a marked member first into an object.
func (d document) insert(object *hujson.Value, depth int, name, value string) string {
	o := object.Value.(*hujson.Object)
	at := object.StartOffset + 1
	line, _, more := strings.Cut(d.text[at:], d.eol)
	if word := strings.TrimSpace(line); more && strings.HasPrefix(word, "//") { // it belongs to the brace
		at += len(line)
	}
	indent := d.eol + strings.Repeat(d.unit, depth)
	switch {
	case len(o.Members) > 0:
		return d.text[:at] + indent + mark("") + quoted(name) + ": " + value + "," + d.text[at:]
	case string(o.AfterExtra) == "":
		return d.text[:at] + indent + mark(blank) + quoted(name) + ": " + value + d.eol + strings.Repeat(d.unit, depth-1) + d.text[at:]
	}
	return d.text[:at] + indent + mark("") + quoted(name) + ": " + value + d.text[at:]
}

// cut takes a member out with its mark, its line and the comma that nobody needs then.
func (d document) cut(object *hujson.Value, member *hujson.ObjectMember, length int, wasBlank bool) string {
	o := object.Value.(*hujson.Object)
	if len(o.Members) == 1 && wasBlank && strings.TrimSpace(string(o.AfterExtra)+string(member.Value.AfterExtra)) == "" {
		return d.text[:object.StartOffset] + blank + d.text[object.EndOffset:]
	}
	from := member.Name.StartOffset - length
	start := from
	for start > 0 && (d.text[start-1] == ' ' || d.text[start-1] == '\t') {
		start--
	}
	if strings.HasSuffix(d.text[:start], d.eol) {
		from = start - len(d.eol)
	}
	end := member.Value.EndOffset
	last := member == &o.Members[len(o.Members)-1]
	switch {
	case !last || member.Value.AfterExtra != nil: // a comma follows
		end += len(member.Value.AfterExtra) + 1
	case len(o.Members) > 1:
		before := o.Members[len(o.Members)-2].Value
		comma := before.EndOffset + len(before.AfterExtra)
		return d.text[:comma] + d.text[comma+1:from] + d.text[end:]
	}
	return d.text[:from] + d.text[end:]
}

func (d document) line(offset int) int { return 1 + strings.Count(d.text[:offset], "\n") }

// lineOf tells where a value is set; 0 where it is not.
func lineOf(text string, path []string) int {
	doc, err := parse(strings.TrimPrefix(text, "\ufeff"))
	if err != nil {
		return 0
	}
	object := &doc.root
	for i, name := range path {
		member := doc.member(object, name)
		if member == nil {
			return 0
		}
		if i == len(path)-1 {
			return doc.line(member.Name.StartOffset)
		}
		object = &member.Value
	}
	return 0
}

func kindOf(v hujson.Value) string {
	switch v.Value.Kind() {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	case 'n':
		return "null"
	}
	return "a number or a truth value"
}

// equal compares two plain values by what they mean.
func equal(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && x == y
}

// quoted is a text as JSON.
func quoted(text string) string {
	data, _ := json.Marshal(text) // a string always has a form
	return string(data)
}

func itoa(n int) string { return strconv.Itoa(n) }

func withBOM(text string, bom bool) string {
	if bom {
		return "\ufeff" + text
	}
	return text
}
