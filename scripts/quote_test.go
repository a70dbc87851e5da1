package scripts_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gsw/platform"
	"gsw/scripts"
)

// speakers are the programs that must understand each shell's quoting.
func speakers(t testing.TB) map[string][]string {
	speakers := map[string][]string{"bash": {"bash"}, "zsh": {"zsh"}, "sh": {"dash"}, "fish": {"fish", "--no-config"}, "elvish": {"elvish", "-norc"}, "nu": {"nu", "--no-config-file"}}
	for _, program := range speakers {
		need(t, program[0])
	}
	return speakers
}

// hostile are words that mean something to some shell.
var hostile = []string{
	"", "'", "''", "a'b''c", `\`, `\'`, `"$HOME"`, "`id`", "$(id)", "~", "a b\tc", "\n", "\r\n\n", "!!", "#x", "-n", "*?[a]{b,c}", "=ls", "中文",
	"\x1b]0;\a", "%s%%", "a;b&c|d<e>f", "\\\n", "é", "-x", "--", "+x", "%PATH%", "!PATH!", "^", "^^!", "a b/", "@x", "‘’‚‛“”„", "$(touch x)", "{a}", "😀\ufeff", "\u2028",
}

// Whatever is quoted, each shell must give it back, with whatever options.
func FuzzQuote(f *testing.F) {
	for _, text := range append([]string{"\x81'\x5c", "\xff\xfe"}, hostile...) {
		f.Add(text)
	}
	programs := speakers(f)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			return
		}
		for _, s := range scripts.Shells() {
			options := ""
			if s.Name() == "zsh" {
				options = "setopt rc_quotes glob_subst sh_word_split csh_junkie_quotes 2>/dev/null; unsetopt csh_junkie_quotes;"
			}
			program := programs[s.Name()]
			if program == nil {
				continue // PowerShell and cmd are not to be had: see TestPowerShell and TestCmd
			}
			code := options + "printf '%s|' " + s.Quote(text) + " end"
			if s.Name() == "elvish" {
				code = "print (put " + s.Quote(text) + ")'|end|'"
			}
			if s.Name() == "nu" {
				if !utf8.ValidString(text) {
					continue // its strings are UTF-8
				}
				code = "print --no-newline (" + s.Quote(text) + " + '|end|')"
			}
			got := feed(t, []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}, "", program[0], append(slices.Clone(program[1:]), "-c", code)...)
			if got.out != text+"|end|" {
				t.Errorf("%s takes %s for %q: %s", program, s.Quote(text), got.out, got.err)
			}
		}
	})
}

// Every byte there is, and evaluated as hooks do it.
func TestExport(t *testing.T) {
	var every strings.Builder
	for b := 1; b < 256; b++ {
		every.WriteByte(byte(b))
	}
	changes := []platform.Change{
		{Name: "A", New: every.String(), Is: true},
		{Name: "B", New: "", Is: true},
		{Name: "C", Old: "x", Was: true},
		{Name: "PATH", New: "/a b:/c'd:$HOME\n", Is: true},
		{Name: "ProgramFiles(x86)", New: "x", Is: true},
		{Name: "x;touch /nonexistent/y", New: "x", Is: true},
	}
	for name, program := range speakers(t) {
		if name == "nu" {
			continue // TestNuExport has it
		}
		s, err := scripts.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		code := "set -eu; eval " + s.Quote(s.Export(changes)) + "\n" + `printf '%s|' "$A" "$B" "${C-unset}" "$PATH"`
		if name == "fish" {
			code = "eval " + s.Quote(s.Export(changes)) + "\n" + `set -q C; or set C unset; printf '%s|' "$A" "$B" "$C" "$PATH"`
		}
		if name == "elvish" {
			code = "eval " + s.Quote(s.Export(changes)) + "\nprint $E:A'|'$E:B'|'(if (has-env C) { put set } else { put unset })'|'$E:PATH'|'"
		}
		for _, locale := range []string{"C", "C.UTF-8"} {
			got := feed(t, []string{"C=x", "LC_ALL=" + locale, "PATH=/usr/bin:/bin"}, "", program[0], append(slices.Clone(program[1:]), "-c", code)...)
			if want := every.String() + "||unset|/a b:/c'd:$HOME\n|"; got.out != want || got.err != "" {
				t.Errorf("%s in %s: got %q, want %q; stderr: %s", program, locale, got.out, want, got.err)
			}
		}
		if text := s.Export(nil); text != "" {
			t.Errorf("%s: no changes give %q", name, text)
		}
	}
}

