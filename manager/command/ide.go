package command

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager/ide"
)

func (s *session) ideCommand() *cli.Command {
	return &cli.Command{
		Name:      "ide",
		Category:  categorySettings,
		Usage:     "an editor's settings that follow every switch",
		ArgsUsage: "EDITOR [DIR]",
		Description: "EDITOR is " + editorNames() + ", DIR the project, by default this folder.\n" +
			"Without --write it only shows, as a diff, what it would change.",
		Flags: []cli.Flag{
			toggle("write", "put the settings into the file, and show what changed"),
			toggle("remove", "take them out again"),
			toggle("user", "the settings of all the user's projects (vscode)"),
		},
		Action: s.ide,
	}
}

func (s *session) ide(c *cli.Context) error {
	editor, known := ide.Find(c.Args().First())
	switch {
	case c.Args().Len() == 0:
		return usagef("ide for which editor? %s", editorNames())
	case !known:
		return usagef("there are no settings for %q; editors are %s", c.Args().First(), editorNames())
	case c.Bool("write") && c.Bool("remove"):
		return usagef("--write and --remove are opposites: take one")
	case c.Args().Len() > 2:
		return usagef("ide takes an EDITOR and a DIR, not %d words", c.Args().Len())
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	file, err := s.ideFile(editor, c.Args().Get(1), c.Bool("user"), m.Place())
	if err != nil {
		return err
	}
	edit, changes, err := m.IDE(editor, file, c.Bool("remove"))
	if err != nil {
		return err
	}
	if !changes {
		s.note("nothing to change in %s", s.tilde(file))
		return s.ideAnswer(file, "", false)
	}
	diff := ide.Diff(edit)
	for _, remark := range editor.Remarks(string(edit.New), m.Place()) {
		s.warn("%s", remark)
	}
	if !c.Bool("write") && !c.Bool("remove") {
		return s.ideAnswer(file, diff, false)
	}
	s.show(diff)
	if err := m.ApplyIDE(c.Context, edit); err != nil {
		return err
	}
	if s.json {
		return s.ideAnswer(file, diff, true)
	}
	return nil
}

// ideAnswer prints the edit that was asked for.
func (s *session) ideAnswer(file, diff string, written bool) error {
	if s.json {
		return s.answerJSON(struct {
			File    string `json:"file"`
			Changes bool   `json:"changes"` // there is, or was, something to change
			Written bool   `json:"written"`
			Diff    string `json:"diff"`
		}{file, diff != "", written, diff})
	}
	if diff != "" {
		s.answer("%s", strings.TrimSuffix(diff, "\n"))
	}
	return nil
}

// ideFile is the file to edit: of the project in dir, or of all of the user's.
func (s *session) ideFile(editor ide.Editor, dir string, user bool, place ide.Place) (string, error) {
	if !user {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(s.host.Dir, dir)
		}
		if _, is := s.folder(dir); !is {
			return "", usagef("%s is no folder", dir)
		}
		return editor.File(dir), nil
	}
	if dir != "" || editor.Name() != "vscode" {
		return "", usagef("--user is for vscode, and without a DIR")
	}
	file := ide.UserFile(place)
	if file == "" {
		return "", errors.New("finding the user's settings: neither APPDATA nor a home folder is known")
	}
	return file, nil
}

func editorNames() string {
	var names []string
	for _, e := range ide.Editors() {
		names = append(names, e.Name())
	}
	return strings.Join(names, ", ")
}
