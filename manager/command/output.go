package command

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager/answer"
	"gsw/manager/receipt"
)

// answered is stdout, and remembers that not all of an answer got there: who writes a line does not wait for that.
type answered struct {
	to  io.Writer
	err error
}

func (a *answered) Write(p []byte) (int, error) {
	n, err := a.to.Write(p)
	a.err = cmp.Or(a.err, err)
	return n, err
}

// answer writes one line of the answer to stdout.
func (s *session) answer(format string, args ...any) { s.voice.Answer(format, args...) }

// answerJSON writes the answer as one object that begins with its schema_version.
func (s *session) answerJSON(object any) error { return answer.JSON(s.host.Stdout, object) }

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
