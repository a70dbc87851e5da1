package command

import (
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/everyday"
	"gsw/manager/gover"
)

func (s *session) installCommand() *cli.Command {
	return &cli.Command{
		Name:      "install",
		Aliases:   []string{"i"},
		Category:  categoryInstall,
		Usage:     "fetch toolchains, prove them, put them in the store",
		ArgsUsage: "[SPEC…]",
		Description: "Without SPEC: what this directory asks for. What is installed already costs nothing.\n" +
			"The first toolchain becomes the default.",
		Flags: []cli.Flag{
			toggle("use", "make it the default, too"),
			&cli.StringFlag{Name: "arch", Usage: "the one for this `ARCH`, where this machine runs several: amd64 on Apple silicon"},
			&cli.StringFlag{Name: "via", Usage: "ask only this `SOURCE`: dl (the release index) or module (GOPROXY)"},
			&cli.StringFlag{Name: "from", Usage: "install the archive at `FILE|URL`"},
			&cli.StringFlag{Name: "sha256", Usage: "refuse any archive but the one with this `SUM`"},
			&cli.StringFlag{Name: "trust", Usage: "`none`: install even what nobody vouches for; recorded and shown as unverified"},
			toggle("force", "install again over what is there; tools in GOBIN stay", "f"),
		},
		Action: s.install,
	}
}

func (s *session) install(c *cli.Context) error {
	order, err := s.installOrder(c)
	if err != nil {
		return err
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	specs, err := s.specsToInstall(c, m, order)
	if err != nil {
		return err
	}
	var done []installedJSON
	for _, spec := range specs {
		one := order
		one.Spec = spec
		got, err := m.Install(c.Context, one)
		if err != nil {
			return err
		}
		proofs := proofNames(got.Receipt.Proofs)
		if s.json {
			done = append(done, installedJSON{got.Version.Tag(), got.GOROOT(), proofs, got.Receipt.Source, got.Already})
		} else {
			s.answer("%s\t%s\t%s", got.Version, got.GOROOT(), everyday.Proofs(proofs))
		}
		if c.Bool("use") {
			if err := everyday.Switch(c.Context, m.Verbs, s.voice, got.Version); err != nil {
				return err
			}
		}
	}
	if s.json {
		return s.answerJSON(struct {
			Versions []installedJSON `json:"versions"`
		}{done})
	}
	return nil
}

// specsToInstall are the arguments, or what this directory asks for. An archive
// that is given says itself what it is. A mistyped one is found before the first is installed.
func (s *session) specsToInstall(c *cli.Context, m manager.Manager, order manager.InstallOrder) ([]gover.Spec, error) {
	texts := c.Args().Slice()
	switch {
	case len(texts) > 1 && (order.From != "" || order.SHA256 != ""):
		return nil, usagef("--from and --sha256 are about one toolchain; %d were named", len(texts))
	case len(texts) == 0 && order.From != "":
		return []gover.Spec{{}}, nil
	case len(texts) == 0:
		asked, err := m.Asked()
		return []gover.Spec{asked}, err
	}
	var specs []gover.Spec
	for _, text := range texts {
		spec, err := m.ParseSpec(text)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

type installedJSON struct {
	Version string   `json:"version"`
	GOROOT  string   `json:"goroot"`
	Proofs  []string `json:"proofs"`
	Source  string   `json:"source"`
	Already bool     `json:"already_installed"`
}

// installOrder reads the flags and refuses those that contradict each other.
func (s *session) installOrder(c *cli.Context) (manager.InstallOrder, error) {
	order := manager.InstallOrder{
		Arch:   c.String("arch"),
		Via:    c.String("via"),
		From:   c.String("from"),
		SHA256: strings.ToLower(c.String("sha256")),
		Force:  c.Bool("force"),
		Use:    c.Bool("use"),
	}
	switch order.Via {
	case "", "dl", "module":
	default:
		return order, usagef("--via %s: the sources are dl and module", order.Via)
	}
	if order.Via != "" && order.From != "" {
		return order, usagef("--via and --from are two answers to one question: take one")
	}
	switch trust := c.String("trust"); trust {
	case "":
	case "none":
		order.Unverified = true
	default:
		return order, usagef("--trust %s: the one word it takes is none; what is accepted as proof is set by `gsw config trust`", trust)
	}
	if order.SHA256 != "" && !isSHA256(order.SHA256) {
		return order, usagef("--sha256 %s: a SHA-256 is 64 hexadecimal digits", order.SHA256)
	}
	return order, nil
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
