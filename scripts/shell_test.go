package scripts_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cannot skips what this machine can't do, unless everything is required.
func cannot(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf("GSW_TEST_REQUIRE=all: "+format, args...)
	}
	t.Skipf(format, args...)
}

// need finds a program or skips the test; where everything is required a missing one is a failure.
func need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		cannot(t, "%s is not installed", program)
	}
	return path
}

// shell is a real shell, started without anybody's rc files.
type shell struct {
	name        string
	batch       []string // runs what stands on its standard input
	interactive []string // the same, with prompts
}

func shells() []shell {
	return []shell{
		{"bash", []string{"--norc", "--noprofile"}, []string{"--norc", "--noprofile", "--noediting", "-i"}},
		{"zsh", []string{"-f"}, []string{"-f", "-i", "+Z", "-o", "no_prompt_cr", "-o", "no_prompt_sp"}},
	}
}

// each runs a test in every shell that is installed.
func each(t *testing.T, test func(t *testing.T, sh shell)) {
	for _, sh := range shells() {
		t.Run(sh.name, func(t *testing.T) {
			need(t, sh.name)
			test(t, sh)
		})
	}
}

type result struct {
	out, err string
	code     int
}

// feed runs a program with an input and nothing but env.
func feed(t testing.TB, env []string, input string, program string, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = env
	cmd.Stdin = strings.NewReader(input)
	cmd.Dir = "/"
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("running %s: %v", program, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}
