package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// A line is {"seq":N,…,"prev":"P","hash":"H"} and a newline. P is the hash of the line before, of the first one 64
// zeros. H is the SHA-256 of all bytes of the line before `,"hash"`, P among them, so that a shell can check it:
// sed -n 7p log | sed 's/,"hash":"[0-9a-f]*"}$//' | head -c -1 | sha256sum
const (
	prevKey = `,"prev":"`
	hashKey = `,"hash":"`
	end     = `"}`

	digits = 2 * sha256.Size
	hashAt = digits + len(hashKey) + len(end)     // from the end of a line without its newline
	prevAt = hashAt + digits + len(prevKey) + 1   // likewise
	begin  = `{"seq":`                            // of every line
	layout = "2006-01-02T15:04:05.000000Z"        // UTC, to the microsecond
	origin = "00000000000000000000000000000000" + // before the first entry
		"00000000000000000000000000000000"
)

// longest bounds a line: texts are cut at these lengths, and a byte takes at most six (\u0000).
const (
	longText   = 2048 // bytes of any text
	longReason = 4096
	longest    = 6*(8*longText+longReason) + 1024
)

// chain is where the next line goes.
type chain struct {
	seq  int64 // of the next line
	prev string
}

// appendLine writes the entry down as the chain's next line.
func (c *chain) appendLine(lines []byte, e Entry) []byte {
	start := len(lines)
	lines = strconv.AppendInt(append(lines, begin...), c.seq, 10)
	lines = appendText(lines, "time", e.Time.UTC().Format(layout), longText)
	lines = appendText(lines, "operation", e.Operation, longText)
	lines = appendText(lines, "module", e.Module, longText)
	lines = appendText(lines, "version", e.Version, longText)
	lines = appendText(lines, "path", e.Path, longText)
	lines = appendText(lines, "go", e.Go, longText)
	lines = appendText(lines, "source", e.Source, longText)
	if e.Status != 0 {
		lines = strconv.AppendInt(append(lines, `,"status":`...), int64(e.Status), 10)
	}
	lines = appendText(lines, "reason", e.Reason, longReason)
	lines = appendText(lines, "client", e.Client, longText)
	lines = append(append(append(lines, prevKey...), c.prev...), '"')
	sum := sha256.Sum256(lines[start:])
	c.prev = hex.EncodeToString(sum[:])
	c.seq++
	return append(append(append(lines, hashKey...), c.prev...), end+"\n"...)
}

// appendText writes one member, unless it is empty, in printable ASCII: a log is read on terminals, some of which obey
// more than the control characters that JSON demands to escape. What is too long is cut, visibly, and what is no UTF-8
// is quoted, so that no two requests look the same that are not.
func appendText(to []byte, key, text string, most int) []byte {
	if text == "" {
		return to
	}
	if !utf8.ValidString(text) {
		text = strconv.QuoteToASCII(text)
	}
	if len(text) > most {
		text = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most-32], ""), len(text))
	}
	to = append(append(append(to, `,"`...), key...), `":"`...)
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			to = append(to, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			to = append(to, byte(r))
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			to = fmt.Appendf(to, `\u%04x\u%04x`, high, low)
		default:
			to = fmt.Appendf(to, `\u%04x`, r)
		}
	}
	return append(to, '"')
}

// line is what a line says of its place in the chain.
type line struct {
	seq        int64
	prev, hash string
	intact     bool // hash is that of the line's bytes
}

var errForm = errors.New("not a line of a journal")

// readLine reads a line without its newline, as far as the chain is concerned. An error says that it has not the form.
func readLine(text []byte) (line, error) {
	var l line
	if len(text) < prevAt+len(begin) || !bytes.HasPrefix(text, []byte(begin)) {
		return l, errForm
	}
	tail := text[len(text)-hashAt:]
	link := text[len(text)-prevAt : len(text)-hashAt]
	number, _, ok := bytes.Cut(text[len(begin):], []byte(","))
	seq, err := strconv.ParseInt(string(number), 10, 64)
	if !ok || err != nil || seq < 1 || string(number) != strconv.FormatInt(seq, 10) ||
		!bytes.HasPrefix(tail, []byte(hashKey)) || !bytes.HasSuffix(tail, []byte(end)) ||
		!bytes.HasPrefix(link, []byte(prevKey)) || link[len(link)-1] != '"' {
		return l, errForm
	}
	l = line{seq: seq, prev: string(link[len(prevKey) : len(link)-1]), hash: string(tail[len(hashKey) : len(tail)-len(end)])}
	if !isHash(l.prev) || !isHash(l.hash) {
		return l, errForm
	}
	l.intact = hashOf(text) == l.hash
	return l, nil
}

// hashOf is the hash of a line's bytes, without its newline.
func hashOf(text []byte) string {
	sum := sha256.Sum256(text[:len(text)-hashAt])
	return hex.EncodeToString(sum[:])
}

// isHash tells whether text is the hash of a line, as lines have it.
func isHash(text string) bool {
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

// fields are what a line holds, besides its place in the chain.
type fields struct {
	Seq       int64     `json:"seq"`
	Time      time.Time `json:"time"`
	Operation string    `json:"operation"`
	Module    string    `json:"module"`
	Version   string    `json:"version"`
	Path      string    `json:"path"`
	Go        string    `json:"go"`
	Source    string    `json:"source"`
	Status    int       `json:"status"`
	Reason    string    `json:"reason"`
	Client    string    `json:"client"`
}

// readEntry reads a line whose place in the chain is known to be right.
func readEntry(text []byte) (Entry, error) {
	var f fields
	err := json.Unmarshal(text, &f)
	return Entry(f), err
}
