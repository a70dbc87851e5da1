package mirror

import (
	"path"
	"strings"
)

// Where things lie, relative to the tree. They are the protocols' paths: below dl what go.dev/dl answers, below the
// module's path what GOPROXY has, below sumdb what a module proxy passes on of the checksum database.
const (
	indexJSON = "dl/index.json"
	indexHTML = "dl/index.html" // the same bytes: what servers of files answer to /dl/, with whatever query
	moduleDir = "golang.org/toolchain/@v/"
	list      = moduleDir + "list"
)

// ArchivePath is where the archive of this name lies. Its .sha256 and .asc lie beside it.
func ArchivePath(name string) string { return "dl/" + name }

// ModulePath is where a document of a version of golang.org/toolchain lies; ending is info, mod or zip.
func ModulePath(version, ending string) string { return moduleDir + version + "." + ending }

// DatabasePath is where a document of the checksum database lies, by the database's name and its path there.
func DatabasePath(database, name string) string { return "sumdb/" + database + "/" + name }

// rank orders documents: one refers only to those of lower ranks, so that a tree in which they appear in this order, and
// vanish in the opposite one, never refers to what isn't there.
//
// A record's lookup comes before the module it is about. A client that finds a module asks for its record, and takes it
// for an attack if there is none; that there is a record without a module it never notices.
func rank(name string) int {
	rest, inDatabase := strings.CutPrefix(name, "sumdb/")
	_, below, _ := strings.Cut(rest, "/")
	switch {
	case inDatabase && strings.HasPrefix(below, "tile/"):
		return 0
	case inDatabase && below == "latest":
		return 1 // by tiles
	case inDatabase && strings.HasPrefix(below, "lookup/"):
		return 2 // by tiles
	case inDatabase:
		return 3 // supported: that there are lookups
	case name == list:
		return 6 // info
	case name == indexJSON, name == indexHTML:
		return 7 // archives
	case path.Ext(name) == ".info":
		return 5 // mod and zip
	}
	return 4 // archives, sums, signatures, zips
}
