package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/scripts"
)

// The tests of this file run the real cmd.exe of Windows, or wine's.

// TestDumpEnvironment is no test: as a program that a batch file starts, it writes down what environment it got.
func TestDumpEnvironment(t *testing.T) {
	file := os.Getenv("GSW_TEST_DUMP")
	if file == "" {
		t.Skip("this is a program for TestCmdExports")
	}
	if err := os.WriteFile(file, []byte(strings.Join(os.Environ(), "\x00")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// batch runs a batch file, and gives the environment that it leaves to a program.
func batch(t *testing.T, env []string, text string, options ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	file, dump := filepath.Join(dir, "run.cmd"), filepath.Join(dir, "dump")
	text += "@\"" + os.Args[0] + "\" -test.run=TestDumpEnvironment >nul\r\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("cmd", append(append([]string{"/d"}, options...), "/c", "run.cmd")...)
	cmd.Dir = dir // whose name comes from the test's, and may hold what ends a word
	cmd.Env = append(env, "GSW_TEST_DUMP="+dump)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, text)
	}
	if len(out) != 0 {
		t.Errorf("it says %q", out)
	}
	written, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{}
	for v := range strings.SplitSeq(string(written), "\x00") {
		name, value, _ := strings.Cut(v, "=")
		vars[strings.ToUpper(name)] = value
	}
	return vars
}

// What Export says of any value that a batch file can hold, cmd takes for that value, with delayed expansion and without.
func TestCmdExports(t *testing.T) {
	s, err := scripts.Find("cmd")
	if err != nil {
		t.Fatal(err)
	}
	words := append(slices.Clone(hostile), `C:\100% sure;"C:\a;b";C:\x`, `C:\Program Files (x86)\Go\bin`, "%PATH%", "%%x%%", "^&^", "a^b!c", "!x!", "100%!", `C:\Users\Jürgen\中`)
	words = slices.DeleteFunc(words, func(word string) bool { // TestCmd has the remark for these
		return word == "" || strings.ContainsAny(word, "\r\n\x1b\a") || strings.Contains(word, `"`) && strings.ContainsAny(word, "&|<>^")
	})
	wide := func(word string) bool { return strings.ContainsFunc(word, func(r rune) bool { return r > 0x7e }) }
	delayed := []string{"/v:on"}
	for _, group := range []struct {
		name    string
		options []string
		has     func(word string) bool
		probe   string // a line after which PROBE is as it says, or the test is skipped because
		is, why string
	}{
		{"ASCII", nil, func(word string) bool { return !wide(word) }, "", "", ""},
		{"ASCII, delayed expansion", delayed, func(word string) bool { return !wide(word) && !strings.Contains(word, "!") }, "", "", ""},
		{"exclamation marks, delayed expansion", delayed, func(word string) bool { return !wide(word) && strings.Contains(word, "!") },
			`@set "PROBE=a^!b"`, "a!b", "this cmd knows no caret before an exclamation mark: wine's does not"},
		{"beyond ASCII", nil, wide, "@chcp 65001 >nul 2>nul\r\n@set \"PROBE=é\"", "é", "this cmd reads batch files in the system's code page, whatever chcp says: wine's does"},
	} {
		t.Run(group.name, func(t *testing.T) {
			if group.probe != "" && batch(t, os.Environ(), group.probe+"\r\n", group.options...)["PROBE"] != group.is {
				t.Skip(group.why)
			}
			changes := []platform.Change{{Name: "GONE", Old: "x", Was: true}}
			for i, word := range words {
				if group.has(word) {
					changes = append(changes, platform.Change{Name: "W" + string(rune('A'+i/26)) + string(rune('A'+i%26)), New: word, Is: true})
				}
			}
			if len(changes) == 1 {
				t.Fatal("there are no words")
			}
			vars := batch(t, append(os.Environ(), "GONE=x"), s.Export(changes), group.options...)
			for _, c := range changes {
				if value, there := vars[c.Name]; value != c.New || there != c.Is {
					t.Errorf("%q becomes %q", c.New, value)
				}
			}
			if _, there := vars["__GSW_CHCP"]; there {
				t.Error("the code page is left in a variable")
			}
		})
	}
}

// A batch file is found by what Source says, whatever its name.
func TestCmdSources(t *testing.T) {
	s, err := scripts.Find("cmd")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"plain", "a b", "a&b", "(a)", "a;b,c=d", "100%", "%PATH%", "a!b", "a'b", "-x", "@x"} {
		file := filepath.Join(dir, name+".cmd")
		if err := os.WriteFile(file, []byte("@set \"FOUND="+strings.ReplaceAll(name, "%", "%%")+"\"\r\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if vars := batch(t, os.Environ(), "@"+s.Source(file)+"\r\n"); vars["FOUND"] != name {
			t.Errorf("%s finds %q", s.Source(file), vars["FOUND"])
		}
	}
}
