// Package doctor finds what makes the wrong Go run, breaks builds, or takes proof away: a check is an id and a function,
// and a line in the list. Checks look and never change anything; what mends a finding is a value in it, for whoever was
// asked to mend.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"
)

// Level is how bad a finding is.
type Level int

const (
	Green  Level = iota // worth knowing
	Yellow              // a risk
	Red                 // blocks or endangers work
)

func (l Level) String() string { return [...]string{"green", "yellow", "red"}[l] }

// Finding is one thing that a check found.
type Finding struct {
	ID       string // the check's
	Level    Level
	Message  string   // one line: what is wrong, and what comes of it
	Evidence []string // what shows it: "/home/me/.bashrc:12: export GOROOT=/usr/local/go"

	// Fix is what to type: lines for a POSIX shell, which can be pasted. "" where only a person can decide.
	Fix string

	// Mend does what Fix says, where that is safe to do unasked but for --fix; nil otherwise.
	Mend func(ctx context.Context) error
}

// Depth is how far a check may go.
type Depth int

const (
	Quick   Depth = iota // files and the environment, in milliseconds; more where Patient.Deep says so
	Network              // servers are asked
)

// Check looks for one kind of trouble. Run gives a finding for each case, none if all is well, and an error only where
// it could not look.
type Check struct {
	ID    string
	Depth Depth
	Run   func(ctx context.Context, p *Patient) ([]Finding, error)
}

// Examine runs the checks that p's depths allow, side by side, and gives their findings: the worst first, otherwise in
// the order of the list. A check that could not look is a yellow finding, except if ctx has ended.
func Examine(ctx context.Context, p *Patient, checks []Check) ([]Finding, error) {
	results := make([][]Finding, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		if !p.allows(c.Depth) {
			continue
		}
		wg.Go(func() {
			found, err := c.Run(ctx, p)
			if err != nil && ctx.Err() == nil {
				found = append(found, Finding{Level: Yellow, Message: fmt.Sprintf("this could not be looked at: %v", err)})
			}
			for j := range found {
				found[j].ID = c.ID
			}
			results[i] = found
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	all := slices.Concat(results...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Level > all[j].Level })
	return all, nil
}
