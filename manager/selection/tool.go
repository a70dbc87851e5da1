package selection

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"gsw/manager/project"
	"gsw/manager/store"
	"gsw/platform"
)

// pinned tells whether a .go-version file decided.
func (s Selection) pinned() bool { return s.Choice.Origin.Kind == project.VersionFile && !s.Raised }

// Tool is the absolute path of go, gofmt or a tool under this selection.
// A tool that this version's GOBIN lacks is a *NoToolError.
func (s Selection) Tool(host platform.Host, name string) (string, error) {
	if s.System {
		file, err := platform.LookPath(host.Target.Exe(name), host.Env.WithPath([]string{filepath.Join(s.GOROOT, "bin")}), host.Dir)
		if err != nil {
			return "", &NoToolError{Tool: name, Selection: s}
		}
		return file, nil
	}
	file, ok := s.Toolchain.Tool(name)
	if !ok {
		return "", &NoToolError{Tool: name, Selection: s}
	}
	if !isFile(file) {
		return "", &NoToolError{Tool: name, Selection: s}
	}
	return file, nil
}

// Elsewhere lists the installed toolchains whose GOBIN has a tool.
func Elsewhere(s store.Store, name string) []store.Toolchain {
	toolchains, err := s.List()
	if err != nil {
		return nil
	}
	var have []store.Toolchain
	for _, t := range toolchains {
		if file, ok := t.Tool(name); ok && isFile(file) {
			have = append(have, t)
		}
	}
	return have
}

func isFile(file string) bool {
	info, err := os.Stat(file)
	return err == nil && !info.IsDir()
}

// NoToolError is a tool that was not built with the selected Go.
type NoToolError struct {
	Tool      string
	Selection Selection
}

func (e *NoToolError) Error() string {
	under := e.Selection.Version.Tag()
	if e.Selection.System {
		under = "the system's Go"
	}
	tool := e.Tool
	if strings.ContainsFunc(tool, unicode.IsControl) {
		tool = strconv.Quote(tool) // it may be the name a program was started with, and that can hold terminal escapes
	}
	return tool + " is not installed under " + under
}
