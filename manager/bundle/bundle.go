// Package bundle is one file that carries toolchains, modules of projects and the proofs of both to where no network is:
// a tar archive in one frame of zstd, with a manifest first that names every entry that follows.
//
// What goes in decides every byte: entries come sorted, headers are fixed, the encoder works alone and with fixed
// settings. What comes out is what the manifest says, or a [FormatError]: an entry that it does not name, another order,
// size or hash, a link, a byte after the end. Names of files are made from paths and versions of modules that are valid,
// never from what an archive says. Whether what the manifest says is true, the reader decides, by the signed log.
package bundle

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/gover"
	"gsw/platform"
)

// Limits far above what projects need and far below what hurts. What is packed was compressed before, modules and proofs,
// or shrinks to a fifth, toolchains: a file that unpacks to much more than itself is none of ours.
const (
	maxManifest   = 16 << 20
	maxEntries    = 100_000
	maxEntry      = 2 << 30 // a toolchain unpacked; a module has at most 500 MiB
	maxToolchains = 1_000
	maxRecord     = 64 << 10 // a record of the log, a tree head, a tile
	maxInfo       = 64 << 10
	maxGoMod      = 16 << 20 // as the go command has it
	maxZip        = 500 << 20
	maxRatio      = 32
	anyRatio      = 64 << 20 // bytes to which any bundle may unpack
)

// window is how far back the compression looks, and so what reading a bundle takes of memory.
const window = 32 << 20

// manifestName is the first entry.
const manifestName = "manifest.json"

// A FormatError says that a file is no bundle that this gsw makes: damaged, cut short, forged or hostile.
type FormatError struct {
	Entry  string // "" where the fault is not one entry's
	Reason string
}

func (e *FormatError) Error() string {
	if e.Entry == "" {
		return "refused: " + e.Reason
	}
	return fmt.Sprintf("entry %.120q refused: %s", e.Entry, e.Reason)
}

func refused(entry, format string, args ...any) *FormatError {
	return &FormatError{Entry: entry, Reason: fmt.Sprintf(format, args...)}
}

// HeadName is the entry with the signed tree head of a log.
func HeadName(log string) string { return path.Join("sumdb", log, "latest") }

// RecordName is the entry with the answer of a log about a module.
func RecordName(log, modulePath, version string) (string, error) {
	name, err := escaped(modulePath, version)
	return path.Join("sumdb", log, "lookup", name), err
}

// TileName is the entry with a tile of a log, by the path below the log's URL: "tile/8/0/x001/234".
func TileName(log, tile string) string { return path.Join("sumdb", log, tile) }

// ModuleName is the entry with one of a module's files. The suffix is ".info", ".mod" or ".zip".
func ModuleName(modulePath, version, suffix string) (string, error) {
	at, err := escaped(modulePath, version)
	before, after, _ := strings.Cut(at, "@")
	return "modules/" + before + "/@v/" + after + suffix, err
}

// ToolchainName is the entry with a toolchain, packed as its module.
func ToolchainName(v gover.Version, t platform.Target) string {
	return "toolchains/v0.0.1-" + v.Tag() + "." + t.String() + ".zip"
}

// escaped is path@version as file names have it, which is no path of any other valid module.
func escaped(modulePath, version string) (string, error) {
	if err := module.Check(modulePath, version); err != nil {
		return "", err
	}
	p, err := module.EscapePath(modulePath)
	if err != nil {
		return "", err
	}
	v, err := module.EscapeVersion(version)
	return p + "@" + v, err
}

// limitOf is how large an entry of that name may be; 0 for a name that no bundle has. It says nothing of whether the
// manifest's modules and toolchains call for it.
func limitOf(name string) int64 {
	kind, rest, _ := strings.Cut(name, "/")
	switch {
	case kind == "sumdb" && strings.Contains(rest, "/"):
		return maxRecord
	case kind == "toolchains":
		return maxEntry
	case kind == "modules" && strings.HasSuffix(rest, ".info"):
		return maxInfo
	case kind == "modules" && strings.HasSuffix(rest, ".mod"):
		return maxGoMod
	case kind == "modules" && strings.HasSuffix(rest, ".zip"):
		return maxZip
	}
	return 0
}

// isTile tells whether name is the path of a tile as the log's clients spell it.
func isTile(name string) bool {
	tile, err := tlog.ParseTilePath(name)
	return err == nil && tile.Path() == name && tile.H == 8 && tile.L >= 0
}
