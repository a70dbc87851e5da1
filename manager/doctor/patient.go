package doctor

import (
	"context"
	"os"
	"sync"

	"gsw/manager/config"
	"gsw/manager/goenv"
	"gsw/manager/probe"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// Patient is the machine as the checks see it. What several of them need is looked at once, when the first asks.
type Patient struct {
	Host    platform.Host
	Store   store.Store
	Config  config.Config
	Etc     string // where the system's own settings are: /etc
	Deep    bool   // checks may run toolchains and hash trees
	Network bool   // ask servers

	// Path is every go command on PATH.
	Path func() []selection.Hit

	// Here is the Go of the current directory, or why there is none.
	Here func() (selection.Selection, error)

	// Env is the settings of the go command, as the Go that runs here finds them.
	Env func() goenv.Values

	// Probe asks the servers that the settings name. Only with Network.
	Probe func() ([]probe.Answer, error)

	// Verify hashes a toolchain's files, asking no server. Only with Deep.
	Verify func(ctx context.Context, t store.Toolchain) (Verified, error)

	// Machine is what decides which toolchains run well here.
	Machine func() Machine

	// Modules and Download are what became of `go list -m all` and `go mod download` here. Only with Network.
	Modules, Download func() (Traced, error)

	// Installed is the toolchains in the store.
	Installed func() ([]store.Toolchain, error)

	// Permissions is who may change what in gsw's folder.
	Permissions func() (permissions, error)

	// Stored is what Windows keeps for programs that it starts by itself.
	Stored func() (stored, error)

	// StartUp is what the start-up files of shells and sessions do.
	StartUp func() []deed
}

// NewPatient prepares an examination. Nothing is looked at yet.
func NewPatient(host platform.Host, s store.Store, c config.Config, etc string) *Patient {
	p := &Patient{Host: host, Store: s, Config: c, Etc: etc}
	p.Path = sync.OnceValue(func() []selection.Hit { return selection.OnPath(host) })
	p.Here = sync.OnceValues(func() (selection.Selection, error) { return selection.Select(host, s, c, "") })
	p.Env = sync.OnceValue(func() goenv.Values { return goenv.Look(host, p.goroots(), os.ReadFile) })
	p.Machine = sync.OnceValue(func() Machine { return ThisMachine(host) })
	p.Installed = sync.OnceValues(s.List)
	p.Permissions = sync.OnceValues(p.permissions)
	p.Stored = sync.OnceValues(func() (stored, error) { return readStored(host.Registry) })
	p.StartUp = sync.OnceValue(p.startUp)
	return p
}

// goroots are the trees whose go.env may count: of the go that PATH starts, and of what was chosen.
func (p *Patient) goroots() []string {
	var roots []string
	if hits := p.Path(); len(hits) > 0 && hits[0].GOROOT != "" {
		roots = append(roots, hits[0].GOROOT)
	}
	if here, err := p.Here(); err == nil {
		roots = append(roots, here.GOROOT)
	}
	return roots
}

func (p *Patient) allows(d Depth) bool { return d == Quick || p.Network }
