package local

import (
	"gsw/manager/store"
)

// Listed is an installed toolchain with what is known about it.
type Listed struct {
	Toolchain store.Toolchain
	store.Brief
	Active    bool  // what this directory gets
	Default   bool  // what the anchor names
	EndOfLife bool  // two newer release lines are known: the Go project mends it no more
	Err       error // the receipt could not be read
}

// List tells what is installed, newest first. A damaged receipt damages its row only.
func (m Verbs) List() ([]Listed, error) {
	described, err := m.Store.Describe()
	if err != nil {
		return nil, err
	}
	here, hereErr := m.Resolve("")
	anchor, anchorErr := m.Store.Active()
	newest := m.newestKnown(described)
	listed := make([]Listed, len(described))
	for i, d := range described {
		v := d.Toolchain.Version
		listed[i] = Listed{
			Toolchain: d.Toolchain, Brief: d.Brief, Err: d.Err,
			Active:    hereErr == nil && here.Version == v && !here.System,
			Default:   anchorErr == nil && anchor.Version == v,
			EndOfLife: v.EndOfLife(newest),
		}
	}
	return listed, nil
}
