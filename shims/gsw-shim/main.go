// Gsw-shim is the small program behind the files in GSW_HOME/shims: go, gofmt
// and the tools of GOBIN, each under its own name.
//
// It exists because start-up is paid by every call of go: the full gsw links
// what installs and proves toolchains, and that costs about two milliseconds
// before main.
package main

import (
	"fmt"
	"os"

	"gsw/platform"
	"gsw/shims"
)

func main() {
	host, err := platform.Read()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gsw-shim:", err)
		os.Exit(1)
	}
	os.Exit(shims.Run(host))
}
