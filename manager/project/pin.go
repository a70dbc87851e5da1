package project

import "strings"

// Repin gives the content of a .go-version file that names pin instead of what it named before. Comments, the byte
// order mark and the line endings stay; an empty file becomes one line.
func Repin(content, pin string) string {
	mark := ""
	if rest, found := strings.CutPrefix(content, "\ufeff"); found {
		mark, content = "\ufeff", rest
	}
	lines := strings.SplitAfter(content, "\n")
	for i, line := range lines {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			continue
		}
		ending := line[len(strings.TrimRight(line, "\r\n")):]
		lines[i] = pin + ending
		return mark + strings.Join(lines, "")
	}
	if content != "" && !strings.HasSuffix(content, "\n") {
		content += "\n"
	}
	return mark + content + pin + "\n"
}
