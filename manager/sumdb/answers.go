package sumdb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gsw/manager/trust"
)

// lookup answers with a record and the newest tree head by which it was proved.
func (p *Proxy) lookup(ctx context.Context, part *partition, asked request) answer {
	name := part.name + " " + asked.module + " " + asked.version
	if reason, left, ok := p.absent.recall(name, p.o.Now()); ok {
		a := refusal(http.StatusNotFound, reason)
		a.source, a.fresh = fromCache, left
		return a
	}
	proven, err := part.cached().Prove(ctx, asked.module, asked.version)
	if silent(err) {
		if err := p.ask(ctx, part, err); err != nil {
			return p.failed(ctx, err)
		}
		if proven, err = part.log.Prove(ctx, asked.module, asked.version); err == nil {
			p.saw(part, proven.Head, proven.TreeSize)
		}
	}
	if err != nil {
		a := p.failed(ctx, err)
		if a.status == http.StatusNotFound {
			p.absent.remember(name, a.reason, p.o.Now().Add(absentFor))
			a.fresh = absentFor
		}
		return a
	}
	body, err := proven.Answer(proven.Head)
	if err != nil {
		return p.failed(ctx, err)
	}
	return answer{status: http.StatusOK, kind: text, body: body, source: source(proven.Cached), fresh: time.Hour}
}

// tile answers with a tile of hashes or records that the newest tree holds. One that it doesn't hold yet makes the
// proxy look for a newer tree: a client may have seen one elsewhere.
func (p *Proxy) tile(ctx context.Context, part *partition, asked request) answer {
	proven, err := part.cached().Tile(ctx, asked.tile)
	if err != nil {
		if silent(err) {
			err = p.ask(ctx, part, err)
		} else if beyond(err) && len(p.o.Ways) > 0 {
			err = p.follow(ctx, part)
		}
		if err == nil {
			proven, err = part.log.Tile(ctx, asked.tile)
		}
	}
	if err != nil {
		return p.failed(ctx, err)
	}
	kind := binary
	if asked.tile.L < 0 {
		kind = text
	}
	return answer{status: http.StatusOK, kind: kind, body: proven.Data, source: source(proven.Cached), fresh: longFresh}
}

// latest answers with the newest tree head that is proved to continue all that was seen before.
func (p *Proxy) latest(ctx context.Context, part *partition) answer {
	from, why := fromCache, error(nil)
	if !part.isFresh(p.o.Now()) {
		from = fromOrigin
		why = p.follow(ctx, part)
		if why != nil && !silent(why) {
			return p.failed(ctx, why)
		}
		if why != nil {
			from = fromCache
		}
	}
	head, _, err := part.log.Head(ctx)
	if errors.Is(err, trust.ErrNoHead) && why != nil {
		err = why
	}
	if err != nil {
		return p.failed(ctx, err)
	}
	return answer{status: http.StatusOK, kind: text, body: head, source: from}
}

func (p *partition) isFresh(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.followed.IsZero() && now.Sub(p.followed) < freshFor
}

// follow asks for the newest tree head.
func (p *Proxy) follow(ctx context.Context, part *partition) error {
	if err := p.catchUp(ctx, part); err != nil {
		return err
	}
	followed, err := part.log.Follow(ctx)
	if err != nil {
		return err
	}
	part.mu.Lock()
	part.followed = p.o.Now()
	part.mu.Unlock()
	p.saw(part, followed.Head, followed.TreeSize)
	if followed.ShownSize < followed.TreeSize {
		p.shrunk(followed)
	}
	return nil
}

func source(cached bool) string {
	if cached {
		return fromCache
	}
	return fromOrigin
}

// failed is the answer where there is none.
func (p *Proxy) failed(ctx context.Context, err error) answer {
	err = p.explain(ctx, err)
	var forged *trust.ForgedError
	var forked *trust.TreeHeadError
	var silence *trust.SilentError
	var beyond *trust.BeyondError
	switch {
	case errors.As(err, &forked):
		p.o.Warn(fmt.Sprintf("refused: %s\n%s", bounded(err.Error()), p.keep("fork", err.Error())))
		told := *forked
		told.File = "this proxy's cache" // whose path is nobody's business
		return disbelief(&told)
	case errors.As(err, &forged):
		p.o.Warn("refused: " + bounded(err.Error()))
		return disbelief(forged)
	case errors.As(err, &beyond):
		return absent(err.Error())
	case errors.As(err, &silence) && silence.Absent:
		return absent(silence.Reason)
	case errors.As(err, &silence):
		return nobody(silence.Reason)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, trust.ErrNoHead):
		return nobody(err.Error())
	}
	return p.broken(err)
}

// broken: a fault of this machine, a tree head that somebody changed among them. Strangers are not told which.
func (p *Proxy) broken(err error) answer {
	p.o.Warn(err.Error())
	a := refusal(http.StatusInternalServerError, "the proxy can't go on with this; whoever runs it is told why")
	a.reason, _, _ = strings.Cut(err.Error(), "\n")
	return a
}

// bounded cuts evidence that somebody made long.
func bounded(text string) string {
	const most = 8 << 10
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// absent: the database has no such thing.
func absent(reason string) answer {
	a := refusal(http.StatusNotFound, reason)
	a.source = fromOrigin
	return a
}

// disbelief is the answer where what the database said is not to be believed: all of the evidence for the client, one
// line for the journal.
func disbelief(err error) answer {
	a := refusal(http.StatusBadGateway, "refused: "+bounded(err.Error()))
	a.reason, _, _ = strings.Cut(err.Error(), "\n")
	return a
}

// nobody could be asked.
func nobody(reason string) answer {
	a := refusal(http.StatusServiceUnavailable, reason)
	a.source, a.again = unreachable, restFor
	return a
}

// silent tells whether nobody could say anything: what is cached doesn't answer, or no way does.
func silent(err error) bool {
	var silence *trust.SilentError
	return errors.As(err, &silence)
}

func beyond(err error) bool {
	var beyond *trust.BeyondError
	return errors.As(err, &beyond)
}
