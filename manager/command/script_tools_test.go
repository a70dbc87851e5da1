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
	// LEADING is what PATH begins with then, DEFAULTGO the go there, LOCALBIN its GOBIN, and DIRECT a folder whose go is no
	// shim.
	here := filepath.Join("versions", v.Tag())
	if disttest.Host().OS == "windows" {
		ts.Check(os.WriteFile(filepath.Join(home, "default"), []byte(here+"\n"), 0o644))
		ts.Setenv("LEADING", filepath.Join(home, "shims")+";"+filepath.Join(home, here, "bin")+";"+filepath.Join(home, "bin"))
		ts.Setenv("LOCALBIN", filepath.Join(home, here, "bin"))
		ts.Setenv("DIRECT", filepath.Join(home, here, "go", "bin"))
		ts.Setenv("DEFAULTGO", filepath.Join(home, "shims", "go.exe"))
	} else {
		ts.Check(os.Symlink(here, filepath.Join(home, "current")))
		ts.Setenv("LEADING", filepath.Join(home, "bin")+":"+filepath.Join(home, "current", "bin"))
		ts.Setenv("LOCALBIN", filepath.Join(home, "current", "bin"))
		ts.Setenv("DIRECT", filepath.Join(home, "bin"))
		ts.Setenv("DEFAULTGO", filepath.Join(home, "bin", "go"))
	}
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

// proxied: the script's server, which is GOPROXY, has what `module` published.
func proxied(ts *testscript.TestScript, neg bool, args []string) {
	root := ts.MkAbs("proxy")
	ts.Check(filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(root, name)
		published(ts).Serve("/dl/mod/"+filepath.ToSlash(rel), "application/octet-stream", data)
		return err
	}))
	ts.Setenv("GOPROXY", published(ts).Proxy())
}

// recorded: the checksum database has the records of what `module` published.
func recorded(ts *testscript.TestScript, neg bool, args []string) {
	disttest.RecordModules(testingOf(ts), published(ts).SumDB, ts.MkAbs("proxy"))
}

// relabel FILE VERSION: makes a program say that another Go built it. The name must be as long as the true one.
func relabel(ts *testscript.TestScript, neg bool, args []string) {
	_, v, _ := disttest.Local(testingOf(ts), ts.MkAbs("proxy"))
	name := args[1] + strings.Repeat("0", max(0, len(v.Tag())-len(args[1])))
	if len(name) != len(v.Tag()) {
		ts.Fatalf("%s is longer than %s", args[1], v.Tag())
	}
	data := ts.ReadFile(args[0])
	if !strings.Contains(data, v.Tag()) {
		ts.Fatalf("%s does not say that %s built it", args[0], v.Tag())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(data, v.Tag(), name)), 0o755))
}
