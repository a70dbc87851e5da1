package scripts

import (
	"strings"

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
// would take & and its like for its own. Such a value, and one with a newline, is left out with a remark.
func (cmd) Export(changes []platform.Change) string {
	var text strings.Builder
	for _, c := range changes {
		switch {
		case !variableName(c.Name):
		case strings.ContainsAny(c.New, "\r\n") || strings.Contains(c.New, `"`) && strings.ContainsAny(c.New, "&|<>^"):
			text.WriteString("@rem gsw: the value of " + c.Name + " cannot be written in a batch file\r\n")
		case c.Is:
			text.WriteString(`@set "` + c.Name + "=" + batch(c.New) + "\"\r\n")
		default:
			text.WriteString(`@set "` + c.Name + "=\"\r\n")
		}
	}
	return text.String()
}

func (cmd) Hook(string, string) string { return "" }

func (c cmd) Evaluate(command string) string {
	return command + ` >"%TEMP%\gsw-env.cmd" && call "%TEMP%\gsw-env.cmd"`
}
func (c cmd) Source(file string) string { return "call " + c.Quote(file) }

func (cmd) lines(User) ([]line, error) { return nil, nil }
func (cmd) files(User) []string        { return nil }
