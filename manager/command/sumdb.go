package command

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func (s *session) sumdbCommand() *cli.Command {
	return &cli.Command{
		Name:        "sumdb",
		Category:    categoryTrust,
		Usage:       "a verifying proxy of the checksum database",
		ArgsUsage:   "serve | key | verify-response [FILE [BODY]] | audit FILE [SECOND]",
		Description: sumdbServeHelp + "\n" + sumdbVerifyHelp + "\n" + sumdbAuditHelp + "\n" + servesApart,
		Flags:       slices.Concat(sumdbServeFlags(), sumdbVerifyFlags(), sumdbAuditFlags()),
		Action:      s.sumdb,
	}
}

func sumdbVerbNames() []string { return []string{"serve", "key", "verify-response", "audit"} }

func (s *session) sumdb(c *cli.Context) error {
	args := c.Args().Tail()
	switch word := c.Args().First(); word {
	case "serve":
		return s.sumdbServe(c, args)
	case "key":
		return s.sumdbKey(c, args)
	case "verify-response":
		return s.sumdbVerifyResponse(c, args)
	case "audit":
		return s.sumdbAudit(c, args)
	case "":
		return usagef("sumdb does what? %s", strings.Join(sumdbVerbNames(), ", "))
	default:
		return usagef("sumdb cannot %q%s", word, meant(word, "", sumdbVerbNames()))
	}
}
