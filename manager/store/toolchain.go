package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/platform"
)

// Toolchain is an installed version. It is complete: its receipt was there when it was looked at.
type Toolchain struct {
	Version gover.Version
	Dir     string // versions/goX of a home, absolute
	System  bool   // of the system-wide store: only to be read

	target platform.Target
}

// GOROOT is the distribution, as it was released.
func (t Toolchain) GOROOT() string { return filepath.Join(t.Dir, "go") }

// GOBIN is where this version's go puts the tools it builds.
func (t Toolchain) GOBIN() string { return filepath.Join(t.Dir, "bin") }

// ManifestFile is where the hashes of the toolchain's files are kept, if they are.
func (t Toolchain) ManifestFile() string { return filepath.Join(t.Dir, manifestName) }

// Go is the path of the go command.
func (t Toolchain) Go() string { return filepath.Join(t.Dir, "go", "bin", t.target.Exe("go")) }

// Receipt reads where the toolchain came from and who proved it.
func (t Toolchain) Receipt() (receipt.Receipt, error) {
	text, err := os.ReadFile(t.receiptFile())
	if err != nil {
		return receipt.Receipt{}, fmt.Errorf("reading the receipt of %s: %w", t.Version, err)
	}
	r, err := receipt.Parse(text)
	if err == nil && r.Version != t.Version {
		err = fmt.Errorf("it is the receipt of %s", r.Version)
	}
	if err != nil {
		return receipt.Receipt{}, &ReceiptError{Version: t.Version, File: t.receiptFile(), Err: err}
	}
	return r, nil
}

func (t Toolchain) receiptFile() string { return filepath.Join(t.Dir, receipt.File) }

// complete is nil if the receipt, which is written last, is there.
func (t Toolchain) complete() error {
	_, err := os.Stat(t.receiptFile())
	return err
}

const manifestName = "manifest"

// Running lists the processes that run from the toolchain or are tools of it. Of one that is a link, it is also those
// from where it lies. See [platform.Running].
func (t Toolchain) Running() ([]platform.Process, error) {
	dirs := []string{t.Dir}
	if t.Linked() {
		dirs = append(dirs, t.GOROOT())
	}
	var all []platform.Process
	for _, dir := range dirs {
		processes, err := platform.Running(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // what the link leads to may be gone
			return nil, err
		}
		all = append(all, processes...)
	}
	return all, nil
}

// Linked tells whether the toolchain lies elsewhere, and only a link to it here.
func (t Toolchain) Linked() bool {
	_, err := platform.ReadDirLink(t.GOROOT())
	return err == nil
}

// Tool is the path of a tool of this version: go and gofmt in GOROOT, everything else in GOBIN. It needn't be there. A
// name that is a path is no tool's. On Windows it may be a batch file that somebody put there.
func (t Toolchain) Tool(name string) (path string, ok bool) {
	if name == "" || name == "." || name == ".." || name != filepath.Base(name) {
		return "", false
	}
	base := strings.TrimSuffix(name, t.target.Exe(""))
	if base == "go" || base == "gofmt" {
		return filepath.Join(t.GOROOT(), "bin", t.target.Exe(base)), true
	}
	path = filepath.Join(t.GOBIN(), t.target.Exe(base))
	for _, extension := range t.runnable()[1:] {
		if other := filepath.Join(t.GOBIN(), base+extension); !isFile(path) && isFile(other) {
			return other, true
		}
	}
	return path, true
}

// runnable is the endings that a tool's file may have, the usual one first.
func (t Toolchain) runnable() []string {
	if t.target.OS == "windows" {
		return []string{".exe", ".bat", ".cmd"}
	}
	return []string{""}
}

func (t Toolchain) toolName(file string) (name string, ok bool) {
	for _, extension := range t.runnable() {
		if len(file) >= len(extension) && strings.EqualFold(file[len(file)-len(extension):], extension) {
			return file[:len(file)-len(extension)], true
		}
	}
	return "", false
}

// Tools names what can be run from GOBIN, without .exe, in alphabetical order. It is no error if there is none.
func (t Toolchain) Tools() ([]string, error) {
	entries, err := os.ReadDir(t.GOBIN())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing the tools of %s: %w", t.Version, err)
	}
	var tools []string
	for _, e := range entries {
		name, isTool := t.toolName(e.Name())
		if !isTool || name == "" || strings.HasPrefix(name, ".") || slices.Contains(tools, name) {
			continue
		}
		info, err := os.Stat(filepath.Join(t.GOBIN(), e.Name())) // a link counts for what it leads to
		if err == nil && info.Mode().IsRegular() && (t.target.OS == "windows" || info.Mode()&0o111 != 0) {
			tools = append(tools, name)
		}
	}
	return tools, nil
}
