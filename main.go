// Gsw installs Go toolchains, proves that they are what the Go project
// released, and makes the right one be `go`.
//
// The name it is started by chooses its face: gsw and goswitch are the command
// line, any other name (go, gofmt, a tool of GOBIN) is a shim.
package main

import (
	"os"

	"gsw/manager/command"
	"gsw/platform"
	"gsw/shims"
)

func main() {
	host, err := platform.Read()
	if err != nil {
		os.Exit(command.Lost(os.Stderr, err))
	}
	if shims.Serves(host) {
		os.Exit(shims.Run(host))
	}
	os.Exit(command.Main(host, command.Outside{}, serve))
}
