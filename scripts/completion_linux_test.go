package scripts_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/platform/platformtest"
	"gsw/scripts"
)

// Somebody presses the tab key in a real shell on a terminal, with the hook and without it: what gsw offers is put into
// the line, as a word of that shell's language, and what was typed before is what gsw is asked about.
func TestCompletionOnATerminal(t *testing.T) {
	each(t, func(t *testing.T, sh shell) {
		for _, hooked := range []bool{false, true} {
			s := newSandbox(t)
			said := filepath.Join(s.dir, "said")
			// It offers what begins with the last word, as the program itself does.
			s.write(s.gsw, `#!/bin/sh
case $1 in
__complete)
  shift; for last; do :; done
  printf '%s|' "$@" >>"$FAKE/asked"; echo >>"$FAKE/asked"
  for word in install init '1.22.3' "odd '\$x; y"; do
    case $word in "$last"*) printf '%s\twhat it "does": %s\n' "$word" "$word" ;; esac
  done ;;
env) ;;
*) printf '<%s>' "$@" >>"$FAKE/said"; echo ran ;;
esac
`, 0o755)
			s.write(filepath.Join(s.dir, "bin", "gsw"), "#!/bin/sh\nexec "+posix(s.gsw)+" \"$@\"\n", 0o755)
			env := append(s.env[2:], "HOME="+s.user, "PATH="+filepath.Join(s.dir, "bin")+":/usr/bin:/bin", "TERM=xterm", "PS1=", "PS2=", "ZDOTDIR="+s.dir)
			script, known := scripts.Completion(sh.name)
			if !known {
				t.Fatal("no completion")
			}
			file := s.write(filepath.Join(s.dir, "completion"), script, 0o644)
			var lines []string
			if hooked {
				lines = append(lines, sh.Source(s.hook(sh)))
			}
			args := slices.Clone(terminals[sh.name].args)
			lines = append(lines, terminals[sh.name].before, sh.Source(file), terminals[sh.name].prompt)
			start := s.write(filepath.Join(s.dir, ".zshrc"), strings.Join(lines, "\n")+"\n", 0o644)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "@", start)
			}
			cmd := exec.Command(sh.path(t), args...)
			cmd.Dir, cmd.Env = s.dir, env
			shown, err := platformtest.Session{Columns: 200, Keys: []platformtest.Keys{
				// elvish opens a list where the word changes, which one more key closes.
				{After: "ready", Typed: "gsw inst\t\r"}, {After: "(?s)ran.*ready", Typed: "gsw use 1.2\t\r"},
				{After: "(?s)ran.*ready", Typed: "gsw odd\t\r\r"}, {After: "(?s)ran.*ready", Typed: "exit\r"},
			}}.Run(cmd)
			if errors.Is(err, platformtest.ErrNoTerminal) {
				cannot(t, "%v", err)
			}
			if err != nil {
				t.Errorf("hooked %v: %v", hooked, err)
			}
			got, _ := os.ReadFile(said)
			asked, _ := os.ReadFile(filepath.Join(s.dir, "asked"))
			if want := "<install><use><1.22.3><odd '$x; y>"; string(got) != want {
				t.Errorf("hooked %v: gsw was run with %s, want %s; the terminal shows %q", hooked, got, want, shown)
			}
			for _, want := range []string{"inst|\n", "use|1.2|\n", "odd|\n"} {
				if !strings.Contains(string(asked), want) {
					t.Errorf("hooked %v: gsw was asked about %q", hooked, asked)
				}
			}
		}
	})
}

// terminals says how a shell reads the file @ when it starts on a terminal, and how it shows a prompt that can be seen.
var terminals = map[string]struct {
	args           []string
	before, prompt string
}{
	"bash":   {[]string{"--rcfile", "@", "--noprofile", "-i"}, "", "PS1='ready> '; bind 'set enable-bracketed-paste off'"},
	"zsh":    {[]string{"-d", "-i", "-o", "no_prompt_cr", "-o", "no_prompt_sp"}, "autoload -U compinit; compinit -D -u", "PS1='ready> '"},
	"fish":   {[]string{"--no-config", "-i", "-C", "source '@'"}, "set -g fish_greeting", "function fish_prompt; echo -n 'ready> '; end"},
	"elvish": {[]string{"-rc", "@"}, "", "set edit:prompt = { print 'ready> ' }; set edit:rprompt = { }"},
	"nu":     {[]string{"--config", "@", "-i"}, "", "$env.PROMPT_COMMAND = {|| 'ready' }; $env.PROMPT_COMMAND_RIGHT = {|| '' }; $env.config.show_banner = false"},
}
