package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/interp"
)

// shellTools are the programs of Unix that scripts and the fixes of doctor call, as far as those go.
func shellTools() map[string]func(at interp.HandlerContext, args []string) error {
	return map[string]func(at interp.HandlerContext, args []string) error{
		"cat": toolCat, "chmod": toolChmod, "cp": toolCp, "env": toolEnv, "grep": toolGrep, "head": toolHead, "ls": toolLs,
		"mkdir": toolMkdir, "mv": toolMv, "rm": toolRm, "sed": toolSed, "touch": toolTouch,
	}
}

// options splits what a tool is given: letters, of which those in with have a value, and the rest.
func options(with string, args []string) (letters string, values map[byte][]string, rest []string) {
	values = map[byte][]string{}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		if len(word) < 2 || word[0] != '-' {
			rest = append(rest, word)
			continue
		}
		for i := 1; i < len(word); i++ {
			letters += word[i : i+1]
			if strings.Contains(with, word[i:i+1]) {
				value := word[i+1:]
				if value == "" && len(args) > 0 {
					value, args = args[0], args[1:]
				}
				values[word[i]] = append(values[word[i]], value)
				break
			}
		}
	}
	return letters, values, rest
}

func fileAt(at interp.HandlerContext, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(at.Dir, name)
}

// inputs reads files, or what comes in where none is named.
func inputs(at interp.HandlerContext, names []string) ([]byte, error) {
	if len(names) == 0 {
		return io.ReadAll(at.Stdin)
	}
	var all []byte
	for _, name := range names {
		data, err := os.ReadFile(fileAt(at, name))
		if err != nil {
			return nil, err
		}
		all = append(all, data...)
	}
	return all, nil
}

func toolCat(at interp.HandlerContext, args []string) error {
	data, err := inputs(at, args)
	if err == nil {
		_, err = at.Stdout.Write(data)
	}
	return err
}

