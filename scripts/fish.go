package scripts

import (
	_ "embed"
	"path/filepath"
	"strings"

	"gsw/platform"
)

//go:embed hooks/gsw.fish
var fishHook string

type fish struct{}

func (fish) Name() string { return "fish" }

func (fish) Ending() string               { return "fish" }
func (fish) Place() string                { return "config.fish" }
func (fish) also() []string               { return nil }
func (f fish) sourced(code string) string { return "# " + made(f) + "\n" + code }

// Alias: package doctor knows.
func (fish) Alias(string) (name, of string) { return "", "" }

// Quote puts s between single quotes, where a backslash and a single quote are written with a backslash before them. A
// newline stands outside, as \n, so that what reads line by line finds one command in each.
func (fish) Quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `'\n'`).Replace(s) + "'"
}

// Export makes every variable global. One that is exported for good (set -Ux) must not be erased: an empty one
// hides it, which the go command takes for none.
func (f fish) Export(changes []platform.Change) string {
	var text strings.Builder
	for _, c := range changes {
		switch {
		case !variableName(c.Name):
		case c.Is:
			text.WriteString("set -gx " + c.Name + " " + f.Quote(c.New) + "\n")
		default:
			text.WriteString("set -eg " + c.Name + "; set -qUx " + c.Name + "; and set -gx " + c.Name + " ''; or builtin true\n")
		}
	}
	return text.String()
}

func (f fish) Hook(self, home string) string {
	if onWindows(home) {
		shims, bin := f.Quote(MSYSPath(home+`\shims`)), f.Quote(MSYSPath(home+`\bin`))
		return "# gsw's hook for fish in MSYS2: the shims choose the Go of each directory.\n" +
			"contains -- " + shims + " $PATH; or set -gx PATH " + shims + " " + bin + " $PATH\n"
	}
	return fill(fishHook, f, self, home)
}

func (fish) Evaluate(command string) string { return command + " | source" }
func (f fish) Source(file string) string    { return "source " + f.Quote(file) }

func (fish) files(u User) []string { return []string{u.inConfig("fish", "config.fish")} }

// lines: every fish reads config.fish, interactive ones or not.
func (f fish) lines(u User) ([]line, error) {
	file := f.files(u)[0]
	text, _, err := u.read(file)
	if err != nil {
		return nil, err
	}
	early := false // a script would not get to the end
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		early = early || strings.Contains(l, "is-interactive") && (strings.Contains(l, "return") || strings.Contains(l, "exit"))
	}
	hook, bin := f.word(u, HookFile(f, u.Home)), f.word(u, u.Home+"/bin")
	export := ""
	if u.Home != u.in(".gsw") {
		export = "set -gx GSW_HOME " + f.word(u, u.Home) + "; "
		if u.Target.OS == "windows" { // gsw's own variables are in the system's form there
			export = "set -gx GSW_HOME " + f.Quote(u.Home) + "; "
		}
	}
	there := "contains -- " + bin + " $PATH"
	if u.Target.OS == "darwin" {
		there = `test "$PATH[1]" = ` + f.word(u, u.Home+"/shims") // a login fish puts the system's folders first, as path_helper does
	}
	return []line{
		{file: file, kind: pathLine, top: early, text: export + there + "; or set -gx PATH " + f.word(u, u.Home+"/shims") + " " + bin + " $PATH"},
		{file: file, kind: hookLine, text: "status is-interactive; and test -r " + hook + "; and source " + hook},
	}, nil
}

// word names a file, through $HOME where that is right; on Windows as shells of MSYS2 do.
func (f fish) word(u User, file string) string {
	if u.Target.OS == "windows" {
		return f.Quote(MSYSPath(file))
	}
	if rest, below := strings.CutPrefix(file, u.UserHome+"/"); below && u.UserHome != "" {
		return `"$HOME/` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(rest) + `"`
	}
	return f.Quote(file)
}

// inConfig names a file in the folder for settings.
func (u User) inConfig(names ...string) string {
	dir := u.Env.Get("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		dir = u.in(".config")
	}
	return filepath.Join(append([]string{dir}, names...)...)
}

// inAppData is inConfig for what is at home on Windows, too, and has its settings there where Windows' programs have theirs.
func (u User) inAppData(names ...string) string {
	if dir := u.Env.Get("AppData"); u.Target.OS == "windows" && dir != "" {
		return filepath.Join(append([]string{dir}, names...)...)
	}
	return u.inConfig(names...)
}
