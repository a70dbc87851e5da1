// Package terminal is gsw's manners on a terminal: stdout carries the answer and nothing else, so that it can be piped;
// everything else is a line on stderr that begins with "gsw:". Nothing asks a question.
package terminal

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"gsw/platform"
)

// Voice is how one run of the program speaks.
type Voice struct {
	Stdout, Stderr io.Writer
	UserHome       string // shown as ~
	Quiet          bool   // nothing on stderr but errors
	Colour         struct{ Stdout, Stderr bool }
}

// New speaks to the files of a host, without colour.
func New(host platform.Host) Voice {
	return Voice{Stdout: host.Stdout, Stderr: host.Stderr, UserHome: host.UserHome}
}

// Heard passes on what is written to it, and remembers that a full disk swallowed some of it: Answer has nobody to tell.
type Heard struct {
	To  io.Writer
	Err error // the first such error
}

func (h *Heard) Write(p []byte) (int, error) {
	n, err := h.To.Write(p)
	if err != nil {
		err = fmt.Errorf("writing the answer: %w", err)
		if h.Err == nil && platform.DiskFull(err) {
			h.Err = err
		}
	}
	return n, err
}

// Automatic colours what goes to a terminal, unless the user wants none.
func (v Voice) Automatic(host platform.Host) Voice {
	plain := host.Env.Get("NO_COLOR") != "" || host.Env.Get("TERM") == "dumb"
	v.Colour.Stdout = !plain && platform.Terminal(host.Stdout)
	v.Colour.Stderr = !plain && platform.Terminal(host.Stderr)
	return v
}

// Answer writes one line of the answer to stdout.
func (v Voice) Answer(format string, args ...any) {
	fmt.Fprintf(v.Stdout, format+"\n", args...)
}

// Note says something worth knowing on stderr.
func (v Voice) Note(format string, args ...any) {
	if !v.Quiet {
		fmt.Fprintf(v.Stderr, "gsw: %s\n", Printable(fmt.Sprintf(format, args...)))
	}
}

// Warn says on stderr that something did not go as asked.
func (v Voice) Warn(format string, args ...any) {
	if !v.Quiet {
		fmt.Fprintf(v.Stderr, "gsw: %s %s\n", Paint(v.Colour.Stderr, Yellow, "warning:"), Printable(fmt.Sprintf(format, args...)))
	}
}

// Tilde shows the user's home as ~, for lines that people paste.
func (v Voice) Tilde(text string) string {
	home := filepath.Clean(v.UserHome)
	if home == "." || home == string(filepath.Separator) {
		return text
	}
	return strings.ReplaceAll(text, home+string(filepath.Separator), "~"+string(filepath.Separator))
}

// Colour is the number of an ANSI colour or style.
type Colour int

// The colours that gsw uses.
const (
	Bold   Colour = 1
	Red    Colour = 31
	Green  Colour = 32
	Yellow Colour = 33
)

// Paint colours text where that is wanted.
func Paint(wanted bool, c Colour, text string) string {
	if !wanted {
		return text
	}
	return "\x1b[" + strconv.Itoa(int(c)) + "m" + text + "\x1b[0m"
}

// Printable shows what a terminal would obey. A refusal's evidence has lines of its own.
func Printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			fmt.Fprintf(&b, "\\x%02x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Megabytes prints a size as people read it; what is not known is a dash.
func Megabytes(bytes int64) string {
	switch {
	case bytes <= 0:
		return "-"
	case bytes < 1e6:
		return strconv.FormatFloat(max(float64(bytes)/1e3, 1), 'f', 0, 64) + " kB"
	}
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 0, 64) + " MB"
}
