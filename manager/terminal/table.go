package terminal

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Table aligns columns; a header line comes first.
type Table struct {
	voice  Voice
	rows   [][]string
	marked map[int]bool
}

// Table begins one.
func (v Voice) Table(header ...string) *Table {
	return &Table{voice: v, rows: [][]string{header}, marked: map[int]bool{}}
}

// Row adds a row. Every row has as many cells as the header.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Mark makes the last row stand out where there is colour.
func (t *Table) Mark() { t.marked[len(t.rows)-1] = true }

// Print writes the table, in one piece: a list of every release is a thousand lines.
func (t *Table) Print() error {
	widths := t.widths()
	var text bytes.Buffer
	var line []byte
	for i, cells := range t.rows {
		line = line[:0]
		for column, cell := range cells {
			line = append(line, cell...)
			if column+1 < len(cells) {
				line = pad(line, widths[column]-utf8.RuneCountInString(cell))
			}
		}
		shown := strings.TrimRight(string(line), " ")
		text.WriteString(Paint(t.voice.Colour.Stdout && t.marked[i], Green, shown))
		text.WriteByte('\n')
	}
	_, err := t.voice.Stdout.Write(text.Bytes())
	return err
}

// widths are those of the columns, with two blanks between them.
func (t *Table) widths() []int {
	widths := make([]int, len(t.rows[0]))
	for _, cells := range t.rows {
		for column, cell := range cells {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell)+2)
		}
	}
	return widths
}

func pad(line []byte, n int) []byte {
	for range n {
		line = append(line, ' ')
	}
	return line
}
