package doctor

import "strings"

// wordScanner takes the words off a line, with quotes removed and what is known of variables put in.
type wordScanner struct {
	s    *rcScanner
	text string
	at   int
}

// next gives a word, if there is any, and the separator behind it. 0 is a blank or the end of the line.
func (w *wordScanner) next() (word string, any bool, end byte) {
	var b strings.Builder
	for w.at < len(w.text) && (w.text[w.at] == ' ' || w.text[w.at] == '\t') {
		w.at++
	}
	for w.at < len(w.text) {
		c := w.text[w.at]
		switch {
		case c == ' ' || c == '\t':
			return b.String(), any, 0
		case c == '#' && !any:
			w.at = len(w.text)
			return "", false, 0
		case strings.IndexByte(separators, c) >= 0:
			w.at++
			return b.String(), any, c
		case c == '\'':
			w.at++
			b.WriteString(w.until('\''))
		case c == '"':
			w.at++
			w.double(&b)
		case c == '\\':
			w.at++
			if w.at < len(w.text) {
				if !any && nameByte(w.text[w.at], true) {
					b.WriteByte('\\') // \export: not the alias
				}
				b.WriteByte(w.text[w.at])
				w.at++
			}
		case c == '~' && w.tilde(b.String()):
			w.at++
			b.WriteString(w.s.home)
		default:
			w.plain(&b)
		}
		any = true
	}
	return b.String(), any, 0
}

// touches tells whether the separator that next gave stood right behind a word.
func (w *wordScanner) touches() bool { return w.at >= 2 && w.text[w.at-2] == '=' }

// until gives the text before a quote that closes, which may not come.
func (w *wordScanner) until(quote byte) string {
	rest := w.text[w.at:]
	i := strings.IndexByte(rest, quote)
	if i < 0 {
		w.s.whole = false // it goes on below
		w.at = len(w.text)
		return rest
	}
	w.at += i + 1
	return rest[:i]
}

// double reads to the closing quote.
func (w *wordScanner) double(b *strings.Builder) {
	for w.at < len(w.text) {
		switch c := w.text[w.at]; {
		case c == '"':
			w.at++
			return
		case c == '\\' && w.at+1 < len(w.text) && strings.IndexByte("\"\\$`", w.text[w.at+1]) >= 0:
			b.WriteByte(w.text[w.at+1])
			w.at += 2
		default:
			w.plain(b)
		}
	}
	w.s.whole = false
}

// plain reads one character, or what a variable or a command stands for.
func (w *wordScanner) plain(b *strings.Builder) {
	rest := w.text[w.at:]
	switch {
	case w.s.dialect == listText && !strings.HasPrefix(rest, "$"):
	case strings.HasPrefix(rest, "`"):
		w.at++
		b.WriteString("`" + w.until('`') + "`")
		return
	case strings.HasPrefix(rest, "$("):
		n := closing(rest[1:], '(', ')') + 1
		b.WriteString(rest[:n])
		w.at += n
		return
	case strings.HasPrefix(rest, "${"):
		n := closing(rest[1:], '{', '}') + 1
		b.WriteString(w.braces(strings.TrimSuffix(rest[2:n], "}")))
		w.at += n
		return
	case strings.HasPrefix(rest, "$"):
		n := 1
		for n < len(rest) && nameByte(rest[n], n == 1) {
			n++
		}
		b.WriteString(w.value(rest[1:n], rest[:n]))
		w.at += n
		return
	}
	b.WriteByte(rest[0])
	w.at++
}

// value is that of a variable, or how it is written where it is not known.
func (w *wordScanner) value(name, written string) string {
	if name == "PATH" {
		return "$PATH"
	}
	if value, known := w.s.vars[name]; known {
		return value
	}
	if value := w.s.env(name); name != "" && value != "" {
		return value
	}
	return written
}

// braces is what ${…} stands for: NAME, NAME:-default and NAME:+instead are understood.
func (w *wordScanner) braces(inner string) string {
	n := 0
	for n < len(inner) && nameByte(inner[n], n == 0) {
		n++
	}
	name, rest := inner[:n], strings.TrimPrefix(inner[n:], ":")
	_, known := w.s.vars[name]
	known = known || name != "" && w.s.env(name) != ""
	switch known = known || name == "PATH"; {
	case strings.HasPrefix(rest, "+") && name == "PATH" && strings.Contains(rest, "PATH"):
		return ":$PATH" // ${PATH:+:$PATH}
	case strings.HasPrefix(rest, "+"):
		return ""
	case strings.HasPrefix(rest, "-") && !known && !strings.ContainsAny(rest, "$`\"'"):
		return rest[1:]
	}
	return w.value(name, "${"+inner+"}")
}

// closing is the length of a text up to the parenthesis that closes the one it begins with.
func closing(text string, open, shut byte) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// tilde tells whether a ~ stands for the home folder: at the front of a word or of a folder of a list.
func (w *wordScanner) tilde(before string) bool {
	if before != "" && !strings.HasSuffix(before, "=") && !strings.HasSuffix(before, ":") {
		return false
	}
	rest := w.text[w.at+1:]
	return rest == "" || strings.IndexByte("/: \t;", rest[0]) >= 0
}
