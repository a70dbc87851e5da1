//go:build dragonfly || freebsd || netbsd || openbsd || solaris

package platform

func flushTree(dir string) error { return flushEach(dir, flushPath) }
