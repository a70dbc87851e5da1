package scripts

import (
	"strconv"
	"strings"

	"gsw/platform"
)

// posix is the language that all descendants of the Bourne shell understand: sh, dash, ksh, BusyBox. It has no hook,
// since it has neither prompt commands nor a way to see a change of directory.
type posix struct{}

func (posix) Name() string { return "sh" }

func (posix) Ending() string               { return "sh" }
func (posix) Place() string                { return ".profile" }
func (posix) also() []string               { return nil }
func (p posix) sourced(code string) string { return "# " + made(p) + "\n" + code }

// Alias: package doctor knows.
func (posix) Alias(string) (name, of string) { return "", "" }

// Quote puts everything between single quotes, where nothing is special; a single quote itself stands outside.
func (posix) Quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func (p posix) Export(changes []platform.Change) string {
	var text strings.Builder
	for _, c := range changes {
		switch {
		case !variableName(c.Name): // Windows' "ProgramFiles(x86)", or an exported function: no shell can name it
		case c.Is:
			text.WriteString("export " + c.Name + "=" + p.Quote(c.New) + "\n")
		default:
			text.WriteString("unset " + c.Name + "\n")
		}
	}
	return text.String()
}

func (posix) Evaluate(command string) string { return `eval "$(` + command + `)"` }
func (p posix) Source(file string) string    { return ". " + p.Quote(file) }

func (posix) Hook(string, string) string { return "" }

func (posix) lines(User) ([]line, error) { return nil, nil }
func (posix) files(User) []string        { return nil }

func variableName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', i > 0 && '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return s != ""
}

// quoted is for messages.
func quoted(s string) string { return strconv.Quote(s) }
