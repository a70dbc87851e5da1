package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"gsw/scripts"
)

// rcScanner splits the lines of one file into words and tells what they do.
type rcScanner struct {
	*rcReader
	dialect  dialect
	shell    scripts.Shell // whose language an ownText is
	found    []deed
	exported []string // variables that the file exports
	whole    bool
	depth    int    // of blocks that the line opens
	array    string // the array whose closing parenthesis is on a line further down, with its =
}

// separators end a statement.
const separators = ";&|()"

// line reads one line. A quote that is open at its end ends there.
func (s *rcScanner) line(text string) {
	if s.dialect == listText {
		s.entry(strings.TrimSpace(text))
		return
	}
	if s.dialect == ownText {
		s.own(strings.TrimSpace(text))
		return
	}
	var words []string
	w := wordScanner{s: s, text: text}
	for {
		word, any, end := w.next()
		switch {
		case !any:
		case s.array != "":
			s.element(word)
		default:
			words = append(words, word)
		}
		switch {
		case end == 0 && w.at >= len(text):
			s.statement(words, 0)
			return
		case s.array != "" && end == ')':
			s.array = ""
		case s.array != "", end == 0:
		case end == '(' && s.dialect == shellText && len(words) > 0 && strings.HasSuffix(words[len(words)-1], "=") && w.touches():
			s.array, words = words[len(words)-1], nil
		default:
			s.statement(words, end)
			words = nil
		}
	}
}

// own is a line in a language of which no more is known than what loads the hook, and what hides gsw.
func (s *rcScanner) own(text string) {
	if strings.HasPrefix(text, "#") {
		return
	}
	if name, of := s.shell.Alias(text); name != "" {
		s.whole = of != ""
		s.add(aliases, name, of)
	} else if scripts.Loads(text) {
		s.add(hooks, s.shell.Name(), "")
	}
}

// entry is a line of a list of variables. The value goes to the end of the line.
func (s *rcScanner) entry(text string) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "export "))
	name := variableOf(text)
	if name == "" {
		return
	}
	value := strings.Trim(text[len(name)+1:], `"'`)
	if strings.HasPrefix(text[len(name):], "+=") {
		return // means nothing here
	}
	var b strings.Builder
	for w := (wordScanner{s: s, text: value}); w.at < len(value); {
		w.plain(&b)
	}
	s.assign(name+"="+b.String(), true)
}

// element is a word of an array: zsh has PATH as one, and oh-my-zsh its plugins.
func (s *rcScanner) element(word string) {
	switch name := strings.TrimRight(s.array, "+="); {
	case name == "plugins":
		s.add(plugin, word, "")
	case name == "path" && word == "$path":
		s.array = "path+="
	case name == "path" && strings.HasSuffix(s.array, "+="):
		s.add(back, "PATH", word)
	case name == "path":
		s.add(front, "PATH", word)
	}
}

func (s *rcScanner) add(kind deedKind, name, value string) {
	if s.windows {
		value = scripts.WindowsPath(value)
	}
	s.found = append(s.found, deed{kind: kind, name: name, value: value})
}

// statement tells what a simple command does. end is what ended it.
func (s *rcScanner) statement(words []string, end byte) {
	for len(words) > 0 && keyword(words[0]) {
		switch words[0] {
		case "if", "for", "while", "until", "case", "{", "begin":
			s.depth++
		case "fi", "done", "esac", "}", "end":
			s.depth--
		case "then", "else", "elif", "do":
			s.whole = s.whole && s.depth > 0
		}
		words = words[1:]
	}
	assigned := 0
	if s.dialect != fishText {
		for assigned < len(words) && variableOf(words[assigned]) != "" {
			assigned++
		}
	}
	switch {
	case len(words) == 0:
	case assigned == len(words):
		for _, word := range words {
			s.assign(word, s.dialect == listText)
		}
	case len(words) == 1 && end == '(':
		s.whole = false
		s.add(aliases, words[0], "")
	default:
		s.command(words[assigned], words[assigned+1:])
	}
}

// keyword tells words before a command that say nothing about what it does.
func keyword(word string) bool {
	return slices.Contains([]string{
		"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "for", "case", "esac", "in", "{", "}", "!", "time",
		"begin", "end", "and", "or", "not", "builtin", "command", `\builtin`, `\command`,
	}, word)
}

// variableOf is the name in NAME=value and NAME+=value.
func variableOf(word string) string {
	name, _, ok := strings.Cut(word, "=")
	name = strings.TrimSuffix(name, "+")
	if !ok || name == "" {
		return ""
	}
	for i := range len(name) {
		if !nameByte(name[i], i == 0) {
			return ""
		}
	}
	return name
}

func nameByte(c byte, first bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || !first && '0' <= c && c <= '9'
}

// assign notes NAME=value.
func (s *rcScanner) assign(word string, export bool) {
	name := variableOf(word)
	value := word[strings.IndexByte(word, '=')+1:]
	appends := strings.HasSuffix(word[:len(word)-len(value)], "+=")
	if name == "PATH" {
		if appends {
			value = "$PATH" + value
		}
		if s.windows {
			s.path(scripts.WindowsFolders(value))
		} else {
			s.path(strings.Split(value, ":"))
		}
		return
	}
	if appends {
		value = s.vars[name] + value
	}
	if export {
		s.exported = append(s.exported, name)
	}
	if len(value) > hugeFile/16 { // text that doubles with every line
		value = ""
	}
	s.vars[name] = value
	s.add(exports, name, value)
}

