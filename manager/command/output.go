package command

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager/answer"
	"gsw/manager/receipt"
)

// answer writes one line of the answer to stdout.
func (s *session) answer(format string, args ...any) { s.voice.Answer(format, args...) }

// answerJSON writes the answer as one object that begins with its schema_version.
func (s *session) answerJSON(object any) error { return answer.JSON(s.voice.Stdout, object) }

// note says something worth knowing on stderr.
func (s *session) note(format string, args ...any) { s.voice.Note(format, args...) }

// warn says on stderr that something did not go as asked.
func (s *session) warn(format string, args ...any) { s.voice.Warn(format, args...) }

// tilde shows the user's home as ~, for lines that people paste.
func (s *session) tilde(text string) string { return s.voice.Tilde(text) }

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

// proofNames are the parties' names, as `list` shows them.
func proofNames(proofs []receipt.Proof) []string {
	names := []string{}
	for _, p := range proofs {
		names = append(names, p.Party)
	}
	return names
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
