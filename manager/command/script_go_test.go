package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
)

// realgo: puts the Go that runs the tests first on PATH, as a system's Go with its own go.env. MODULE names a module that
// publish 1.22.3 has, and what it downloads can be deleted.
func realGo(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("go", "env", "GOROOT")
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local")
	out, err := cmd.Output()
	ts.Check(err)
	ts.Setenv("GOCACHE", disttest.GoCache(testingOf(ts)))
	ts.Setenv("MODULE", "golang.org/toolchain@v0.0.1-go1.22.3."+disttest.Host().String())
	ts.Setenv("GOFLAGS", "-modcacherw")
	ts.Setenv("PATH", filepath.Join(strings.TrimSpace(string(out)), "bin")+string(filepath.ListSeparator)+ts.Getenv("PATH"))
}

// paste ID [COMMAND…]: types what gsw doctor printed as the fix of a finding into a POSIX shell, and COMMAND after it (on
// Windows, `gitbash` comes first). If doctor was not what ran last it runs first. What that changes of the environment holds from then on, as in the shell of
// somebody who pastes.
func paste(ts *testscript.TestScript, neg bool, args []string) {
	fix := fixOf(ts.ReadFile("stdout"), args[0])
	if len(fix) == 0 {
		_ = ts.Exec("gsw", "doctor") // it ends with 1 where something is red
		fix = fixOf(ts.ReadFile("stdout"), args[0])
	}
	if len(fix) == 0 {
		ts.Fatalf("doctor printed no fix for %s", args[0])
	}
	for _, line := range args[1:] {
		fix = append(fix, line+"\n")
	}
	ts.Check(ts.Exec("sh", "-ec", strings.Join(fix, "")+"\nenv -0 >\"$WORK/pasted\""))
	have := map[string]bool{}
	for line := range strings.SplitSeq(ts.ReadFile(filepath.Join(ts.Getenv("WORK"), "pasted")), "\x00") {
		if name, value, ok := strings.Cut(line, "="); ok && (strings.HasPrefix(name, "GO") || name == "PATH") {
			ts.Setenv(name, value)
			have[name] = true
		}
	}
	for _, name := range regexp.MustCompile(`(?m)^unset (\w+)$`).FindAllStringSubmatch(strings.Join(fix, ""), -1) {
		if !have[name[1]] {
			ts.Setenv(name[1], "") // a script has no way to unset, and to the go command it is the same
		}
	}
}

// fixOf is the lines that doctor printed as fixes of a finding.
func fixOf(printed, id string) (fix []string) {
	heading := regexp.MustCompile(`^(red|yellow|green) +` + id + `:`)
	found := false
	for line := range strings.Lines(printed) {
		switch {
		case heading.MatchString(line):
			found = true
		case !strings.HasPrefix(line, " "):
			found = false
		case found && strings.HasPrefix(line, "       fix: "):
			fix = append(fix, strings.TrimPrefix(line, "       fix: "))
		}
	}
	return fix
}
