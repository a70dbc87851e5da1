package command

import (
	"maps"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/terminal"
)

func (s *session) aliasCommand() *cli.Command {
	return &cli.Command{
		Name:        "alias",
		Category:    categorySettings,
		Usage:       "list, define or remove names for specs",
		ArgsUsage:   "[NAME [SPEC]]",
		Description: "`gsw alias work 1.22` defines, `gsw alias work` tells, `gsw alias --remove work` forgets.",
		Flags:       []cli.Flag{toggle("remove", "forget NAME")},
		Action:      s.alias,
	}
}

func (s *session) alias(c *cli.Context) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	name, spec := c.Args().Get(0), c.Args().Get(1)
	meaning, defined := m.Config.Alias(name)
	remove := c.Bool("remove")
	switch {
	case c.Args().Len() > 2:
		return usagef("alias takes a NAME and a SPEC, not %d words", c.Args().Len())
	case remove && c.Args().Len() != 1:
		return usagef("alias --remove which name?")
	case name != "" && spec == "" && !defined:
		return usagef("there is no alias %q", name)
	case remove:
		if err := m.Unalias(c.Context, name); err != nil {
			return err
		}
		return s.done()
	case spec != "":
		if err := m.SetAlias(c.Context, name, spec); err != nil {
			return err
		}
		return s.done()
	case name != "":
		return s.aliases(map[string]string{name: meaning})
	}
	return s.aliases(m.Config.Aliases)
}

func (s *session) aliases(all map[string]string) error {
	if s.json {
		object := map[string]string{}
		maps.Copy(object, all) // never null
		return s.answerJSON(struct {
			Aliases map[string]string `json:"aliases"`
		}{object})
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s.answer("%s\t%s", name, all[name])
	}
	return nil
}

// done is the answer of a command that has none: silence, and in JSON an object
// that can be parsed.
func (s *session) done() error {
	if s.json {
		return s.answerJSON(struct{}{})
	}
	return nil
}

func (s *session) configCommand() *cli.Command {
	return &cli.Command{
		Name:        "config",
		Category:    categorySettings,
		Usage:       "list, read or change gsw's settings",
		ArgsUsage:   "[KEY [VALUE…]]",
		Description: settingsHelp(),
		Flags:       []cli.Flag{toggle("unset", "back to the default")},
		Action:      s.config,
	}
}

func (s *session) config(c *cli.Context) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	key, values := c.Args().First(), c.Args().Tail()
	switch {
	case c.Bool("unset"):
		if c.Args().Len() != 1 {
			return usagef("config --unset takes one KEY, not %d", c.Args().Len())
		}
		if err := m.UnsetConfig(c.Context, key); err != nil {
			return err
		}
		return s.done()
	case len(values) > 0:
		if err := m.SetConfig(c.Context, key, values); err != nil {
			return err
		}
		return s.done()
	}
	settings, err := m.Settings(key)
	if err != nil {
		return err
	}
	return s.settings(settings, key != "")
}

// settings prints one value as it is, several with their keys.
func (s *session) settings(settings []manager.Setting, one bool) error {
	object := map[string]string{}
	for _, setting := range settings {
		object[setting.Key] = setting.Value
		switch {
		case s.json:
		case one:
			s.answer("%s", setting.Value)
		default:
			s.answer("%s = %s", setting.Key, setting.Value)
		}
	}
	if s.json {
		return s.answerJSON(struct {
			Config map[string]string `json:"config"`
		}{object})
	}
	return nil
}

func (s *session) cacheCommand() *cli.Command {
	return &cli.Command{
		Name:     "cache",
		Category: categorySettings,
		Usage:    "what gsw keeps to be fast and to work offline",
		Flags:    []cli.Flag{toggle("clear", "delete partial downloads, the index, cached records and what zero-trust builds compiled; signed tree heads stay")},
		Action:   s.cache,
	}
}

func (s *session) cache(c *cli.Context) error {
	if err := atMost(c, 0, ""); err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	if c.Bool("clear") {
		freed, err := m.ClearCache(c.Context)
		if err != nil {
			return err
		}
		s.note("%s freed", terminal.Megabytes(freed))
		if s.json {
			return s.answerJSON(struct {
				Freed int64 `json:"freed_bytes"`
			}{freed})
		}
		return nil
	}
	parts, err := m.Cache()
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(struct {
			Parts []manager.CachePart `json:"parts"`
		}{parts})
	}
	table := s.voice.Table("WHAT", "FILES", "SIZE", "FOLDER")
	for _, p := range parts {
		table.Row(p.Name, strconv.Itoa(p.Files), terminal.Megabytes(p.Bytes), s.tilde(p.Dir))
	}
	return table.Print()
}
