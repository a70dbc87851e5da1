package scripts

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"gsw/platform"
)

//go:embed hooks/gsw.ps1
var pwshHook string

// pwsh is PowerShell: 7, and 5.1 which comes with Windows. What this file and the hook say has been parsed by a grammar of
// the language, and never run.
type pwsh struct{}

func (pwsh) Name() string { return "pwsh" }

func (pwsh) Ending() string { return "ps1" } // it reads no other
func (pwsh) Place() string  { return "$PROFILE" }
func (pwsh) also() []string { return []string{"powershell"} } // 5.1 goes by the name of the language

// sourced: without a mark 5.1 takes a file for one in the system's code page.
func (p pwsh) sourced(code string) string { return "\ufeff# " + made(p) + "\n" + code }

// Alias knows functions, and aliases by their place or by the names of the parameters.
func (pwsh) Alias(line string) (name, of string) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return "", ""
	}
	switch strings.ToLower(words[0]) {
	case "function", "filter":
		name, _, _ = strings.Cut(words[1], "{")
		name, _, _ = strings.Cut(name, "(")
		return name[strings.LastIndexByte(name, ':')+1:], "" // global:gsw
	case "set-alias", "sal", "new-alias", "nal":
	default:
		return "", ""
	}
	var values []string
	for i := 1; i < len(words); i++ {
		word := strings.Trim(words[i], `'"`)
		switch lower := strings.ToLower(words[i]); {
		case (lower == "-name" || lower == "-value") && i+1 < len(words):
			i++
			if word = strings.Trim(words[i], `'"`); lower == "-name" {
				values = append([]string{word}, values...)
			} else {
				values = append(values, word)
			}
		case strings.HasPrefix(word, "-"):
		default:
			values = append(values, word)
		}
	}
	if len(values) < 2 {
		return "", ""
	}
	return values[0], values[1]
}

// Quote puts s between single quotes. To PowerShell the typographic ones are single quotes, too: each is written twice.
func (pwsh) Quote(s string) string {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(s) + "'"
}

func (p pwsh) Export(changes []platform.Change) string {
	var text strings.Builder
	for _, c := range changes {
		switch {
		case !variableName(c.Name):
		case c.Is:
			text.WriteString("$env:" + c.Name + " = " + p.Quote(c.New) + "\n")
		default:
			text.WriteString("Remove-Item -LiteralPath 'Env:" + c.Name + "' -ErrorAction SilentlyContinue\n")
		}
	}
	return text.String()
}

func (p pwsh) Hook(self, home string) string { return fill(pwshHook, p, self, home) }

func (pwsh) Evaluate(command string) string {
	return "Invoke-Expression (& " + command + " | Out-String)"
}
func (p pwsh) Source(file string) string { return ". " + p.Quote(file) }

// profiles: both PowerShells of Windows have one of their own, in the folder of documents wherever that is.
func (pwsh) profiles(documents string) []string {
	return []string{
		filepath.Join(documents, "PowerShell", "profile.ps1"),
		filepath.Join(documents, "WindowsPowerShell", "profile.ps1"),
	}
}

// files also has those of the usual place: lines that were put there before the folder was moved are found again.
func (p pwsh) files(u User) []string {
	if u.Target.OS != "windows" {
		return []string{u.inConfig("powershell", "profile.ps1")}
	}
	files := p.profiles(u.Documents())
	for _, file := range p.profiles(u.in("Documents")) {
		if !slices.ContainsFunc(files, func(f string) bool { return platform.SameWindowsPath(f, file) }) {
			files = append(files, file)
		}
	}
	return files
}

func (p pwsh) lines(u User) ([]line, error) {
	hook := p.word(u, HookFile(p, u.Home))
	var lines []line
	files := p.files(u)
	if u.Target.OS == "windows" {
		files = p.profiles(u.Documents())
	}
	for _, file := range files {
		lines = append(lines, line{file: file, kind: hookLine, text: "if (Test-Path -LiteralPath " + hook + ") { . " + hook + " }"})
	}
	return lines, nil
}

// word names a file, through the home folder where that is right. It is ASCII: Windows PowerShell takes a profile without
// a byte order mark, which others write, for a text in the system's code page.
func (p pwsh) word(u User, file string) string {
	home, separator := "$env:HOME", "/"
	if u.Target.OS == "windows" {
		home, separator = "$env:USERPROFILE", `\`
	}
	if rest, below := strings.CutPrefix(file, u.UserHome); below && u.UserHome != "" && strings.IndexAny(rest, "/"+separator) == 0 {
		return "(" + home + " + " + p.ascii(rest) + ")"
	}
	if text := p.ascii(file); strings.Contains(text, "[char]") {
		return "(" + text + ")"
	}
	return p.Quote(file)
}

// ascii gives a text as a sum of texts and of characters by their numbers. The first is a text: characters would be added
// up.
func (p pwsh) ascii(text string) string {
	var sum []string
	for first := true; first || text != ""; first = false {
		i := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
		if i < 0 {
			i = len(text)
		}
		if i > 0 || first {
			sum = append(sum, p.Quote(text[:i]))
		}
		text = text[i:]
		if r, size := utf8.DecodeRuneInString(text); size > 0 {
			for _, unit := range utf16.Encode([]rune{r}) {
				sum = append(sum, fmt.Sprintf("[char]%d", unit))
			}
			text = text[size:]
		}
	}
	return strings.Join(sum, " + ")
}
