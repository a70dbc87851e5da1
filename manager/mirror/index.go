package mirror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"gsw/manager/dist"
	"gsw/manager/gover"
)

// index lists the archives as go.dev/dl does with include=all: the newest release first, each with the files that are
// there. It is nil where there are none: gsw and others take an empty index for a broken one.
func index(toolchains []Toolchain) ([]byte, error) {
	files := map[gover.Version][]dist.IndexFile{}
	for _, c := range toolchains {
		if c.Archive != nil {
			files[c.Version] = append(files[c.Version], dist.IndexFile{
				Filename: c.Archive.Name, OS: c.Target.OS, Arch: archOf(c), Version: c.Version.Tag(),
				SHA256: c.Archive.SHA256, Size: c.Archive.Size, Kind: "archive",
			})
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	var versions []gover.Version
	for v := range files {
		versions = append(versions, v)
		of := files[v]
		sort.Slice(of, func(i, j int) bool { return of[i].Filename < of[j].Filename })
	}
	gover.Sort(versions)
	var releases []dist.IndexRelease
	for _, v := range versions {
		releases = append(releases, dist.IndexRelease{Version: v.Tag(), Stable: !v.Prerelease(), Files: files[v]})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	err := e.Encode(releases)
	return b.Bytes(), err
}

// archOf is the architecture as the archive's name has it: linux/arm is armv6l there.
func archOf(c Toolchain) string {
	name := strings.TrimPrefix(c.Archive.Name, c.Version.Tag()+"."+c.Target.OS+"-")
	name, _, _ = strings.Cut(strings.TrimSuffix(strings.TrimSuffix(name, ".tar.gz"), ".zip"), "-osx10.")
	return name
}

// moduleList is the module proxy's @v/list; nil where there is no module.
func moduleList(toolchains []Toolchain) []byte {
	var b bytes.Buffer
	for _, c := range toolchains {
		if c.Module != nil {
			fmt.Fprintln(&b, c.Module.Version)
		}
	}
	return b.Bytes()
}
