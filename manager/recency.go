package manager

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/local"
	"gsw/manager/store"
	"gsw/manager/trust"
)

// recency watches for releases that are withheld. Proofs say that a release was
// published, never that it is the latest: whoever stands between could go on
// serving an old list, with a hole that is mended since. Nothing here refuses;
// a person is told.
type recency struct {
	place  string        // whose list it is
	newest gover.Version // stable, in that list; zero: none
	before gover.Version // the newest that any list ever had
	second chan string   // what another kind of source says to the contrary, then closed
}

// secondPatience is how long an install may take longer because of the other source.
const secondPatience = 2 * time.Second

// watch begins to watch over a list of versions, from which an order was filled.
// A source of another kind among others is asked for its newest at the same
// time: without retries, in silence, and only where the order left it open.
func (m Manager) watch(ctx context.Context, source Source, versions []gover.Version, others []Source) *recency {
	r := &recency{place: source.Place(), newest: local.NewestStable(versions), before: m.RememberNewest(versions), second: make(chan string, 1)}
	differs := func(s Source) bool { return s.Name() != source.Name() }
	i := slices.IndexFunc(m.Witnesses, differs)
	if i < 0 || !slices.ContainsFunc(others, differs) {
		close(r.second)
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, secondPatience)
	go func() {
		defer cancel()
		defer close(r.second)
		r.second <- m.contradicts(ctx, m.Witnesses[i], r.newest)
	}()
	return r
}

// contradicts says in which way a source knows something else to be the newest
// release; "" if it does not, or cannot be asked. A module proxy lists what
// somebody asked it for, so one that lacks the newest is asked for that by name.
func (m Manager) contradicts(ctx context.Context, witness Source, newest gover.Version) string {
	versions, err := witness.Versions(ctx, m.Host.Target)
	if err != nil {
		return ""
	}
	theirs := local.NewestStable(versions)
	if theirs.Compare(newest) > 0 {
		return fmt.Sprintf("%s has %s", witness.Place(), theirs)
	}
	if newest.IsZero() || theirs == newest {
		return ""
	}
	err = witness.Each(ctx, newest, m.Host.Target, func(dist.Archive) error { return nil })
	if absent := (*dist.NotPublishedError)(nil); errors.As(err, &absent) {
		return fmt.Sprintf("%s has nothing newer than %s", witness.Place(), theirs)
	}
	return ""
}

// warn says what gives rise to doubt, once the toolchain that was asked for is there.
func (r *recency) warn(ctx context.Context, m Manager, t store.Toolchain) {
	if r == nil || r.newest.IsZero() {
		return
	}
	listed := fmt.Sprintf("%s lists nothing newer than %s", r.place, r.newest)
	if r.before.Compare(r.newest) > 0 {
		m.Report.Warn(fmt.Sprintf("%s, but %s was listed before: newer releases may be withheld from you", listed, r.before))
	}
	if t.Version != r.newest {
		t, _ = m.Store.Get(r.newest)
	}
	now := m.Host.Now()
	if released := releasedAt(t.GOROOT()); trust.Stale(released, now) {
		m.Report.Warn(fmt.Sprintf("%s, which is %d days old: newer releases may be withheld from you",
			listed, int(now.Sub(released).Hours()/24)))
	}
	select {
	case second := <-r.second:
		if second != "" {
			m.Report.Warn(fmt.Sprintf("%s, but %s: newer releases may be withheld from you", listed, second))
		}
	case <-ctx.Done():
	}
}

// releasedAt is the time in the second line of a VERSION file, which releases
// have since go1.21; zero where there is none.
func releasedAt(goroot string) time.Time {
	text, err := os.ReadFile(filepath.Join(goroot, "VERSION"))
	if err != nil {
		return time.Time{}
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "time "); ok {
			at, _ := time.Parse(time.RFC3339, value)
			return at
		}
	}
	return time.Time{}
}
