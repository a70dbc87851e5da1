package sumdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"gsw/manager/trust"
)

const (
	// restFor is how long a host that could not be reached is not asked again, so that who asks meanwhile waits for nothing.
	restFor = 5 * time.Second

	// requestsAtOnce bounds what is under way to all hosts together.
	requestsAtOnce = 32
)

// brisk gets documents, and gives up at once on hosts that could not be reached a moment ago.
type brisk struct {
	get         trust.Getter
	now         func() time.Time
	unreachable func(error) bool
	slots       chan struct{}

	mu      sync.Mutex
	resting map[string]rest
}

type rest struct {
	until time.Time
	err   error
}

func (b *brisk) Get(ctx context.Context, address string, limit int64) ([]byte, error) {
	host := address
	if u, err := url.Parse(address); err == nil {
		host = u.Scheme + "://" + u.Host
	}
	if err := b.rests(host); err != nil {
		return nil, err
	}
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	data, err := b.get.Get(ctx, address, limit)
	switch {
	case err == nil:
		b.rested(host)
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded) || ctx.Err() == nil && b.unreachable(err):
		b.rest(host, err)
	}
	return data, err
}

func (b *brisk) rests(host string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, ok := b.resting[host]
	if !ok || !b.now().Before(r.until) {
		return nil
	}
	return fmt.Errorf("not asked again for %v after %w", restFor, r.err)
}

func (b *brisk) rest(host string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.resting == nil {
		b.resting = map[string]rest{}
	}
	b.resting[host] = rest{b.now().Add(restFor), err}
}

func (b *brisk) rested(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.resting, host)
}
