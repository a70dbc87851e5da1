package platform

import (
	"os"
	"path/filepath"
)

// Inside tells whether path is the folder dir or lies below it: by name, or because one of the folders above it, as they
// are there, is dir by another name. On volumes that take names for equal which differ by case, or by the form of an
// accent, as macOS's do, one folder has many names; so it has where links lead to it.
func Inside(path, dir string) bool {
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return true
	}
	here, err := os.Stat(dir)
	if err != nil {
		return false
	}
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && os.SameFile(info, here) {
			return true
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}
