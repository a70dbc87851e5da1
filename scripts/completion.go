package scripts

import "embed"

//go:embed completion
var completions embed.FS

// Completions names the shells that Completion knows.
func Completions() []string {
	var names []string
	for _, s := range Shells() {
		if _, known := Completion(s.Name()); known {
			names = append(names, s.Name())
		}
	}
	return names
}

// Completion gives the script that completes gsw's words in the shell name.
func Completion(name string) (script string, known bool) {
	text, err := completions.ReadFile("completion/gsw." + name)
	return string(text), err == nil
}
