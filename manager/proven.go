package manager

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gsw/manager/selection"
	"gsw/manager/trust"
)

// toolchainProof is who vouches for a toolchain, as it lies there now.
type toolchainProof struct {
	Verification
	Party  string // trust.PartyLog or trust.PartyLock
	Record int64  // of the checksum database; -1: unknown
}

// proven verifies a toolchain now, and believes the checksum database's record, or gsw.lock, alone: a receipt lies
// beside the files, and who changed them could have changed it. Errors: *NotReleasedError, *UnprovedError.
func (m Manager) proven(ctx context.Context, here selection.Selection) (toolchainProof, error) {
	v, err := m.Verify(ctx, here.GOROOT)
	var silent *trust.SilentError
	if errors.As(err, &silent) {
		return toolchainProof{}, &UnprovedError{GOROOT: here.GOROOT, Reason: silent.Error()}
	}
	if err != nil {
		return toolchainProof{}, err
	}
	_, lock, err := m.lockFile()
	if err != nil {
		return toolchainProof{}, err
	}
	locked, isLocked := lock.Find(v.Version, v.Target)
	isLocked = isLocked && locked.Tree != "" // a line may be about the archive alone
	h1, id, size, err := m.Log.Record(ctx, v.Version, v.Target)
	switch {
	case err != nil && !errors.As(err, &silent):
		return toolchainProof{}, err
	case !v.Intact:
		return toolchainProof{}, &NotReleasedError{v}
	case err == nil && h1 == v.Tree:
		return toolchainProof{Verification: v, Party: trust.PartyLog, Record: id}, nil
	case isLocked:
		return toolchainProof{Verification: v, Party: trust.PartyLock, Record: locked.Record}, nil
	case err != nil:
		return toolchainProof{}, &UnprovedError{GOROOT: here.GOROOT, Reason: silent.Error()}
	case !trust.ArchivesRecorded(v.Version):
		return toolchainProof{}, &UnprovedError{GOROOT: here.GOROOT, Reason: "its record is that of the module, and archives before go1.21 were built separately"}
	}
	v.Claim = m.Log.Claim(v.Version, v.Target, h1, id, size) + ", but the files hash to " + v.Tree
	return toolchainProof{}, &NotReleasedError{v}
}

// NotReleasedError is a toolchain whose files are not those that were released.
type NotReleasedError struct{ Verification }

func (e *NotReleasedError) Error() string {
	const most = 20
	lines := []string{fmt.Sprintf("%s in %s is not what was released: %s", e.Version, e.GOROOT, e.Claim)}
	for i, d := range e.Differences {
		if i == most {
			lines = append(lines, fmt.Sprintf("\tand %d more", len(e.Differences)-most))
			break
		}
		lines = append(lines, "\t"+d.Kind+" "+d.Name)
	}
	return strings.Join(lines, "\n")
}

// UnprovedError is a toolchain for which nobody vouches now.
type UnprovedError struct{ GOROOT, Reason string }

func (e *UnprovedError) Error() string {
	return "nobody vouches for the toolchain in " + e.GOROOT + ": " + e.Reason
}
