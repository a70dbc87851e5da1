package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// commentedOut are the commands that turn lines of start-up files into comments and keep the files as they were as
// FILE.bak. A line that does more than about says, or that others belong to, is named for a person to look at.
//
// What remains of a line is the command that does nothing, so that `if` and `then` around it are still right.
func (p *Patient) commentedOut(lines []deed, about func(deed) bool) string {
	var files []string
	numbers := map[string][]int{}
	var byHand []string
	for _, d := range lines {
		switch {
		case slices.Contains(numbers[d.file], d.line) || slices.Contains(byHand, d.place()):
		case !p.only(d, about):
			byHand = append(byHand, d.place())
		default:
			if len(numbers[d.file]) == 0 {
				files = append(files, d.file)
			}
			numbers[d.file] = append(numbers[d.file], d.line)
		}
	}
	var fix []string
	for _, file := range files {
		fix = append(fix, p.sed(file, numbers[file]))
	}
	for _, place := range byHand {
		fix = append(fix, "# and change "+p.path(place)+", which does more than this")
	}
	return strings.Join(fix, "\n")
}

// only tells whether everything that a line does is what about says. Of a line that does nothing it can't be told.
func (p *Patient) only(line deed, about func(deed) bool) bool {
	known := false
	for _, d := range p.StartUp() {
		if d.file == line.file && d.line == line.line {
			if !d.whole || !about(d) {
				return false
			}
			known = true
		}
	}
	return known
}

// sed is the command for one file. The form of -i is one that GNU and BSD understand; it would put a file in the place of
// a link.
func (p *Patient) sed(file string, numbers []int) string {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	if p.inPowerShell() {
		return "# make comments of these lines of " + p.path(file) + ": " + strings.Trim(fmt.Sprint(numbers), "[]")
	}
	mark := ": # "
	if dialectOf(file) == listText {
		mark = "# "
	}
	command := "sed -i.bak"
	if f, err := os.OpenFile(file, os.O_WRONLY, 0); err == nil {
		f.Close()
	} else {
		command = "sudo " + command
	}
	for _, n := range numbers {
		command += fmt.Sprintf(" -e '%ds/^/%s/'", n, mark)
	}
	return command + " " + p.path(file)
}
