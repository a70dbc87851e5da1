// Gsw-server is the program that serves: `gsw mirror serve` and `gsw sumdb serve` become it, where gsw comes from a
// release. It is started by gsw alone, which tells it what to do.
package main

import (
	"fmt"
	"os"

	"gsw/manager/answer"
	"gsw/manager/servers"
	"gsw/platform"
)

func main() {
	host, err := platform.Read()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gsw:", err)
		os.Exit(answer.Blocked)
	}
	os.Exit(servers.Main(host, servers.Outside{}))
}
