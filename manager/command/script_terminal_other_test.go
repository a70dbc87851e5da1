//go:build !linux

package command

import "github.com/rogpeppe/go-internal/testscript"

func onTerminal(ts *testscript.TestScript, neg bool, args []string) {
	ts.Fatalf("terminal: only on Linux; guard the script with [linux]")
}
