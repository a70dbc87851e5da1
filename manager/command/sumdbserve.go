package command

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/serving"
	"gsw/manager/sumdb"
	"gsw/manager/trust"
)

const sumdbServeHelp = "serve answers for sum.golang.org to a network: GOSUMDB=\"sum.golang.org http://HOST:PORT\" on clients, also with /go1.22\n" +
	"and the like at its end, which keeps what each version of Go asks apart. Every record and tile is proved before it is\n" +
	"cached or answered; what is cached is answered also when nobody can be reached. Each answer is signed and written down.\n" +
	"key prints the public key that the answers are signed with, and makes it if there is none."

func sumdbServeFlags() []cli.Flag {
	return append(servingFlags("127.0.0.1:8090"),
		&cli.StringFlag{Name: "cache", Usage: "serve: keep what was proved in `DIR`; default: sumdb/cache in gsw's home"},
		&cli.StringFlag{Name: "log", Usage: "serve: write every interaction to `FILE`, and to a second one after a comma; default: sumdb/log in gsw's home"},
		&cli.StringFlag{Name: "key", Usage: "serve, key: sign with the key in `FILE`, made if it is not there; default: sumdb/key in gsw's home. verify-response: the public key"},
		&cli.StringFlag{Name: "name", Usage: "serve, key: `NAME` of a key that is made", Value: "gsw-sumdb"},
		&cli.StringSliceFlag{Name: "upstream", Usage: "serve: ask the database at `URL`; several times. Default: through GOPROXY, then sum.golang.org itself"},
	)
}

// sumdbKeyFile is where the signing key is.
func (s *session) sumdbKeyFile(c *cli.Context) string { return s.sumdbPlace(c.String("key"), "key") }

// sumdbPlace is the path that was named, or else the usual one.
func (s *session) sumdbPlace(named, usual string) string {
	if named != "" {
		return s.path(named)
	}
	return filepath.Join(s.host.Home, "sumdb", usual)
}

type sumdbKeyJSON struct {
	Key  string `json:"key"`
	File string `json:"file"`
}

func (s *session) sumdbKey(c *cli.Context, args []string) error {
	if len(args) > 0 {
		return usagef("sumdb key takes no argument")
	}
	file := s.sumdbKeyFile(c)
	key, err := s.signingKey(c, file)
	if err != nil {
		return err
	}
	if s.json {
		return s.answerJSON(sumdbKeyJSON{key.Verifier, file})
	}
	s.answer("%s", key.Verifier)
	return nil
}

func (s *session) signingKey(c *cli.Context, file string) (sumdb.Key, error) {
	key, made, err := sumdb.OpenKey(c.Context, file, c.String("name"))
	if made {
		s.note("made a signing key: %s", s.tilde(file))
	}
	return key, err
}

// sumdbServe serves until it is interrupted, which is its usual end.
func (s *session) sumdbServe(c *cli.Context, args []string) (err error) {
	if len(args) > 0 {
		return usagef("sumdb serve takes no argument; --upstream names who is asked")
	}
	m, err := s.manager()
	if err != nil {
		return err
	}
	o, err := s.serving(c)
	if err != nil {
		return err
	}
	ways, err := s.sumdbWays(c, m)
	if err != nil {
		return err
	}
	o.Database = &serving.Database{
		Name: m.Log.Database(), Ways: ways,
		Cache: s.sumdbPlace(c.String("cache"), "cache"), Logs: s.sumdbLogs(c),
		KeyFile: s.sumdbKeyFile(c), KeyName: c.String("name"),
		GOAUTH: s.goSetting("GOAUTH", m.Store), Offline: s.offline || s.closed,
	}
	return s.serve(c.Context, o)
}

// sumdbLogs are the files that interactions are written to.
func (s *session) sumdbLogs(c *cli.Context) []string {
	var files []string
	for file := range strings.SplitSeq(c.String("log"), ",") {
		files = append(files, s.sumdbPlace(file, "log"))
	}
	return files
}

// sumdbWays are the roads to the database: those that were named, else everybody's; none if nobody is to be asked.
func (s *session) sumdbWays(c *cli.Context, m manager.Manager) ([]trust.Way, error) {
	ways := m.Log.Ways
	if upstream := c.StringSlice("upstream"); len(upstream) > 0 {
		ways = nil
		for _, named := range upstream {
			if u, err := url.Parse(named); err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "file" {
				return nil, usagef("--upstream %s: it takes a URL such as https://sum.golang.org", named)
			}
			ways = append(ways, trust.Way{URL: strings.TrimSuffix(named, "/")})
		}
	}
	if s.offline || s.closed {
		ways = nil
	}
	return ways, nil
}
