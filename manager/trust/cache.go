package trust

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"gsw/platform"
)

// ReadCache returns a record or tile proved earlier. x/mod proves it again.
func (a *asking) ReadCache(file string) ([]byte, error) {
	if a.afresh {
		return nil, fs.ErrNotExist
	}
	data, err := platform.ReadFile(a.cacheFile(file))
	if err != nil {
		if data, err = a.readWider(file); err != nil {
			return nil, err
		}
	}
	if strings.Contains(file, "/lookup/") {
		a.see(data, false)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cached = true
	return data, nil
}

// readWider gives a tile as the beginning of one at the same place that is cached in a greater width.
func (a *asking) readWider(file string) ([]byte, error) {
	tile, err := a.hashTileOf(file)
	if err != nil {
		return nil, err
	}
	wider := tile
	wider.W = 1 << TileHeight
	for _, width := range a.widths(tile) {
		if width > tile.W && width < wider.W {
			wider.W = width
		}
	}
	data, err := platform.ReadFile(a.cacheFile(a.verifier.Name() + "/" + wider.Path()))
	if err != nil || len(data) != wider.W*tlog.HashSize {
		return nil, fs.ErrNotExist
	}
	return data[:tile.W*tlog.HashSize], nil
}

// hashTileOf is the tile of hashes whose file that is.
func (a *asking) hashTileOf(file string) (tlog.Tile, error) {
	tile, err := tlog.ParseTilePath(strings.TrimPrefix(file, a.verifier.Name()+"/"))
	if err != nil || tile.L < 0 || tile.H != TileHeight {
		return tlog.Tile{}, fs.ErrNotExist
	}
	return tile, nil
}

// partial is the folder of the partial tiles at the tile's place.
func (a *asking) partial(tile tlog.Tile) string {
	tile.W = 1 << TileHeight
	return a.cacheFile(a.verifier.Name() + "/" + tile.Path() + ".p")
}

// widths are those in which partial tiles at the tile's place are cached.
func (a *asking) widths(tile tlog.Tile) (widths []int) {
	entries, err := os.ReadDir(a.partial(tile))
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		if width, err := strconv.Atoi(entry.Name()); err == nil {
			widths = append(widths, width)
		}
	}
	return widths
}

// write caches. A cache that can't be written only costs the network next time.
//
// A tile at the tree's edge takes the place of the narrower ones: each answer of a database that grows has tiles of
// its own there, and nobody would ever remove them.
func (a *asking) write(file string, data []byte) {
	path := a.cacheFile(file)
	if os.MkdirAll(filepath.Dir(path), 0o755) != nil || platform.ReplaceFile(path, data, 0o644) != nil {
		return
	}
	tile, err := a.hashTileOf(file)
	if err != nil {
		return
	}
	if tile.W == 1<<TileHeight {
		_ = platform.RemoveTree(a.partial(tile))
		return
	}
	for _, width := range a.widths(tile) {
		if width < tile.W {
			_ = os.Remove(filepath.Join(a.partial(tile), strconv.Itoa(width)))
		}
	}
}

func (a *asking) cacheFile(file string) string {
	return filepath.Join(a.log.CacheDir, filepath.FromSlash(file))
}
