//go:build !windows

package platform

func knownDocuments(string) string { return "" }
