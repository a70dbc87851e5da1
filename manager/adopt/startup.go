package adopt

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Line is a line of a start-up file.
type Line struct {
	File   string // absolute
	Number int    // from 1
	Text   string // without the blanks around it
}

func (l Line) String() string { return fmt.Sprintf("%s:%d: %s", l.File, l.Number, l.Text) }

// StartFiles are those that shells and sessions read, whichever may be there: of the user, then of all users.
func StartFiles(userHome, etc string) []string {
	var files []string
	for _, name := range []string{
		".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshenv", ".zprofile", ".zshrc", ".zlogin", ".kshrc", ".xprofile", ".pam_environment",
		".config/fish/config.fish",
	} {
		files = append(files, filepath.Join(userHome, name))
	}
	for _, pattern := range []string{".config/fish/conf.d/*.fish", ".config/environment.d/*.conf"} {
		more, _ := filepath.Glob(filepath.Join(userHome, pattern))
		files = append(files, more...)
	}
	for _, pattern := range []string{"environment", "profile", "profile.d/*.sh", "bash.bashrc", "zsh/zshenv", "zsh/zshrc"} {
		more, _ := filepath.Glob(filepath.Join(etc, pattern))
		files = append(files, more...)
	}
	return files
}

// StartLines gives the lines of start-up files that fit. Comments and empty lines never do; a file that cannot be read
// has none.
func StartLines(files []string, fits func(line string) bool) []Line {
	var found []Line
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		number := 0
		for line := range strings.Lines(string(data)) {
			number++
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && fits(line) {
				found = append(found, Line{file, number, line})
			}
		}
	}
	return found
}

// Sets tells whether a line of a shell, or of a file of variables, gives name a value.
func Sets(line, name string) bool {
	words := strings.Fields(strings.NewReplacer(";", " ", "&&", " ").Replace(line))
	for i, word := range words {
		if strings.HasPrefix(word, "#") {
			return false
		}
		if strings.HasPrefix(word, name+"=") {
			return true
		}
		if word == name && i > 0 && slices.Contains(words[:i], "set") && strings.ContainsRune(strings.Join(words[:i], ""), 'x') {
			return true // fish: set -gx NAME value
		}
	}
	return false
}

// Leftover is a line of a start-up file that leads to another manager's Go.
type Leftover struct {
	Line
	Manager string // "": it exports GOROOT, whoever wrote it
	Many    bool   // the manager looks after more than Go, so the line may be needed still
	Mixed   bool   // it puts other folders on PATH, too, which have to stay
}

// Leftovers are the lines of start-up files that begin a manager, put its folders on PATH, or export GOROOT.
func Leftovers(files []string) []Leftover {
	var found []Leftover
	managers := Managers()
	for _, line := range StartLines(files, func(string) bool { return true }) {
		text, _, _ := strings.Cut(line.Text, " #")
		i := slices.IndexFunc(managers, func(m Manager) bool { return m.wrote(text) })
		switch {
		case i >= 0:
			found = append(found, Leftover{line, managers[i].Name, managers[i].Many, managers[i].mixed(text)})
		case Sets(text, "GOROOT"):
			found = append(found, Leftover{Line: line})
		}
	}
	return found
}

func (m Manager) wrote(line string) bool {
	return slices.ContainsFunc(m.Marks, func(mark string) bool { return mentions(line, mark) })
}

// mixed tells whether a line that sets PATH has folders for it that are not the manager's.
func (m Manager) mixed(line string) bool {
	if !Sets(line, "PATH") {
		return false
	}
	_, list, found := strings.Cut(line, "PATH=")
	if !found {
		_, list, _ = strings.Cut(line, "PATH ")
	}
	for entry := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(": \"'", r) }) {
		if strings.Trim(entry, "${}") != "PATH" && strings.ContainsAny(entry, "/\\") && !m.wrote(entry) {
			return true
		}
	}
	return false
}

// mentions tells whether a line has mark as a word, or as the beginning of a path if it ends in a slash: ORG_HOME is no
// G_HOME, and .config/ no .g/.
func mentions(line, mark string) bool {
	for from := 0; ; {
		i := strings.Index(line[from:], mark)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(mark)
		free := start == 0 || !wordByte(line[start-1])
		if free && (end == len(line) || !wordByte(line[end]) || !wordByte(mark[len(mark)-1]) || strings.HasSuffix(mark, "go")) {
			return true
		}
		from = start + 1
	}
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// WrittenBy names the manager that a line of a start-up file, or the value of a variable, is about; "" if no mark says so.
func WrittenBy(text string) string {
	managers, text := Managers(), filepath.ToSlash(text)
	if i := slices.IndexFunc(managers, func(m Manager) bool { return m.wrote(text) }); i >= 0 {
		return managers[i].Name
	}
	return ""
}
