package scripts

import (
	_ "embed"
	"path/filepath"
	"strings"

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

// files: both PowerShells of Windows have a profile of their own. A folder of documents that is elsewhere, in OneDrive
// say, is not found.
func (pwsh) files(u User) []string {
	if u.Target.OS != "windows" {
		return []string{u.inConfig("powershell", "profile.ps1")}
	}
	return []string{
		filepath.Join(u.UserHome, "Documents", "PowerShell", "profile.ps1"),
		filepath.Join(u.UserHome, "Documents", "WindowsPowerShell", "profile.ps1"),
	}
}

func (p pwsh) lines(u User) ([]line, error) {
	hook := p.Quote(HookFile(p, u.Home))
	var lines []line
	for _, file := range p.files(u) {
		lines = append(lines, line{file: file, kind: hookLine, text: "if (Test-Path -LiteralPath " + hook + ") { . " + hook + " }"})
	}
	return lines, nil
}
