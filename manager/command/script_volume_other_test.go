//go:build !linux

package command

import (
	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
)

// volume mounts nothing: only Linux lets a test do so.
func volume(ts *testscript.TestScript, neg bool, args []string) {
	disttest.Need(testingOf(ts), "mounting a volume of kind %s: only on Linux", args[0])
}
