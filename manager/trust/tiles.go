package trust

import (
	"bytes"
	"path"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is that of the tiles which the database serves.
const tileHeight = 8

// tilesAtOnce bounds the requests for tiles that are under way together.
const tilesAtOnce = 8

// tiles are the tiles of a question's way, and of the cache. A tile is a prefix of every wider one at its place, so a
// full tile answers for a partial one that the database has stopped serving.
type tiles struct {
	*asking

	memory sync.Map                          // tlog.Tile → tileRead
	proved func(tile tlog.Tile, data []byte) // told of each tile that was shown to be the tree's; may be nil
}

type tileRead struct {
	data   []byte
	cached bool
}

func (t *tiles) Height() int { return tileHeight }

// ReadTiles reads tiles that are still to be proved.
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data, errs := make([][]byte, len(wanted)), make([]error, len(wanted))
	slots := make(chan struct{}, tilesAtOnce)
	var all sync.WaitGroup
	for i, tile := range wanted {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			data[i], errs[i] = t.read(tile)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (t *tiles) read(tile tlog.Tile) ([]byte, error) {
	if known, ok := t.memory.Load(tile); ok {
		return known.(tileRead).data, nil
	}
	data, err := whole(tile, func(path string) ([]byte, error) { return t.ReadCache(t.verifier.Name() + "/" + path) })
	cached := err == nil
	if !cached {
		data, err = whole(tile, func(path string) ([]byte, error) { return t.ReadRemote("/" + path) })
	}
	if err == nil {
		t.memory.Store(tile, tileRead{data, cached})
	}
	return data, err
}

// whole reads a tile, or else its part of the full one.
func whole(tile tlog.Tile, read func(path string) ([]byte, error)) ([]byte, error) {
	data, err := read(tile.Path())
	full := tile
	full.W = 1 << tileHeight
	if err == nil || tile == full {
		return data, err
	}
	if wider, failed := read(full.Path()); failed == nil && len(wider) == full.W*tlog.HashSize {
		return wider[:tile.W*tlog.HashSize], nil
	}
	return nil, err
}

// SaveTiles keeps tiles that were proved.
func (t *tiles) SaveTiles(saved []tlog.Tile, data [][]byte) {
	for i, tile := range saved {
		if known, ok := t.memory.Load(tile); ok && !known.(tileRead).cached {
			t.WriteCache(path.Join(t.verifier.Name(), tile.Path()), data[i])
			t.memory.Store(tile, tileRead{data[i], true})
		}
		if t.proved != nil {
			t.proved(tile, data[i])
		}
	}
}

// openHead reads a tree head that has to be signed by the database.
func openHead(head []byte, verifier note.Verifier) (tlog.Tree, error) {
	n, err := note.Open(head, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.ParseTree([]byte(n.Text))
}

// known is the newest tree head that was seen and kept, which is the beginning of every proof.
func (a *asking) known() (tlog.Tree, []byte, error) {
	head, err := a.readHead()
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	if len(head) == 0 {
		return tlog.Tree{}, nil, nil
	}
	tree, err := openHead(head, a.verifier)
	if err != nil {
		return tlog.Tree{}, nil, &HeadFileError{File: a.log.headFile(), Log: a.verifier.Name(), Err: err}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seeHead(bytes.Clone(head))
	return tree, head, nil
}
