package command

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

// real VERSION DIR: makes a GOROOT of a release of the Go project; local is the Go that runs the tests, and LOCAL its
// number. Programs are copies that a script may replace; of them and of the sources there is what a small program is
// compiled with and from. HOSTTOOLS is the folder of this platform in pkg/tool.
func realTree(ts *testscript.TestScript, neg bool, args []string) {
	var from string
	if args[0] == "local" {
		goroot, v, _ := disttest.Local(testingOf(ts), ts.MkAbs("proxy"))
		ts.Setenv("LOCAL", v.Number())
		ts.Setenv("GOCACHE", disttest.GoCache(testingOf(ts)))
		from = goroot
	} else {
		_, from = disttest.Real(testingOf(ts), args[0])
	}
	to := ts.MkAbs(args[1])
	compiling := []string{"asm", "buildid", "cgo", "compile", "link"}
	ts.Setenv("HOSTTOOLS", disttest.Host().OS+"_"+disttest.Host().Arch)
	ts.Check(filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(from, file)
		switch slash := filepath.ToSlash(name); {
		case d.IsDir() && (d.Name() == "testdata" || slash == "api" || slash == "doc" || slash == "misc" || slash == "test" || slash == "src/cmd"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case strings.HasSuffix(name, "_test.go") || strings.HasPrefix(slash, "pkg/tool/") && !slices.Contains(compiling, strings.TrimSuffix(d.Name(), ".exe")):
			return nil
		case strings.HasPrefix(slash, "src/"): // nothing writes into one of these
			place := filepath.Join(to, strings.ReplaceAll(name, "_go.mod", "go.mod"))
			if os.Link(file, place) == nil {
				return nil
			}
			return platform.CopyFile(file, place, false)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(filepath.ToSlash(name), "bin/") || strings.HasPrefix(filepath.ToSlash(name), "pkg/tool/") {
			mode = 0o755
		}
		return os.WriteFile(filepath.Join(to, name), data, mode)
	}))
}
