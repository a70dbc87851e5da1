package adopt

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLeftovers(t *testing.T) {
	for line, manager := range map[string]string{
		`[[ -s "$HOME/.gvm/scripts/gvm" ]] && source "$HOME/.gvm/scripts/gvm"`: "gvm",
		`export GOENV_ROOT="$HOME/.goenv"`:                                     "goenv",
		`eval "$(goenv init -)"`:                                               "goenv",
		`[ -s "${HOME}/.g/env" ] && \. "${HOME}/.g/env"  # g shell setup`:      "g",
		`export PATH="$HOME/.gobrew/current/bin:$PATH"`:                        "gobrew",
		`source $HOME/.go/env`:                                                 "goup",
		`eval "$(gimme 1.20.7)"`:                                               "gimme",
		`export PATH=$HOME/sdk/go1.22.3/bin:$PATH`:                             "golang.org/dl",
		`. "$HOME/.asdf/asdf.sh"`:                                              "asdf",
		`eval "$(mise activate zsh)"`:                                          "mise",
		`~/.local/bin/rtx activate fish | source`:                              "mise",
		`eval "$(vfox activate bash)"`:                                         "vfox",
		`export PATH=$PATH:/usr/local/go/bin`:                                  "the archive of go.dev/dl",
		`export GOROOT=/opt/mine`:                                              "",
		`set -gx GOROOT /opt/mine`:                                             "",
	} {
		found := leftoversIn(t, line)
		if len(found) != 1 || found[0].Manager != manager {
			t.Errorf("%s: %v, want %q", line, found, manager)
		}
	}
	for _, line := range []string{
		`export ORG_HOME=/srv/org`, `export PATH=$HOME/.config/bin:$PATH`, `# eval "$(goenv init -)"`, `alias gg="git grep"`,
		`export PATH=$HOME/img.g/bin:$PATH`, `export GOPATH=$HOME/go`, `true # export GOROOT=/x`, `cd ~/.golang/x`,
	} {
		if found := leftoversIn(t, line); found != nil {
			t.Errorf("%s: %v", line, found)
		}
	}
}

// TestMixed: a line that has others' folders, too, is not to be deleted.
func TestMixed(t *testing.T) {
	for line, mixed := range map[string]bool{
		`export PATH="/usr/local/go/bin:$HOME/go/bin:$PATH"`:     true,
		`export PATH=$PATH:/usr/local/go/bin`:                    false,
		`export PATH="$HOME/.gobrew/bin:${PATH}"`:                false,
		`set -gx PATH /usr/local/go/bin $HOME/bin $PATH`:         true,
		`set -gx PATH /usr/local/go/bin $PATH`:                   false,
		`export PATH="$GOENV_ROOT/bin:$PATH"`:                    false,
		`[ -s "${HOME}/.g/env" ] && . "${HOME}/.g/env"`:          false,
		`export GOENV_ROOT="$HOME/.goenv" && export PATH=/x/bin`: true,
	} {
		if found := leftoversIn(t, line); len(found) != 1 || found[0].Mixed != mixed {
			t.Errorf("%s: %+v", line, found)
		}
	}
}

func leftoversIn(t *testing.T, line string) []Leftover {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".bashrc"), []byte("# mine\n"+line+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	found := Leftovers(StartFiles(home, filepath.Join(home, "etc")))
	for _, f := range found {
		if f.File != filepath.Join(home, ".bashrc") || f.Number != 2 || f.Text != line {
			t.Errorf("%v", f)
		}
	}
	return found
}
