package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gsw/manager/receipt"
	"gsw/platform"
)

// A Memory is the append-only record of every install: a file with one receipt on each line, oldest first. As a party
// it never vouches, since having seen something before proves nothing; but the same version with other files than
// those that were proved once contradicts.
type Memory struct{ File string }

// Append adds r and flushes it. Processes may append at once. A line that a power cut left unfinished stays as it is;
// r gets a line of its own.
func (m Memory) Append(ctx context.Context, r receipt.Receipt) (err error) {
	line, err := r.Line()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.File), 0o755); err != nil {
		return fmt.Errorf("remembering %s: %w", r.Version, err)
	}
	unlock, err := platform.Lock(ctx, m.File+".lock", nil)
	if err != nil {
		return fmt.Errorf("remembering %s: %w", r.Version, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := m.append(line); err != nil {
		return fmt.Errorf("remembering %s: %w", r.Version, err)
	}
	return nil
}

func (m Memory) append(line []byte) (err error) {
	f, err := os.OpenFile(m.File, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if size := info.Size(); size > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(line); err != nil {
		return err
	}
	return f.Sync()
}

// Receipts returns what is remembered, oldest first, and the numbers of lines that can't be read. Nothing is
// remembered where there is no file.
func (m Memory) Receipts() (receipts []receipt.Receipt, damaged []int, err error) {
	data, err := platform.ReadFile(m.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading what was installed before: %w", err)
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r, err := receipt.Parse(line)
		if err != nil {
			damaged = append(damaged, number)
			continue
		}
		receipts = append(receipts, r)
	}
	return receipts, damaged, nil
}

// Alarm returns a *ContradictionError if the same version for the same platform was proved to have other files before.
//
// Installs without proof count for nothing: otherwise one bad install that the user waived would stand in the way of
// every good one. Where archive and module may differ though both are Go, only the same source is compared.
func (m Memory) Alarm(s Subject) error {
	receipts, _, err := m.Receipts()
	if err != nil || s.Tree == "" {
		return err
	}
	for _, r := range slices.Backward(receipts) {
		old := measured(r)
		if old.Version != s.Version || old.Target != s.Target || old.Tree == "" || !r.Verified() {
			continue
		}
		if old.Source != s.Source && !(builtLikeModule(old) && builtLikeModule(s)) {
			continue
		}
		if old.Tree != s.Tree {
			return contradiction(PartyMemory, s, "the hash of its files", old.Tree, s.Tree,
				fmt.Sprintf("installed from %s on %s, proved by %s", r.URL, r.InstalledAt.UTC().Format(time.DateOnly), r.Proofs[0].Party))
		}
	}
	return nil
}

func (m Memory) Name() string { return PartyMemory }

// Vouch is Alarm as a party's word.
func (m Memory) Vouch(_ context.Context, s Subject) (Proof, error) {
	if err := m.Alarm(s); err != nil {
		return Proof{}, err
	}
	return Proof{}, &SilentError{Party: PartyMemory, Reason: "what was installed before proves nothing"}
}
