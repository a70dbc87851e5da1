// Package ide writes editors' settings so that they follow every switch of Go: text in, text out. What it puts in it
// marks, so that taking it out again restores the text byte for byte; what somebody has changed since stays. It refuses
// what it cannot parse, with the line, and keeps comments, order and line ends.
package ide

import (
	"path"
	"strings"

	"gsw/platform"
	"gsw/scripts"

	"github.com/rogpeppe/go-internal/diff"
)

// Place is whose settings they are.
type Place struct {
	Target   platform.Target
	Env      platform.Env
	UserHome string // the user's home folder, absolute
	Home     string // GSW_HOME
}

// Editor is one program that has settings of its own.
type Editor interface {
	// Name is what gsw calls it.
	Name() string
	// File is where the settings of the project in dir are.
	File(dir string) string
	// Write puts gsw's settings into a text; "" is a file that is not there.
	Write(text string, p Place) (string, error)
	// Remove takes them out again; "" is a file that is to go.
	Remove(text string, p Place) (string, error)
	// Remarks are what the user should know of a text that was written.
	Remarks(text string, p Place) []string
}

// Editors are all of them.
func Editors() []Editor { return []Editor{vscode{}, goland{}} }

// Find gives the editor of that name.
func Find(name string) (Editor, bool) {
	for _, e := range Editors() {
		if e.Name() == name {
			return e, true
		}
	}
	return nil, false
}

// Diff shows an edit as diff -u does.
func Diff(e scripts.Edit) string {
	_, text, _ := strings.Cut(string(diff.Diff(e.File, e.Old, e.File, e.New)), "\n") // without the command line of diff
	return text
}

// below tells how a file lies below folder, with the separators of the target; that system's rules hold, not this one's.
func (p Place) below(folder, file string) (rest string, is bool) {
	if p.Target.OS == "windows" {
		folder, file = strings.ReplaceAll(folder, "/", `\`), strings.ReplaceAll(file, "/", `\`)
		if len(folder) < len(file) && strings.EqualFold(folder, file[:len(folder)]) && folder != "" {
			return strings.CutPrefix(file[len(folder):], `\`)
		}
		return "", false
	}
	if folder == "" {
		return "", false
	}
	return strings.CutPrefix(file, strings.TrimSuffix(folder, "/")+"/")
}

// in names a file of GSW_HOME with the separators of the target.
func (p Place) in(parts ...string) string {
	return strings.Join(append([]string{p.Home}, parts...), p.separator())
}

func (p Place) separator() string {
	if p.Target.OS == "windows" {
		return `\`
	}
	return "/"
}

// join is filepath.Join for the target.
func (p Place) join(parts ...string) string {
	if p.Target.OS == "windows" {
		return strings.Join(parts, `\`)
	}
	return path.Join(parts...)
}

// endOfLine is how the lines of a text end.
func endOfLine(text string) string {
	if strings.Contains(text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}
