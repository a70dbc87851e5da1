package command

import (
	"sort"

	"github.com/urfave/cli/v2"
)

func (s *session) aliasCommand() *cli.Command {
	return &cli.Command{
		Name:        "alias",
		Category:    categorySettings,
		Usage:       "list, define or remove names for specs",
		ArgsUsage:   "[NAME [SPEC]]",
		Description: "`gsw alias work 1.22` defines, `gsw alias work` tells, `gsw alias --remove work` forgets.",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "remove", Usage: "forget NAME"}},
		Action:      s.alias,
	}
}

func (s *session) alias(c *cli.Context) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	name, text := c.Args().Get(0), c.Args().Get(1)
	switch {
	case c.Args().Len() > 2:
		return usagef("alias takes a NAME and a SPEC, not %d words", c.Args().Len())
	case c.Bool("remove"):
		if name == "" {
			return usagef("alias --remove which name?")
		}
		return m.Unalias(c.Context, name)
	case text != "":
		return m.SetAlias(c.Context, name, text)
	}
	all := m.Config.Aliases
	if name != "" {
		spec, ok := all[name]
		if !ok {
			return usagef("there is no alias %q", name)
		}
		all = map[string]string{name: spec}
	}
	if s.json {
		return s.answerJSON(struct {
			Aliases map[string]string `json:"aliases"`
		}{all})
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		s.answer("%s\t%s", n, all[n])
	}
	return nil
}

func (s *session) configCommand() *cli.Command {
	return &cli.Command{
		Name:        "config",
		Category:    categorySettings,
		Usage:       "list, read or change gsw's settings",
		ArgsUsage:   "[KEY [VALUE…]]",
		Description: "They live in config.toml of the home folder, which is yours to edit.",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "unset", Usage: "back to the default"}},
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
	case key == "" && c.Bool("unset"):
		return usagef("config --unset which key?")
	case c.Bool("unset"):
		return m.UnsetConfig(c.Context, key)
	case len(values) > 0:
		return m.SetConfig(c.Context, key, values)
	}
	settings, err := m.Settings(key)
	if err != nil {
		return err
	}
	if s.json {
		object := map[string]string{}
		for _, one := range settings {
			object[one.Key] = one.Value
		}
		return s.answerJSON(struct {
			Config map[string]string `json:"config"`
		}{object})
	}
	if key != "" && len(settings) == 1 {
		s.answer("%s", settings[0].Value)
		return nil
	}
	for _, one := range settings {
		s.answer("%s = %s", one.Key, one.Value)
	}
	return nil
}

func (s *session) cacheCommand() *cli.Command {
	return &cli.Command{
		Name:      "cache",
		Category:  categorySettings,
		Usage:     "what gsw keeps to be fast and to work offline",
		ArgsUsage: " ",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "clear", Usage: "delete partial downloads, the index and cached records; signed tree heads stay"},
		},
		Action: s.cache,
	}
}

func (s *session) cache(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("cache takes no argument")
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
		s.note("%s freed", megabytes(freed))
		return nil
	}
	parts, err := m.Cache()
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(struct {
			Parts any `json:"parts"`
		}{parts})
	}
	table := s.table("WHAT", "FILES", "SIZE", "FOLDER")
	for _, p := range parts {
		table.row(p.Name, itoa(p.Files), megabytes(p.Bytes), s.tilde(p.Dir))
	}
	return table.print()
}
