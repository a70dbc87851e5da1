package command

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
)

// scriptsHere is the folder of the scripts, as this system reads them. On Windows it holds copies: in what stdout, stderr
// and grep look for, a slash stands for what separates folders there, as it is printed or as JSON has it, and a variable
// for its text. Scripts that say "[windows] skip" have nothing that could run there, and why.
func scriptsHere(t testing.TB) string {
	dir := filepath.Join("testdata", "script")
	if disttest.Host().OS != "windows" {
		return dir
	}
	copies := t.TempDir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copies, e.Name()), []byte(forWindows(string(text))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return copies
}

// forWindows leaves the files behind a script alone.
func forWindows(script string) string {
	commands, files := script, ""
	if i := strings.Index(script, "\n-- "); i >= 0 {
		commands, files = script[:i], script[i:]
	}
	looks := regexp.MustCompile(`(?m)^((?:\[[^\]]*\] *)*(?:! )?(?:stdout|stderr|grep) +(?:-count=\d+ +)?)((?:'(?:[^']|'')*'|[^ '\n])+)(.*)$`)
	return looks.ReplaceAllStringFunc(commands, func(line string) string {
		part := looks.FindStringSubmatch(line)
		return part[1] + eitherSlash(part[2]) + part[3]
	}) + files
}

// eitherSlash gives a pattern, with its quotes as scripts write them, in which a slash also fits one or two backslashes.
func eitherSlash(pattern string) string {
	var b strings.Builder
	quoted, class := false, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '\\' && i+1 < len(pattern) && pattern[i+1] != '\'':
			b.WriteString(pattern[i : i+2])
			i++
		case c == '$' && !quoted && i+1 < len(pattern):
			name := regexp.MustCompile(`^\$(\w+|\{[^}]*\})`).FindString(pattern[i:])
			b.WriteString("${" + strings.TrimSuffix(strings.Trim(name, "${}"), "@R") + "@R}")
			i += max(len(name), 1) - 1
		case c == '/' && class:
			b.WriteString(`/\\`)
		case c == '/':
			b.WriteString(`(?:/|\\{1,2})`)
		default:
			class = c == '[' || class && c != ']'
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestForWindows(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"exec gsw which a/b", "exec gsw which a/b"},
		{"stdout '^'$HOME'/go$'", `stdout '^'${HOME@R}'(?:/|\\{1,2})go$'`},
		{"stdout go${exe@R}$", "stdout go${exe@R}$"},
		{"[root] ! grep -count=2 'a/[/b]/' x/y", `[root] ! grep -count=2 'a(?:/|\\{1,2})[/\\b](?:/|\\{1,2})' x/y`},
		{`stderr 'it''s a/b\.c\/'`, `stderr 'it''s a(?:/|\\{1,2})b\.c\/'`},
		{"stdout x\n-- file --\nstdout a/b", "stdout x\n-- file --\nstdout a/b"},
	} {
		if got := forWindows(test.line); got != test.want {
			t.Errorf("%s\ngives %s\nwant  %s", test.line, got, test.want)
		}
	}
}

// systemWords are what scripts look for that each system has a word of its own for: REFUSED and MISSING are its errors, and
// CONFIG is the folder in the home where programs keep their settings.
func systemWords(env *testscript.Env) error {
	var refused, missing syscall.Errno
	_, err := net.Dial("tcp", "127.0.0.1:1")
	if !errors.As(err, &refused) {
		return fmt.Errorf("calling where nobody listens: %w", err)
	}
	if _, err = os.Open(filepath.Join(env.WorkDir, ".none")); !errors.As(err, &missing) {
		return fmt.Errorf("opening what is not there: %w", err)
	}
	env.Setenv("REFUSED", refused.Error())
	env.Setenv("MISSING", missing.Error())
	env.Setenv("CONFIG", ".config")
	if disttest.Host().OS == "windows" {
		env.Setenv("CONFIG", `AppData\Roaming`)
	}
	return nil
}

// gitbash: on Windows, gsw runs below Git Bash from then on, so that doctor gives lines for a POSIX shell.
func inGitBash(ts *testscript.TestScript, neg bool, args []string) {
	if disttest.Host().OS == "windows" {
		ts.Setenv("MSYSTEM", "MINGW64")
		ts.Setenv("SHELL", "/usr/bin/bash")
	}
}

// show FILE: what it holds is what stdout looks at.
func showFile(ts *testscript.TestScript, neg bool, args []string) {
	_, err := ts.Stdout().Write([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
}

// append FILE TEXT: another line at its end; the file is made if there is none.
func appendLine(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	ts.Check(err)
	_, err = f.WriteString(args[1] + "\n")
	ts.Check(err)
	ts.Check(f.Close())
}

// blank FILE…: nothing is in it any more.
func blankFile(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), nil, 0o644))
	}
}

// copytree DIR NEW: a copy with everything below.
func copyTree(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// hash VARIABLE FILE: its SHA-256, in capitals.
func hashFile(ts *testscript.TestScript, neg bool, args []string) {
	sum := sha256.Sum256([]byte(ts.ReadFile(args[1])))
	ts.Setenv(args[0], strings.ToUpper(hex.EncodeToString(sum[:])))
}

// sums DIR: stdout is the SHA-256 of every file below, without those that gsw keeps for itself there.
func sumsOf(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".gsw-mirror" {
			return cmp.Or(err, fs.SkipDir)
		}
		if d.IsDir() {
			return nil
		}
		_, err = fmt.Fprintf(ts.Stdout(), "%x  %s\n", sha256.Sum256([]byte(ts.ReadFile(name))), name)
		return err
	}))
}
