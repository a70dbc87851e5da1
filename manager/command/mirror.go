package command

import (
	"strings"

	"github.com/urfave/cli/v2"
)

func (s *session) mirrorCommand() *cli.Command {
	return &cli.Command{
		Name:        "mirror",
		Category:    categoryInstall,
		Usage:       "a place from which other machines install Go",
		ArgsUsage:   "serve [DIR]",
		Description: mirrorServeHelp,
		Flags:       mirrorServeFlags(),
		Action:      s.mirror_,
	}
}

func mirrorVerbNames() []string { return []string{"serve"} }

func (s *session) mirror_(c *cli.Context) error {
	switch word := c.Args().First(); word {
	case "serve":
		return s.mirrorServe(c, c.Args().Tail())
	case "":
		return usagef("mirror does what? %s", strings.Join(mirrorVerbNames(), ", "))
	default:
		return usagef("mirror cannot %q%s", word, meant(word, "", mirrorVerbNames()))
	}
}
