// Package journal keeps a log of interactions that can't be changed unnoticed: lines of JSON, each with the hash of the
// one before it, in one file or in two.
//
// An entry is in every file, whole, when Add returns without an error: a killed process loses nothing that was
// acknowledged, a power loss at most what was added since the last flush, about a second. Add fails rather than let an
// interaction go unrecorded, and works again once the files can be written. No field can make a line of its own: a line
// is printable ASCII. Entries may be added by many goroutines; a second process is refused.
//
// What the chain proves: nothing between two entries was changed, dropped, reordered or inserted by anyone who did not
// also write every later line again. Against one who did, or who cut off the end, stand the second file, if it is where
// the same hands can't change it (a volume of another machine, chattr +a), and any earlier head that somebody noted: see
// Audit.
//
// gsw never removes or renames a log. To begin a new file move the old one to the same name with a number at its end
// (log to log.1, the next time to log.2) and start the server again: the new file carries the chain on.
package journal

import (
	"sync"
	"time"
)

// The operations of entries that the journal makes itself.
const (
	Begun     = "begun"     // the first entry of a chain
	Continued = "continued" // the first entry of a file that carries on the chain of the numbered file before it
	Opened    = "opened"    // a process begins to add
	Recovered = "recovered" // something was put right; Reason says what
	Closed    = "closed"    // a process ended as it should; one that was killed leaves none
)

// Entry is one interaction. Add cuts texts that are longer than a few thousand bytes, and says so in them.
type Entry struct {
	Seq       int64     // given by the journal, from 1
	Time      time.Time // zero: when it is added
	Operation string    // lookup, tile, latest, supported, …
	Module    string    // of a lookup
	Version   string
	Path      string // of a tile, or whatever else was asked
	Go        string // the asking Go, such as go1.22, as far as it tells
	Source    string // origin, cache, refused
	Status    int    // what was answered
	Reason    string // why it was refused
	Client    string // who asked
}

// flushEvery bounds what a power loss can cost.
const flushEvery = time.Second

// Journal is an open log.
type Journal struct {
	now    func() time.Time
	unlock []func() error

	mu     sync.Mutex
	chain  chain
	open   *batch // what the next write takes
	places []*place
	behind int64 // the first entry that is not in every file; 0: there is none
	reason error // why
	failed error // nothing can be added any more
	dirty  bool  // written since the last flush
	head   Head  // of what is in every file

	wake    chan struct{} // there is something to write
	stop    chan struct{} // the journal is closed
	done    sync.WaitGroup
	closing sync.Once
	closed  error
}

// Head names an entry, and by its hash all before it.
type Head struct {
	Seq  int64
	Hash string // 64 digits
}

// Head is the newest entry that is in every file.
func (j *Journal) Head() Head {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head
}

// Err tells why nothing can be added at present; nil if all is well.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.failed
	}
	return j.reason
}
