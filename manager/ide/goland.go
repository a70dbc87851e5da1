package ide

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
)

// goland is GoLand, and IntelliJ IDEA with the Go plugin where a project has one SDK.
//
// They insist on a GOROOT and keep it, per user and project, in .idea/workspace.xml. The anchor is a GOROOT that stays
// where it is. It names the default: GoLand cannot ask a shim, so what a folder pins is not followed there.
// Comments do not outlive the next time that the IDE writes the file, but components of plugins that it does not know
// do: so the mark is one.
type goland struct{}

// Name is "goland".
func (goland) Name() string { return "goland" }

// File is the project's workspace.xml, which is the user's own and never committed.
func (goland) File(dir string) string { return filepath.Join(dir, ".idea", "workspace.xml") }

// Remarks says what the IDE does with the file.
func (goland) Remarks(string, Place) []string {
	return []string{"GoLand writes this file anew when it closes a project: do this while the project is closed there"}
}

const newWorkspace = `<?xml version="1.0" encoding="UTF-8"?>
<project version="4">
</project>
`

// Write makes the anchor the project's GOROOT.
func (goland) Write(text string, p Place) (string, error) {
	mark := `<component name="gsw" />`
	if strings.TrimSpace(text) == "" {
		text, mark = newWorkspace, `<component name="gsw" made="file" />`
	}
	w, err := readWorkspace(text)
	if err != nil {
		return "", err
	}
	want := anchorURL(p)
	switch {
	case w.goroot.url == want:
		return text, nil
	case w.goroot.is():
		if !w.mark.is() {
			mark = `<component name="gsw" was="` + escaped(w.goroot.url) + `" />`
		}
		text, err = w.setURL(want)
	default:
		text = w.insert(`<component name="GOROOT" url="` + escaped(want) + `" />`)
	}
	if err != nil || w.mark.is() {
		return text, err
	}
	if w, err = readWorkspace(text); err != nil {
		return "", err
	}
	return w.insert(mark), nil
}

// Remove makes it what it was. A GOROOT that was chosen since stays.
func (goland) Remove(text string, p Place) (string, error) {
	if strings.TrimSpace(text) == "" {
		return text, nil
	}
	w, err := readWorkspace(text)
	if err != nil || !w.mark.is() {
		return text, err
	}
	was, made := w.mark.attribute["was"], w.mark.attribute["made"]
	text = w.cut(w.mark)
	if w, err = readWorkspace(text); err != nil {
		return "", err
	}
	switch {
	case w.goroot.url != anchorURL(p):
	case was != "":
		return w.setURL(was)
	default:
		text = w.cut(w.goroot)
		if made == "file" && strings.TrimSpace(text) == strings.TrimSpace(newWorkspace) {
			return "", nil
		}
	}
	return text, nil
}

// anchorURL names the anchor as the IDE does.
func anchorURL(p Place) string {
	anchor := p.in("current", "go")
	if rest, is := p.below(p.UserHome, anchor); is {
		return "file://$USER_HOME$/" + strings.ReplaceAll(rest, `\`, "/")
	}
	if p.Target.OS == "windows" {
		anchor = strings.ReplaceAll(anchor, `\`, "/")
	}
	return "file://" + anchor
}

// workspace is a workspace.xml and where in it what matters is.
type workspace struct {
	text         string
	goroot, mark component
	end          int // of the content: where </project> begins
}

type component struct {
	start, tagEnd, end int // of the element; where its start tag ends
	url                string
	attribute          map[string]string
}

func (c component) is() bool { return c.end > 0 }

func readWorkspace(text string) (workspace, error) {
	w := workspace{text: text, end: -1}
	d := xml.NewDecoder(strings.NewReader(text))
	depth := 0
	var open component
	for {
		at := int(d.InputOffset())
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return w, syntax(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 1 && t.Name.Local != "project" {
				return w, fmt.Errorf("line %d: <%s>, where <project> belongs", 1+strings.Count(text[:at], "\n"), t.Name.Local)
			}
			if depth == 2 {
				open = component{start: at, tagEnd: int(d.InputOffset()), attribute: attributes(t)}
			}
		case xml.EndElement:
			if depth == 1 {
				w.end = at
			}
			if depth == 2 {
				open.end = int(d.InputOffset())
				w.keep(open)
			}
			depth--
		}
	}
	if w.end < 0 || !strings.HasPrefix(text[w.end:], "</") {
		return w, errors.New("line 1: there is no <project> with an end of its own")
	}
	return w, nil
}

func (w *workspace) keep(c component) {
	c.url = c.attribute["url"]
	switch c.attribute["name"] {
	case "GOROOT":
		w.goroot = c
	case "gsw":
		w.mark = c
	}
}

func attributes(t xml.StartElement) map[string]string {
	all := map[string]string{}
	for _, a := range t.Attr {
		all[a.Name.Local] = a.Value
	}
	return all
}

func syntax(err error) error {
	if bad := (*xml.SyntaxError)(nil); errors.As(err, &bad) {
		return fmt.Errorf("line %d: not XML: %s", bad.Line, bad.Msg)
	}
	return err
}

// insert puts an element last, on a line of its own.
func (w workspace) insert(element string) string {
	at := w.end
	start := at
	for start > 0 && (w.text[start-1] == ' ' || w.text[start-1] == '\t') {
		start--
	}
	if start > 0 && w.text[start-1] == '\n' {
		at = start
	}
	return w.text[:at] + "  " + element + endOfLine(w.text) + w.text[at:]
}

// cut takes an element out with what insert puts around it.
func (w workspace) cut(c component) string {
	before := strings.TrimSuffix(w.text[:c.start], "  ")
	after := strings.TrimPrefix(w.text[c.end:], endOfLine(w.text))
	return before + after
}

// setURL changes nothing but the GOROOT's address.
func (w workspace) setURL(url string) (string, error) {
	tag := w.text[w.goroot.start:w.goroot.tagEnd]
	at := regexp.MustCompile(`\surl\s*=\s*("[^"]*"|'[^']*')`).FindStringSubmatchIndex(tag)
	if at == nil {
		return "", fmt.Errorf("line %d: the component GOROOT has no url", 1+strings.Count(w.text[:w.goroot.start], "\n"))
	}
	return w.text[:w.goroot.start] + tag[:at[2]] + `"` + escaped(url) + `"` + tag[at[3]:] + w.text[w.goroot.tagEnd:], nil
}

// escaped is a text inside an attribute.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;").Replace(text)
}
