package command

import (
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/store"
)

func (s *session) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:        "verify",
		Category:    categoryTrust,
		Usage:       "prove installed toolchains again",
		ArgsUsage:   "[SPEC|PATH]",
		Description: "Hashes every file and compares with the checksum database's record; offline if that is cached.\nPATH is any GOROOT, of gsw's or not. Without an argument: this directory's Go. Differences end with exit code 1.",
		Flags:       []cli.Flag{toggle("all", "every installed toolchain", "a")},
		Action:      s.verify,
	}
}

type verifyJSON struct {
	GOROOT      string           `json:"goroot"`
	Version     string           `json:"version"`
	Intact      bool             `json:"intact"`
	Tree        string           `json:"tree"`
	Claim       string           `json:"claim"`
	Differences []differenceJSON `json:"differences"`
}

type differenceJSON struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

func (s *session) verify(c *cli.Context) error {
	if c.Args().Len() > 1 {
		return usagef("verify takes one SPEC or PATH, not %d", c.Args().Len())
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	roots, err := s.rootsToVerify(c, m)
	if err != nil {
		return err
	}
	answer := []verifyJSON{}
	for _, root := range roots {
		v, err := m.Verify(c.Context, root)
		if err != nil {
			return err
		}
		if !v.Intact {
			s.code = 1
		}
		if s.json {
			answer = append(answer, verifyOf(v))
			continue
		}
		verdict := "intact"
		if !v.Intact {
			verdict = "CHANGED"
		}
		s.answer("%s\t%s\t%s\t%s", v.Version, v.GOROOT, verdict, v.Claim)
		for _, d := range v.Differences {
			s.answer("\t%s\t%s", d.Kind, d.Name)
		}
	}
	if s.json {
		return s.answerJSON(struct {
			Toolchains []verifyJSON `json:"toolchains"`
		}{answer})
	}
	return nil
}

// rootsToVerify turns the argument into folders.
func (s *session) rootsToVerify(c *cli.Context, m manager.Manager) ([]string, error) {
	if c.Bool("all") {
		if c.Args().Present() {
			return nil, usagef("verify --all takes no argument")
		}
		toolchains, err := m.Store.List()
		return gorootsOf(toolchains), err
	}
	if dir, ok := s.folder(c.Args().First()); ok {
		return []string{dir}, nil
	}
	if argument := c.Args().First(); strings.ContainsAny(argument, `/\`) {
		return nil, usagef("%s is no folder", s.tilde(s.absolute(argument)))
	}
	here, err := m.Resolve(c.Args().First())
	if err != nil {
		return nil, err
	}
	return []string{here.GOROOT}, nil
}

func gorootsOf(toolchains []store.Toolchain) []string {
	var dirs []string
	for _, t := range toolchains {
		dirs = append(dirs, t.GOROOT())
	}
	return dirs
}

func verifyOf(v manager.Verification) verifyJSON {
	j := verifyJSON{GOROOT: v.GOROOT, Version: v.Version.Tag(), Intact: v.Intact, Tree: v.Tree, Claim: v.Claim, Differences: []differenceJSON{}}
	for _, d := range v.Differences {
		j.Differences = append(j.Differences, differenceJSON{d.Name, d.Kind})
	}
	return j
}

func (s *session) lockCommand() *cli.Command {
	return &cli.Command{
		Name:        "lock",
		Category:    categoryTrust,
		Usage:       "write gsw.lock: what the toolchains of this project must hash to",
		ArgsUsage:   "[SPEC…]",
		Description: "Filled from the checksum database without downloading an archive. Commit it; what it names must match, offline too.\nWithout SPEC: what this directory asks for.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "platform", Usage: "`OS/ARCH`, several times, or all; default: this machine's"},
		},
		Action: s.lock,
	}
}

type lockedJSON struct {
	Version  string `json:"version"`
	Platform string `json:"platform"`
	Tree     string `json:"tree"`
	Record   int64  `json:"record"`
}

func (s *session) lock(c *cli.Context) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	file, locked, err := m.Lock(c.Context, c.Args().Slice(), c.StringSlice("platform"))
	if err != nil {
		return err
	}
	if s.json {
		entries := []lockedJSON{}
		for _, e := range locked {
			entries = append(entries, lockedJSON{e.Version.Tag(), e.Target.String(), e.Tree, e.Record})
		}
		return s.answerJSON(struct {
			File    string       `json:"file"`
			Entries []lockedJSON `json:"entries"`
		}{file, entries})
	}
	for _, e := range locked {
		s.answer("%s\t%s\t%s", e.Version, e.Target, e.Tree)
	}
	s.note("wrote %s", s.tilde(file))
	return nil
}
