package command

import (
	"strings"

	"github.com/urfave/cli/v2"
)

func (s *session) sumdbCommand() *cli.Command {
	return &cli.Command{
		Name:        "sumdb",
		Category:    categoryTrust,
		Usage:       "audit the log of a checksum-database proxy",
		ArgsUsage:   "audit FILE [SECOND]",
		Description: auditHelp,
		Flags:       auditFlags(),
		Action:      s.sumdb,
	}
}

func sumdbVerbNames() []string { return []string{"audit"} }

func (s *session) sumdb(c *cli.Context) error {
	switch word := c.Args().First(); word {
	case "audit":
		return s.sumdbAudit(c, c.Args().Tail())
	case "":
		return usagef("sumdb does what? %s", strings.Join(sumdbVerbNames(), ", "))
	default:
		return usagef("sumdb cannot %q%s", word, meant(word, "", sumdbVerbNames()))
	}
}
