//go:build !linux

package command

// confinedWords are programs for the scripts that only Linux runs.
func confinedWords() map[string]func() { return nil }
