package scripts

import (
	"strconv"
	"strings"
)

// line is one line for an rc file.
type line struct {
	file string
	kind kind
	text string // without the mark and the end
	top  bool   // before everything else, not after it
}

// kind tells gsw's lines apart in their marks. A file has at most one of each.
type kind string

const (
	hookLine kind = "hook"
	pathLine kind = "path"
)

// The mark ends the line as a comment, which also swallows the CR of a file with CRLF. madeMark is for a file that was
// not there before, and may go on with how many folders above it were not, either.
const (
	mark     = " # added by gsw init: "
	madeMark = ", made the file"
)

// kindOf gives the kind of a marked line, "" for all others.
func kindOf(text string) kind {
	_, after, _ := strings.Cut(chomp(text), mark)
	after, _, _ = strings.Cut(after, madeMark)
	switch k := kind(after); k {
	case hookLine, pathLine:
		return k
	}
	return ""
}

// insert gives a file's text with those of lines that belong into it, and whether there is any. A line that is marked
// as gsw's and says something else is replaced where it stands, one that is too many removed. made is the mark of a file
// that is not there yet.
func insert(text string, exists bool, file string, lines []line, made string) (string, bool) {
	wanted := map[kind]line{}
	var order []kind
	for _, l := range lines {
		if l.file == file {
			wanted[l.kind] = l
			order = append(order, l.kind)
		}
	}
	var kept strings.Builder
	for _, have := range linesOf(text) {
		k := kindOf(have)
		l, want := wanted[k]
		switch {
		case k == "":
			kept.WriteString(have)
		case want:
			body, _, _ := strings.Cut(have, mark)
			kept.WriteString(l.text + strings.TrimPrefix(have, body))
			delete(wanted, k)
		}
	}
	text = kept.String()
	end := "\n"
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		end = "\r\n"
	}
	for _, k := range order {
		l, want := wanted[k]
		if !want || k == hookLine && byHand(text) {
			continue
		}
		marked := l.text + mark + string(k)
		if !exists && text == "" {
			marked += made
		}
		switch {
		case l.top:
			at := 0
			if strings.HasPrefix(text, "#!") {
				at = len(linesOf(text)[0])
			}
			text = text[:at] + marked + end + text[at:]
		case text == "" || strings.HasSuffix(text, "\n"):
			text += marked + end
		default: // the file stays one without a newline at its end, so that remove finds the way back
			text += end + marked
		}
	}
	return text, text != ""
}

// remove gives a file's text without marked lines, whether Install had made the file, and how many folders above it.
func remove(text string) (rest string, made bool, folders int) {
	lines := linesOf(text)
	for i := len(lines) - 1; i >= 0; i-- {
		if kindOf(lines[i]) == "" {
			continue
		}
		if _, after, ok := strings.Cut(chomp(lines[i]), madeMark); ok {
			made, folders = true, foldersIn(after)
		}
		if i == len(lines)-1 && i > 0 && chomp(lines[i]) == lines[i] {
			lines[i-1] = chomp(lines[i-1])
		}
		lines = append(lines[:i], lines[i+1:]...)
	}
	return strings.Join(lines, ""), made, folders
}

// madeMarkFor is the mark of a file that is made together with so many folders, and foldersIn finds how many they were.
func madeMarkFor(folders int) string {
	if folders == 0 {
		return madeMark
	}
	return madeMark + " and folders: " + strconv.Itoa(folders)
}

func foldersIn(mark string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(mark, " and folders: "))
	if err != nil {
		return 0
	}
	return min(max(n, 0), 4) // a line that somebody has edited must not lead far up
}

// byHand tells whether a file loads the hook in the user's own words.
func byHand(text string) bool {
	for _, l := range linesOf(text) {
		command, _, _ := strings.Cut(l, "#")
		if strings.Contains(command, "gsw init ") || strings.Contains(command, "goswitch init ") {
			return true
		}
	}
	return false
}

// linesOf splits a text after its newlines.
func linesOf(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func chomp(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}
