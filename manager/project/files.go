package project

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The most that is read of each kind of file, in bytes. A longer one is broken. The go command's limit for a go.mod of
// a module is taken for the last.
const (
	maxVersionFile  = 1 << 10
	maxToolVersions = 64 << 10
	maxModFile      = 16 << 20
)

// pin is what a file says about the version, and where. The zero pin: nothing.
type pin struct {
	text    string // a spec
	written string // what stands there, if that is not text
	line    int    // from 1
}

func (p pin) as() string {
	if p.written != "" {
		return p.written
	}
	return p.text
}

// read returns the content of a regular file, nil if there is none. Folders and everything else that can bear the name
// is none: opening a named pipe would wait for ever.
func read(file string, limit int64) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission): // the folder may not be looked into
		return nil, nil
	case err != nil:
		return nil, errors.Unwrap(err)
	case !info.Mode().IsRegular():
		return nil, nil
	case info.Size() > limit:
		return nil, tooLong(limit)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	defer f.Close()
	// The size is only a hint, and 0 for what the system makes up while it is read.
	data := make([]byte, 0, info.Size()+bytes.MinRead)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooLong(limit)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, errors.Unwrap(err)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

func tooLong(limit int64) error {
	return fmt.Errorf("is longer than %d KiB", limit>>10)
}

// openToAll reports whether every user may make files in dir. Windows does not say it in the mode, which then claims
// so of every folder.
func openToAll(dir string) bool {
	info, err := os.Stat(dir)
	return err != nil || info.Mode().Perm()&0o002 != 0
}

// parseVersionFile reads a .go-version: the first line that is neither blank nor a # comment.
func parseVersionFile(data []byte) (pin, error) {
	data = decode(data)
	for line := 1; len(data) > 0; line++ {
		text, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if text = bytes.TrimSpace(text); len(text) > 0 && text[0] != '#' {
			return pin{text: string(text), line: line}, nil
		}
	}
	return pin{}, errors.New("names no version")
}

// decode removes a byte order mark, and what it stands for: `echo 1.22.3 > .go-version` in Windows PowerShell writes
// UTF-16.
func decode(data []byte) []byte {
	if utf16le, ok := bytes.CutPrefix(data, []byte("\xff\xfe")); ok {
		units := make([]uint16, len(utf16le)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(utf16le[2*i:])
		}
		return []byte(string(utf16.Decode(units)))
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
}

// parseToolVersions reads the file of asdf and mise: the first line whose tool is golang or go. Of several versions,
// which those tools fall back to one by one, the first counts. A file without such a line is not a pin.
func parseToolVersions(data []byte) (pin, error) {
	data = decode(data)
	for line := 1; len(data) > 0; line++ {
		text, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		text, _, _ = bytes.Cut(text, []byte("#"))
		words := strings.Fields(string(text))
		if len(words) == 0 || words[0] != "golang" && words[0] != "go" {
			continue
		}
		p := pin{line: line}
		if len(words) == 1 {
			return p, errors.New("names no version of " + words[0])
		}
		p.text = words[1]
		scheme, version, found := strings.Cut(p.text, ":")
		switch {
		case found && (scheme == "prefix" || scheme == "latest"): // latest:1.22 is their word for gsw's 1.22
			p.text, p.written = version, p.text
		case found:
			return p, errors.New(shown(p.text) + " is not a release of Go, and gsw has nothing else")
		}
		return p, nil
	}
	return pin{}, nil
}

// modFile is what counts of a go.mod or go.work file.
type modFile struct{ goVersion, toolchain pin }

// parseModFile finds the first go and the first toolchain line. It is made for files that are being edited, and forgives
// what the go command will complain about anyway. It reads the whole file: in old ones the go line is the last.
func parseModFile(data []byte) modFile {
	var m modFile
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	block := false // between "require (" and ")"
	for number := 1; len(data) > 0; number++ {
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		if i := bytes.Index(line, []byte("//")); i >= 0 {
			line = line[:i]
		}
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case block:
			block = line[0] != ')'
		case line[len(line)-1] == '(':
			block = true
		case m.goVersion.line == 0 && hasVerb(line, "go"):
			m.goVersion = pin{text: argument(line[len("go"):]), line: number}
		case m.toolchain.line == 0 && hasVerb(line, "toolchain"):
			m.toolchain = pin{text: argument(line[len("toolchain"):]), line: number}
		}
		if m.goVersion.line > 0 && m.toolchain.line > 0 {
			break
		}
	}
	return m
}

func hasVerb(line []byte, verb string) bool {
	return len(line) > len(verb) && string(line[:len(verb)]) == verb && strings.IndexByte(" \t\"`", line[len(verb)]) >= 0
}

// argument is what follows the verb; it may be quoted.
func argument(b []byte) string {
	s := string(bytes.TrimSpace(b))
	if s != "" && (s[0] == '"' || s[0] == '`') {
		if unquoted, err := strconv.Unquote(s); err == nil {
			return unquoted
		}
	}
	return s
}

// pin makes a spec of the toolchain line. "default" is none, and so is "local", which is no toolchain's name although
// GOTOOLCHAIN knows it. The go command compares a custom toolchain, go1.22.3-corp, by the release it was made from:
// that release satisfies the line.
func (m modFile) pin() (pin, error) {
	p := m.toolchain
	if p.line == 0 || p.text == "default" || p.text == "local" {
		return pin{}, nil
	}
	p.written = p.text
	if i := strings.IndexAny(p.text, "- \t"); i >= 0 {
		p.text = p.text[:i]
	}
	if !strings.HasPrefix(p.text, "go1") {
		return p, errors.New("toolchain " + shown(p.written) + " is not the name of a toolchain")
	}
	return p, nil
}
