// Package kept is small files that can be made again at any time, kept because reading them is faster than making them.
// One that is damaged, truncated or of another kind counts as none.
package kept

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gsw/platform"
)

// Read returns the text of a file that Write made under this title.
func Read(file, title string) (text string, ok bool) {
	data, err := platform.ReadFile(file)
	if err != nil {
		return "", false
	}
	first, text, found := strings.Cut(string(data), "\n")
	return text, found && first == heading(title, text)
}

// Write keeps text, in one step: who reads meanwhile sees the old text or the new. It is not flushed. The title says
// what the text is and in which form; it is one line.
func Write(file, title, text string) error {
	data := []byte(heading(title, text) + "\n" + text)
	err := platform.ReplaceFile(file, data, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
			err = platform.ReplaceFile(file, data, 0o644)
		}
	}
	return err
}

// heading ends in a sum that finds what a power loss left. It is no proof of anything: whoever can write the file can
// write the sum.
func heading(title, text string) string {
	sum := uint64(14695981039346656037) // FNV-1a, without a copy of the text
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * 1099511628211
	}
	return title + " " + strconv.FormatUint(sum, 16)
}
