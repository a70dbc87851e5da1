package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/platform"
)

// markPrefix and a version are the name of a file in versions/ that says: this toolchain was not flushed. It holds the
// boot it was installed under; none, where that is not known. It is made before the toolchain gets its name, in the
// same folder, so that a file system that keeps a log of names never has the toolchain without it.
const markPrefix = ".unflushed-"

func parseMark(name string) (gover.Version, bool) {
	tag, ok := strings.CutPrefix(name, markPrefix)
	if !ok {
		return gover.Version{}, false
	}
	return parseTag(tag)
}

// markFile lies beside t, in whichever store that is.
func markFile(t Toolchain) string {
	return filepath.Join(filepath.Dir(t.Dir), markPrefix+t.Version.Tag())
}

func (s Store) mark(t Toolchain, boot string) error {
	return os.WriteFile(markFile(t), []byte(boot+"\n"), 0o644)
}

func (s Store) unmark(t Toolchain) error {
	err := os.Remove(markFile(t))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.at("unmarked")
	return err
}

// systemMarks are the marked toolchains of the system-wide store.
func (s Store) systemMarks() []Toolchain {
	if s.system == "" {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(s.system, "versions"))
	if err != nil {
		return nil // List says it where somebody asks for what is in there
	}
	var marked []Toolchain
	for _, e := range entries {
		if v, ok := parseMark(e.Name()); ok {
			marked = append(marked, s.toolchain(s.system, v))
		}
	}
	return marked
}

// Doubtful tells whether t is there and was installed without flushing under another boot than this one, as its mark or
// its receipt has it: whether its files are whole has to be found out.
func (s Store) Doubtful(t Toolchain) bool {
	if _, err := os.Lstat(t.Dir); err != nil {
		return false
	}
	text, err := platform.ReadFile(markFile(t))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err != nil || !s.sameBoot(strings.TrimSpace(string(text)))
	}
	r, err := t.Receipt()
	return err == nil && r.BootID != "" && !s.sameBoot(r.BootID)
}

// sameBoot is false where nothing is known.
func (s Store) sameBoot(boot string) bool { return boot != "" && boot == s.bootID() }

// Settled is what became of a doubtful toolchain.
type Settled struct {
	Removed bool     // it was damaged; Refresh is to be called
	Default bool     // it was the default; now there is none
	Tools   []string // what was in its GOBIN
}

// Recheck asks whole about a doubtful toolchain of the user's own. If it is, it is flushed, and its mark goes; if not,
// it goes as by Remove. Both happen under the lock of its version: of several processes one asks, the others wait and
// find the doubt settled. After an error, or a kill, the doubt stands.
func (s Store) Recheck(ctx context.Context, t Toolchain, waiting func(), whole func() (bool, error)) (settled Settled, err error) {
	unlock, err := s.lockVersion(ctx, t.Version, waiting)
	if err != nil {
		return Settled{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if !s.Doubtful(t) {
		return Settled{}, nil
	}
	s.at("recheck: locked")
	is, err := whole()
	if err != nil {
		return Settled{}, err
	}
	if is {
		return Settled{}, s.confirm(t)
	}
	if target, err := s.readAnchor(); err == nil {
		active, ok := s.named(target)
		settled.Default = ok && active.Dir == t.Dir
	}
	settled.Tools, _ = t.Tools()
	gone, err := s.hide(ctx, t.Version, true)
	if err != nil {
		return Settled{}, err
	}
	settled.Removed = true
	_, _ = s.discard(gone, t)
	s.at("recheck: deleted")
	return settled, nil
}

// Confirm notes that the files of t, which r is the receipt of, were found whole: as Recheck, but nothing is removed. A
// toolchain that was replaced since is let be, and one of the system-wide store.
func (s Store) Confirm(ctx context.Context, t Toolchain, r receipt.Receipt) (err error) {
	if t.System {
		return nil
	}
	unlock, err := s.lockVersion(ctx, t.Version, nil)
	if err != nil {
		return fmt.Errorf("noting that %s is whole: %w", t.Version, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	now, err := t.Receipt()
	if err != nil || now.BootID != r.BootID || !now.InstalledAt.Equal(r.InstalledAt) {
		return err
	}
	return s.confirm(t)
}

// confirm needs the version's lock. The mark goes last: as long as it is there, nothing is believed.
func (s Store) confirm(t Toolchain) error {
	err := platform.FlushTree(t.Dir)
	s.at("confirm: flushed")
	if err == nil {
		err = s.unsign(t)
	}
	if err == nil {
		err = s.unmark(t)
	}
	if err != nil {
		return fmt.Errorf("noting that %s is whole: %w", t.Version, err)
	}
	return nil
}

// unsign takes the boot out of the receipt of t.
func (s Store) unsign(t Toolchain) error {
	r, err := t.Receipt()
	if err != nil || r.BootID == "" {
		return err
	}
	r.BootID = ""
	text, err := r.Text()
	if err != nil {
		return err
	}
	err = platform.WriteDurable(t.receiptFile(), text, 0o644)
	s.at("confirm: receipt written")
	return err
}
