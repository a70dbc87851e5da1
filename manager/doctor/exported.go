package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// exportedBy lists the lines of start-up files that set a variable: "/home/me/.bashrc:12: export GOPROXY=off".
func (p *Patient) exportedBy(name string) []string {
	var found []string
	for _, file := range p.startFiles() {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		number := 0
		for line := range strings.Lines(string(data)) {
			number++
			if line = strings.TrimSpace(line); sets(line, name) {
				found = append(found, file+":"+strconv.Itoa(number)+": "+line)
			}
		}
	}
	return found
}

// startFiles are those that shells and sessions read, whichever are there.
func (p *Patient) startFiles() []string {
	var files []string
	for _, name := range []string{
		".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshenv", ".zprofile", ".zshrc", ".zlogin", ".kshrc", ".xprofile", ".pam_environment",
		".config/fish/config.fish",
	} {
		files = append(files, filepath.Join(p.Host.UserHome, name))
	}
	for _, pattern := range []string{".config/fish/conf.d/*.fish", ".config/environment.d/*.conf"} {
		more, _ := filepath.Glob(filepath.Join(p.Host.UserHome, pattern))
		files = append(files, more...)
	}
	for _, pattern := range []string{"environment", "profile", "profile.d/*.sh", "bash.bashrc", "zsh/zshenv", "zsh/zshrc"} {
		more, _ := filepath.Glob(filepath.Join(p.Etc, pattern))
		files = append(files, more...)
	}
	return files
}

// sets tells whether a line of a shell, or of a file of variables, gives name a value.
func sets(line, name string) bool {
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
