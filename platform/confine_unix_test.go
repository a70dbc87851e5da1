//go:build unix

package platform

import "os"

// playConfine runs a command line of the shell confined to a folder, and ends as it does.
func playConfine(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	code, err := RunConfined(self, shell(args[1], args[0]), func(Protection) {})
	if err != nil {
		return err
	}
	os.Exit(code)
	return nil
}

// shell is a command line that may write to dir.
func shell(line, dir string) Confinement {
	return Confinement{
		Path: "/bin/sh", Argv: []string{"sh", "-c", line}, Dir: dir, Env: NewEnv(Target{OS: "linux"}, []string{"PATH=/usr/bin:/bin"}),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Write: []string{dir},
	}
}
