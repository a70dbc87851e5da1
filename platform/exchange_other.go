//go:build !linux && !darwin

package platform

func exchangeTrees(a, b string) (bool, error) { return false, exchangeByRenames(a, b) }
