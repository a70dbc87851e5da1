package scripts

import (
	_ "embed"
	"os"
	"strconv"
	"strings"

	"gsw/platform"
)

//go:embed hooks/gsw.nu
var nuHook string

type nu struct{}

func (nu) Name() string { return "nu" }

func (nu) Ending() string               { return "nu" }
func (nu) Place() string                { return "config.nu" }
func (nu) also() []string               { return []string{"nushell"} }
func (n nu) sourced(code string) string { return "# " + made(n) + "\n" + code }

// Alias knows aliases and commands.
func (nu) Alias(line string) (name, of string) {
	words := strings.Fields(line)
	if len(words) > 0 && words[0] == "export" {
		words = words[1:]
	}
	switch {
	case len(words) >= 4 && words[0] == "alias" && words[2] == "=":
		return strings.Trim(words[1], `'"`), strings.Join(words[3:], " ")
	case len(words) >= 2 && words[0] == "def":
		for _, word := range words[1:] {
			if !strings.HasPrefix(word, "-") {
				name, _, _ = strings.Cut(strings.Trim(word, `'"`), "[")
				return name, ""
			}
		}
	}
	return "", ""
}

// Quote puts s between single quotes where it has none of its own and no newline, and between double quotes with escapes
// otherwise. nushell's strings are UTF-8: bytes that are not become U+FFFD.
func (nu) Quote(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if !strings.ContainsFunc(s, func(r rune) bool { return r == '\'' || r < ' ' || r == 0x7f }) {
		return "'" + s + "'"
	}
	var text strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			text.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			text.WriteString(`\u{` + strconv.FormatInt(int64(r), 16) + `}`)
		default:
			text.WriteRune(r)
		}
	}
	return `"` + text.String() + `"`
}

// Export gives one record: nushell evaluates no text. `load-env (gsw env --shell nu | from nuon)` sets what there is to
// set; null stands for a variable that is to be hidden, and PATH is a list, of what the system it runs on has between
// semicolons or colons.
func (n nu) Export(changes []platform.Change) string {
	var fields []string
	for _, c := range changes {
		switch {
		case !variableName(c.Name):
		case c.Is && (c.Name == "PATH" || os.PathListSeparator == ';' && strings.EqualFold(c.Name, "PATH")):
			var entries []string
			for entry := range strings.SplitSeq(c.New, string(os.PathListSeparator)) {
				entries = append(entries, n.Quote(entry))
			}
			fields = append(fields, "PATH: ["+strings.Join(entries, ", ")+"]")
		case c.Is:
			fields = append(fields, c.Name+": "+n.Quote(c.New))
		default:
			fields = append(fields, c.Name+": null")
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return "{" + strings.Join(fields, ", ") + "}\n"
}

func (n nu) Hook(self, home string) string { return fill(nuHook, n, self, home) }

// Evaluate: there is no such thing in nushell, which reads code before it runs any; a file is the way.
func (n nu) Evaluate(command string) string {
	file := "gsw.nu"
	if strings.Contains(command, " completion ") {
		file = "gsw-completion.nu"
	}
	return "mkdir $nu.user-autoload-dirs.0; " + command + " | save --force ($nu.user-autoload-dirs.0 | path join " + file + ")"
}
func (n nu) Source(file string) string { return "source " + n.Quote(file) }

func (nu) files(u User) []string {
	if u.Target.OS == "darwin" && u.Env.Get("XDG_CONFIG_HOME") == "" {
		return []string{u.in("Library/Application Support/nushell/config.nu")}
	}
	if u.Env.Get("XDG_CONFIG_HOME") != "" {
		return []string{u.inConfig("nushell", "config.nu")}
	}
	return []string{u.inAppData("nushell", "config.nu")}
}

// lines: nushell reads config.nu where it is interactive or told to. A file that is gone must not make it refuse all of it.
func (n nu) lines(u User) ([]line, error) {
	hook := n.Quote(HookFile(n, u.Home))
	return []line{{file: n.files(u)[0], kind: hookLine, text: "source (if (" + hook + " | path exists) { " + hook + " } else { null })"}}, nil
}
