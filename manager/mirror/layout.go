package mirror

import (
	"path"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/trust"
	"gsw/platform"
)

// Where things lie, relative to the tree. They are the protocols' paths: below dl what go.dev/dl answers, below the
// module's path what GOPROXY has, below sumdb what a module proxy passes on of the checksum database.
const (
	indexJSON = "dl/index.json"
	indexHTML = "dl/index.html" // the same bytes: what servers of files answer to /dl/, with whatever query
	moduleDir = "golang.org/toolchain/@v/"
	list      = moduleDir + "list"
	database  = "sumdb/sum.golang.org/"
)

// ArchivePath is where the archive of this name lies. Its .sha256 and .asc lie beside it.
func ArchivePath(name string) string { return "dl/" + name }

// ModulePath is where a document of a version of golang.org/toolchain lies; ending is info, mod or zip.
func ModulePath(version, ending string) string { return moduleDir + version + "." + ending }

// DatabasePath is where a document of the checksum database lies, by its path there.
func DatabasePath(name string) string { return database + name }

// The ranks of documents: one refers only to those of lower ranks, so that a tree in which they appear in this order, and
// vanish in the opposite one, never refers to what isn't there.
//
// A record's lookup comes before the module it is about. A client that finds a module asks for its record, and takes it
// for an attack if there is none; that there is a record without a module it never notices.
const (
	rankTile      = iota
	rankLatest    // refers to tiles
	rankLookup    // to tiles
	rankSupported // says that there are lookups
	rankPayload   // archives, sums, signatures, zips
	rankInfo      // refers to mod and zip
	rankList      // to info
	rankIndex     // to archives
)

func rank(name string) int {
	below, inDatabase := strings.CutPrefix(name, database)
	switch {
	case inDatabase && strings.HasPrefix(below, "tile/"):
		return rankTile
	case inDatabase && below == "latest":
		return rankLatest
	case inDatabase && strings.HasPrefix(below, "lookup/"):
		return rankLookup
	case inDatabase:
		return rankSupported
	case name == list:
		return rankList
	case name == indexJSON, name == indexHTML:
		return rankIndex
	case path.Ext(name) == ".info":
		return rankInfo
	}
	return rankPayload
}

// LookupPath is where the record of a toolchain lies.
func LookupPath(v gover.Version, target platform.Target) string {
	return DatabasePath("lookup/golang.org/toolchain@" + trust.ModuleVersion(v, target)) // nothing to escape
}
