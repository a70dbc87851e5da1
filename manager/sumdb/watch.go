package sumdb

import (
	"context"
	"net/http"
	"time"

	"gsw/manager/journal"
)

// Watch follows the database until ctx ends, so that a history that is rewritten is noticed also while nobody asks:
// once at the beginning and then at each tick.
func (p *Proxy) Watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		p.Follow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// Follow asks for the newest tree head once, and writes down what came of it.
func (p *Proxy) Follow(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	entry := journal.Entry{Operation: "follow", Path: "/latest", Source: fromOrigin, Status: http.StatusOK}
	if err := p.follow(ctx, p.partition(everybody)); err != nil {
		if ctx.Err() != nil && context.Cause(ctx) != context.DeadlineExceeded {
			return // the proxy ends
		}
		a := p.failed(ctx, err)
		if a.source == unreachable {
			p.o.Warn("the database can't be reached, so what is cached is answered: " + a.reason)
		}
		entry.Source, entry.Status, entry.Reason = a.source, a.status, a.reason
	}
	if err := p.o.Journal.Add(entry); err != nil {
		p.o.Warn("writing the log: " + err.Error())
	}
}
