package sumdb

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A SignatureError says that a saved answer is not what a proxy signed.
type SignatureError struct {
	Reason   string
	Evidence string // what was signed and what is there; may be empty
}

func (e *SignatureError) Error() string {
	text := "the answer does not verify: " + e.Reason
	for line := range strings.Lines(e.Evidence) {
		text += "\n\t" + strings.TrimRight(line, "\r\n")
	}
	return text
}

// Response is a saved answer.
type Response struct {
	Status    int
	Signature string // the header's value; "": there is none
	Body      []byte
}

// ParseResponse reads what `curl -i` writes: a status line, headers, an empty line and the body. Answers that came
// before it, of proxies or redirects, are passed over.
func ParseResponse(data []byte) (Response, error) {
	for {
		head, body, ok := cutHead(data)
		if !ok {
			return Response{}, errors.New("it has no status line and headers, as curl -i writes them")
		}
		r, err := parseHead(head)
		if err != nil {
			return Response{}, err
		}
		if _, _, another := cutHead(body); !another || r.Signature != "" {
			r.Body = body
			return r, nil
		}
		data = body
	}
}

// cutHead separates status line and headers from what follows.
func cutHead(data []byte) (head, rest []byte, ok bool) {
	if !bytes.HasPrefix(data, []byte("HTTP/")) {
		return nil, nil, false
	}
	at, end := bytes.Index(data, []byte("\r\n\r\n")), 4
	if lf := bytes.Index(data, []byte("\n\n")); at < 0 || lf >= 0 && lf < at {
		at, end = lf, 2
	}
	if at < 0 {
		return nil, nil, false
	}
	return data[:at], data[at+end:], true
}

func parseHead(head []byte) (r Response, err error) {
	line, rest, _ := bytes.Cut(head, []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) < 2 {
		return r, fmt.Errorf("%q is no status line", line)
	}
	if r.Status, err = strconv.Atoi(words[1]); err != nil {
		return r, fmt.Errorf("%q is no status line", line)
	}
	for header := range strings.Lines(string(rest)) {
		name, value, _ := strings.Cut(strings.TrimRight(header, "\r\n"), ":")
		if textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)) != SignatureHeader {
			continue
		}
		if r.Signature != "" {
			return r, errors.New("it has two signatures")
		}
		r.Signature = strings.TrimSpace(value)
	}
	return r, nil
}

// Verify returns what the proxy with this public key said about the answer, if it said it of this answer. request is
// the path that was asked for; "" takes whichever was signed. What does not fit is a *SignatureError.
func (r Response) Verify(verifierKey, request string) (Statement, error) {
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Statement{}, &KeyError{Err: err}
	}
	if r.Signature == "" {
		return Statement{}, &SignatureError{Reason: "it has no header " + SignatureHeader}
	}
	signed, err := base64.StdEncoding.DecodeString(r.Signature)
	if err != nil {
		return Statement{}, &SignatureError{Reason: "its signature is damaged: " + err.Error(), Evidence: r.Signature}
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return Statement{}, &SignatureError{Reason: strings.TrimPrefix(err.Error(), "note: "), Evidence: string(signed)}
	}
	s, err := parseStatement(n.Text)
	if err != nil {
		return Statement{}, &SignatureError{Reason: err.Error(), Evidence: n.Text}
	}
	sum := sha256.Sum256(r.Body)
	for _, part := range []struct{ what, signed, have string }{
		{"status", strconv.Itoa(s.Status), strconv.Itoa(r.Status)},
		{"SHA-256 of the body", s.SHA256, hex.EncodeToString(sum[:])},
		{"path", s.Path, Canonical(request)},
	} {
		if part.signed != part.have && !(part.what == "path" && request == "") {
			return Statement{}, &SignatureError{Reason: "another " + part.what + " was signed", Evidence: fmt.Sprintf("%s: signed %s, here %s\n\n%s", part.what, part.signed, part.have, n.Text)}
		}
	}
	return s, nil
}
