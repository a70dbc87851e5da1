package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/scripts"
)

// TestPathHelper: on macOS every login shell runs path_helper before it reads the user's files, which puts what /etc/paths
// and /etc/paths.d name first, the Go of the official package among them, and what was there behind it. A login shell in a
// login shell (tmux, an editor's terminal) must find gsw's folders first all the same. Here a start-up file that does the
// same stands for path_helper; the shells are real.
func TestPathHelper(t *testing.T) {
	const system = "/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin"
	for _, shell := range []struct{ name, file, helper string }{
		{"bash", ".profile", `old=$PATH; PATH=` + system + `; while IFS= read -r -d : dir; do case :$PATH: in *:"$dir":*) ;; *) PATH=$PATH:$dir ;; esac; done <<<"$old:"; . "$HOME/FILE"`},
		{"zsh", ".zprofile", `. "$HOME/.zshenv"; old=$PATH; PATH=` + system + `; for dir in ${(s.:.)old}; do case :$PATH: in *:"$dir":*) ;; *) PATH=$PATH:$dir ;; esac; done; . "$HOME/FILE"`},
		{"fish", ".config/fish/config.fish", `set old $PATH; set PATH (string split : ` + system + `); for dir in $old; contains -- $dir $PATH; or set PATH $PATH $dir; end; source "$HOME/FILE"`},
	} {
		t.Run(shell.name, func(t *testing.T) {
			program := need(t, shell.name)
			home := t.TempDir()
			s, err := scripts.Find(shell.name)
			if err != nil {
				t.Fatal(err)
			}
			edits, err := scripts.Install(s, scripts.User{
				Target: platform.Target{OS: "darwin", Arch: "arm64"}, UserHome: home, Home: filepath.Join(home, ".gsw"), ReadFile: os.ReadFile,
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range edits {
				if err := os.MkdirAll(filepath.Dir(e.File), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(e.File, e.New, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			login := strings.ReplaceAll(shell.helper, "FILE", shell.file)
			show := `sh -c 'echo "$PATH"'`
			flags := map[string][]string{"bash": {"--noprofile", "--norc", "-c"}, "zsh": {"-fc"}, "fish": {"--no-config", "-c"}}[shell.name]
			path := "/usr/bin:/bin"
			for depth := 1; depth <= 3; depth++ {
				cmd := exec.Command(program, append(flags, login+"; "+show)...)
				cmd.Env = []string{"HOME=" + home, "PATH=" + path}
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				path = strings.TrimSpace(string(out))
				if want := home + "/.gsw/shims:" + home + "/.gsw/bin:" + system; !strings.HasPrefix(path+":", want+":") {
					t.Errorf("login shell %d has\n%s\nwant it to begin with\n%s", depth, path, want)
				}
			}
			if got := strings.Count(path, "/.gsw/shims"); got > 2 {
				t.Errorf("PATH grows with every login shell: %s", path)
			}
		})
	}
}