func TestFind(t *testing.T) {
	for _, name := range []string{"bash", "zsh", "sh", "/usr/local/bin/zsh", "fish", "powershell", "PowerShell", "nushell", "/usr/bin/nu"} {
		if _, err := scripts.Find(name); err != nil {
			t.Error(err)
		}
	}
	_, err := scripts.Find("tcsh")
	if err == nil || err.Error() != `no shell "tcsh" is known, only bash, zsh, fish, elvish, nu, pwsh, cmd, sh` {
		t.Errorf("got %v", err)
	}
}

// nushell takes a record, in which null is what is to go.
func TestNuExport(t *testing.T) {
	nu := need(t, "nu")
	s, err := scripts.Find("nu")
	if err != nil {
		t.Fatal(err)
	}
	record := s.Export([]platform.Change{
		{Name: "A", New: "'\"\\ $x (y) \n\t中\x1b\u007f", Is: true}, {Name: "B", New: "", Is: true}, {Name: "C", Old: "x", Was: true},
		{Name: "PATH", New: "/a b:/c'd:$HOME\n:", Is: true}, {Name: "ProgramFiles(x86)", New: "x", Is: true},
	})
	const code = "from nuon | to json --raw"
	got := feed(t, []string{"PATH=/usr/bin:/bin", "HOME=/nonexistent"}, record, nu, "--no-config-file", "--stdin", "-c", code)
	const want = `{"A":"'\"\\ $x (y) \n\t中\u001b\u007f","B":"","C":null,"PATH":["/a b","/c'd","$HOME\n",""]}`
	if strings.ReplaceAll(strings.TrimSpace(got.out), "\x7f", `\u007f`) != want {
		t.Errorf("nu takes %s for %s, want %s\n%s", record, got.out, want, got.err)
	}
}

func TestCmd(t *testing.T) {
	s, err := scripts.Find("cmd")
	if err != nil {
		t.Fatal(err)
	}
	got := s.Export([]platform.Change{
		{Name: "PATH", New: `C:\100% sure;"C:\a;b";C:\x`, Is: true}, {Name: "A", New: "x\ny", Is: true}, {Name: "B", New: `"a" & b`, Is: true},
		{Name: "C", New: `a & b | c ^ d`, Is: true}, {Name: "D", New: `a!b^`, Is: true}, {Name: "GOROOT", Old: "x", Was: true}, {Name: "ProgramFiles(x86)", New: "x", Is: true},
	})
	const want = "@set \"PATH=C:\\100%% sure;\"C:\\a;b\";C:\\x\"\r\n@rem gsw: the value of A cannot be written in a batch file\r\n" +
		"@rem gsw: the value of B cannot be written in a batch file\r\n@set \"C=a & b | c ^ d\"\r\n@if \"!!\"==\"\" set \"D=a^!b^^\"\r\n@if not \"!!\"==\"\" set \"D=a!b^\"\r\n@set \"GOROOT=\"\r\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func mustAbs(t *testing.T, file string) string {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What hides gsw in the start-up files of languages that package doctor does not read as a whole.
func TestAliasLines(t *testing.T) {
	for _, test := range []struct{ shell, line, want string }{
		{"nu", "alias gsw = git switch", "gsw|git switch"}, {"nu", "  export alias gsw = git switch --x", "gsw|git switch --x"},
		{"nu", "def --env --wrapped gsw [...rest] {", "gsw|"}, {"nu", "def gsw[] { }", "gsw|"}, {"nu", "alias x", "|"}, {"nu", "let gsw = 1", "|"},
		{"elvish", "fn gsw {|@a| git switch $@a }", "gsw|"}, {"elvish", "edit:add-var gsw~ {|@a| git switch $@a }", "gsw|{|@a| git switch $@a }"},
		{"elvish", "set edit:command-abbr['gsw'] = 'git switch'", "gsw|git switch"}, {"elvish", "var gsw~ = $git~", "gsw|$git~"}, {"elvish", "set x = y", "|"},
		{"pwsh", "Set-Alias gsw Switch-Branch", "gsw|Switch-Branch"}, {"pwsh", "New-Alias -Value x -Name 'gsw' -Force", "gsw|x"},
		{"pwsh", "function global:gsw($a) { git switch $a }", "gsw|"}, {"pwsh", "function gsw{", "gsw|"}, {"pwsh", "sal gsw", "|"}, {"pwsh", "gsw list", "|"},
		{"bash", "alias gsw='git switch'", "|"}, {"cmd", "doskey gsw=git switch $*", "|"},
	} {
		s, err := scripts.Find(test.shell)
		if err != nil {
			t.Fatal(err)
		}
		if name, of := s.Alias(test.line); name+"|"+of != test.want {
			t.Errorf("%s: %q is %s|%s, want %s", test.shell, test.line, name, of, test.want)
		}
	}
}
