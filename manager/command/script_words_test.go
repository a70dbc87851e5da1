package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

// lookPath finds a command by the script's PATH.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	env := platform.NewEnv(disttest.Host(), nil).With("PATH", ts.Getenv("PATH"))
	return platform.LookPath(name, env, ts.MkAbs("."))
}

// environ is the script's environment, for a command that is not run by exec.
func environ(ts *testscript.TestScript) []string {
	var all []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "WORK"} {
		all = append(all, name+"="+ts.Getenv(name))
	}
	for _, v := range variables() {
		if value := ts.Getenv(v.Name); value != "" && v.Name != "PATH" && v.Name != "HOME" {
			all = append(all, v.Name+"="+value)
		}
	}
	for _, name := range []string{testIndex, testLogKey, testLogAt} {
		all = append(all, name+"="+ts.Getenv(name))
	}
	return all
}

// json [-CODE] COMMAND…: runs a command with --json and holds its answer to the rules: one
// object, schema_version first, names in snake_case, no null, times as RFC 3339 has them.
func jsonAnswer(ts *testscript.TestScript, neg bool, args []string) {
	want := 0
	if code, found := strings.CutPrefix(args[0], "-"); found {
		var err error
		want, err = strconv.Atoi(code)
		ts.Check(err)
		args = args[1:]
	}
	got := 0
	if exit, ok := ts.Exec(args[0], append(args[1:], "--json")...).(*exec.ExitError); ok {
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	text := ts.ReadFile("stdout")
	if !strings.HasPrefix(text, "{\n  \"schema_version\": 1") {
		ts.Fatalf("the answer does not begin with its schema_version:\n%s", text)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	var answer map[string]any
	ts.Check(d.Decode(&answer))
	if d.More() {
		ts.Fatalf("more than one object:\n%s", text)
	}
	ts.Check(wellFormed("", answer))
	failed, isError := answer["error"].(map[string]any)
	if code, ok := failed["code"].(float64); isError && (!ok || int(code) != want) {
		ts.Fatalf("the error says code %v, the exit code is %d", failed["code"], want)
	}
}

// wellFormed walks an answer. Below env, config and aliases the names are the user's.
func wellFormed(at string, value any) error {
	snake := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	switch value := value.(type) {
	case nil:
		return fmt.Errorf("%s is null", at)
	case []any:
		for _, v := range value {
			if err := wellFormed(at+"[]", v); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, v := range value {
			if !strings.HasSuffix(at, ".env") && at != ".config" && at != ".aliases" && !snake.MatchString(name) {
				return fmt.Errorf("%s.%s is not snake_case", at, name)
			}
			if err := wellFormed(at+"."+name, v); err != nil {
				return err
			}
		}
	case string:
		if strings.HasSuffix(at, "_at") && value != "" {
			if moment, err := time.Parse(time.RFC3339, value); err != nil || moment.Location() != time.UTC {
				return fmt.Errorf("%s is %q, no time in UTC", at, value)
			}
		}
	}
	return nil
}

// running VERSION: waits until a program of that toolchain runs.
func running(ts *testscript.TestScript, neg bool, args []string) {
	dir := filepath.Join(ts.Getenv("GSW_HOME"), "versions", "go"+args[0])
	for range 1000 {
		for _, at := range []string{dir, filepath.Join(dir, "go")} { // go may be a link
			if processes, err := platform.Running(at); err == nil && len(processes) > 0 {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("nothing of %s runs", args[0])
}

// cleared: gsw commands run until one has cleared away what is hidden among the toolchains. Windows lets go of a program's
// file a moment after its end.
func cleared(ts *testscript.TestScript, neg bool, args []string) {
	var hidden []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		ts.Check(ts.Exec("gsw", "list"))
		entries, err := os.ReadDir(filepath.Join(ts.Getenv("GSW_HOME"), "versions"))
		ts.Check(err)
		hidden = hidden[:0]
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".") {
				hidden = append(hidden, e.Name())
			}
		}
		if len(hidden) == 0 {
			return
		}
	}
	ts.Fatalf("there is still %v", hidden)
}

// program VARIABLE NAME: where a program lies, for one that finds another PATH.
func programFile(ts *testscript.TestScript, neg bool, args []string) {
	file, err := lookPath(ts, args[1])
	ts.Check(err)
	ts.Setenv(args[0], file)
}

// chown UID FILE
func chown(ts *testscript.TestScript, neg bool, args []string) {
	user, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.Chown(ts.MkAbs(args[1]), user, -1))
}
