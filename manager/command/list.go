package command

import (
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/receipt"
)

func (s *session) listCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Aliases:   []string{"ls", "versions"},
		Category:  categoryLook,
		Usage:     "installed toolchains; * marks the one this directory gets",
		ArgsUsage: " ",
		Action:    s.list,
	}
}

// listJSON is the answer of `list --json`.
type listJSON struct {
	Versions []toolchainJSON `json:"versions"`
}

type toolchainJSON struct {
	Version     string          `json:"version"`
	GOROOT      string          `json:"goroot"`
	Active      bool            `json:"active"`
	Default     bool            `json:"default"`
	SizeBytes   int64           `json:"size_bytes"`
	Proofs      []receipt.Proof `json:"proofs"`
	Source      string          `json:"source"`
	EndOfLife   bool            `json:"end_of_life"`
	InstalledAt string          `json:"installed_at"`
	Notes       []string        `json:"notes"`
}

func (s *session) list(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("list takes no argument; `gsw where %s` finds one toolchain", c.Args().First())
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	listed, err := m.List()
	if err != nil {
		return err
	}
	if s.json {
		answer := listJSON{Versions: []toolchainJSON{}}
		for _, l := range listed {
			answer.Versions = append(answer.Versions, toolchainOf(l))
		}
		return s.answerJSON(answer)
	}
	if len(listed) == 0 {
		s.note("nothing is installed; `gsw install latest` begins")
		return nil
	}
	table := s.table("", "VERSION", "SIZE", "PROOFS", "NOTES")
	for _, l := range listed {
		table.row(mark(l), l.Toolchain.Version.Tag(), megabytes(l.Receipt.TreeBytes), orUnverified(proofNames(l.Receipt.Proofs)), strings.Join(remarks(l), "; "))
	}
	return table.print()
}

func mark(l manager.Listed) string {
	if l.Active {
		return "*"
	}
	return ""
}

// remarks are what a row says beyond its columns.
func remarks(l manager.Listed) []string {
	var r []string
	if l.Default {
		r = append(r, "default")
	}
	if l.EndOfLife {
		r = append(r, "end of life")
	}
	if l.Toolchain.System {
		r = append(r, "system store")
	}
	if l.Receipt.Source == "module" {
		r = append(r, "module: no tests, api, doc, misc")
	}
	if l.Err != nil {
		r = append(r, l.Err.Error())
	}
	return r
}

func toolchainOf(l manager.Listed) toolchainJSON {
	return toolchainJSON{
		Version:     l.Toolchain.Version.Tag(),
		GOROOT:      l.Toolchain.GOROOT(),
		Active:      l.Active,
		Default:     l.Default,
		SizeBytes:   l.Receipt.TreeBytes,
		Proofs:      orEmpty(l.Receipt.Proofs),
		Source:      l.Receipt.Source,
		EndOfLife:   l.EndOfLife,
		InstalledAt: l.Receipt.InstalledAt.UTC().Format(time.RFC3339),
		Notes:       orEmpty(l.Receipt.Notes),
	}
}

func (s *session) listRemoteCommand() *cli.Command {
	return &cli.Command{
		Name:      "list-remote",
		Aliases:   []string{"ls-remote"},
		Category:  categoryLook,
		Usage:     "published releases, newest first; * marks installed ones",
		ArgsUsage: "[FILTER]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "pre-releases, too"},
			&cli.StringFlag{Name: "via", Usage: "ask only this `SOURCE`: dl or module"},
		},
		Action: s.listRemote,
	}
}

type remoteJSON struct {
	Version   string `json:"version"`
	Stable    bool   `json:"stable"`
	Installed bool   `json:"installed"`
	Source    string `json:"source"`
}

func (s *session) listRemote(c *cli.Context) error {
	if c.Args().Len() > 1 {
		return usagef("list-remote takes one FILTER, not %d", c.Args().Len())
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	filter, err := m.ParseSpec(c.Args().First())
	if err != nil {
		return err
	}
	published, err := m.ListRemote(c.Context, filter, c.Bool("all"), c.String("via"))
	if err != nil {
		return err
	}
	if s.json {
		rows := []remoteJSON{}
		for _, p := range published {
			rows = append(rows, remoteJSON{p.Version.Tag(), !p.Version.Prerelease(), p.Installed, p.Source})
		}
		return s.answerJSON(struct {
			Versions []remoteJSON `json:"versions"`
		}{rows})
	}
	if len(published) == 0 {
		return &manager.NoMatchError{Spec: filter, Target: s.host.Target}
	}
	table := s.table("", "VERSION", "NOTES")
	for _, p := range published {
		installed, notes := "", ""
		if p.Installed {
			installed, notes = "*", "installed"
		}
		if p.Version.Prerelease() {
			notes = strings.TrimPrefix(notes+"; pre-release", "; ")
		}
		table.row(installed, p.Version.Tag(), notes)
	}
	return table.print()
}
