package scripts

import (
	"strings"
	"unicode/utf8"

	"gsw/platform"
)

// cmd is the command processor of Windows. It has neither prompt commands nor functions, and so no hook: the shims serve
// it. What Export gives is for a batch file.
type cmd struct{}

func (cmd) Name() string { return "cmd" }

func (cmd) Ending() string { return "cmd" }
func (cmd) Place() string  { return "a batch file" }
func (cmd) also() []string { return nil }

func (c cmd) sourced(code string) string { return "@rem " + made(c) + "\r\n" + code }

// Alias: cmd reads no file when it starts.
func (cmd) Alias(string) (name, of string) { return "", "" }

// Quote puts s between double quotes, and writes percent signs twice as batch files do. There is no way to write a
// newline; it becomes a blank.
func (cmd) Quote(s string) string { return `"` + batch(s) + `"` }

func batch(s string) string {
	return strings.NewReplacer("%", "%%", "\r\n", " ", "\n", " ", "\r", " ").Replace(s)
}

// Export: the last double quote of a line ends the value, so that others may be in it; but between two of those a cmd
// would take & and its like for its own. Such a value, and one with a newline, is left out with a remark. A cmd with
// delayed expansion (/V:ON) takes exclamation marks for its own, and carets where there are any: it gets a line of its
// own. cmd reads a batch file in the code page of its window, which is set around what is not ASCII.
func (c cmd) Export(changes []platform.Change) string {
	var text strings.Builder
	for _, change := range changes {
		if variableName(change.Name) {
			text.WriteString(c.set(change))
		}
	}
	if !strings.ContainsFunc(text.String(), func(r rune) bool { return r >= utf8.RuneSelf }) {
		return text.String()
	}
	return "@for /f \"tokens=2 delims=:.\" %%c in ('chcp') do @set \"__GSW_CHCP=%%c\"\r\n@chcp 65001 >nul 2>nul\r\n" + text.String() +
		"@chcp %__GSW_CHCP% >nul 2>nul\r\n@set \"__GSW_CHCP=\"\r\n"
}

func (cmd) set(c platform.Change) string {
	switch {
	case !c.Is:
		return `@set "` + c.Name + "=\"\r\n"
	case strings.ContainsAny(c.New, "\r\n") || strings.Contains(c.New, `"`) && strings.ContainsAny(c.New, "&|<>^"):
		return "@rem gsw: the value of " + c.Name + " cannot be written in a batch file\r\n"
	}
	line := `set "` + c.Name + "=" + batch(c.New) + "\"\r\n"
	if !strings.Contains(c.New, "!") {
		return "@" + line
	}
	delayed := `set "` + c.Name + "=" + batch(strings.NewReplacer("^", "^^", "!", "^!").Replace(c.New)) + "\"\r\n"
	return `@if "!!"=="" ` + delayed + `@if not "!!"=="" ` + line
}

func (cmd) Hook(string, string) string { return "" }

func (c cmd) Evaluate(command string) string {
	return command + ` >"%TEMP%\gsw-env.cmd" && call "%TEMP%\gsw-env.cmd"`
}

// Source: call reads its line twice.
func (c cmd) Source(file string) string {
	return "call " + c.Quote(strings.ReplaceAll(file, "%", "%%"))
}

func (cmd) lines(User) ([]line, error) { return nil, nil }
func (cmd) files(User) []string        { return nil }
