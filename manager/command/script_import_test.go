package command

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

// plant [-WAY] VERSION DIR…: puts a toolchain there, as another manager would leave it.
//
//	-patched   with a distribution's own go.env
//	-forged    with another source file
//	-distro    with folders that are links, as Debian has them
//	-devel     with a VERSION that names no release
//	-partial   without bin
//	-foreign   of another platform
//	-cached    as the module cache keeps it: read-only, _go.mod beside go.mod, nothing executable but programs
func plant(ts *testscript.TestScript, neg bool, args []string) {
	way := ""
	if strings.HasPrefix(args[0], "-") {
		way, args = args[0], args[1:]
	}
	target := disttest.Host()
	if way == "-foreign" {
		target = platform.Target{OS: "plan9", Arch: "386"}
	}
	for _, dir := range args[1:] {
		dir = ts.MkAbs(dir)
		disttest.Fake(testingOf(ts), args[0], target).Write(testingOf(ts), dir)
		ts.Check(disfigure(way, dir))
	}
}

func disfigure(way, dir string) error {
	write := func(name, text string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	switch way {
	case "-patched":
		return write("go.env", "# ours\nGOTOOLCHAIN=local\n")
	case "-forged":
		return write("src/fmt/print.go", "package fmt // and more\n")
	case "-devel":
		return write("VERSION", "devel go1.24-abcdef0123 Mon Nov 23 00:00:00 2026 +0000\n")
	case "-partial":
		return os.RemoveAll(filepath.Join(dir, "bin"))
	case "-distro":
		elsewhere := dir + ".share"
		if err := os.Mkdir(elsewhere, 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(dir, "src"), filepath.Join(elsewhere, "src")); err != nil {
			return err
		}
		return os.Symlink(filepath.Join(elsewhere, "src"), filepath.Join(dir, "src"))
	case "-cached":
		return asCached(dir)
	}
	return nil
}

func asCached(dir string) error {
	for _, top := range []string{"api", "doc", "misc", "test"} {
		if err := os.RemoveAll(filepath.Join(dir, top)); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "src", "go.mod"))
	if err != nil {
		return err
	}
	// cmd/go adds go.mod where it needs it: here below src, not yet below src/cmd.
	if err := os.WriteFile(filepath.Join(dir, "src", "_go.mod"), text, 0o444); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, "src", "cmd", "go.mod"), filepath.Join(dir, "src", "cmd", "_go.mod")); err != nil {
		return err
	}
	var all []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	}); err != nil {
		return err
	}
	for i := range all {
		path := all[len(all)-1-i] // what is in a folder before the folder
		mode := fs.FileMode(0o444)
		if info, err := os.Stat(path); err != nil {
			return err
		} else if info.IsDir() || filepath.Base(filepath.Dir(path)) == "bin" {
			mode = 0o555
		}
		if err := os.Chmod(path, mode); err != nil {
			return err
		}
	}
	return nil
}
