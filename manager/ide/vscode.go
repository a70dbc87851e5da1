package ide

import (
	"path/filepath"
	"strings"
)

// vscode is Visual Studio Code with the extension golang.go.
//
// The extension runs the command in go.alternateTools.go with the folder of the file as working directory, and asks it
// for `go env` when a window opens. So the shim serves best: it follows `gsw use` where the default applies, and what a
// folder pins elsewhere, like a terminal; the link bin/go would know only the default, and does not exist on Windows.
// Two things must go with it. What the extension starts besides go (gopls, dlv) looks for go on PATH: there the
// shims have to be first. And the extension puts GOROOT/bin, as it was when the window opened, before everything else on
// the PATH of its tools and of integrated terminals, where no shell can undo it, unless go.terminal.activateEnvironment is
// false (golang/vscode-go, goEnvironmentStatus.ts: addGoRuntimeBaseToPATH). No setting needs a GOROOT; go.goroot would
// export one to everything.
type vscode struct{}

// Name is "vscode".
func (vscode) Name() string { return "vscode" }

// File is the workspace's settings.json.
func (vscode) File(dir string) string { return filepath.Join(dir, ".vscode", "settings.json") }

// UserFile is the settings.json of all the user's projects; "" where the system names no folder for it.
func UserFile(p Place) string {
	const code, user, file = "Code", "User", "settings.json"
	switch p.Target.OS {
	case "windows":
		data := p.Env.Get("AppData")
		if data == "" && p.UserHome != "" {
			data = p.join(p.UserHome, "AppData", "Roaming")
		}
		if data == "" {
			return ""
		}
		return p.join(data, code, user, file)
	case "darwin":
		return p.join(p.UserHome, "Library", "Application Support", code, user, file)
	}
	if config := p.Env.Get("XDG_CONFIG_HOME"); strings.HasPrefix(config, "/") {
		return p.join(config, code, user, file)
	}
	return p.join(p.UserHome, ".config", code, user, file)
}

// Write puts the settings in.
func (vscode) Write(text string, p Place) (string, error) { return writeSettings(text, settings(p)) }

// Remove takes them out.
func (vscode) Remove(text string, p Place) (string, error) { return removeSettings(text, settings(p)) }

// Remarks tells of settings that work against these.
func (vscode) Remarks(text string, p Place) []string {
	if back, err := (vscode{}).Remove(text, p); err == nil && back == text {
		return nil // they are not in it
	}
	var said []string
	for _, path := range [][]string{{"go.goroot"}, {"go.toolsEnvVars", "GOROOT"}} {
		if line := lineOf(text, path); line > 0 {
			said = append(said, "line "+itoa(line)+": "+strings.Join(path, ".")+
				" exports a GOROOT to all that the extension starts, which then does not follow: take it out")
		}
	}
	return said
}

// settings are what to write. The home folder is written in words that the extension expands, `~` and ${env:…}: people
// carry settings to other machines.
func settings(p Place) []setting {
	tilde := func(file string) string {
		if rest, is := p.below(p.UserHome, file); is {
			return "~" + p.separator() + rest
		}
		return file
	}
	list := ":"
	shims := p.in("shims")
	if p.Target.OS == "windows" {
		list = ";"
		if rest, is := p.below(p.UserHome, shims); is {
			shims = `${env:USERPROFILE}\` + rest
		}
	} else if rest, is := p.below(p.UserHome, shims); is {
		shims = "${env:HOME}/" + rest // `~` would make the extension treat the whole list as one path
	}
	return []setting{
		{path: []string{"go.alternateTools", "go"}, value: quoted(tilde(p.in("shims", p.Target.Exe("go"))))},
		{path: []string{"go.toolsEnvVars", "PATH"}, value: quoted(shims + list + "${env:PATH}"), front: shims + list},
		{path: []string{"go.toolsEnvVars", "GOBIN"}, value: quoted(tilde(p.in("current", "bin")))},
		{path: []string{"go.terminal.activateEnvironment"}, value: "false"},
	}
}
