package terminal

import "unicode/utf8"

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
	widths, most := t.widths(), 1
	for _, width := range widths {
		most += width
	}
	text := make([]byte, 0, len(t.rows)*most)
	for i, cells := range t.rows {
		start := len(text)
		for column, cell := range cells {
			text = append(text, cell...)
			if column+1 < len(cells) {
				text = pad(text, widths[column]-utf8.RuneCountInString(cell))
			}
		}
		for len(text) > start && text[len(text)-1] == ' ' {
			text = text[:len(text)-1]
		}
		if t.voice.Colour.Stdout && t.marked[i] {
			text = append(text[:start], Paint(true, Green, string(text[start:]))...)
		}
		text = append(text, '\n')
	}
	_, err := t.voice.Stdout.Write(text)
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
	const blanks = "                "
	for ; n > len(blanks); n -= len(blanks) {
		line = append(line, blanks...)
	}
	return append(line, blanks[:n]...)
}
