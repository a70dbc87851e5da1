// Package workshop knows what the programs in a version's GOBIN were built from and by which Go, from their build info
// and never by running them, and builds them again: under another version, or anew in their place. What it builds is
// the same module to the byte, or it is thrown away.
package workshop

import (
	"debug/buildinfo"
	"fmt"
	"runtime/debug"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/manager/tools"
)

// Tool is one program in a version's GOBIN.
type Tool struct {
	Name string // without .exe
	File string // absolute

	Package string // the package it was built from: "golang.org/x/tools/gopls"
	Module  string // its module
	Version string // of the module: "v0.16.1", "(devel)"
	Sum     string // of the module's files, "h1:…", where they came from a module cache
	Go      string // the Go that built it, as that calls itself; "" for what is no Go program
	Stale   bool   // built by another Go than the version whose GOBIN this is, or by one that has no release's name

	info *debug.BuildInfo
}

// List reads the build info of each program in a version's GOBIN, in alphabetical order. What has none is in the list,
// too.
func List(t store.Toolchain) ([]Tool, error) {
	names, err := t.Tools()
	if err != nil {
		return nil, err
	}
	var all []Tool
	for _, name := range names {
		all = append(all, read(t, name))
	}
	return all, nil
}

func read(t store.Toolchain, name string) Tool {
	tool := Tool{Name: name, File: tools.File(t, name)}
	info, err := buildinfo.ReadFile(tool.File)
	if err != nil {
		return tool
	}
	tool.info = info
	tool.Go, tool.Package = info.GoVersion, info.Path
	tool.Module, tool.Version, tool.Sum = info.Main.Path, info.Main.Version, info.Main.Sum
	tool.Stale = releaseOf(info.GoVersion) != t.Version
	return tool
}

// releaseOf reads "go1.22.3" and "go1.22.3 X:boringcrypto"; zero for what names no release ("devel go1.24-…").
func releaseOf(goVersion string) gover.Version {
	first, _, _ := strings.Cut(goVersion, " ")
	v, _ := gover.Parse(first)
	return v
}

// Source is what the go command is to install: "golang.org/x/tools/gopls@v0.16.1".
func (t Tool) Source() string { return t.Package + "@" + t.Version }

// Origin is the module with its version, for people; "" where there is none.
func (t Tool) Origin() string {
	switch {
	case t.Module == "":
		return ""
	case t.Version == "":
		return t.Module
	}
	return t.Module + "@" + t.Version
}

// Unbuildable says why the tool cannot be built again from a published module; nil if it can.
func (t Tool) Unbuildable() error {
	reason := t.unbuildable()
	if reason == "" {
		return nil
	}
	return fmt.Errorf("%s %s", t.Name, reason)
}

func (t Tool) unbuildable() string {
	switch {
	case t.info == nil:
		return "is no Go program"
	case t.Module == "" || t.Package == "" || t.Package == "command-line-arguments":
		return "was built from files, not from a module"
	case t.Version == "" || t.Version == "(devel)" || strings.Contains(t.Version, "+dirty"):
		return "was built from a working copy of " + t.Module
	case t.Sum == "" && t.setting("vcs.revision") != "":
		// From Go 1.24 on such a build has a version of its commit, which need not be what is published under that name.
		return "was built from a working copy of " + t.Module
	case t.info.Main.Replace != nil:
		return "was built with " + t.Module + " replaced by " + t.info.Main.Replace.Path
	}
	for _, dep := range t.info.Deps {
		if dep.Replace != nil {
			return "was built with " + dep.Path + " replaced by " + dep.Replace.Path
		}
	}
	return ""
}

// setting is one of the build's settings, "" if it is not recorded.
func (t Tool) setting(name string) string {
	if t.info == nil {
		return ""
	}
	for _, s := range t.info.Settings {
		if s.Key == name {
			return s.Value
		}
	}
	return ""
}
