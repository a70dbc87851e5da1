package sumdb

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// SignatureHeader carries the signature of an answer: a signed note (golang.org/x/mod/sumdb/note) in base64, whose text
// has five lines:
//
//	gsw sumdb answer
//	GET /lookup/golang.org/x/text@v0.14.0
//	200
//	sha256:… of the body as it was sent; of HEAD, of nothing
//	2026-11-23T03:40:00Z
const SignatureHeader = "X-Go-Sumdb-Signature"

const statementTitle = "gsw sumdb answer"

// Statement is what a signature says about an answer.
type Statement struct {
	Method string
	Path   string // decoded
	Status int
	SHA256 string    // of the body
	Time   time.Time // of the answer
}

// sign fills in the body's hash and gives the header's value.
func (k Key) sign(s Statement, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	s.SHA256 = hex.EncodeToString(sum[:])
	signed, err := note.Sign(&note.Note{Text: s.text()}, k.signer)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(signed), nil
}

func (s Statement) text() string {
	return fmt.Sprintf("%s\n%s %s\n%d\nsha256:%s\n%s\n", statementTitle, s.Method, Canonical(s.Path), s.Status, s.SHA256, s.Time.UTC().Format(time.RFC3339))
}

// Canonical writes a decoded path on one line of ASCII: as it is if that is possible, else escaped.
func Canonical(path string) string {
	for _, c := range []byte(path) {
		if c <= ' ' || c >= 0x7f || c == '%' {
			return (&url.URL{Path: path}).EscapedPath()
		}
	}
	return path
}

// parseStatement reads what sign wrote.
func parseStatement(text string) (s Statement, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 5 || lines[0] != statementTitle {
		return s, errors.New("what is signed is not an answer of a proxy")
	}
	var ok bool
	if s.Method, s.Path, ok = strings.Cut(lines[1], " "); !ok {
		return s, errors.New("what is signed names no request")
	}
	if s.Status, err = strconv.Atoi(lines[2]); err != nil {
		return s, errors.New("what is signed names no status")
	}
	if s.SHA256, ok = strings.CutPrefix(lines[3], "sha256:"); !ok {
		return s, errors.New("what is signed names no hash")
	}
	if s.Time, err = time.Parse(time.RFC3339, lines[4]); err != nil {
		return s, errors.New("what is signed names no time")
	}
	return s, nil
}
