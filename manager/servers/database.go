package servers

import (
	"context"
	"errors"
	"net"
	"time"

	"gsw/manager/answer"
	"gsw/manager/download"
	"gsw/manager/journal"
	"gsw/manager/local"
	"gsw/manager/selection"
	"gsw/manager/server"
	"gsw/manager/serving"
	"gsw/manager/sumdb"
)

// followEvery is how often the proxy looks after the database by itself.
const followEvery = 10 * time.Minute

type databaseJSON struct {
	Address string   `json:"address"`
	URL     string   `json:"url"`
	Key     string   `json:"key"`
	Cache   string   `json:"cache"`
	Logs    []string `json:"logs"`
}

func (s *serve) database(ctx context.Context, what serving.Database) (err error) {
	o, done, err := s.options()
	if err != nil {
		return err
	}
	defer done()
	key, made, err := sumdb.OpenKey(ctx, what.KeyFile, what.KeyName)
	if made {
		s.voice.Note("made a signing key: %s", s.voice.Tilde(what.KeyFile))
	}
	if err != nil {
		return err
	}
	log, err := journal.Open(s.host.Now, what.Logs...)
	if err != nil {
		return err
	}
	defer func() {
		head, failed := log.Close()
		err = errors.Join(err, failed)
		s.voice.Note("the log ends with entry %d: %s", head.Seq, head.Hash)
	}()
	proxy, err := sumdb.New(ctx, s.proxy(what, key, log))
	if err != nil {
		return err
	}
	o.Healthy, o.Figures = log.Err, figures(proxy)
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	var watched chan struct{}
	err = server.Run(ctx, o, proxy, func(address string) {
		s.sayDatabase(what, key, address)
		watched = make(chan struct{})
		go func() {
			defer close(watched)
			proxy.Watch(ctx, ticker.C)
		}()
	})
	if watched != nil && ctx.Err() != nil {
		<-watched // it writes to the log
	}
	return err
}

// proxy wires it.
func (s *serve) proxy(what serving.Database, key sumdb.Key, log *journal.Journal) sumdb.Options {
	// Whose answer is to be had from nobody is said by gsw, which read the same settings.
	credentials, _ := download.Netrc(what.GOAUTH, s.host.Env, s.host.UserHome, s.host.Target)
	return sumdb.Options{
		Cache: what.Cache, Ways: what.Ways, LogKey: s.outside.LogKey, Key: key, Journal: log,
		Get: download.New(download.Options{
			UserAgent: local.UserAgent(s.host.Target), Env: s.host.Env, Credentials: credentials, Offline: what.Offline,
			Stall: s.outside.Patience, Retries: -1, Now: s.host.Now,
		}),
		Now: s.host.Now, Warn: s.warn, Unreachable: Unconnected, Patience: s.outside.Patience,
	}
}

// Unconnected tells whether the host itself was not to be had, rather than one document of it.
func Unconnected(err error) bool {
	var dial *net.OpError
	var stalled *download.StalledError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &stalled)
}

func figures(p *sumdb.Proxy) []server.Figure {
	var figures []server.Figure
	for _, source := range sumdb.Sources() {
		figures = append(figures, server.Figure{
			Name: "gsw_sumdb_" + source + "_total", Help: "Requests, by where the answer came from: " + source + ".", Total: true,
			Value: func() float64 { return float64(p.Answered(source)) },
		})
	}
	return figures
}

// sayDatabase tells where the proxy is, and what is to be pasted on clients.
func (s *serve) sayDatabase(what serving.Database, key sumdb.Key, address string) {
	url := s.url(address)
	if s.order.JSON {
		_ = answer.JSON(s.host.Stdout, databaseJSON{Address: address, URL: url, Key: key.Verifier, Cache: what.Cache, Logs: what.Logs})
	} else {
		s.voice.Answer("%s\t%s", url, key.Verifier)
	}
	s.voice.Note("a proxy of %s on %s; Ctrl-C ends it", what.Name, url)
	s.voice.Note("on clients: export GOSUMDB=%s", selection.Word(what.Name+" "+url))
	for _, log := range what.Logs {
		s.voice.Note("interactions are written to %s", s.voice.Tilde(log))
	}
}
