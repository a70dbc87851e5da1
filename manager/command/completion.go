package command

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"gsw/scripts"
)

func (s *session) completionCommand() *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Category:    categorySettings,
		Usage:       "print the completion script for a shell",
		ArgsUsage:   "SHELL",
		Description: "SHELL is bash, zsh or fish. For bash: source <(gsw completion bash)",
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 1 {
				return usagef("completion for which shell? bash, zsh or fish")
			}
			text, ok := scripts.Completion(c.Args().First())
			if !ok {
				return usagef("completion %s: gsw knows bash, zsh and fish", c.Args().First())
			}
			_, err := fmt.Fprint(s.host.Stdout, text)
			return err
		},
	}
}
