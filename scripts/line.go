package scripts

import (
	"regexp"
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

// The mark ends the line as a comment, which also swallows the CR of a file with CRLF.
const mark = " # added by gsw init: "

// madeMark is what it says besides in a file that was not there before, in folders of which so many were not either.
func madeMark(folders int) string {
	switch folders {
	case 0:
		return ", made the file"
	case 1:
		return ", made the file and 1 folder"
	}
	return ", made the file and " + strconv.Itoa(folders) + " folders"
}

// kindOf gives the kind of a marked line, "" for all others; and whether gsw made the file that it is in, and how many
// folders for it.
func kindOf(text string) (k kind, made bool, folders int) {
	_, after, is := strings.Cut(chomp(text), mark)
	if !is {
		return "", false, 0
	}
	m := regexp.MustCompile(`^(hook|path)(, made the file(?: and ([0-9]{1,2}) folders?)?)?$`).FindStringSubmatch(after)
	if m == nil {
		return "", false, 0
	}
	folders, _ = strconv.Atoi(m[3]) // none is 0
	return kind(m[1]), m[2] != "", folders
}

// insert gives a file's text with those of lines that belong into it, and whether there is any. A line that is marked
// as gsw's and says something else is replaced where it stands, one that is too many removed. A file that does not exist
// will be made, and so many folders above it.
func insert(text string, exists bool, folders int, file string, lines []line) (string, bool) {
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
		k, _, _ := kindOf(have)
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
			marked += madeMark(folders)
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

// remove gives a file's text without marked lines, and whether Install had made the file, and how many folders for it.
func remove(text string) (rest string, made bool, folders int) {
	lines := linesOf(text)
	for i := len(lines) - 1; i >= 0; i-- {
		k, own, above := kindOf(lines[i])
		if k == "" {
			continue
		}
		made, folders = made || own, max(folders, above)
		if i == len(lines)-1 && i > 0 && chomp(lines[i]) == lines[i] {
			lines[i-1] = chomp(lines[i-1])
		}
		lines = append(lines[:i], lines[i+1:]...)
	}
	return strings.Join(lines, ""), made, folders
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
