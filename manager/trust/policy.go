// Package trust decides whether a toolchain is the one that the Go project released.
//
// A toolchain is measured once, while it is unpacked: that measurement is a [Subject]. Parties that know
// something about releases each say whether it agrees with what they know; a [Policy] says whose word
// suffices. Where the bytes came from proves nothing here, and no setting of the go command weakens what a
// party checks: this package reads no environment.
package trust

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gsw/manager/gover"
	"gsw/platform"
)

// Names of the parties, as the setting "trust" and receipts spell them.
const (
	PartyLog       = "log"
	PartyIndex     = "index"
	PartySignature = "signature"
	PartyLock      = "lock"
	PartyMemory    = "memory"
)

// Sources of an archive, as Subject.Source and receipts spell them.
const (
	SourceDL     = "dl"     // an archive of the release index, from the origin or a mirror
	SourceModule = "module" // the golang.org/toolchain module
	SourceFile   = "file"   // an archive that the user has
	SourceImport = "import" // a tree that another manager installed
)

// A Subject is what was measured of one toolchain. What is unknown is zero: an installed tree has no archive
// any more, and a party that needs the missing part is silent.
type Subject struct {
	Version gover.Version
	Target  platform.Target
	Source  string // SourceDL, SourceModule, SourceFile or SourceImport
	SHA256  string // of the archive, 64 lower-case hex digits
	Size    int64  // of the archive, in bytes
	Tree    string // hash of the files as the checksum database computes it: "h1:…"
}

// String names the toolchain: "go1.22.3 for linux-amd64".
func (s Subject) String() string {
	return s.Version.Tag() + " for " + s.Target.String()
}

// A Party may know something about released toolchains.
//
// Vouch returns a proof if what the party knows agrees with s, a *SilentError if it knows nothing about s, and
// a *ContradictionError if it knows better. Any other error, too, refuses the toolchain: a party that was
// lied to, or whose own record can't be read, isn't one that knows nothing.
type Party interface {
	Name() string
	Vouch(ctx context.Context, s Subject) (Proof, error)
}

// A SilentError says that a party knows nothing about a toolchain, and why.
type SilentError struct {
	Party  string
	Reason string
	Absent bool // the party was asked, answered, and has no such toolchain; false: it couldn't be asked
}

func (e *SilentError) Error() string { return e.Party + ": " + e.Reason }

// A ContradictionError says that what was measured isn't what a party knows to be the release.
type ContradictionError struct {
	Party   string
	Subject string // "go1.22.3 for linux-amd64"
	What    string // what differs: "SHA-256 of the archive"
	Want    string // the party's value
	Have    string // the measured value
	Source  string // where the party has its value from
}

func (e *ContradictionError) Error() string {
	return fmt.Sprintf("%s is not the release: %s is %s, but %s says %s (%s)", e.Subject, e.What, e.Have, e.Party, e.Want, e.Source)
}

// contradiction fills in what every party's contradiction says alike.
func contradiction(party string, s Subject, what, want, have, source string) *ContradictionError {
	return &ContradictionError{Party: party, Subject: s.String(), What: what, Want: want, Have: have, Source: source}
}

// A RefusedError says that no party whose word suffices vouched for a toolchain, and what each one said.
type RefusedError struct {
	Subject  Subject
	Accept   []string       // the parties whose word would have sufficed
	Silences []*SilentError // in the order of the policy's parties
	Others   []Proof        // of parties whose word doesn't suffice
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "nothing proves that this is %s (accepted: %s)", e.Subject, strings.Join(e.Accept, ", "))
	for _, s := range e.Silences {
		fmt.Fprintf(&b, "\n\t%s: silent: %s", s.Party, s.Reason)
	}
	for _, p := range e.Others {
		fmt.Fprintf(&b, "\n\t%s: vouches, but is not accepted: %s", p.Party, p.Claim)
	}
	return b.String()
}

// A Policy says who is asked, and whose word suffices.
type Policy struct {
	Parties []Party
	Accept  []string // names of parties whose proof suffices; empty: log and lock
	None    bool     // the user waived every proof: nothing has to vouch, nothing counts as proof, contradictions still refuse
}

// A Verdict is what a policy's parties said of a toolchain that passed, in the order of the policy's parties.
type Verdict struct {
	Proofs   []Proof
	Silences []*SilentError
}

// Check asks every party, all at once, about s.
//
// If none contradicts and one whose word suffices vouches, it returns the proofs of all that did. If parties contradict or fail, the error is theirs, joined if they are several. Otherwise it is
// a *RefusedError. Without proofs (None), a toolchain that nobody contradicts passes with no proof at all.
func (p Policy) Check(ctx context.Context, s Subject) (Verdict, error) {
	proofs, errs := p.ask(ctx, s)
	if err := ctx.Err(); err != nil {
		return Verdict{}, context.Cause(ctx)
	}
	return p.judge(s, proofs, errs)
}

// ask returns what each party said: for each a proof or an error.
func (p Policy) ask(ctx context.Context, s Subject) ([]Proof, []error) {
	proofs := make([]Proof, len(p.Parties))
	errs := make([]error, len(p.Parties))
	var all sync.WaitGroup
	for i, party := range p.Parties {
		all.Go(func() { proofs[i], errs[i] = party.Vouch(ctx, s) })
	}
	all.Wait()
	return proofs, errs
}

// judge decides what the answers add up to.
func (p Policy) judge(s Subject, answers []Proof, errs []error) (Verdict, error) {
	refused := &RefusedError{Subject: s, Accept: p.Accept}
	if len(refused.Accept) == 0 {
		refused.Accept = []string{PartyLog, PartyLock}
	}
	var proofs []Proof
	var alarms []error
	enough := false
	for i, err := range errs {
		var silent *SilentError
		switch {
		case err == nil:
			proofs = append(proofs, answers[i])
			enough = enough || slices.Contains(refused.Accept, p.Parties[i].Name())
		case errors.As(err, &silent):
			refused.Silences = append(refused.Silences, silent)
		default:
			alarms = append(alarms, err)
		}
	}
	switch {
	case len(alarms) == 1:
		return Verdict{}, alarms[0]
	case len(alarms) > 1:
		return Verdict{}, errors.Join(alarms...)
	case p.None:
		return Verdict{Silences: refused.Silences}, nil
	case enough:
		return Verdict{Proofs: proofs, Silences: refused.Silences}, nil
	}
	refused.Others = proofs
	return Verdict{}, refused
}
