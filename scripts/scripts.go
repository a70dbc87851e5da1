// Package scripts is what gsw says to shells: the hooks, text that changes a shell's environment, and the lines in rc
// files that load the hooks. All of it is text made from text; only Edit.Apply writes a file.
//
// A shell is one value in Shells, with a hook file in hooks/, a file of this package that knows its quoting and its rc
// files, and a script in completion/. Only package doctor knows Bourne shells and fish by name: it reads all of their start-up files. What goes into a script from outside is quoted, so no path or version can become a command.
package scripts

import (
	"path"
	"slices"
	"strings"

	"gsw/platform"
)

// Shell is what gsw knows of one shell. Its methods are pure.
type Shell interface {
	Name() string

	// Ending is what the names of its files end in, and Place its start-up file as one speaks of it.
	Ending() string
	Place() string

	// Quote gives s as one word of the shell's language that means exactly s, whatever the options of the shell. A NUL
	// can be in no word; s must not have one.
	Quote(s string) string

	// Export gives text that makes the changes when the shell evaluates it: one line for each, more for values with
	// newlines. Without changes it is empty.
	Export(changes []platform.Change) string

	// Hook gives the code of the hook: self is the absolute path of gsw and home is GSW_HOME, unless the variable says
	// otherwise when the code runs. It is empty for a shell that has no hook.
	Hook(self, home string) string

	// Evaluate gives the command that runs what another one prints, and Source the one that runs what a file holds.
	Evaluate(command string) string
	Source(file string) string

	// Alias tells of a line of a start-up file which name it makes an alias or a function, and of what. It gives "" for
	// most lines, and for all of a Bourne shell and of fish, whose files package doctor reads as a whole.
	Alias(line string) (name, of string)

	// also are other names of the shell; sourced gives the text of a file with code.
	also() []string
	sourced(code string) string

	// lines tells what belongs into which files so that the hook is loaded, and files which may have such lines.
	lines(u User) ([]line, error)
	files(u User) []string
}

// Shells lists the shells, in the order in which help names them.
func Shells() []Shell { return []Shell{bash{}, zsh{}, fish{}, elvish{}, nu{}, pwsh{}, cmd{}, posix{}} }

// Find gives the shell of a name, or *UnknownShellError. A path such as $SHELL holds will do.
func Find(name string) (Shell, error) {
	var known []string
	for _, s := range Shells() {
		if s.Name() == path.Base(name) || slices.Contains(s.also(), strings.ToLower(path.Base(name))) {
			return s, nil
		}
		known = append(known, s.Name())
	}
	return nil, &UnknownShellError{Name: name, Known: known}
}

// UnknownShellError says that gsw doesn't speak a shell's language.
type UnknownShellError struct {
	Name  string
	Known []string
}

func (e *UnknownShellError) Error() string {
	return "no shell " + quoted(e.Name) + " is known, only " + strings.Join(e.Known, ", ")
}
