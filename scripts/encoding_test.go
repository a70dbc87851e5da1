package scripts_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"gsw/platform"
	"gsw/scripts"
)

// wide is a text in UTF-16.
func wide(order binary.AppendByteOrder, text string) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

// TestProfileEncodings: a profile stays what it is, and what is in it as well.
func TestProfileEncodings(t *testing.T) {
	const text = "Set-Alias ü 𝄞\r\nx\r\n"
	for name, before := range map[string]string{
		"UTF-16":             wide(binary.LittleEndian, "\ufeff"+text),
		"UTF-16, big endian": wide(binary.BigEndian, "\ufeff"+text),
		"a mark alone":       "\xff\xfe",
		"UTF-8 with a mark":  "\ufeff" + text,
		"UTF-8":              text,
		"a code page":        "Set-Alias \xfc x\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			user, file := profileUser(t)
			if err := os.WriteFile(file, []byte(before), 0o644); err != nil {
				t.Fatal(err)
			}
			changeProfile(t, scripts.Install, user)
			during, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			line := "if (Test-Path"
			switch name {
			case "UTF-16", "a mark alone":
				line = wide(binary.LittleEndian, line)
			case "UTF-16, big endian":
				line = wide(binary.BigEndian, line)
			}
			if !strings.HasPrefix(string(during), before) || strings.Count(string(during), line) != 1 {
				t.Errorf("got %q", during)
			}
			changeProfile(t, scripts.Install, user) // nothing
			if again, err := os.ReadFile(file); string(again) != string(during) || err != nil {
				t.Errorf("the second time %q, %v", again, err)
			}
			changeProfile(t, scripts.Uninstall, user)
			if after, err := os.ReadFile(file); string(after) != before || err != nil {
				t.Errorf("it was %q, and is %q, %v", before, after, err)
			}
		})
	}
}

func TestProfileThatCannotBeWrittenAgain(t *testing.T) {
	for name, before := range map[string]string{"half a character": "\xff\xfe\x34\xd8a\x00", "half a unit": "\xff\xfea"} {
		user, file := profileUser(t)
		if err := os.WriteFile(file, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		shell, _ := scripts.Find("pwsh")
		if _, err := scripts.Install(shell, user); err == nil || !strings.Contains(err.Error(), "half a character") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func profileUser(t *testing.T) (scripts.User, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "Documents", "WindowsPowerShell", "profile.ps1")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	return scripts.User{
		Target: platform.Target{OS: "windows"}, UserHome: dir, Home: filepath.Join(dir, ".gsw"),
		Documents: func() string { return filepath.Join(dir, "Documents") }, ReadFile: os.ReadFile,
	}, file
}

func changeProfile(t *testing.T, change func(scripts.Shell, scripts.User) ([]scripts.Edit, error), user scripts.User) {
	t.Helper()
	shell, err := scripts.Find("pwsh")
	if err != nil {
		t.Fatal(err)
	}
	edits, err := change(shell, user)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if err := e.Apply(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestProfileLine: the line is ASCII, whatever the path, and goes with the home folder where it can.
func TestProfileLine(t *testing.T) {
	for _, test := range []struct{ os, userHome, home, want string }{
		{"windows", `C:\Users\Jürgen`, `C:\Users\Jürgen\.gsw`, `($env:USERPROFILE + '\.gsw/hook.ps1')`},
		{"windows", `C:\Users\me`, `D:\gsw`, `'D:\gsw/hook.ps1'`},
		{"windows", `C:\Users\me`, `C:\Users\me2\.gsw`, `'C:\Users\me2\.gsw/hook.ps1'`},
		{"windows", `C:\Users\me`, `D:\Jürgen's 𝄞`, `('D:\J' + [char]252 + 'rgen''s ' + [char]55348 + [char]56606 + '/hook.ps1')`},
		{"windows", `C:\Users\me`, `C:\Users\me\ö`, `($env:USERPROFILE + '\' + [char]246 + '/hook.ps1')`},
		{"linux", `/home/me`, `/home/me/.gsw`, `($env:HOME + '/.gsw/hook.ps1')`},
		{"linux", `/home/me`, `ü`, `('' + [char]252 + '/hook.ps1')`},
	} {
		user := scripts.User{
			Target: platform.Target{OS: test.os}, UserHome: test.userHome, Home: test.home,
			Documents: func() string { return "documents" }, ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist },
		}
		shell, err := scripts.Find("pwsh")
		if err != nil {
			t.Fatal(err)
		}
		edits, err := scripts.Install(shell, user)
		if err != nil || len(edits) == 0 {
			t.Fatalf("%d edits, %v", len(edits), err)
		}
		line, _, _ := strings.Cut(string(edits[0].New), " # ")
		if want := "if (Test-Path -LiteralPath " + test.want + ") { . " + test.want + " }"; line != want {
			t.Errorf("got  %s\nwant %s", line, want)
		}
	}
}

// TestMovedDocuments: lines follow the folder.
func TestMovedDocuments(t *testing.T) {
	user, old := profileUser(t)
	changeProfile(t, scripts.Install, user)
	moved := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(old))), "OneDrive - Ü", "Dokumente")
	user.Documents = func() string { return moved }
	changeProfile(t, scripts.Install, user)
	for _, name := range []string{"PowerShell", "WindowsPowerShell"} {
		if _, err := os.Stat(filepath.Join(user.UserHome, "Documents", name, "profile.ps1")); err == nil {
			text, _ := os.ReadFile(filepath.Join(user.UserHome, "Documents", name, "profile.ps1"))
			if len(text) > 0 {
				t.Errorf("the old profile of %s has %q", name, text)
			}
		}
		if text, err := os.ReadFile(filepath.Join(moved, name, "profile.ps1")); err != nil || !strings.Contains(string(text), "gsw init") {
			t.Errorf("the new profile of %s has %q, %v", name, text, err)
		}
	}
	changeProfile(t, scripts.Uninstall, user)
	if _, err := os.Stat(filepath.Join(moved, "PowerShell", "profile.ps1")); !os.IsNotExist(err) {
		t.Errorf("the profile is left: %v", err)
	}
}

// TestProfileLineParses: no PowerShell is to be had, but a grammar of its language.
func TestProfileLineParses(t *testing.T) {
	node, modules := need(t, "node"), os.Getenv("GSW_TEST_NODE_MODULES")
	if modules == "" {
		cannot(t, "GSW_TEST_NODE_MODULES does not name the folder of tree-sitter and tree-sitter-powershell")
	}
	user, file := profileUser(t)
	user.Home = filepath.Join(user.UserHome, "it's 100% ü 𝄞 $(x)")
	changeProfile(t, scripts.Install, user)
	user.UserHome, user.Home = "elsewhere", "ü"+user.Home
	other := filepath.Join(t.TempDir(), "profile.ps1")
	user.Documents = func() string { return filepath.Dir(filepath.Dir(other)) }
	changeProfile(t, scripts.Install, user)
	files := []string{file, filepath.Join(user.Documents(), "PowerShell", "profile.ps1")}
	if got := feed(t, os.Environ(), "", node, append([]string{mustAbs(t, "testdata/powershell.mjs"), modules}, files...)...); got.code != 0 || got.out != "" {
		t.Errorf("%s%s", got.out, got.err)
	}
}
