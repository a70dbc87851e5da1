package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
)

// TestReadme types what the pages show, in a bash with the hook, and compares
// what comes out: no page shows an output that the program did not print. With
// GSW_UPDATE_README=1 it writes the outputs into the pages instead.
func TestReadme(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(page, func(t *testing.T) {
			file := filepath.Join("..", "..", page)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(text), "\n")
			commands := typed(lines)
			if len(commands) < 5 {
				t.Fatalf("only %d commands found in %s", len(commands), page)
			}
			printed := gopherTypes(t, commands)
			shown := strings.Join(withOutputs(lines, printed), "")
			if shown == string(text) {
				return
			}
			if os.Getenv("GSW_UPDATE_README") != "" {
				if err := os.WriteFile(file, []byte(shown), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s does not show what the program prints; GSW_UPDATE_README=1 mends it. It prints:\n%s", page, shown)
		})
	}
}

const console = "```console\n"

// typed are the lines after "$ " in the console blocks of a page.
func typed(lines []string) []string {
	var commands []string
	inside := false
	for _, line := range lines {
		switch {
		case line == console:
			inside = true
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && strings.HasPrefix(line, "$ "):
			commands = append(commands, strings.TrimSpace(line[2:]))
		}
	}
	return commands
}

// withOutputs is the page with what each command printed below it.
func withOutputs(lines, printed []string) []string {
	var page []string
	inside := false
	for _, line := range lines {
		switch {
		case line == console:
			inside = true
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && strings.HasPrefix(line, "$ "):
			page = append(page, line, printed[0])
			printed = printed[1:]
			continue
		case inside:
			continue
		}
		page = append(page, line)
	}
	return page
}

// gopherTypes types commands into one bash that has the hook, in the home of a user
// called gopher with go1.22.3 installed, and returns what each printed.
func gopherTypes(t *testing.T, commands []string) []string {
	bash, err := exec.LookPath("bash")
	if err != nil {
		disttest.Need(t, "bash is not installed")
	}
	var trees []*disttest.Tree
	for _, v := range []string{"1.21.6", "1.22.3", "1.23.4", "1.24rc1"} {
		trees = append(trees, disttest.Fake(t, v, disttest.Host()))
	}
	server := disttest.NewServer(t, trees...)
	work := t.TempDir()
	home := filepath.Join(work, "gopher")
	bin := filepath.Join(work, "bin")
	for _, dir := range []string{home, bin} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "gsw")); err != nil {
		t.Fatal(err)
	}
	const end = "\x01end of output\x01"
	script := "cd; gsw install --quiet --use 1.22.3 >/dev/null\neval \"$(gsw init bash)\"\nexec 2>&1\n"
	for _, command := range commands {
		script += "__gsw_prompt\n" + command + "\nprintf '" + end + "'\n"
	}
	cmd := exec.Command(bash, "--noprofile", "--norc")
	cmd.Stdin = strings.NewReader(script)
	cmd.Dir = home
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + bin + ":" + systemPath(), "GOENV=off", "NO_COLOR=1", "TERM=dumb", "LC_ALL=C.UTF-8",
		"GOPROXY=" + server.Proxy(), testIndex + "=" + server.DL(), testLogKey + "=" + server.SumDB.Key,
		testLogAt + "=" + server.URL + "/sumdb/sum.golang.org",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	printed := strings.Split(strings.ReplaceAll(string(out), home, "/home/gopher"), end)
	if len(printed) != len(commands)+1 {
		t.Fatalf("%d commands gave %d outputs:\n%s", len(commands), len(printed)-1, out)
	}
	return printed[:len(commands)]
}

// systemPath is this process's PATH without the folders that hold a go.
func systemPath() string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	return strings.Join(slices.DeleteFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "go"))
		return err == nil
	}), string(filepath.ListSeparator))
}
