package zerotrust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"gsw/manager/tree"
)

// GOBIN is the folder of a project in which its tools are built under zero trust.
const GOBIN = ".gobin"

// Snapshot is the regular files of a project at one moment, by slash path. Those of version control are left out.
type Snapshot map[string]snapped

type snapped struct {
	info fs.FileInfo
	sum  [sha256.Size]byte
}

// Output is a file that a build made or wrote anew.
type Output struct {
	Name   string // slash path in the project
	SHA256 string
}

// Snap reads every regular file below root but those named in without, by slash path. It follows no link.
func Snap(ctx context.Context, root string, without ...string) (Snapshot, error) {
	s := Snapshot{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && (d.Name() == ".git" || d.Name() == ".hg" || d.Name() == ".svn"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); slices.Contains(without, name) {
			return nil
		}
		s[name], err = snapFile(file)
		return err
	})
	return s, err
}

func snapFile(file string) (snapped, error) {
	f, err := os.Open(file)
	if err != nil {
		return snapped{}, err
	}
	defer f.Close()
	var s snapped
	if s.info, err = f.Stat(); err != nil {
		return s, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return s, err
	}
	hash.Sum(s.sum[:0])
	return s, nil
}

// Outputs are the files that are new since before, or were written since, even to the same bytes; by name.
func (s Snapshot) Outputs(before Snapshot) []Output {
	var outputs []Output
	for name, now := range s {
		was, there := before[name]
		if there && was.sum == now.sum && os.SameFile(was.info, now.info) && was.info.ModTime().Equal(now.info.ModTime()) {
			continue
		}
		outputs = append(outputs, Output{name, hex.EncodeToString(now.sum[:])})
	}
	sort.Slice(outputs, func(i, j int) bool { return outputs[i].Name < outputs[j].Name })
	return outputs
}

// H1 is the hash of all files but what was built into .gobin, as go.sum hashes a module's.
func (s Snapshot) H1() string {
	var files tree.Manifest
	for name, f := range s {
		if !strings.HasPrefix(name, GOBIN+"/") {
			files = append(files, tree.Entry{Name: name, Sum: f.sum})
		}
	}
	return h1(files, "")
}

// SHA256 is the sum of a file; "" if it is not there.
func (s Snapshot) SHA256(name string) string {
	f, there := s[name]
	if !there {
		return ""
	}
	return hex.EncodeToString(f.sum[:])
}
