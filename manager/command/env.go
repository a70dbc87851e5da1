package command

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager/activation"
	"gsw/manager/selection"
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
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` instead of shell code: dotenv or json, with every variable that gsw sets"},
			toggle("goroot", "export GOROOT, too: the anchor"),
		},
		Action: s.env,
	}
}

func (s *session) env(c *cli.Context) error {
	if err := atMost(c, 1, "SPEC"); err != nil {
		return err
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
	return s.printEnv(here, shell, after, c.String("format"))
}

func (s *session) printEnv(here selection.Selection, shell scripts.Shell, after platform.Env, format string) error {
	switch {
	case s.json:
		return s.answerJSON(struct {
			Version string            `json:"version"`
			GOROOT  string            `json:"goroot"`
			Env     map[string]string `json:"env"`
		}{here.Version.Tag(), here.GOROOT, settings(after)})
	case format == "json":
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
	for _, made := range activation.Changed(env) { // those of a profile
		set[made.Name] = made.Value
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

func shellNames() string { return strings.Join(shells(), ", ") }
