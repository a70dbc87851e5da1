// Gsw-shim is the small program: behind the files in GSW_HOME/shims it is go,
// gofmt and the tools of GOBIN, each under its own name, and as GSW_HOME/bin/gsw
// it serves the commands of every day.
//
// It exists because start-up is paid by every call: the complete gsw links what
// installs and proves toolchains, and that costs about two milliseconds before
// main.
package main

import (
	"fmt"
	"os"

	"gsw/front"
	"gsw/manager/local"
	"gsw/platform"
	"gsw/shims"
)

func main() {
	host, err := platform.Read()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gsw:", err)
		os.Exit(6)
	}
	switch {
	case front.Serves(host):
		os.Exit(front.Run(host))
	case front.AsksEdition(host):
		fmt.Println(local.Edition())
	default:
		os.Exit(shims.Run(host))
	}
}
