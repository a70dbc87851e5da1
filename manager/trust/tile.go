package trust

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is that of the tiles which the database serves.
const TileHeight = 8

// A BeyondError says that a tile is not in the newest tree known. Follow may find a newer one.
type BeyondError struct {
	Tile     string
	TreeSize int64
}

func (e *BeyondError) Error() string {
	return fmt.Sprintf("%s is not in the tree of %d, the newest known", e.Tile, e.TreeSize)
}

// ProvenTile is a tile that was shown to be of the signed tree.
type ProvenTile struct {
	Data   []byte
	Cached bool // nobody had to be asked
}

// Tile returns a tile of height TileHeight, of hashes or, at level -1, of records, with the width that it has in the
// newest tree known or a smaller one. A tile that is not in that tree is a *BeyondError, also if no tree is known. Its
// other errors are Prove's.
func (l *Log) Tile(ctx context.Context, tile tlog.Tile) (ProvenTile, error) {
	if tile.H != TileHeight || tile.L < -1 || tile.N < 0 || tile.W < 1 || tile.W > 1<<TileHeight {
		return ProvenTile{}, fmt.Errorf("%v is no tile of height %d", tile, TileHeight)
	}
	var proven ProvenTile
	err := l.ask(ctx, question{about: tile.Path(), missing: "proof of " + tile.Path()}, func(a *asking) error {
		tree, _, err := a.known()
		if err != nil {
			return err
		}
		if !inTree(tile, tree.N) {
			return &BeyondError{Tile: tile.Path(), TreeSize: tree.N}
		}
		read := a.hashTile
		if tile.L < 0 {
			read = a.recordTile
		}
		proven.Data, err = read(tile, tlog.TileHashReader(tree, &tiles{asking: a}))
		proven.Cached = !a.asked
		return err
	})
	if err != nil {
		return ProvenTile{}, err
	}
	return proven, nil
}

// inTree tells whether a tree of that size has all that the tile holds.
func inTree(tile tlog.Tile, size int64) bool {
	level := max(tile.L, 0) * TileHeight
	if level > 62 {
		return false
	}
	count := size >> level
	return tile.N <= count>>TileHeight && tile.N<<TileHeight+int64(tile.W) <= count
}

// hashTile reads the tile in the width that it has in the tree, and gives its beginning.
func (a *asking) hashTile(tile tlog.Tile, hashes tlog.HashReader) ([]byte, error) {
	data, err := tlog.ReadTileData(tile, hashes)
	if err != nil {
		return nil, a.explain(err)
	}
	return data, nil
}

// recordTile reads records and compares the hash of each with the tree's.
func (a *asking) recordTile(tile tlog.Tile, hashes tlog.HashReader) ([]byte, error) {
	first := tile.N << TileHeight
	indexes := make([]int64, tile.W)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	want, err := hashes.ReadHashes(indexes)
	if err != nil {
		return nil, a.explain(err)
	}
	file := a.verifier.Name() + "/" + tile.Path()
	data, err := a.ReadCache(file)
	cached := err == nil
	if !cached {
		if data, err = a.remoteRecords(tile); err != nil {
			return nil, a.explain(err)
		}
	}
	rest := data
	for i, hash := range want {
		end := bytes.Index(rest, []byte("\n\n")) + 1 // an empty line ends a record, and none contains one
		if end == 0 || tlog.RecordHash(rest[:end]) != hash {
			return nil, a.forged(fmt.Sprintf("record %d in it is not the tree's", first+int64(i)), "")
		}
		rest = rest[end+1:]
	}
	if len(rest) > 0 {
		return nil, a.forged(fmt.Sprintf("%d bytes come after its %d records", len(rest), tile.W), "")
	}
	if !cached {
		a.WriteCache(file, data)
	}
	return data, nil
}

// remoteRecords fetches a tile of records, or the beginning of the full one if the database has only that any more.
func (a *asking) remoteRecords(tile tlog.Tile) ([]byte, error) {
	data, err := a.ReadRemote("/" + tile.Path())
	full := tile
	full.W = 1 << TileHeight
	if err == nil || tile == full {
		return data, err
	}
	whole, failed := a.ReadRemote("/" + full.Path())
	if failed != nil {
		return nil, err
	}
	end := 0
	for range tile.W {
		length := bytes.Index(whole[end:], []byte("\n\n"))
		if length < 0 {
			break // the records themselves will tell
		}
		end += length + 2
	}
	return whole[:end], nil
}
