package trust_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"
)

// TestCacheStaysSmall: the tree grows by each question, and its edge with it; what the edge was is not kept, and all is
// proved without it.
func TestCacheStaysSmall(t *testing.T) {
	db, _, log := upstream(t)
	for i := range 230 {
		if _, err := log.Prove(t.Context(), "example.com/mine", fmt.Sprintf("v1.%d.0", i)); err != nil {
			t.Fatal(err)
		}
	}
	var tiles []string
	err := filepath.WalkDir(filepath.Join(log.CacheDir, db.Name, "tile"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			tiles = append(tiles, name)
		}
		return err
	})
	if err != nil || len(tiles) == 0 || len(tiles) > 5 {
		t.Errorf("%d tiles of a tree of 530: %q, %v", len(tiles), tiles, err)
	}
	offline := *log
	offline.Ways = nil
	for i := range 230 {
		if _, err := offline.Prove(t.Context(), "example.com/mine", fmt.Sprintf("v1.%d.0", i)); err != nil {
			t.Fatal(err)
		}
	}
}
