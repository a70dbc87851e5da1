package command

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/scripts"
)

func (s *session) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Category:  categorySettings,
		Usage:     "the shell hook: switch with the directory",
		ArgsUsage: "SHELL",
		Description: "Prints the hook: eval \"$(gsw init bash)\" in .bashrc, with zsh in .zshrc; gsw init fish | source in config.fish.\n" +
			"--write does it for good: it puts one line into each of the shell's start-up files and shows them.",
		Flags: []cli.Flag{
			toggle("write", "put the lines into the start-up files"),
			toggle("remove", "take them out again"),
			toggle("goroot", "export GOROOT, too: the anchor; for programs that insist"),
		},
		Action: s.init,
	}
}

func (s *session) init(c *cli.Context) error {
	if c.Args().Len() != 1 {
		return usagef("init for which shell? %s", shellNames())
	}
	shell, err := scripts.Find(c.Args().First())
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
	if m.Hook(shell) == "" {
		return usagef("there is no hook for %s: the shims serve it, put %s on PATH", shell.Name(), s.tilde(filepath.Join(s.host.Home, "shims")))
	}
	if c.Bool("goroot") {
		if err := m.SetConfig(c.Context, "goroot", []string{"export"}); err != nil {
			return err
		}
	}
	if !c.Bool("write") && !c.Bool("remove") {
		if _, err := m.Program(c.Context); err != nil {
			return err
		}
		return s.shellCode(shell.Name(), m.Hook(shell))
	}
	return s.editStartUp(c.Context, m, shell, c.Bool("write"))
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
	if s.json {
		return s.answerJSON(struct {
			Files []string `json:"files"` // that were changed
		}{files})
	}
	return nil
}

// show prints a diff on stderr, as it is.
func (s *session) show(diff string) {
	if !s.voice.Quiet {
		fmt.Fprint(s.host.Stderr, s.tilde(diff))
	}
}