// path notes a value of PATH by its folders. Without $PATH in it all of them come first: nothing is behind.
func (s *rcScanner) path(folders []string) {
	kind := front
	for _, folder := range folders {
		switch {
		case folder == "$PATH" || folder == "$path":
			kind = back
		case folder != "":
			s.add(kind, "PATH", folder)
		}
	}
}

// command tells what a command with arguments does.
func (s *rcScanner) command(name string, args []string) {
	name = strings.TrimPrefix(name, `\`)
	switch {
	case slices.Contains([]string{"export", "declare", "typeset", "readonly", "local"}, name):
		s.export(name, args)
	case name == "source" || name == ".":
		if len(args) > 0 {
			s.source(args[0])
		}
	case name == "alias" || name == "unalias" || name == "abbr" || name == "function":
		s.alias(name, args)
	case name == "set" && s.dialect == fishText:
		s.fishSet(args)
	case name == "fish_add_path":
		s.fishAddPath(args)
	case name == "[" || name == "[[" || name == "test": // asks
	case s.dialect == fishText && filepath.Base(name) == "brew" && len(args) > 0 && args[0] == "shellenv":
		s.brew(name)
	default:
		if name != "eval" || !s.evaluated(args) {
			s.add(runs, name, strings.Join(args, " "))
		}
	}
}

// export is NAME=value or NAME, of a command that exports or may do so.
func (s *rcScanner) export(command string, args []string) {
	does := command == "export"
	for _, arg := range args {
		switch name := variableOf(arg); {
		case strings.HasPrefix(arg, "-"):
			does = does && !strings.ContainsAny(arg, "nf") || strings.Contains(arg, "x")
		case !does:
		case name != "":
			s.assign(arg, true)
		case arg == "PATH":
		default:
			s.exported = append(s.exported, arg)
			if value, known := s.vars[arg]; known {
				s.add(exports, arg, value)
			}
		}
	}
}

func (s *rcScanner) source(file string) {
	if s.windows {
		file = scripts.WindowsPath(file)
	}
	dir, base := filepath.Split(file)
	if shell, ok := strings.CutPrefix(base, "hook."); ok && s.gsw != "" && filepath.Clean(dir) == filepath.Clean(s.gsw) {
		s.add(hooks, shell, file)
		return
	}
	s.add(sources, "", file)
}

// evaluated finds the hook in eval "$(gsw init bash)", and what eval "$(/opt/homebrew/bin/brew shellenv)" does to PATH.
// Nothing else that is evaluated is read.
func (s *rcScanner) evaluated(args []string) (hook bool) {
	text := strings.Join(args, " ")
	for _, name := range []string{"gsw", "goswitch"} {
		if _, after, ok := strings.Cut(text, name+" init "); ok {
			shell, _, _ := strings.Cut(after, ")")
			s.add(hooks, strings.Trim(strings.TrimSpace(shell), `"'`+"`"), "")
			return true
		}
	}
	if before, _, ok := strings.Cut(text, " shellenv"); ok {
		program := before[strings.LastIndexAny(before, "( `\"'")+1:]
		return s.brew(program)
	}
	return false
}

// brew: Homebrew puts its folders first, with a Go in them if one was installed by it.
func (s *rcScanner) brew(program string) bool {
	if filepath.Base(program) != "brew" || !filepath.IsAbs(program) {
		return false
	}
	prefix := filepath.Dir(filepath.Dir(program))
	s.add(front, "PATH", filepath.Join(prefix, "bin"))
	s.add(front, "PATH", filepath.Join(prefix, "sbin"))
	return true
}

// alias is alias NAME=VALUE, fish's alias NAME VALUE, unalias NAME, and functions.
func (s *rcScanner) alias(command string, args []string) {
	args = slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return strings.HasPrefix(arg, "-") })
	if command == "function" && len(args) > 0 {
		s.whole = false
		s.add(aliases, args[0], "")
		return
	}
	for i, arg := range args {
		name, value, assigns := strings.Cut(arg, "=")
		switch {
		case command == "unalias":
			s.add(unaliases, arg, "")
		case assigns:
			s.add(aliases, name, value)
		case i == 0 && s.dialect == fishText:
			s.add(aliases, arg, strings.Join(args[1:], " "))
			return
		}
	}
}

// fishSet is set -gx NAME value…
func (s *rcScanner) fishSet(args []string) {
	var flags string
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "--export":
			flags += "x"
		case "--append":
			flags += "a"
		case "--prepend":
			flags += "p"
		case "--erase":
			flags += "e"
		default:
			if !strings.HasPrefix(args[0], "--") {
				flags += args[0][1:]
			}
		}
		args = args[1:]
	}
	if len(args) == 0 || strings.ContainsAny(flags, "eq") {
		return
	}
	name, values := args[0], args[1:]
	switch {
	case name != "PATH" && name != "fish_user_paths":
		s.assign(name+"="+strings.Join(values, " "), strings.Contains(flags, "x"))
	case strings.Contains(flags, "a"):
		s.path(append([]string{"$PATH"}, values...))
	default:
		for i, value := range values {
			if value == "$fish_user_paths" {
				values = slices.Concat(values[:i], []string{"$PATH"}, values[i+1:])
			}
		}
		s.path(values)
	}
}

// fishAddPath is fish_add_path FOLDER…
func (s *rcScanner) fishAddPath(args []string) {
	kind := front
	for _, arg := range args {
		switch {
		case arg == "--append" || strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.Contains(arg, "a"):
			kind = back
		case !strings.HasPrefix(arg, "-"):
			s.add(kind, "PATH", arg)
		}
	}
}
