//go:build dragonfly || freebsd || netbsd || openbsd

package platform

func flushTree(dir string) error { return flushEach(dir, flushPath) }
