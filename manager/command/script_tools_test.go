package command

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
)

// localgo VERSION…: versions of the store that are the Go which runs the tests, one more under its own name, which is
// $LOCAL. It builds what `module` published, and asks nobody else.
func localGo(ts *testscript.TestScript, neg bool, args []string) {
	proxy := ts.MkAbs("proxy")
	goroot, v, env := disttest.Local(testingOf(ts), proxy)
	for _, line := range env {
		name, value, _ := strings.Cut(line, "=")
		ts.Setenv(name, value)
	}
	ts.Setenv("LOCAL", v.Number())
	home := ts.Getenv("GSW_HOME")
	for _, version := range append(args, v.Tag()) {
		disttest.PlantLocal(testingOf(ts), home, version, goroot)
	}
	// As `gsw use` would leave it, and the links with it.
	ts.Check(os.Symlink(filepath.Join("versions", v.Tag()), filepath.Join(home, "current")))
	ts.Check(ts.Exec("gsw", "init", "bash"))
	ts.Check(os.WriteFile(filepath.Join(home, "versions", ".stale"), nil, 0o644))
	ts.Check(ts.Exec("gsw", "list"))
}

// module PATH VERSION DIR: publishes the files in a folder of the script as a module, for localgo.
func module(ts *testscript.TestScript, neg bool, args []string) {
	files := map[string]string{}
	root := ts.MkAbs(args[2])
	ts.Check(filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(root, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	}))
	disttest.WriteModule(testingOf(ts), ts.MkAbs("proxy"), args[0], args[1], files)
}
