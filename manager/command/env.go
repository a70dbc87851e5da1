package command

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/platform"
	"gsw/scripts"
)

func (s *session) envCommand() *cli.Command {
	return &cli.Command{
		Name:        "env",
		Category:    categorySwitch,
		Usage:       "print the environment of this directory's Go, for eval",
		ArgsUsage:   "[SPEC]",
		Description: "Prints only what differs from the environment it runs in: eval \"$(gsw env)\"",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "shell", Usage: "syntax of `SHELL`: " + shellNames(), Value: "sh"},
			&cli.StringFlag{Name: "format", Usage: "instead of shell code: `FORMAT` dotenv or json, with every variable that gsw sets"},
			&cli.BoolFlag{Name: "goroot", Usage: "export GOROOT, too: the anchor"},
		},
		Action: s.env,
	}
}

func (s *session) env(c *cli.Context) error {
	if c.Args().Len() > 1 {
		return usagef("env takes one SPEC, not %d", c.Args().Len())
	}
	shell, err := scripts.Find(c.String("shell"))
	if err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	if c.Bool("goroot") {
		m.Config.ExportGOROOT = true
	}
	here, err := m.Resolve(c.Args().First())
	if err != nil {
		return err
	}
	m.Remember(here) // so that the hook needs no process next time
	after, unset := here.Following(s.host, m.Config)
	for _, notice := range unset {
		s.note("%s", notice)
	}
	switch format := c.String("format"); {
	case s.json || format == "json":
		return json.NewEncoder(s.host.Stdout).Encode(settings(after))
	case format == "dotenv":
		s.dotenv(settings(after))
	case format != "":
		return usagef("--format %s: the formats are dotenv and json", format)
	default:
		fmt.Fprint(s.host.Stdout, shell.Export(s.host.Env.Changes(after)))
	}
	return nil
}

// settings are the variables an activated environment is about.
func settings(env platform.Env) map[string]string {
	set := map[string]string{}
	for _, name := range []string{"PATH", "GOBIN", "GOROOT", "GOPATH", "GOTOOLCHAIN"} {
		if value, ok := env.Lookup(name); ok {
			set[name] = value
		}
	}
	return set
}

// dotenv prints NAME="value" lines, quoted as the dotenv family reads them.
func (s *session) dotenv(set map[string]string) {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`", "\n", `\n`)
	for _, name := range names {
		s.answer(`%s="%s"`, name, quote.Replace(set[name]))
	}
}

func shellNames() string {
	var names []string
	for _, shell := range scripts.Shells() {
		names = append(names, shell.Name())
	}
	return strings.Join(names, ", ")
}
