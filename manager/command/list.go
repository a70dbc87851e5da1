package command

import (
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/everyday"
	"gsw/manager/local"
	"gsw/manager/receipt"
)

func (s *session) listCommand() *cli.Command {
	return &cli.Command{
		Name:     "list",
		Aliases:  []string{"ls", "versions"},
		Category: categoryLook,
		Usage:    "installed toolchains; * marks the one this directory gets",
		Action:   s.list,
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
	System      bool            `json:"system"` // of the system-wide store
	Error       string          `json:"error"`  // why the receipt cannot be read
}

func (s *session) list(c *cli.Context) error {
	if err := atMost(c, 0, ""); err != nil {
		return err
	}
	m, err := s.local()
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
	return everyday.List(s.voice, listed)
}

func toolchainOf(l local.Listed) toolchainJSON {
	r, err := l.Toolchain.Receipt()
	return toolchainJSON{
		Version:     l.Toolchain.Version.Tag(),
		GOROOT:      l.Toolchain.GOROOT(),
		Active:      l.Active,
		Default:     l.Default,
		SizeBytes:   r.TreeBytes,
		Proofs:      append([]receipt.Proof{}, r.Proofs...), // never null
		Source:      r.Source,
		EndOfLife:   l.EndOfLife,
		InstalledAt: timestamp(r.InstalledAt),
		Notes:       append([]string{}, r.Notes...),
		System:      l.Toolchain.System,
		Error:       message(err),
	}
}

// timestamp is a time in JSON; "" if it is not known.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// message is an error in JSON, where it is part of an answer.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (s *session) listRemoteCommand() *cli.Command {
	return &cli.Command{
		Name:      "list-remote",
		Aliases:   []string{"ls-remote"},
		Category:  categoryLook,
		Usage:     "published releases, newest first; * marks installed ones",
		ArgsUsage: "[FILTER]",
		Flags: []cli.Flag{
			toggle("all", "pre-releases, too", "a"),
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
	Platform  string `json:"platform"`
}

func (s *session) listRemote(c *cli.Context) error {
	if err := atMost(c, 1, "FILTER"); err != nil {
		return err
	}
	via := c.String("via")
	if via != "" && via != "dl" && via != "module" {
		return usagef("--via %s: the sources are dl and module", via)
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	filter, err := m.ParseSpec(c.Args().First())
	if err != nil {
		return err
	}
	published, err := m.ListRemote(c.Context, filter, c.Bool("all"), via)
	if err != nil {
		return err
	}
	if s.json {
		rows := []remoteJSON{}
		for _, p := range published {
			rows = append(rows, remoteJSON{p.Version.Tag(), !p.Version.Prerelease(), p.Installed, p.Source, p.Target.String()})
		}
		return s.answerJSON(struct {
			Versions []remoteJSON `json:"versions"`
		}{rows})
	}
	if len(published) == 0 {
		return &manager.NoMatchError{Spec: filter, Target: s.host.Target}
	}
	return everyday.ListRemote(s.voice, published)
}
