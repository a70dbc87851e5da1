//go:build !linux && !darwin

package platform

func openFolder(dir string) (folder, error) { return openRootFolder(dir) }
