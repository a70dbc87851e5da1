package manager

import (
	"errors"
	"fmt"
	"time"

	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// PruneRule says what nothing needs. Rules are joined by "or".
type PruneRule struct {
	LatestPatch bool          // a newer installed patch of the same line replaces it
	Unused      time.Duration // has not run for so long; 0: this rule is off
}

// Doomed is a toolchain that a rule fits.
type Doomed struct {
	Toolchain store.Toolchain
	Size      int64 // bytes, as the receipt says
	Why       string
}

// Prunable lists what a rule fits, newest first. The default, what this
// directory asks for and what an alias names by its number are never among it.
//
// When a toolchain last ran is read from the access time of its go command,
// which most systems keep to the day.
func (m Manager) Prunable(rule PruneRule) ([]Doomed, error) {
	toolchains, err := m.Store.List()
	if err != nil {
		return nil, err
	}
	kept, err := m.needed()
	if err != nil {
		return nil, err
	}
	var doomed []Doomed
	newestOf := map[string]gover.Version{}
	for _, t := range toolchains {
		line := t.Version.Line()
		newer, replaced := newestOf[line]
		if !replaced && !t.Version.Prerelease() {
			newestOf[line] = t.Version
		}
		if t.System || kept[t.Version] {
			continue
		}
		why := ""
		if rule.LatestPatch && replaced {
			why = newer.Tag() + " replaces it"
		} else if rule.Unused > 0 {
			if idle := m.idle(t); idle >= rule.Unused {
				why = fmt.Sprintf("not run for %d days", int(idle.Hours()/24))
			}
		}
		if why != "" {
			r, _ := t.Receipt() // a damaged one has no size to tell
			doomed = append(doomed, Doomed{Toolchain: t, Size: r.TreeBytes, Why: why})
		}
	}
	return doomed, nil
}

// idle is how long a toolchain has not run.
func (m Manager) idle(t store.Toolchain) time.Duration {
	last := platform.LastRead(t.Go())
	if r, err := t.Receipt(); err == nil && r.InstalledAt.After(last) {
		last = r.InstalledAt
	}
	return m.Host.Now().Sub(last)
}

// needed are the versions no rule may take.
func (m Manager) needed() (map[gover.Version]bool, error) {
	kept := map[gover.Version]bool{}
	active, err := m.Store.Active()
	var none *store.NoDefaultError
	if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	kept[active.Version] = true
	if here, err := m.Resolve(""); err == nil && !here.System {
		kept[here.Version] = true
	}
	for name := range m.Config.Aliases {
		if spec, err := m.ParseSpec(name); err == nil {
			if v, exact := spec.Exact(); exact {
				kept[v] = true
			}
		}
	}
	return kept, nil
}
