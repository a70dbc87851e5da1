package scripts

import "embed"

//go:embed completion/gsw.bash completion/gsw.zsh completion/gsw.fish
var completions embed.FS

// Completion gives the script that completes gsw's words in the shell name: bash, zsh or fish.
func Completion(name string) (script string, known bool) {
	text, err := completions.ReadFile("completion/gsw." + name)
	return string(text), err == nil
}
