package sumdb

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/tlog"

	"gsw/manager/gover"
	"gsw/manager/trust"
)

// What may be asked for.
const (
	lookup    = "lookup"
	tile      = "tile"
	latest    = "latest"
	supported = "supported"
	key       = "key"
	unknown   = "unknown"
)

// request is a path that was understood.
type request struct {
	operation string
	asker     string // the Go version in the path, as it was written: "go1.22"
	partition string

	module, version string    // of a lookup
	tile            tlog.Tile // of a tile
}

// A badRequest says what is wrong with a path.
type badRequest struct {
	status int
	reason string
}

func (e *badRequest) Error() string { return e.reason }

func bad(status int, format string, args ...any) *badRequest {
	return &badRequest{status, fmt.Sprintf(format, args...)}
}

// farthest bounds the records that anybody believes the database to have: beyond it nobody needs to be asked.
const farthest = 1 << 40

// parse understands a decoded path:
//
//	[/goVERSION][/sumdb/NAME]/lookup/MODULE@VERSION | /tile/8/LEVEL/… | /latest | /supported
//	/key
func parse(path, database string) (request, error) {
	r := request{operation: unknown, partition: everybody}
	if path == "/key" {
		r.operation = key
		return r, nil
	}
	rest := path
	if first, after, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok && strings.HasPrefix(first, "go") && strings.HasPrefix(path, "/") {
		line, err := askerLine(first)
		if err != nil {
			return r, err
		}
		r.asker, r.partition, rest = first, line, "/"+after
	}
	if after, ok := strings.CutPrefix(rest, "/sumdb/"); ok {
		name, inner, _ := strings.Cut(after, "/")
		if name != database {
			return r, bad(404, "this is a proxy of %s alone", database)
		}
		rest = "/" + inner
	}
	return r, r.understand(rest)
}

var line = regexp.MustCompile(`^(go1\.[1-9][0-9]?)($|[^0-9])`)

// askerLine is the partition of a Go version in a path, its line. So there are no more partitions than lines of Go.
func askerLine(word string) (string, error) {
	_, err := gover.ParseSpec(word, nil)
	match := line.FindStringSubmatch(word)
	if err != nil || match == nil || len(word) > 16 || strings.ContainsAny(word, "x,<>=~^ ") {
		return "", bad(404, "%q is no Go version: a prefix is one such as /go1.22/", word)
	}
	return match[1], nil
}

func (r *request) understand(path string) error {
	switch {
	case path == "/supported":
		r.operation = supported
	case path == "/latest":
		r.operation = latest
	case strings.HasPrefix(path, "/lookup/"):
		r.operation = lookup
		return r.understandLookup(strings.TrimPrefix(path, "/lookup/"))
	case strings.HasPrefix(path, "/tile/"):
		r.operation = tile
		return r.understandTile(path[1:])
	default:
		return bad(404, "nothing is served here: it is /supported, /latest, /lookup/MODULE@VERSION or /tile/%d/…", trust.TileHeight)
	}
	return nil
}

// moduleAtVersion is what sum.golang.org takes: a complete version, no branch and no query such as @latest.
var moduleAtVersion = regexp.MustCompile(`^[^@]+@v[0-9]+\.[0-9]+\.[0-9]+(-[^@]*)?(\+incompatible)?$`)

func (r *request) understandLookup(name string) error {
	if len(name) > 1024 || !moduleAtVersion.MatchString(name) {
		return bad(400, "invalid module@version syntax")
	}
	path, version, _ := strings.Cut(name, "@")
	var err error
	if r.module, err = module.UnescapePath(path); err != nil {
		return bad(400, "invalid module path: %v", err)
	}
	if r.version, err = module.UnescapeVersion(version); err != nil {
		return bad(400, "invalid version: %v", err)
	}
	return nil
}

func (r *request) understandTile(path string) error {
	if len(path) > 100 {
		return bad(400, "invalid tile syntax")
	}
	t, err := tlog.ParseTilePath(path)
	switch {
	case err != nil:
		return bad(400, "invalid tile syntax")
	case t.H != trust.TileHeight:
		return bad(404, "the database has tiles of height %d alone", trust.TileHeight)
	case t.L > 6 || t.N > farthest>>trust.TileHeight:
		return bad(404, "the database is not that large")
	}
	r.tile = t
	return nil
}
