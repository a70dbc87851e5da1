// Package answer is what scripts get of gsw: an exit code with its word, and one JSON object on stdout.
package answer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"gsw/manager/terminal"
)

// The exit codes, which scripts rely on.
const (
	Failed      = 1
	Usage       = 2
	NoVersion   = 3
	Network     = 4
	Refused     = 5
	Blocked     = 6
	Busy        = 7
	Storage     = 8
	CannotRun   = 126
	NotFound    = 127
	Interrupted = 130
)

// Code is one exit code with its word in JSON.
type Code struct {
	Code        int
	Kind, Means string
}

// Codes are all of them.
func Codes() []Code {
	return []Code{
		{0, "", "done"},
		{Failed, "failed", "failed, or verify or doctor found something"},
		{Usage, "usage", "the command line, a pin or a setting is not understood"},
		{NoVersion, "no-version", "there is no such version, or it is not installed"},
		{Network, "network", "no source could be reached"},
		{Refused, "verification", "nobody vouches for it, or somebody contradicts"},
		{Blocked, "environment", "something about this machine or shell is in the way"},
		{Busy, "busy", "it is in use"},
		{Storage, "storage", "the file system: permission, no room"},
		{CannotRun, "cannot-run", "the program could not be started"},
		{NotFound, "not-found", "there is no such program"},
		{Interrupted, "interrupted", "interrupted"},
	}
}

// Kind is the word for an exit code in JSON.
func Kind(code int) string {
	for _, c := range Codes() {
		if c.Code == code {
			return c.Kind
		}
	}
	return "failed"
}

// JSON writes the answer as one object that begins with its schema_version.
func JSON(w io.Writer, object any) error {
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
	_, err := fmt.Fprint(w, "{\n  \"schema_version\": 1"+rest)
	return err
}

// failure is why there is no other answer.
type failure struct {
	Code    int    `json:"code"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint"` // the one thing to do about it, as a command that can be pasted; "" if there is none
}

// Fail tells an error, once, on stderr, and as the answer where one in JSON is wanted. It returns the exit code.
func Fail(voice terminal.Voice, inJSON bool, err error, hint string, code int) int {
	message := voice.Tilde(terminal.Printable(err.Error()))
	if inJSON {
		_ = JSON(voice.Stdout, struct {
			Error failure `json:"error"`
		}{failure{Code: code, Kind: Kind(code), Message: message, Hint: hint}})
	}
	fmt.Fprintf(voice.Stderr, "%s %s\n", terminal.Paint(voice.Colour.Stderr, terminal.Red, "gsw:"), message)
	if hint != "" {
		fmt.Fprintf(voice.Stderr, "gsw: hint: %s\n", terminal.Paint(voice.Colour.Stderr, terminal.Bold, hint))
	}
	return code
}
