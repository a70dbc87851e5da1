package terminal_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"

	"gsw/manager/terminal"
)

// Columns are aligned as the standard library aligns them, whatever is in them.
func TestTable(t *testing.T) {
	rows := [][]string{
		{"", "VERSION", "SIZE", "NOTES"},
		{"*", "go1.22.3", "206 MB", "default; end of life"},
		{"", "go1.21rc2", "-", ""},
		{"", "ünï", "中中", "größer"},
	}
	var plain bytes.Buffer
	w := tabwriter.NewWriter(&plain, 0, 0, 2, ' ', 0)
	for _, cells := range rows {
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.Lines(plain.String()) {
		want = append(want, strings.TrimRight(line, " \n"))
	}
	for _, coloured := range []bool{false, true} {
		var got bytes.Buffer
		voice := terminal.Voice{Stdout: &got}
		voice.Colour.Stdout = coloured
		table := voice.Table(rows[0]...)
		for i, cells := range rows[1:] {
			if table.Row(cells...); i == 0 {
				table.Mark()
			}
		}
		if err := table.Print(); err != nil {
			t.Fatal(err)
		}
		lines := append([]string{}, want...)
		if coloured {
			lines[1] = "\x1b[32m" + lines[1] + "\x1b[0m"
		}
		if text := strings.Join(lines, "\n") + "\n"; got.String() != text {
			t.Errorf("coloured %v:\n%q, want\n%q", coloured, got.String(), text)
		}
	}
}

func TestMegabytes(t *testing.T) {
	for bytes, want := range map[int64]string{-1: "-", 0: "-", 1: "1 kB", 1499: "1 kB", 999_400: "999 kB", 1e6: "1 MB", 206_275_690: "206 MB"} {
		if got := terminal.Megabytes(bytes); got != want {
			t.Errorf("%d bytes: %q, want %q", bytes, got, want)
		}
	}
}
