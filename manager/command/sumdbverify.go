package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager/sumdb"
)

const sumdbVerifyHelp = "verify-response tells what a proxy signed about an answer that curl -i saved, from FILE or stdin; with a second file,\n" +
	"FILE has the headers (curl -D) and BODY the rest. Exit code 5 if it is not that answer."

func sumdbVerifyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "path", Usage: "verify-response: `PATH` that was asked for; otherwise compare it yourself"},
		&cli.DurationFlag{Name: "max-age", Usage: "verify-response: refuse an answer that was signed longer ago than `DURATION`, as 10m"},
	}
}

// answerAtMost bounds what is read of a saved answer: the largest one is a tile of records.
const answerAtMost = 8 << 20

type verifiedJSON struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	SHA256 string `json:"sha256"`
	Time   string `json:"time"`
}

func (s *session) sumdbVerifyResponse(c *cli.Context, args []string) error {
	if len(args) > 2 {
		return usagef("sumdb verify-response takes one FILE, and the body's if that is another, not %d", len(args))
	}
	key := c.String("key")
	if key == "" {
		return usagef("sumdb verify-response needs the proxy's public key: --key NAME+HASH+KEY, or a file that holds it")
	}
	if !strings.Contains(key, "+") {
		text, err := s.read(key)
		if err != nil {
			return err
		}
		key = strings.TrimSpace(string(text))
	}
	response, err := s.savedResponse(args)
	if err != nil {
		return err
	}
	signed, err := response.Verify(key, c.String("path"))
	if err != nil {
		return err
	}
	if age, most := s.host.Now().Sub(signed.Time), c.Duration("max-age"); most > 0 && age > most {
		return &sumdb.SignatureError{Reason: fmt.Sprintf("it was signed %v ago, at %s", age.Round(time.Second), signed.Time.UTC().Format(time.RFC3339))}
	}
	if s.json {
		return s.answerJSON(verifiedJSON{signed.Method, signed.Path, signed.Status, signed.SHA256, signed.Time.UTC().Format(time.RFC3339)})
	}
	s.answer("%s %s\t%d\tsha256:%s\t%s", signed.Method, signed.Path, signed.Status, signed.SHA256, signed.Time.UTC().Format(time.RFC3339))
	return nil
}

// savedResponse reads the answer from one file, two, or stdin.
func (s *session) savedResponse(args []string) (sumdb.Response, error) {
	from := "-"
	if len(args) > 0 {
		from = args[0]
	}
	data, err := s.read(from)
	if err != nil {
		return sumdb.Response{}, err
	}
	response, err := sumdb.ParseResponse(data)
	if err != nil {
		return response, fmt.Errorf("reading the answer: %w", err)
	}
	if len(args) == 2 {
		response.Body, err = s.read(args[1])
	}
	return response, err
}

// read is a whole file, - for stdin.
func (s *session) read(file string) ([]byte, error) {
	from := s.host.Stdin
	if file != "-" {
		f, err := os.Open(s.path(file))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	data, err := io.ReadAll(io.LimitReader(from, answerAtMost+1))
	if err == nil && len(data) > answerAtMost {
		err = fmt.Errorf("%s: larger than %d bytes", file, answerAtMost)
	}
	return data, err
}
