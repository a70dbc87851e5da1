// Package release builds the programs of a release as .goreleaser.yaml has them. Its tests hold what a release promises.
package release

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Recipe is the file that goreleaser reads, in the root of the checkout.
const Recipe = ".goreleaser.yaml"

// Program is one of a release: gsw, gsw-shim, gsw-server.
type Program struct {
	Binary  string // its name, without .exe
	Main    string // the package, as ./shims/gsw-shim
	Env     []string
	Flags   []string
	Ldflags []string
	Gcflags []string // each for the packages that its pattern names
	Targets []string // as linux_amd64
}

// Programs reads the recipe of a checkout.
func Programs(root string) ([]Program, error) {
	text, err := os.ReadFile(filepath.Join(root, Recipe))
	if err != nil {
		return nil, err
	}
	var recipe struct{ Builds []Program }
	if err := yaml.Unmarshal(text, &recipe); err != nil {
		return nil, fmt.Errorf("reading %s: %w", Recipe, err)
	}
	if len(recipe.Builds) == 0 {
		return nil, fmt.Errorf("%s builds no program", Recipe)
	}
	return recipe.Builds, nil
}

// Build makes the program of a version, as 1.2.3, out of the checkout in root, and gives what the go command said.
func (p Program) Build(root, file, version string, env ...string) (said []byte, err error) {
	args := slices.Concat([]string{"build"}, p.Flags)
	for _, flags := range p.Gcflags {
		args = append(args, "-gcflags="+flags)
	}
	ldflags := strings.ReplaceAll(strings.Join(p.Ldflags, " "), "{{ .Version }}", version)
	cmd := exec.Command("go", append(args, "-ldflags="+ldflags, "-o", file, p.Main)...)
	cmd.Dir = root
	cmd.Env = slices.Concat(os.Environ(), p.Env, env)
	said, err = cmd.CombinedOutput()
	if err != nil {
		return said, fmt.Errorf("%q: %w\n%s", cmd.Args, err, said)
	}
	return said, nil
}
