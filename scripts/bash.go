package scripts

import (
	_ "embed"
	"strings"
)

//go:embed hooks/gsw.bash
var bashHook string

type bash struct{ posix }

func (bash) Name() string { return "bash" }

func (bash) Ending() string               { return "bash" }
func (bash) Place() string                { return ".bashrc" }
func (bash) also() []string               { return nil }
func (b bash) sourced(code string) string { return "# " + made(b) + "\n" + code }

func (b bash) Hook(self, home string) string { return fill(bashHook, b, self, home) }

// files lists what bash reads. Of the login files it reads the first that is there, and none but these.
func (bash) files(u User) []string {
	return []string{u.in(".bashrc"), u.in(".bash_profile"), u.in(".bash_login"), u.in(".profile")}
}

// lines: the hook goes to the end of .bashrc, after whatever defines aliases. PATH belongs into a login file, so that
// editors, cron jobs and `bash -lc` find the shims.
func (b bash) lines(u User) ([]line, error) {
	texts := map[string]string{}
	var login []string // the files that are there, the one bash reads first
	for _, file := range b.files(u) {
		text, exists, err := u.read(file)
		if err != nil {
			return nil, err
		}
		texts[file] = text
		if exists && file != u.in(".bashrc") {
			login = append(login, file)
		}
	}
	if len(login) == 0 {
		login = []string{u.in(".profile")}
	}

	lines := []line{{file: u.in(".bashrc"), kind: hookLine, text: u.sourcing(b)}}
	// A .bashrc that returns early when it is not interactive hides its end from `ssh host go version`.
	if returnsEarly(texts[u.in(".bashrc")]) {
		lines = append(lines, line{file: u.in(".bashrc"), kind: pathLine, text: u.extending(), top: true})
	}
	lines = append(lines, line{file: login[0], kind: pathLine, text: u.extending()})
	if file := u.in(".profile"); login[0] != file && login[len(login)-1] == file {
		// bash does not get there any more, but display managers and sh do.
		lines = append(lines, line{file: file, kind: pathLine, text: u.extending()})
	}
	if !strings.Contains(texts[login[0]], "bashrc") {
		// Login shells, all of them on macOS, would have no hook. sh reads .profile too, and must not read the hook.
		lines = append(lines, line{file: login[0], kind: hookLine, text: `[ -n "${BASH_VERSION-}" ] && ` + u.sourcing(b)})
	}
	return lines, nil
}

// returnsEarly looks for a return within three lines of a question whether the shell is interactive: it finds
// `case $- in … *) return;; esac`, `[ -z "$PS1" ] && return` and `[[ $- != *i* ]] && return`.
func returnsEarly(text string) bool {
	asked := -1 << 30
	for i, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "#") {
			continue
		}
		if strings.Contains(l, "$-") || strings.Contains(l, "PS1") {
			asked = i
		}
		if i-asked <= 3 && strings.Contains(l, "return") {
			return true
		}
	}
	return false
}
