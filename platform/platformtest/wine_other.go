//go:build !windows

package platformtest

func onWine() bool { return false }
