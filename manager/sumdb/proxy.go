// Package sumdb is a proxy of the checksum database for a network: what it answers was proved by the signed tree, what
// was proved is answered without asking again, and every answer is signed and written down.
//
// It guarantees that no record, tile or tree head is cached or answered that the database's key and history don't
// prove; that a forked history, and a tree head that is older than one seen, are refused and kept as evidence; that
// what was answered once is answered again when nobody can be reached; that equal questions at once are one question,
// and that no question takes longer than its bound; and that an answer that can't be written down is not given.
package sumdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"gsw/manager/journal"
	"gsw/manager/trust"
)

// A Recorder keeps what was asked and answered.
type Recorder interface{ Add(journal.Entry) error }

// Options are what a proxy is made of.
type Options struct {
	Cache  string      // folder of what was proved, and of evidence
	Ways   []trust.Way // to the database, asked in this order; none: offline
	Get    trust.Getter
	LogKey string // the database's verifier key; "": sum.golang.org's
	Key    Key    // signs the answers

	Journal Recorder
	Now     func() time.Time
	Warn    func(message string) // of what the one who runs the proxy has to know: refusals, an origin that is gone

	// Unreachable tells a host that can't be reached from one that answered what isn't wanted.
	Unreachable func(error) bool

	Patience time.Duration // for one answer of one way; 5 s if zero
}

const (
	// questionTime bounds what one question may take, however many documents it needs.
	questionTime = 20 * time.Second

	// freshFor is how long the tree head that was asked for last is the newest.
	freshFor = 10 * time.Second

	// absentFor is how long the database's word counts that it has no record. It makes one when the module appears.
	absentFor = time.Minute
)

// A Proxy answers for the checksum database. It is an http.Handler.
type Proxy struct {
	o    Options
	name string // of the database

	flights singleflight.Group
	absent  absences

	mu         sync.Mutex
	partitions map[string]*partition
	newest     newest // of all partitions

	answered [5]atomic.Int64 // by source
	warned   atomic.Int64    // when it was last told that the log can't be written
}

// Sources are where answers come from, as the journal has it.
func Sources() []string { return []string{fromOrigin, fromCache, fromSelf, refused, unreachable} }

// Answered is how many requests were answered from that source.
func (p *Proxy) Answered(source string) int64 {
	return p.answered[slices.Index(Sources(), source)].Load()
}

// partition is what the Go versions of one line are answered from.
type partition struct {
	name string
	log  *trust.Log

	mu       sync.Mutex
	followed time.Time // when the tree head was asked for last
}

// newest is the newest tree head that a partition has.
type newest struct {
	head []byte
	size int64
	part *partition // that has it, and the tiles which prove it
}

// everybody is the partition of those who don't tell their version.
const everybody = "any"

// New makes a proxy that goes on where the one before ended.
func New(ctx context.Context, o Options) (*Proxy, error) {
	if o.Patience == 0 {
		o.Patience = 5 * time.Second
	}
	o.Get = &brisk{get: o.Get, now: o.Now, unreachable: o.Unreachable, slots: make(chan struct{}, requestsAtOnce)}
	p := &Proxy{o: o, name: databaseName(o.LogKey), partitions: map[string]*partition{}}
	entries, err := os.ReadDir(o.Cache)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	for _, entry := range entries {
		if !isPartition(entry.Name()) {
			continue
		}
		part := p.partition(entry.Name())
		head, size, err := part.log.Head(ctx)
		switch {
		case errors.Is(err, trust.ErrNoHead):
		case err != nil:
			return nil, err
		default:
			p.saw(part, head, size)
		}
	}
	return p, nil
}

// databaseName is the part of a verifier key before its first plus sign.
func databaseName(key string) string {
	return (&trust.Log{Key: key}).Database()
}

func isPartition(name string) bool {
	line, err := askerLine(name)
	return name == everybody || err == nil && line == name
}

// partition gives the one of that name.
func (p *Proxy) partition(name string) *partition {
	p.mu.Lock()
	defer p.mu.Unlock()
	part := p.partitions[name]
	if part == nil {
		part = &partition{name: name, log: &trust.Log{
			Get: p.o.Get, Ways: p.o.Ways, CacheDir: filepath.Join(p.o.Cache, name), Key: p.o.LogKey, Patience: p.o.Patience,
		}}
		p.partitions[name] = part
	}
	return part
}

// saw remembers a proved tree head.
func (p *Proxy) saw(part *partition, head []byte, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if size > p.newest.size {
		p.newest = newest{head, size, part}
	}
}

// ask is log with its ways, once it has caught up; offline it is of no use, and the error of the cache stays the answer.
func (p *Proxy) ask(ctx context.Context, part *partition, uncached error) error {
	if len(p.o.Ways) == 0 {
		return uncached
	}
	return p.catchUp(ctx, part)
}

// catchUp makes the partition continue the newest tree head of all partitions, before it asks for anything. So a
// database can't show one history to one version of Go and another to the next.
func (p *Proxy) catchUp(ctx context.Context, part *partition) error {
	p.mu.Lock()
	newest := p.newest
	p.mu.Unlock()
	_, size, err := part.log.Head(ctx)
	if err != nil && !errors.Is(err, trust.ErrNoHead) || size >= newest.size {
		return ignoreNoHead(err)
	}
	return part.log.Merge(ctx, newest.head)
}

// explain looks for the reason of a forged answer: a partition that lacks tiles can't tell a database that shows another
// history from one that sends junk. The partition that has the newest head can.
func (p *Proxy) explain(ctx context.Context, err error) error {
	var forged *trust.ForgedError
	var forked *trust.TreeHeadError
	p.mu.Lock()
	part := p.newest.part
	p.mu.Unlock()
	if part == nil || !errors.As(err, &forged) {
		return err
	}
	if _, now := part.log.Follow(ctx); errors.As(now, &forked) {
		return forked
	}
	return err
}

func ignoreNoHead(err error) error {
	if errors.Is(err, trust.ErrNoHead) {
		return nil
	}
	return err
}

// cached is the partition's log without any way.
func (p *partition) cached() *trust.Log {
	log := *p.log
	log.Ways = nil
	return &log
}