// toolChmod does what Git Bash's does on Windows for u+w, and nothing otherwise.
func toolChmod(at interp.HandlerContext, args []string) error {
	for _, name := range args[1:] {
		if args[0] != "u+w" {
			continue
		}
		if err := os.Chmod(fileAt(at, name), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func toolCp(at interp.HandlerContext, args []string) error {
	letters, _, names := options("", args)
	from, to := fileAt(at, names[0]), fileAt(at, names[1])
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, filepath.Base(from))
	}
	if strings.Contains(letters, "r") {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// toolEnv: env -0
func toolEnv(at interp.HandlerContext, args []string) error {
	if !slices.Equal(args, []string{"-0"}) {
		return errors.New("played with -0 alone")
	}
	for _, line := range shellEnviron(at) {
		fmt.Fprint(at.Stdout, line, "\x00")
	}
	return nil
}

// toolGrep: grep [-cqv] PATTERN [FILE…]
func toolGrep(at interp.HandlerContext, args []string) error {
	letters, _, rest := options("", args)
	pattern, err := regexp.Compile(basic(rest[0]))
	if err != nil {
		return err
	}
	data, err := inputs(at, rest[1:])
	if err != nil {
		return err
	}
	found := 0
	for line := range bytes.Lines(data) {
		if pattern.Match(bytes.TrimRight(line, "\r\n")) == strings.Contains(letters, "v") {
			continue
		}
		if found++; !strings.ContainsAny(letters, "cq") {
			fmt.Fprintf(at.Stdout, "%s", line)
		}
	}
	if strings.Contains(letters, "c") {
		fmt.Fprintln(at.Stdout, found)
	}
	if found == 0 {
		return interp.ExitStatus(1)
	}
	return nil
}

// toolHead: head [-N] or [-c BYTES], [FILE]
func toolHead(at interp.HandlerContext, args []string) error {
	letters, values, rest := options("c", args)
	data, err := inputs(at, rest)
	if err != nil {
		return err
	}
	if values['c'] != nil {
		n, err := strconv.Atoi(values['c'][0])
		if err != nil {
			return err
		}
		_, err = at.Stdout.Write(data[:min(n, len(data))])
		return err
	}
	n, err := strconv.Atoi(letters)
	if err != nil {
		return err
	}
	lines := slices.Collect(bytes.Lines(data))
	_, err = at.Stdout.Write(bytes.Join(lines[:min(n, len(lines))], nil))
	return err
}

// toolLs: ls [-A] FOLDER
func toolLs(at interp.HandlerContext, args []string) error {
	letters, _, names := options("", args)
	for _, name := range append(names, ".")[:max(1, len(names))] {
		entries, err := os.ReadDir(fileAt(at, name))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if strings.Contains(letters, "A") || !strings.HasPrefix(e.Name(), ".") {
				fmt.Fprintln(at.Stdout, e.Name())
			}
		}
	}
	return nil
}

func toolMkdir(at interp.HandlerContext, args []string) error {
	letters, _, names := options("", args)
	makes := os.Mkdir
	if strings.Contains(letters, "p") {
		makes = os.MkdirAll
	}
	for _, name := range names {
		if err := makes(fileAt(at, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func toolMv(at interp.HandlerContext, args []string) error {
	to := fileAt(at, args[1])
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, filepath.Base(args[0]))
	}
	return os.Rename(fileAt(at, args[0]), to)
}

// toolRm takes files that are read-only with -f alone.
func toolRm(at interp.HandlerContext, args []string) error {
	letters, _, names := options("", args)
	for _, name := range names {
		name = fileAt(at, name)
		info, err := os.Lstat(name)
		if os.IsNotExist(err) && strings.Contains(letters, "f") {
			continue
		}
		if err == nil && info.IsDir() && strings.Contains(letters, "r") {
			err = os.RemoveAll(name)
		} else if err == nil {
			err = os.Remove(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// toolTouch: touch -t CCYYMMDDhhmm, or -d DATE
func toolTouch(at interp.HandlerContext, args []string) error {
	_, values, names := options("td", args)
	layout, word := "200601021504", values['t']
	if word == nil {
		layout, word = time.DateOnly, values['d']
	}
	when, err := time.ParseInLocation(layout, word[0], time.Local)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Chtimes(fileAt(at, name), when, when); err != nil {
			return err
		}
	}
	return nil
}

// toolSed: sed [-i[ENDING]] [-e] COMMAND… [FILE…], where a command is [LINE|/PATTERN/]s/PATTERN/TEXT/[g] or …d.
func toolSed(at interp.HandlerContext, args []string) error {
	ending, in := "", false
	if len(args) > 0 && strings.HasPrefix(args[0], "-i") {
		ending, in, args = args[0][2:], true, args[1:]
	}
	_, values, names := options("e", args)
	texts := values['e']
	if texts == nil {
		texts, names = names[:1], names[1:]
	}
	var commands []sedCommand
	for _, text := range texts {
		c, err := parseSed(text)
		if err != nil {
			return err
		}
		commands = append(commands, c)
	}
	if !in {
		data, err := inputs(at, names)
		if err == nil {
			_, err = at.Stdout.Write(sedAll(commands, data))
		}
		return err
	}
	for _, name := range names {
		name = fileAt(at, name)
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if ending != "" {
			if err := os.WriteFile(name+ending, data, 0o644); err != nil {
				return err
			}
		}
		if err := os.WriteFile(name, sedAll(commands, data), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sedCommand changes the lines it is for, or takes them away.
type sedCommand struct {
	line    int
	of      *regexp.Regexp
	deletes bool
	pattern *regexp.Regexp
	text    string
	all     bool
}

func parseSed(text string) (c sedCommand, err error) {
	shape := regexp.MustCompile(`^(?:(\d+)|/([^/]*)/)?(?:(d)|s(.)(.*))$`).FindStringSubmatch(text)
	if shape == nil {
		return c, fmt.Errorf("%q is more than is played", text)
	}
	c.line, _ = strconv.Atoi(shape[1])
	if shape[2] != "" {
		if c.of, err = regexp.Compile(basic(shape[2])); err != nil {
			return c, err
		}
	}
	if c.deletes = shape[3] != ""; c.deletes {
		return c, nil
	}
	// Between the marks; one with a backslash before it is none.
	parts := []string{""}
	for i, rest := 0, shape[5]; i < len(rest); i++ {
		last := &parts[len(parts)-1]
		switch {
		case rest[i] == '\\' && i+1 < len(rest):
			if i++; rest[i:i+1] != shape[4] {
				*last += `\`
			}
			*last += rest[i : i+1]
		case rest[i:i+1] == shape[4]:
			parts = append(parts, "")
		default:
			*last += rest[i : i+1]
		}
	}
	if len(parts) != 3 || strings.Trim(parts[2], "g") != "" {
		return c, fmt.Errorf("%q is more than is played", text)
	}
	c.text, c.all = strings.ReplaceAll(parts[1], `\`, ""), parts[2] == "g"
	c.pattern, err = regexp.Compile(basic(parts[0]))
	return c, err
}

// basic is a basic regular expression as Go writes it: + ? | ( ) { } are themselves there.
func basic(pattern string) string {
	return regexp.MustCompile(`[+?|(){}]`).ReplaceAllString(pattern, `\$0`)
}

func sedAll(commands []sedCommand, data []byte) []byte {
	var b bytes.Buffer
	number := 0
lines:
	for line := range bytes.Lines(data) {
		number++
		text, end := bytes.TrimRight(line, "\r\n"), line[len(bytes.TrimRight(line, "\r\n")):]
		for _, c := range commands {
			if c.line != 0 && c.line != number || c.of != nil && !c.of.Match(text) {
				continue
			}
			if c.deletes {
				continue lines
			}
			if where := c.pattern.FindIndex(text); where != nil && !c.all {
				text = slices.Concat(text[:where[0]], []byte(c.text), text[where[1]:])
			} else if where != nil {
				text = c.pattern.ReplaceAllLiteral(text, []byte(c.text))
			}
		}
		b.Write(text)
		b.Write(end)
	}
	return b.Bytes()
}
