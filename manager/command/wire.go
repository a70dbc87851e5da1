package command

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gsw/manager"
	"gsw/manager/catalogue"
	"gsw/manager/config"
	"gsw/manager/dist"
	"gsw/manager/doctor"
	"gsw/manager/download"
	"gsw/manager/goenv"
	"gsw/manager/local"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/manager/trust"
)

// Outside are the fixed points beyond this machine. The zero value is the real
// world; only tests, which run a world of their own on loopback, set another.
// No variable, flag or file reaches them.
type Outside struct {
	Index  string   // base URL of the Go project's release index; "": go.dev's
	LogKey string   // verifier key of the checksum database; "": sum.golang.org's
	LogAt  []string // where the database itself is reached; nil: its two hosts
	Etc    string   // where the system's settings for all users are; "": /etc
	Root   string   // before the places where toolchains of the system lie; "": none

	Machine *doctor.Machine // what doctor takes for this machine; nil: what it is

	Patience time.Duration // with a server that keeps silent; 0: 30 s for a download, 10 s for the database
	Pause    time.Duration // before a request is repeated; 0: from a quarter of a second on
}

// wire chooses the concrete types, once, for every command.
func (s *session) wire(l local.Verbs) (manager.Manager, error) {
	st := l.Store
	cache := filepath.Join(s.host.Home, "cache")
	s.heed(l.Config)
	client, brisk, witness := s.clients(st)
	proxies, err := dist.ParseProxyList(s.goSetting("GOPROXY", st))
	if err != nil {
		return manager.Manager{}, err
	}
	proxies = proxies.NoProxy(cmp.Or(s.goSetting("GONOPROXY", st), s.goSetting("GOPRIVATE", st)))
	stale := func(at time.Time, why error) {
		s.warn("the list of releases is of %s: %v", at.UTC().Format(time.RFC3339), why)
	}
	sources, err := s.sources(brisk, proxies, filepath.Join(cache, "index"), stale)
	if err != nil {
		return manager.Manager{}, err
	}
	witnesses, err := s.sources(witness, proxies, filepath.Join(cache, "index"), nil)
	if err != nil {
		return manager.Manager{}, err
	}
	noFlush, err := s.noFlush(l.Config)
	if err != nil {
		return manager.Manager{}, err
	}
	return manager.Manager{
		Verbs:     l,
		Client:    client,
		Sources:   sources,
		Witnesses: witnesses,
		Unreached: map[string]bool{},
		Told:      map[string]bool{},
		Log: &trust.Log{
			Get:      client,
			Ways:     s.logWays(proxies),
			CacheDir: filepath.Join(cache, "sumdb"),
			Key:      s.outside.LogKey,
			Patience: s.outside.Patience,
		},
		Memory:  trust.Memory{File: filepath.Join(s.host.Home, "installs.jsonl")},
		Report:  progress{s},
		NoFlush: noFlush,
		Edition: local.Edition(),
	}, nil
}

// noFlush tells whether installs need not wait for the disk.
func (s *session) noFlush(c config.Config) (bool, error) {
	switch word := s.host.Env.Get(flushVariable); word {
	case "":
		return c.NoFlush, nil
	case "on", "off":
		return word == "off", nil
	default:
		return false, &hinted{usagef("%s=%s: it takes on or off", flushVariable, word), "gsw help variables"}
	}
}

// clients are the network, with the user's proxies and credentials: client for
// downloads; brisk for the question where one is to be had, which another source
// may answer where this one is filtered; witness for questions that nobody waits
// for, asked once and in silence.
func (s *session) clients(st store.Store) (client, brisk, witness *download.Client) {
	credentials, err := download.Netrc(s.goSetting("GOAUTH", st), s.host.Env, s.host.UserHome, s.host.Target)
	if err != nil {
		s.warn("%v", err)
	}
	options := s.network(credentials)
	options.Retrying = func(_ string, err error, wait time.Duration) {
		// A hiccup is nobody's business; a pause that a person notices is.
		var stalled *download.StalledError
		if wait > 2*time.Second || errors.As(err, &stalled) {
			s.note("%v; trying again in %.1f s", err, wait.Seconds())
		}
	}
	if s.outside.Pause > 0 {
		options.Backoff = func(int) time.Duration { return s.outside.Pause }
	}
	soon := options
	soon.Stall, soon.Retries = cmp.Or(s.outside.Patience, 10*time.Second), 1
	once := options
	once.Retries, once.Retrying = -1, nil
	return download.New(options), download.New(soon), download.New(once)
}

// network is what every client starts from.
func (s *session) network(credentials func(host string) (user, password string, ok bool)) download.Options {
	return download.Options{
		UserAgent:   local.UserAgent(s.host.Target),
		Env:         s.host.Env,
		Credentials: credentials,
		Offline:     s.offline || s.closed,
		Stall:       s.outside.Patience,
		Now:         s.host.Now,
	}
}

// sources are the mirrors, in order, then the toolchain module.
func (s *session) sources(client *download.Client, proxies dist.ProxyList, cache string, stale func(time.Time, error)) ([]manager.Source, error) {
	mirrors := []string{cmp.Or(s.outside.Index, dist.Origin)}
	if s.mirror != "" {
		var err error
		if mirrors, err = dist.ParseMirrors(s.mirror); err != nil {
			return nil, err
		}
	}
	var sources []manager.Source
	for i, base := range mirrors {
		x := dist.Index{Base: base, Get: client, CacheFile: filepath.Join(cache, fileName(base)), MaxAge: catalogue.MaxAge, Stale: stale}
		if i == 0 { // the one whose answer is everybody's, as long as it can be reached
			x.Kept = catalogue.Of(s.host, cmp.Or(s.mirror, s.outside.Index))
		}
		sources = append(sources, manager.IndexSource{Index: x})
	}
	return append(sources, manager.ModuleSource{Modules: dist.Modules{
		Proxies: proxies, Get: client, CacheFile: filepath.Join(cache, "module"), MaxAge: catalogue.MaxAge, Stale: stale,
	}}), nil
}

// logWays are the roads to the checksum database: through the module proxies,
// which reach it where little else is reachable, then its own two hosts. Its
// answers are proved, so the road does not matter.
func (s *session) logWays(proxies dist.ProxyList) []trust.Way {
	at := s.outside.LogAt
	if len(at) == 0 {
		at = []string{"https://sum.golang.org", "https://sum.golang.google.cn"}
	}
	var ways []trust.Way
	for _, p := range proxies {
		if !p.Off() && p.URL != dist.Origin+"/mod" {
			ways = append(ways, trust.Way{URL: p.URL + "/sumdb/sum.golang.org", Supported: true})
		}
	}
	for _, url := range at {
		ways = append(ways, trust.Way{URL: url})
	}
	return ways
}

// goSetting is a setting of the go command, as that would find it here: in the
// environment, in the file of `go env -w`, in the go.env of the default
// toolchain or of the system's Go.
func (s *session) goSetting(name string, st store.Store) string {
	host := s.host
	host.Env = s.goEnv
	return goenv.Look(host, s.goroots(st), os.ReadFile).Get(name).Value()
}

// goroots are those whose go.env counts: of the default toolchain, and of the system's Go.
func (s *session) goroots(st store.Store) []string {
	var goroots []string
	if t, err := st.Active(); err == nil {
		goroots = append(goroots, t.GOROOT())
	}
	if goroot, ok := selection.SystemGo(s.host); ok {
		goroots = append(goroots, goroot)
	}
	return goroots
}

// fileName makes a base URL the name of a file.
func fileName(base string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", r) {
			return r
		}
		return '_'
	}, base)
}
