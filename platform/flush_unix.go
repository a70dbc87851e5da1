//go:build unix

package platform

import "os"

func flushDir(dir string) error { return flushPath(dir) }

func flushPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
