package selection

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// SystemGo finds the first Go on PATH that gsw did not install and returns its
// GOROOT. Links are followed: /usr/bin/go → /usr/lib/go-1.19/bin/go is /usr/lib/go-1.19.
func SystemGo(host platform.Host) (goroot string, found bool) {
	home, err := filepath.EvalSymlinks(host.Home)
	if err != nil {
		home = host.Home
	}
	for _, dir := range host.Env.Path() {
		if !filepath.IsAbs(dir) {
			continue
		}
		file, err := platform.LookPath(host.Target.Exe("go"), host.Env.WithPath([]string{dir}), host.Dir)
		if err != nil || platform.Inside(dir, host.Home) {
			continue
		}
		file, err = filepath.EvalSymlinks(file)
		if err != nil || platform.Inside(file, home) || filepath.Base(file) != host.Target.Exe("go") || filepath.Base(filepath.Dir(file)) != "bin" {
			continue // a shim of this or another gsw, or no distribution's layout
		}
		return filepath.Dir(filepath.Dir(file)), true
	}
	return "", false
}

// VersionOf reads the release that a GOROOT says it is, from the first line of
// its VERSION file. Development trees and some distributions' builds name none:
// that is an error.
func VersionOf(goroot string) (gover.Version, error) {
	name := filepath.Join(goroot, "VERSION")
	file, err := os.Open(name)
	if err != nil {
		return gover.Version{}, err
	}
	defer file.Close()
	line, _ := bufio.NewReaderSize(file, 128).ReadSlice('\n') // a longer first line is no release
	v, err := gover.Parse(strings.TrimSpace(string(line)))
	if err != nil {
		return gover.Version{}, fmt.Errorf("%s names no release: %w", name, err)
	}
	return v, nil
}
