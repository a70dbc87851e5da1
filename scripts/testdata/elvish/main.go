// Elvish is the shell of that name as its own main makes it, but for the server of its language, which no shell needs.
package main

import (
	"os"

	"src.elv.sh/pkg/buildinfo"
	"src.elv.sh/pkg/daemon"
	"src.elv.sh/pkg/prog"
	"src.elv.sh/pkg/shell"
)

func main() {
	os.Exit(prog.Run([3]*os.File{os.Stdin, os.Stdout, os.Stderr}, os.Args, prog.Composite(
		&buildinfo.Program{}, &daemon.Program{}, &shell.Program{ActivateDaemon: daemon.Activate})))
}
