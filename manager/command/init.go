package command

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/platform"
	"gsw/scripts"
)

func (s *session) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Category:  categorySettings,
		Usage:     "the shell hook: switch with the directory",
		ArgsUsage: "SHELL",
		Description: "Prints the hook: eval \"$(gsw init bash)\" in .bashrc, with zsh in .zshrc; gsw init fish | source in config.fish.\n" +
			"--write does it for good: it puts one line into each of the shell's start-up files and shows them.\n" +
			"On Windows it shows, without a SHELL or for cmd, what it would change in the PATH that Windows keeps for the user.",
		Flags: []cli.Flag{
			toggle("write", "put the lines into the start-up files, the folders into PATH"),
			toggle("remove", "take them out again"),
			toggle("goroot", "export GOROOT, too: the anchor; for programs that insist"),
		},
		Action: s.init,
	}
}

func (s *session) init(c *cli.Context) error {
	shell, err := s.initShell(c)
	if err != nil {
		return err
	}
	if c.Bool("write") && c.Bool("remove") {
		return usagef("--write and --remove are opposites: take one")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	byPath := s.host.Registry.Is() && shell.Name() == "cmd"
	if m.Hook(shell) == "" && !byPath {
		return usagef("there is no hook for %s: the shims serve it, put %s on PATH", shell.Name(), s.tilde(filepath.Join(s.host.Home, "shims")))
	}
	if c.Bool("goroot") {
		if err := m.SetConfig(c.Context, "goroot", []string{"export"}); err != nil {
			return err
		}
	}
	switch {
	case byPath:
		return s.initPath(c, m)
	case !c.Bool("write") && !c.Bool("remove"):
		if _, err := m.Program(c.Context); err != nil {
			return err
		}
		return s.shellCode(shell.Name(), m.Hook(shell))
	}
	return s.editStartUp(c.Context, m, shell, c.Bool("write"))
}

// initShell is the shell that is meant: on Windows no word means whatever Windows starts, and that is what cmd gets, too.
func (s *session) initShell(c *cli.Context) (scripts.Shell, error) {
	switch {
	case c.Args().Len() == 1:
		return scripts.Find(c.Args().First())
	case c.Args().Len() == 0 && s.host.Registry.Is():
		return scripts.Find("cmd")
	}
	return nil, usagef("init for which shell? %s", shellNames())
}

// editStartUp puts the lines into the start-up files, or takes them out, and
// shows what it did.
func (s *session) editStartUp(ctx context.Context, m manager.Manager, shell scripts.Shell, write bool) error {
	change := m.InitRemove
	if write {
		change = func(shell scripts.Shell) ([]scripts.Edit, error) { return m.InitWrite(ctx, shell) }
	}
	edits, err := change(shell)
	files := []string{}
	for _, e := range edits {
		s.show(e.Diff())
		files = append(files, e.File)
	}
	if err != nil {
		return err
	}
	switch {
	case len(edits) == 0:
		s.note("nothing to change")
	case write:
		s.note("new shells have it; this one after: %s", shell.Source(scripts.HookFile(shell, s.host.Home)))
	}
	s.offerPath(m, shell, write)
	if s.json {
		return s.answerJSON(struct {
			Files []string `json:"files"` // that were changed
		}{files})
	}
	return nil
}

// offerPath tells, on Windows, of the PATH that serves what reads no start-up file.
func (s *session) offerPath(m manager.Manager, shell scripts.Shell, write bool) {
	if !s.host.Registry.Is() {
		return
	}
	plan, err := m.PathPlan(!write)
	switch {
	case err != nil || !plan.Changes():
	case write:
		s.note("what reads no start-up file of %s, as cmd and editors, finds gsw after: gsw init --write", shell.Name())
	default:
		s.note("gsw's folders are on the PATH that Windows keeps; they go with: gsw init --remove")
	}
}

// show prints a diff on stderr, as it is.
func (s *session) show(diff string) {
	if !s.voice.Quiet {
		fmt.Fprint(s.host.Stderr, s.tilde(diff))
	}
}

// initPath shows what would become of the PATH that Windows keeps for the user, or edits it.
func (s *session) initPath(c *cli.Context, m manager.Manager) error {
	write, remove := c.Bool("write"), c.Bool("remove")
	do := func() (manager.PathEdit, error) { return m.PathPlan(false) }
	switch {
	case write:
		do = func() (manager.PathEdit, error) { return m.PathWrite(c.Context) }
	case remove:
		do = func() (manager.PathEdit, error) { return m.PathRemove(c.Context) }
	}
	edit, err := do()
	if err != nil {
		return err
	}
	diff := ""
	if edit.Changes() {
		diff = edit.Diff()
	}
	if s.json {
		return s.answerJSON(struct {
			Place   string `json:"place"`
			Changes bool   `json:"changes"` // there is, or was, something to change
			Written bool   `json:"written"`
			Diff    string `json:"diff"`
		}{edit.Place, edit.Changes(), edit.Changes() && (write || remove), diff})
	}
	switch {
	case !edit.Changes():
		s.note("nothing to change in %s", edit.Place)
	case !write && !remove:
		s.answer("%s", strings.TrimSuffix(diff, "\n"))
		s.note("this does it: gsw init --write")
	default:
		s.pathEdited(edit)
	}
	if !remove {
		s.pathDoubts(edit)
	}
	return nil
}

// showPath prints what becomes of the PATH that Windows keeps for the user. Its text has no ~.
func (s *session) showPath(edit manager.PathEdit) {
	if !s.voice.Quiet {
		fmt.Fprint(s.host.Stderr, edit.Diff())
	}
}

// pathEdited says for whom it holds.
func (s *session) pathEdited(edit manager.PathEdit) {
	s.showPath(edit)
	if edit.Announced {
		s.note("that holds for what is started from now on, but not in a terminal that is open already")
	} else {
		s.note("no running program could be told: that holds when you sign in the next time")
	}
}

// pathDoubts warns of what makes a right PATH do other than expected.
func (s *session) pathDoubts(edit manager.PathEdit) {
	if length := platform.TextLength(edit.New.Text); length > platform.PathDialog {
		s.warn("%s has %d characters: it works, but the dialog of Windows edits no more than %d", edit.Place, length, platform.PathDialog)
	}
	if edit.Homeless {
		s.warn("GSW_HOME is %s in this session alone: what Windows starts looks in %s; for good: setx GSW_HOME \"%s\"", s.host.Home, filepath.Join(s.host.UserHome, ".gsw"), s.host.Home)
	}
	if edit.Rival != "" {
		s.warn("another Go wins: %s is on the machine's PATH, which comes before the user's; gsw doctor says what to do", edit.Rival)
	}
}
