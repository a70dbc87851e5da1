package scripts

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gsw/platform"
)

//go:embed hooks/gsw.elv
var elvishHook string

type elvish struct{}

func (elvish) Name() string { return "elvish" }

func (elvish) Ending() string               { return "elv" }
func (elvish) Place() string                { return "rc.elv" }
func (elvish) also() []string               { return nil }
func (e elvish) sourced(code string) string { return "# " + made(e) + "\n" + code }

// Alias knows functions, and abbreviations of commands.
func (elvish) Alias(line string) (name, of string) {
	words := strings.Fields(line)
	switch {
	case len(words) >= 2 && words[0] == "fn":
		return words[1], ""
	case len(words) >= 4 && (words[0] == "var" || words[0] == "set") && strings.HasSuffix(words[1], "~") && words[2] == "=":
		return strings.TrimSuffix(words[1], "~"), strings.Join(words[3:], " ")
	case len(words) >= 3 && words[0] == "edit:add-var" && strings.HasSuffix(words[1], "~"):
		return strings.TrimSuffix(words[1], "~"), strings.Join(words[2:], " ")
	case len(words) >= 4 && words[0] == "set" && strings.HasPrefix(words[1], "edit:command-abbr[") && words[2] == "=":
		name = strings.TrimSuffix(strings.TrimPrefix(words[1], "edit:command-abbr["), "]")
		return strings.Trim(name, `'"`), strings.Trim(strings.Join(words[3:], " "), `'"`)
	}
	return "", ""
}

// Quote puts s between single quotes, where nothing is special; a single quote is written twice. What can't be printed, or
// is no UTF-8, is written as an escape between double quotes.
func (elvish) Quote(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var text strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, r < 0x20, r == 0x7f:
			fmt.Fprintf(&text, `\x%02x`, s[0])
		case r == '"' || r == '\\':
			text.WriteString(`\` + s[:n])
		default:
			text.WriteString(s[:n])
		}
		s = s[n:]
	}
	return `"` + text.String() + `"`
}

func (e elvish) Export(changes []platform.Change) string {
	var text strings.Builder
	for _, c := range changes {
		switch {
		case !variableName(c.Name):
		case c.Is:
			text.WriteString("set-env " + c.Name + " " + e.Quote(c.New) + "\n")
		default:
			text.WriteString("unset-env " + c.Name + "\n")
		}
	}
	return text.String()
}

func (e elvish) Hook(self, home string) string {
	if onWindows(home) {
		return e.throughShims(home)
	}
	return fill(elvishHook, e, self, home)
}

// throughShims is the hook on Windows: what the one for Unix puts on PATH are links, and colons between them.
func (e elvish) throughShims(home string) string {
	shims := home + `\shims;`
	return "# gsw's hook for elvish on Windows: the shims choose the Go of each directory.\n" +
		"use str\n" +
		"if (not (str:contains ';'$E:PATH';' " + e.Quote(";"+shims) + ")) {\n" +
		"  set-env PATH " + e.Quote(shims+home+`\bin;`) + "$E:PATH\n" +
		"}\n"
}

func (elvish) Evaluate(command string) string { return "eval (" + command + " | slurp)" }
func (e elvish) Source(file string) string    { return "eval (slurp < " + e.Quote(file) + ")" }

func (elvish) files(u User) []string { return []string{u.inAppData("elvish", "rc.elv")} }

// lines: elvish reads rc.elv at a terminal, and nothing for a script: that has PATH from whoever starts it.
func (e elvish) lines(u User) ([]line, error) {
	hook := e.Quote(HookFile(e, u.Home))
	if rest, below := strings.CutPrefix(HookFile(e, u.Home), u.UserHome+"/"); below && u.UserHome != "" {
		hook = "$E:HOME/" + e.Quote(rest)
	}
	return []line{{file: e.files(u)[0], kind: hookLine, text: "use path; if (path:is-regular " + hook + ") { eval (slurp < " + hook + ") }"}}, nil
}
