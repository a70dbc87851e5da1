// Generate writes what a release carries beside the programs: the completions
// and the manual page, from the program's own words.
//
//	go run ./scripts/generate DIR
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"gsw/manager/command"
	"gsw/platform"
	"gsw/scripts"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/generate DIR")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(dir string) error {
	host, err := platform.Read()
	if err != nil {
		return err
	}
	files := map[string]string{filepath.Join("man", "gsw.1"): command.Manual(host)}
	for _, shell := range scripts.Completions() {
		text, _ := scripts.Completion(shell)
		files[filepath.Join("completions", "gsw."+shell)] = text
	}
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
