package platform

import (
	"io/fs"
	"path/filepath"
)

// flushEach flushes every regular file below dir, then every folder, the inner ones first.
func flushEach(dir string, flush func(path string) error) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			dirs = append(dirs, path)
		case entry.Type().IsRegular():
			return flush(path)
		}
		return nil
	})
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		err = flush(dirs[i])
	}
	return err
}
