package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"gsw/manager/receipt"
)

// The manners of gsw on a terminal: stdout carries the answer and nothing else,
// so that it can be piped; everything else is a line on stderr that begins with
// "gsw:". Nothing asks a question.

// answer writes one line of the answer to stdout.
func (s *session) answer(format string, args ...any) {
	fmt.Fprintf(s.host.Stdout, format+"\n", args...)
}

// answerJSON writes the answer as one object that begins with its schema_version.
func (s *session) answerJSON(object any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // ">=1.21 <1.23" is for people, too
	e.SetIndent("", "  ")
	if err := e.Encode(object); err != nil {
		return fmt.Errorf("writing the answer as JSON: %w", err)
	}
	rest := strings.TrimPrefix(text.String(), "{")
	if strings.TrimSpace(rest) != "}" {
		rest = "," + rest
	}
	_, err := fmt.Fprint(s.host.Stdout, "{\n  \"schema_version\": 1"+rest)
	return err
}

// colour is the number of an ANSI colour or style.
type colour int

const (
	bold   colour = 1
	red    colour = 31
	green  colour = 32
	yellow colour = 33
)

// paint colours text where that is wanted.
func paint(wanted bool, c colour, text string) string {
	if !wanted {
		return text
	}
	return "\x1b[" + strconv.Itoa(int(c)) + "m" + text + "\x1b[0m"
}

// note says something worth knowing on stderr.
func (s *session) note(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.host.Stderr, "gsw: %s\n", printable(fmt.Sprintf(format, args...)))
	}
}

// warn says on stderr that something did not go as asked.
func (s *session) warn(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.host.Stderr, "gsw: %s %s\n", paint(s.colour.stderr, yellow, "warning:"), printable(fmt.Sprintf(format, args...)))
	}
}

// tilde shows the user's home as ~, for lines that people paste.
func (s *session) tilde(text string) string {
	home := filepath.Clean(s.host.UserHome)
	if home == "." || home == string(filepath.Separator) {
		return text
	}
	return strings.ReplaceAll(text, home+string(filepath.Separator), "~"+string(filepath.Separator))
}

// folder tells whether an argument names an existing folder rather than a spec.
func (s *session) folder(argument string) (string, bool) {
	if argument == "" || !strings.ContainsAny(argument, `/\`) && argument != "." && argument != ".." {
		return "", false
	}
	dir := argument
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(s.host.Dir, dir)
	}
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir()
}

// table aligns columns; a header line comes first.
type table struct {
	s      *session
	rows   [][]string
	marked map[int]bool
}

func (s *session) table(header ...string) *table {
	return &table{s: s, rows: [][]string{header}, marked: map[int]bool{}}
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// mark makes the last row stand out where there is colour.
func (t *table) mark() { t.marked[len(t.rows)-1] = true }

func (t *table) print() error {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, cells := range t.rows {
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i, line := range strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n") {
		line = paint(t.s.colour.stdout && t.marked[i], green, strings.TrimRight(line, " "))
		if _, err := fmt.Fprintln(t.s.host.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// proofNames are the parties' names, as `list` shows them.
func proofNames(proofs []receipt.Proof) []string {
	names := []string{}
	for _, p := range proofs {
		names = append(names, p.Party)
	}
	return names
}

// megabytes prints a size as people read it; what is not known is a dash.
func megabytes(bytes int64) string {
	switch {
	case bytes <= 0:
		return "-"
	case bytes < 1e6:
		return fmt.Sprintf("%.0f kB", max(float64(bytes)/1e3, 1))
	}
	return fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
}

// atMost refuses arguments that a command has no use for.
func atMost(c *cli.Context, n int, what string) error {
	switch have := c.Args().Len(); {
	case have <= n:
		return nil
	case n == 0:
		return usagef("%s takes no argument", c.Command.Name)
	default:
		return usagef("%s takes one %s, not %d", c.Command.Name, what, have)
	}
}
