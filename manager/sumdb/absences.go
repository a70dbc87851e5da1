package sumdb

import (
	"sync"
	"time"
)

// absencesAtMost bounds what is remembered; whoever asks for more names makes all be forgotten.
const absencesAtMost = 10_000

// absences are the records that the database doesn't have, for a short time.
type absences struct {
	mu    sync.Mutex
	until map[string]absence
}

type absence struct {
	until  time.Time
	reason string
}

// remember keeps one.
func (a *absences) remember(name, reason string, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until == nil || len(a.until) >= absencesAtMost {
		a.until = map[string]absence{}
	}
	a.until[name] = absence{until, reason}
}

// recall tells why a record is not there, and for how long that is not asked again.
func (a *absences) recall(name string, now time.Time) (reason string, left time.Duration, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.until[name]
	if !ok || !now.Before(found.until) {
		delete(a.until, name)
		return "", 0, false
	}
	return found.reason, found.until.Sub(now), true
}
