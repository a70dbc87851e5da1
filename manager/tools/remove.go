package tools

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/project"
	"gsw/manager/selection"
	"gsw/manager/store"
)

// File is the path of a program in GOBIN, those included that are called go and gofmt: Toolchain.Tool has those of
// GOROOT in mind.
func File(t store.Toolchain, name string) string {
	exe := strings.TrimPrefix(filepath.Base(t.Go()), "go") // "" or ".exe"
	return filepath.Join(t.GOBIN(), name+exe)
}

// NoTool says that a version has no tool of a name.
func NoTool(t store.Toolchain, name string) error {
	return &selection.NoToolError{Tool: name, Selection: selection.Selection{Decision: project.Decision{Version: t.Version}, Toolchain: t}}
}

// Remove deletes tools from a version's GOBIN, all or none of those named. One that is not there but was moved aside is
// deleted there.
func Remove(t store.Toolchain, names []string) (files []string, err error) {
	if t.System {
		return nil, &store.SystemError{Version: t.Version, Dir: t.Dir}
	}
	for _, name := range names {
		found, err := removable(t, name)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	for i, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return files[:i], fmt.Errorf("removing a tool: %w", err)
		}
	}
	return files, nil
}

func removable(t store.Toolchain, name string) ([]string, error) {
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, NoTool(t, name)
	}
	if info, err := os.Lstat(File(t, name)); err == nil && !info.IsDir() {
		return []string{File(t, name)}, nil
	}
	var files []string
	for _, q := range quarantined(t) {
		if sameName(q.Name, name) {
			files = append(files, q.File)
		}
	}
	if len(files) == 0 {
		return nil, NoTool(t, name)
	}
	return files, nil
}
