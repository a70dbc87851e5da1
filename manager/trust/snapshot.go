package trust

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrNoHead says that no tree head of the database was ever seen here, so there is nothing to prove by.
var ErrNoHead = errors.New("no tree head of the checksum database is known yet")

// Snapshot gives put, by their paths below the database's URL, the newest signed tree head known ("latest") and every
// tile ("tile/8/…") that a client needs to prove the records by it: a client that knows nothing, one that knows
// this head, and one whose newest head is of a tree of one of the older sizes. It returns that head, for the answers
// to lookups (Proven.Answer).
//
// Nothing is put before it was proved, each path once, and the head last; so a tree that is published in this order
// never shows a head that it can't prove. Prove each record first: a record that the newest head known doesn't hold
// is an error, as is an older tree that is larger. Its other errors are Prove's, and put's as they are.
func (l *Log) Snapshot(ctx context.Context, ids, older []int64, put func(path string, data []byte) error) (head []byte, err error) {
	var proved map[string][]byte
	err = l.ask(ctx, question{about: "the tiles of its tree", missing: "proof of the tiles of its tree"}, func(a *asking) error {
		proved = map[string][]byte{}
		head, err = a.snapshot(ids, older, proved)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(proved)) {
		if err := put(path, proved[path]); err != nil {
			return nil, err
		}
	}
	return head, put("latest", head)
}

// snapshot proves the tiles for records and older trees.
func (a *asking) snapshot(ids, older []int64, proved map[string][]byte) ([]byte, error) {
	tree, head, err := a.known()
	if err != nil {
		return nil, err
	}
	if head == nil {
		return nil, ErrNoHead
	}
	indexes := make([]int64, len(ids))
	for i, id := range ids {
		if id < 0 || id >= tree.N {
			return nil, fmt.Errorf("record %d is not in the tree of %d, the newest known of %s", id, tree.N, a.verifier.Name())
		}
		indexes[i] = tlog.StoredHashIndex(0, id)
	}
	keep := func(tile tlog.Tile, data []byte) { proved[tile.Path()] = data }
	hashes := tlog.TileHashReader(tree, &tiles{asking: a, proved: keep})
	// The edge of the tree itself, for whoever has its head; then all records at once, so that tiles are fetched together.
	for _, size := range append([]int64{tree.N}, older...) {
		if size < 0 || size > tree.N {
			return nil, fmt.Errorf("a tree of %d is no older one than the tree of %d, the newest known of %s", size, tree.N, a.verifier.Name())
		}
		if _, err := tlog.TreeHash(size, hashes); err != nil {
			return nil, a.explain(err)
		}
		for _, tile := range edge(size) {
			if (tile.N+1)<<tileHeight <= tree.N>>(tileHeight*tile.L) {
				continue // clients take the full tile's beginning, as the database drops partial ones in time
			}
			data, err := tlog.ReadTileData(tile, hashes)
			if err != nil {
				return nil, a.explain(err)
			}
			keep(tile, data)
		}
	}
	if _, err := hashes.ReadHashes(indexes); err != nil {
		return nil, a.explain(err)
	}
	return head, nil
}

// edge are the partial tiles of a tree, from which its hash follows. A client that starts with the head of an older
// tree checks it by these, though it never asks for that tree again: x/mod merges the head that it reads twice.
func edge(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level := 0; size > 0; level, size = level+1, size>>tileHeight {
		if width := int(size % (1 << tileHeight)); width > 0 {
			tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: size >> tileHeight, W: width})
		}
	}
	return tiles
}
