package doctor

import (
	"fmt"
	"path/filepath"
	"strings"

	"gsw/manager/selection"
	"gsw/platform"
	"gsw/scripts"
)

// The lines that people paste are for a POSIX shell; on Windows for PowerShell, 5.1 as well, unless Git's shell says that
// it is there.

func (p *Patient) inPowerShell() bool { return inPowerShell(p.Host) }

func inPowerShell(h platform.Host) bool { return h.OS == "windows" && h.Env.Get("MSYSTEM") == "" }

// path is a path as a word of such a line.
func (p *Patient) path(path string) string { return pasted(p.Host, path) }

// pasted is a path as a word of a command that people paste: below the home folder it begins with ~.
func pasted(h platform.Host, path string) string {
	if inPowerShell(h) {
		return powerShellWord(path)
	}
	home, separator := filepath.Clean(h.UserHome), "/"
	if h.OS == "windows" {
		separator = `\`
	}
	if rest, ok := strings.CutPrefix(path, home+separator); ok && home != "." && len(home) > 1 {
		return "~/" + selection.Word(strings.ReplaceAll(rest, separator, "/"))
	}
	return selection.Word(path)
}

// powerShellWord is a path as an argument there.
func powerShellWord(text string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r > 127 || strings.ContainsRune(`\/._-+:=`, r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return quotedThere(text)
}

func quotedThere(text string) string {
	shell, err := scripts.Find("pwsh")
	if err != nil {
		return text
	}
	return shell.Quote(text)
}

// unset takes a variable away, and export sets it.
func (p *Patient) unset(name string) string {
	if p.inPowerShell() {
		return "Remove-Item Env:" + name
	}
	return "unset " + name
}

func (p *Patient) export(name, value string) string {
	if p.inPowerShell() {
		return "$env:" + name + " = " + quotedThere(value)
	}
	return "export " + name + "=" + p.path(value)
}

// entry is a folder as an entry of PATH in a POSIX shell: in Git's, those of Windows have no colon.
func (p *Patient) entry(dir string) string {
	word := pasted(p.Host, dir)
	if p.Host.OS == "windows" && !strings.HasPrefix(word, "~") {
		return selection.Word(scripts.MSYSPath(dir))
	}
	return word
}

// pathWith puts a folder before what PATH is, or behind it.
func (p *Patient) pathWith(kind deedKind, dir string) string {
	switch {
	case p.inPowerShell() && kind == front:
		return "$env:Path = " + quotedThere(dir+";") + " + $env:Path"
	case p.inPowerShell():
		return "$env:Path += " + quotedThere(";"+dir)
	case kind == front:
		return "PATH=" + p.entry(dir) + `:"$PATH"; export PATH`
	}
	return `PATH="$PATH":` + p.entry(dir) + "; export PATH"
}

// pathOf sets PATH to these folders.
func (p *Patient) pathOf(folders []string) string {
	if p.inPowerShell() {
		return "$env:Path = " + quotedThere(p.Host.Env.WithPath(folders).Get("PATH"))
	}
	var words []string
	for _, dir := range folders {
		words = append(words, p.entry(dir))
	}
	return "PATH=" + strings.Join(words, ":") + "; export PATH"
}

// both does the second where the first succeeded.
func (p *Patient) both(first, second string) string {
	if p.inPowerShell() {
		return first + "; if ($?) { " + second + " }"
	}
	return first + " && " + second
}

// enter makes another folder the current one for a command, and for what comes after it.
func (p *Patient) enter(dir, command string) string { return p.both("cd "+p.path(dir), command) }

// inside runs a command in another folder.
func (p *Patient) inside(dir, command string) string {
	if p.inPowerShell() {
		return "Push-Location " + p.path(dir) + "; " + command + "; Pop-Location"
	}
	return "(cd " + p.path(dir) + " && " + command + ")"
}

// remove deletes files, each of them a word there already.
func (p *Patient) remove(words ...string) string {
	if p.inPowerShell() {
		return "Remove-Item " + strings.Join(words, ", ")
	}
	return "rm " + strings.Join(words, " ")
}

// removeReadOnly deletes what a pattern fits, without a question.
func (p *Patient) removeReadOnly(word string) string {
	if p.inPowerShell() {
		return "Remove-Item -Force " + word
	}
	return "rm -f " + word
}

// substitute changes one line of a file. PowerShell has nothing that leaves the rest of it as it is, in every encoding.
func (p *Patient) substitute(file string, line int, before, after string) string {
	if p.inPowerShell() {
		return fmt.Sprintf("# change %s in line %d of %s to %s", before, line, p.path(file), after)
	}
	// What sed takes for itself in the texts here is dots alone, and in ranges ^ and *.
	pattern := strings.NewReplacer(".", `\.`, "^", `\^`, "*", `\*`, "/", `\/`).Replace(before)
	word := p.path(file)
	return fmt.Sprintf("sed -i.bak %s %s && rm %s", selection.Word(fmt.Sprintf("%ds/%s/%s/", line, pattern, after)), word, word+".bak")
}

// joined puts commands under each other, without the empty ones.
func joined(lines ...string) string {
	var kept []string
	for _, line := range lines {
		if line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
