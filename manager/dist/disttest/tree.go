// Package disttest gives tests distributions of Go and a server that publishes them: small fakes whose bin/go runs, and
// real ones from the module proxy; a server on the loopback interface that speaks the protocols of go.dev/dl, of a module
// proxy and of the checksum database, and lies in every way the network does when it is told to.
package disttest

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
)

// A Tree is the content of a distribution: what lies in GOROOT.
type Tree struct {
	Version gover.Version
	Target  platform.Target
	Time    time.Time // of every file, as in a release
	Files   []File    // sorted by name

	packed packed
	known  known // of its files
}

// A File is one regular file of a Tree.
type File struct {
	Name string // with slashes, below GOROOT
	Data []byte
	Mode fs.FileMode            // 0755 or 0644; 0: what cmd/distpack gives a file of that name
	Open func() ([]byte, error) // for files too large to hold; else nil
}

func (f File) data() ([]byte, error) {
	if f.Open != nil {
		return f.Open()
	}
	return f.Data, nil
}

// Fake makes a small distribution with the structure of a real one. On the platform of the tests bin/go runs: see
// testdata/fakego. files are added, or take the place of those of the same name.
func Fake(t testing.TB, version string, target platform.Target, files ...File) *Tree {
	t.Helper()
	v, err := gover.Parse(version)
	if err != nil {
		t.Fatal(err)
	}
	tree := &Tree{Version: v, Target: target, Time: time.Date(2024, 5, 1, 19, 49, 47, 0, time.UTC)}
	exe := program(t, target)
	if target == Host() {
		tree.known = byHeart(t, exe)
	}
	tool := header(t, target)
	tools := "pkg/tool/" + target.OS + "_" + target.Arch + "/"
	text := func(name, format string, args ...any) File {
		return File{Name: name, Data: fmt.Appendf(nil, format, args...)}
	}

	tree.Files = []File{
		{Name: "bin/" + target.Exe("go"), Data: exe}, {Name: "bin/" + target.Exe("gofmt"), Data: exe},
		{Name: tools + target.Exe("asm"), Data: tool}, {Name: tools + target.Exe("compile"), Data: tool}, {Name: tools + target.Exe("link"), Data: tool},
		text("CONTRIBUTING.md", "# Contributing to Go\n"), text("LICENSE", "Copyright 2009 The Go Authors.\n"),
		text("README.md", "# The Go Programming Language\n"), text("codereview.cfg", "branch: release-branch.go%s\n", v.Line()),
		text("api/go1.txt", "pkg fmt, func Println(...interface{}) (int, error)\n"), text("doc/README.md", "# Go documentation\n"),
		text("lib/time/zoneinfo.zip", "PK\x05\x06%s", strings.Repeat("\x00", 18)), text("misc/editors", "see the wiki\n"),
		text("misc/go.mod", "module misc\n"), text("pkg/include/textflag.h", "#define NOSPLIT 4\n"),
		text("src/cmd/go.mod", "module cmd\n\ngo %s\n", v.Line()), text("src/cmd/go/main.go", "package main\n\nfunc main() {}\n"),
		text("src/fmt/print.go", "package fmt\n\n// of %s\n", v), text("src/go.mod", "module std\n\ngo %s\n", v.Line()),
		text("src/make.bash", "#!/usr/bin/env bash\n"), text("src/testdata/Ünï.txt", "names need not be ASCII\n"),
		text("src/empty.s", ""), text("test/helloworld.go", "package main\n"),
	}
	version = v.Tag()
	if v.Compare(gover.MustParse("1.21.0")) >= 0 {
		version += "\ntime " + tree.Time.Format(time.RFC3339) + "\n"
		tree.Files = append(tree.Files, text("go.env", "# defaults\nGOSUMDB=sum.golang.org\nGOTOOLCHAIN=auto\n"))
	}
	tree.Files = append(tree.Files, text("VERSION", "%s", version))
	tree.Put(files...)
	return tree
}

// Put adds files, or replaces those of the same name. It must come before the tree is packed.
func (tree *Tree) Put(files ...File) {
	for _, f := range files {
		tree.Files = slices.DeleteFunc(tree.Files, func(g File) bool { return g.Name == f.Name })
		tree.Files = append(tree.Files, f)
	}
	slices.SortFunc(tree.Files, func(f, g File) int { return strings.Compare(f.Name, g.Name) })
	for i, f := range tree.Files {
		if f.Mode == 0 {
			tree.Files[i].Mode = mode(f.Name)
		}
	}
}

// Random is a file that no compression makes smaller, the same for the same name and size: what a download needs to
// last long enough to be interrupted.
func Random(name string, size int) File {
	var seed [32]byte
	copy(seed[:], name)
	data := make([]byte, size)
	if _, err := rand.NewChaCha8(seed).Read(data); err != nil {
		panic(err) // it never fails
	}
	return File{Name: name, Data: data}
}

// mode is the rule of cmd/distpack.
func mode(name string) fs.FileMode {
	if strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "pkg/tool/") {
		return 0o755
	}
	for _, pattern := range []string{"*.bash", "*.sh", "*.pl", "*.rc", "go_?*_?*_exec"} {
		if ok, _ := path.Match(pattern, path.Base(name)); ok {
			return 0o755
		}
	}
	return 0o644
}

// Write writes the tree into the folder dir, which becomes a GOROOT.
func (tree *Tree) Write(t testing.TB, dir string) {
	t.Helper()
	for _, f := range tree.Files {
		data, err := f.data()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, f.Mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, tree.Time, tree.Time); err != nil {
			t.Fatal(err)
		}
	}
}

// Module is the version of golang.org/toolchain that holds this tree.
func (tree *Tree) Module() string { return "v0.0.1-" + tree.Version.Tag() + "." + tree.Target.String() }

// ArchiveName is the name it is published under: go1.22.3.linux-amd64.tar.gz. linux-arm is called armv6l.
func (tree *Tree) ArchiveName() string {
	arch, format := tree.Target.Arch, ".tar.gz"
	if tree.Target.OS == "linux" && arch == "arm" {
		arch = "armv6l"
	}
	if tree.Target.OS == "windows" {
		format = ".zip"
	}
	return tree.Version.Tag() + "." + tree.Target.OS + "-" + arch + format
}
