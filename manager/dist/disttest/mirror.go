package disttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/dirhash"
)

// Mirror is the tree of a mirror, as its clients see it.
type Mirror struct {
	Dir string
	Key string // of the checksum database

	// Heads are signed tree heads that clients have seen before; "" is the client that has seen none.
	Heads []string
}

// Check reads everything that anything in the tree names, as clients do that trust none of it: the archives of the index, the
// modules of the list, and for every record its proof, whichever head the client has seen. It returns the names of the archives and
// the versions of the modules, sorted.
func (m Mirror) Check() (holds []string, err error) {
	archives, err := m.archives("index.json")
	if err != nil {
		return nil, err
	}
	if _, err := m.archives("index.html"); err != nil {
		return nil, err
	}
	modules, err := m.modules()
	if err != nil {
		return nil, err
	}
	if err := m.records(modules); err != nil {
		return nil, err
	}
	holds = append(archives, modules...)
	slices.Sort(holds)
	return holds, nil
}

// Head is the newest tree head in the tree; "" where there is none.
func (m Mirror) Head() string {
	head, _ := os.ReadFile(m.path("sumdb/sum.golang.org/latest"))
	return string(head)
}

func (m Mirror) path(name string) string { return filepath.Join(m.Dir, filepath.FromSlash(name)) }

// read reads a document; of one that is not there yet nothing.
func (m Mirror) read(name string) ([]byte, error) {
	data, err := os.ReadFile(m.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (m Mirror) archives(index string) (names []string, err error) {
	text, err := m.read("dl/" + index)
	if err != nil || text == nil {
		return nil, err
	}
	var releases []struct {
		Files []struct {
			Filename, SHA256 string
			Size             int64
		}
	}
	if err := json.Unmarshal(text, &releases); err != nil {
		return nil, fmt.Errorf("%s: %w", index, err)
	}
	for _, r := range releases {
		for _, f := range r.Files {
			data, err := os.ReadFile(m.path("dl/" + f.Filename))
			if err != nil {
				return nil, fmt.Errorf("%s names it: %w", index, err)
			}
			beside, err := os.ReadFile(m.path("dl/" + f.Filename + ".sha256"))
			if have := sum(data); err != nil || have != f.SHA256 || have != string(beside) || int64(len(data)) != f.Size {
				return nil, fmt.Errorf("%s: %s has %s, beside it %q, %v", index, f.Filename, have, beside, err)
			}
			names = append(names, f.Filename)
		}
	}
	return names, nil
}

func (m Mirror) modules() (versions []string, err error) {
	text, err := m.read("golang.org/toolchain/@v/list")
	if err != nil {
		return nil, err
	}
	for version := range strings.Lines(string(text)) {
		version = strings.TrimSpace(version)
		for _, ending := range []string{"info", "mod", "zip"} {
			if _, err := os.Stat(m.path("golang.org/toolchain/@v/" + version + "." + ending)); err != nil {
				return nil, fmt.Errorf("the list names it: %w", err)
			}
		}
		versions = append(versions, version)
	}
	return versions, nil
}

// records proves every record that the tree has, and that those of the modules are theirs.
func (m Mirror) records(modules []string) error {
	lookups, err := filepath.Glob(m.path("sumdb/sum.golang.org/lookup/golang.org/toolchain@*"))
	if err != nil {
		return err
	}
	for _, head := range append([]string{""}, m.Heads...) {
		// One client for all, as in a module cache, and for each one that has seen nothing else.
		all := &mirrorClient{Mirror: m, latest: []byte(head)}
		for _, file := range lookups {
			_, version, _ := strings.Cut(filepath.Base(file), "@")
			for _, c := range []*mirrorClient{all, {Mirror: m, latest: []byte(head)}} {
				lines, err := c.lookup(version)
				if err != nil {
					return fmt.Errorf("record of %s, client with head %.60q: %w", version, head, err)
				}
				if !slices.Contains(modules, version) || head != "" {
					continue
				}
				h1, err := dirhash.HashZip(m.path("golang.org/toolchain/@v/"+version+".zip"), dirhash.Hash1)
				if err != nil || !slices.Contains(lines, "golang.org/toolchain "+version+" "+h1) {
					return fmt.Errorf("the files of %s have %s, its record %q, %v", version, h1, lines, err)
				}
			}
		}
	}
	for _, version := range modules {
		if _, err := os.Stat(m.path("sumdb/sum.golang.org/lookup/golang.org/toolchain@" + version)); err != nil {
			return fmt.Errorf("the list names %s: %w", version, err)
		}
	}
	return nil
}

// mirrorClient is a client of the checksum database that has only the tree.
type mirrorClient struct {
	Mirror
	latest []byte
	alarm  string
}

func (c *mirrorClient) lookup(version string) ([]string, error) {
	lines, err := sumdb.NewClient(c).Lookup("golang.org/toolchain", version)
	if c.alarm != "" {
		err = errors.New(c.alarm)
	}
	return lines, err
}

func (c *mirrorClient) ReadRemote(path string) ([]byte, error) {
	return os.ReadFile(c.path("sumdb/sum.golang.org" + path))
}

func (c *mirrorClient) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(c.Key), nil
	}
	return c.latest, nil
}

func (c *mirrorClient) WriteConfig(_ string, _, new []byte) error {
	c.latest = new
	return nil
}

func (c *mirrorClient) ReadCache(string) ([]byte, error) { return nil, fs.ErrNotExist }
func (c *mirrorClient) WriteCache(string, []byte)        {}
func (c *mirrorClient) Log(string)                       {}
func (c *mirrorClient) SecurityError(msg string)         { c.alarm = msg }
