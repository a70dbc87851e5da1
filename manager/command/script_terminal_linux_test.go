package command

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
	"gsw/platform/platformtest"
)

// onTerminal, as terminal [-columns N] [-interrupt PATTERN] FILE CODE COMMAND…: runs a command whose
// standard streams are a terminal of 80 columns, or of N, and writes what it showed into
// FILE. With -interrupt Ctrl-C is typed once PATTERN has been shown.
func onTerminal(ts *testscript.TestScript, neg bool, args []string) {
	var session platformtest.Session
	if args[0] == "-columns" {
		var err error
		session.Columns, err = strconv.Atoi(args[1])
		ts.Check(err)
		args = args[2:]
	}
	if args[0] == "-interrupt" {
		session.Keys = []platformtest.Keys{{After: args[1], Typed: "\x03"}}
		args = args[2:]
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	file, err := lookPath(ts, args[2])
	ts.Check(err)
	cmd := exec.Command(file, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts)
	shown := shownBy(testingOf(ts), session, cmd)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), shown, 0o644))
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d:\n%s", got, want, shown)
	}
}

// shownBy is what a program shows on a terminal.
func shownBy(t testing.TB, session platformtest.Session, cmd *exec.Cmd) []byte {
	t.Helper()
	shown, err := session.Run(cmd)
	if errors.Is(err, platformtest.ErrNoTerminal) {
		disttest.Need(t, "%v", err)
	}
	if err != nil {
		t.Fatalf("%v; it showed %q", err, shown)
	}
	return shown
}
