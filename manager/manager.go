// Package manager holds gsw's verbs: what a user can ask for, one method a file.
//
// It composes the packages below it and decides nothing about words on a
// terminal: answers are values, events go to a [Reporter], errors keep their type.
package manager

import (
	"gsw/manager/download"
	"gsw/manager/local"
	"gsw/manager/trust"
	"gsw/platform"
)

// Manager carries out the verbs for one user on one machine.
// Its methods may be called by several processes at once; the store's locks keep them apart.
type Manager struct {
	local.Verbs
	Client    *download.Client
	Sources   []Source   // in the order they are asked
	Witnesses []Source   // the same, asked once and in silence, for what they know to the contrary
	Log       *trust.Log // the public checksum database
	Memory    trust.Memory
	Unreached map[string]bool // places of sources that could not be reached in this run
	Told      map[string]bool // notes that are not given again in this run
	Report    Reporter
	NoFlush   bool   // an install does not wait for the disk
	Edition   string // gsw's own version, for receipts

	instead platform.Target // of the toolchain that there would be, had it been released for this processor
}

// Reporter hears what happens while a verb runs. Its lines are for people.
type Reporter interface {
	Phase(text string)                          // a step has begun
	Note(text string)                           // worth knowing, nothing is wrong
	Warn(text string)                           // something did not go as asked, and what gsw does about it
	Transfer(what string, total int64) Transfer // bytes are about to flow; total is -1 when unknown
}

// Transfer is one flow of bytes being watched.
type Transfer interface {
	At(done int64) // bytes so far
	End()          // may be called twice
}
