// Generate writes what a release carries beside the programs: the completions
// and the manual page, from the program's own words, and the devcontainer
// feature, packed with the installer. It runs in the root of the repository.
//
//	go run ./scripts/generate DIR
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"gsw/manager/command"
	"gsw/platform"
	"gsw/scripts"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/generate DIR")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(dir string) error {
	host, err := platform.Read()
	if err != nil {
		return err
	}
	files := map[string]string{filepath.Join("man", "gsw.1"): command.Manual(host)}
	for _, shell := range scripts.Completions() {
		text, _ := scripts.Completion(shell)
		files[filepath.Join("completions", "gsw."+shell)] = text
	}
	page, err := compress([]byte(command.Manual(host)))
	if err != nil {
		return err
	}
	files[filepath.Join("packages", "gsw.1.gz")] = page
	feature, err := pack(map[string]string{
		"devcontainer-feature.json": "devcontainer-feature/gsw/devcontainer-feature.json",
		"install.sh":                "devcontainer-feature/gsw/install.sh",
		"install-gsw.sh":            "scripts/install.sh",
	})
	if err != nil {
		return err
	}
	files["devcontainer-feature-gsw.tgz"] = feature
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pack makes an archive of files that are elsewhere. The same files give the same archive, whenever and by whomever it
// is made.
func pack(from map[string]string) (string, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(from)) {
		text, err := os.ReadFile(from[name])
		if err != nil {
			return "", err
		}
		mode := int64(0o644)
		if path.Ext(name) == ".sh" {
			mode = 0o755
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(text)), Format: tar.FormatUSTAR}); err != nil {
			return "", err
		}
		if _, err := w.Write(text); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return compress(packed.Bytes())
}

// compress writes neither name nor time, as packages want it.
func compress(text []byte) (string, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(text); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return packed.String(), nil
}
