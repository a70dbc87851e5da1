package scripts

import _ "embed"

//go:embed hooks/gsw.zsh
var zshHook string

type zsh struct{ posix }

func (zsh) Name() string { return "zsh" }

func (zsh) Ending() string               { return "zsh" }
func (zsh) Place() string                { return ".zshrc, after compinit" }
func (zsh) also() []string               { return nil }
func (z zsh) sourced(code string) string { return "# " + made(z) + "\n" + code }

func (z zsh) Hook(self, home string) string { return fill(zshHook, z, self, home) }

func (zsh) files(u User) []string {
	return []string{u.inZsh(".zshrc"), u.inZsh(".zshenv"), u.inZsh(".zprofile")}
}

// lines: every zsh reads .zshenv, interactive ones .zshrc too. On macOS /etc/zprofile then puts the system's folders
// first, so .zprofile puts gsw's before them again.
func (z zsh) lines(u User) ([]line, error) {
	lines := []line{
		{file: u.inZsh(".zshrc"), kind: hookLine, text: u.sourcing(z)},
		{file: u.inZsh(".zshenv"), kind: pathLine, text: u.extending()},
	}
	if u.Target.OS == "darwin" {
		lines = append(lines, line{file: u.inZsh(".zprofile"), kind: pathLine, text: u.leading()})
	}
	return lines, nil
}
