package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

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
	text, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the answer as JSON: %w", err)
	}
	rest := strings.TrimPrefix(string(text), "{")
	if strings.TrimSpace(rest) != "}" {
		rest = "," + rest
	}
	_, err = fmt.Fprintf(s.host.Stdout, "{\n  \"schema_version\": 1%s\n", rest)
	return err
}

// note says something worth knowing on stderr.
func (s *session) note(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.host.Stderr, "gsw: "+format+"\n", args...)
	}
}

// warn says on stderr that something did not go as asked.
func (s *session) warn(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.host.Stderr, "gsw: warning: "+format+"\n", args...)
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
	s    *session
	rows [][]string
}

func (s *session) table(header ...string) *table {
	return &table{s: s, rows: [][]string{header}}
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print() error {
	w := tabwriter.NewWriter(t.s.host.Stdout, 0, 0, 2, ' ', 0)
	for _, cells := range t.rows {
		if _, err := fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// proofNames are the parties' names, as `list` shows them.
func proofNames(proofs []receipt.Proof) []string {
	names := []string{}
	for _, p := range proofs {
		names = append(names, p.Party)
	}
	return names
}

// orEmpty keeps null out of JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func itoa(n int) string { return strconv.Itoa(n) }
