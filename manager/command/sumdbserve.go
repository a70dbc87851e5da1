package command

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gsw/manager"
	"gsw/manager/download"
	"gsw/manager/journal"
	"gsw/manager/selection"
	"gsw/manager/server"
	"gsw/manager/sumdb"
	"gsw/manager/trust"
)

const sumdbServeHelp = "serve answers for sum.golang.org to a network: GOSUMDB=\"sum.golang.org http://HOST:PORT\" on clients, also with /go1.22\n" +
	"and the like at its end, which keeps what each version of Go asks apart. Every record and tile is proved before it is\n" +
	"cached or answered; what is cached is answered also when nobody can be reached. Each answer is signed and written down.\n" +
	"key prints the public key that the answers are signed with, and makes it if there is none."

// followEvery is how often the proxy looks after the database by itself.
const followEvery = 10 * time.Minute

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

type sumdbServingJSON struct {
	Address string   `json:"address"`
	URL     string   `json:"url"`
	Key     string   `json:"key"`
	Cache   string   `json:"cache"`
	Logs    []string `json:"logs"`
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
	o, done, err := s.serving(c)
	if err != nil {
		return err
	}
	defer done()
	key, err := s.signingKey(c, s.sumdbKeyFile(c))
	if err != nil {
		return err
	}
	said := sumdbServingJSON{Key: key.Verifier, Cache: s.sumdbPlace(c.String("cache"), "cache"), Logs: s.sumdbLogs(c)}
	log, err := journal.Open(s.host.Now, said.Logs...)
	if err != nil {
		return err
	}
	defer func() {
		head, failed := log.Close()
		err = errors.Join(err, failed)
		s.note("the log ends with entry %d: %s", head.Seq, head.Hash)
	}()
	options, err := s.sumdbOptions(c, m, said.Cache, key, log)
	if err != nil {
		return err
	}
	proxy, err := sumdb.New(c.Context, options)
	if err != nil {
		return err
	}
	o.Healthy, o.Figures = log.Err, sumdbFigures(proxy)
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	watched := make(chan struct{})
	err = server.Run(c.Context, o, proxy, func(address string) {
		said.Address, said.URL = address, addressOf(o, address)
		s.saySumdb(said, m.Log.Database())
		go func() {
			defer close(watched)
			proxy.Watch(c.Context, ticker.C)
		}()
	})
	if said.Address != "" && c.Context.Err() != nil {
		<-watched // it writes to the log
	}
	if listen, ok := errors.AsType[*server.ListenError](err); ok {
		return &hinted{listen, "gsw sumdb serve --listen 127.0.0.1:0"}
	}
	return err
}

// sumdbLogs are the files that interactions are written to.
func (s *session) sumdbLogs(c *cli.Context) []string {
	var files []string
	for file := range strings.SplitSeq(c.String("log"), ",") {
		files = append(files, s.sumdbPlace(file, "log"))
	}
	return files
}

// sumdbOptions wires the proxy.
func (s *session) sumdbOptions(c *cli.Context, m manager.Manager, cache string, key sumdb.Key, log *journal.Journal) (sumdb.Options, error) {
	_, _, asking := s.clients(m.Store)
	ways := m.Log.Ways
	if upstream := c.StringSlice("upstream"); len(upstream) > 0 {
		ways = nil
		for _, named := range upstream {
			if u, err := url.Parse(named); err != nil || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "file" {
				return sumdb.Options{}, usagef("--upstream %s: it takes a URL such as https://sum.golang.org", named)
			}
			ways = append(ways, trust.Way{URL: strings.TrimSuffix(named, "/")})
		}
	}
	if s.offline || s.closed {
		ways = nil
	}
	return sumdb.Options{
		Cache: cache, Ways: ways, Get: asking, LogKey: s.outside.LogKey, Key: key, Journal: log,
		Now: s.host.Now, Warn: func(message string) { s.warn("%s", message) },
		Unreachable: unconnected, Patience: s.outside.Patience,
	}, nil
}

// unconnected tells whether the host itself was not to be had, rather than one document of it.
func unconnected(err error) bool {
	var dial *net.OpError
	var stalled *download.StalledError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &stalled)
}

func sumdbFigures(p *sumdb.Proxy) []server.Figure {
	var figures []server.Figure
	for _, source := range sumdb.Sources() {
		figures = append(figures, server.Figure{
			Name: "gsw_sumdb_" + source + "_total", Help: "Requests, by where the answer came from: " + source + ".", Total: true,
			Value: func() float64 { return float64(p.Answered(source)) },
		})
	}
	return figures
}

// saySumdb tells where the proxy is, and what is to be pasted on clients.
func (s *session) saySumdb(said sumdbServingJSON, database string) {
	if s.json {
		_ = s.answerJSON(said)
	} else {
		s.answer("%s\t%s", said.URL, said.Key)
	}
	s.note("a proxy of %s on %s; Ctrl-C ends it", database, said.URL)
	s.note("on clients: export GOSUMDB=%s", selection.Word(database+" "+said.URL))
	for _, log := range said.Logs {
		s.note("interactions are written to %s", s.tilde(log))
	}
}
