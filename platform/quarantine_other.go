//go:build !linux && !darwin

package platform

func quarantined(string) bool { return false }
