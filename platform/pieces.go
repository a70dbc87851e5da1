package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Pieces are the calls by which MoveTreeInPieces takes a folder apart. [SystemPieces] are the system's; in tests Windows'
// manners stand in their place, on every system.
type Pieces interface {
	// Rename gives a file or folder another name on the same volume.
	Rename(old, new string) error
	// Remove takes away an empty folder.
	Remove(dir string) error
}

// SystemPieces asks the system, and asks once: what is refused now stays.
type SystemPieces struct{}

func (SystemPieces) Rename(old, new string) error { return os.Rename(old, new) }

func (SystemPieces) Remove(dir string) error { return os.Remove(dir) }

// moveInPieces goes on after a refusal, and reports the first one: what can go goes.
func moveInPieces(p Pieces, old, new string) error {
	refused := p.Rename(old, new)
	if refused == nil {
		return nil
	}
	info, err := os.Lstat(old)
	if err != nil || !info.IsDir() { // a link to a folder is no folder
		return refused
	}
	if err := os.Mkdir(new, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := os.ReadDir(old)
	if err != nil {
		return err
	}
	var first error
	for _, e := range entries {
		if err := moveInPieces(p, filepath.Join(old, e.Name()), filepath.Join(new, e.Name())); err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	return p.Remove(old)
}
