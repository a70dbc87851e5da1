package manager

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"gsw/manager/download"
	"gsw/manager/local"
	"gsw/manager/release"
	"gsw/platform"
)

// SelfOrigin is where releases of gsw are published: the folder of the newest. The project has no public address yet;
// until it has one, SelfUpdate has to be told where to look.
const SelfOrigin = ""

// SelfOrder is what an update is to do.
type SelfOrder struct {
	From    string // the folder of a release: a URL
	Version string // the version it has to be, as v1.2.3; "" is any that is newer
	Look    bool   // change nothing
}

// SelfUpdated is what an update did, or would do.
type SelfUpdated struct {
	Old, New string
	Changed  bool // there is something to do
}

// An OlderError is a release that would take gsw back, without having been asked for.
type OlderError struct{ Have, Offered string }

func (e *OlderError) Error() string {
	return fmt.Sprintf("the release is %s, older than this gsw %s", e.Offered, e.Have)
}

// An OtherReleaseError is a release of another version than the one asked for.
type OtherReleaseError struct{ Want, Have string }

func (e *OtherReleaseError) Error() string {
	return fmt.Sprintf("the release is %s, not %s", e.Have, e.Want)
}

// A PretenderError is a program that says it is of another version than its release.
type PretenderError struct{ Name, Want, Have string }

func (e *PretenderError) Error() string {
	return fmt.Sprintf("%s of the release %s says that it is %q; nothing was replaced", e.Name, e.Want, e.Have)
}

// A NoStartError is a program of a release that does not run on this machine.
type NoStartError struct {
	Name string
	Err  error
}

func (e *NoStartError) Error() string {
	return fmt.Sprintf("%s does not run here: %v; nothing was replaced", e.Name, e.Err)
}

func (e *NoStartError) Unwrap() error { return e.Err }

// An ElsewhereError is a gsw that runs from somewhere else than where it would be replaced.
type ElsewhereError struct{ File, Replaced string }

func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("this gsw is %s, and what would be replaced is %s", e.File, e.Replaced)
}

// A NoPreviousError says that there is nothing to go back to.
type NoPreviousError struct{ Dir string }

func (e *NoPreviousError) Error() string {
	return "no earlier gsw is kept in " + e.Dir
}

// SelfUpdate replaces the gsw in GSW_HOME/bin by that of a release. What is downloaded has to have the sum that the
// release's checksums.txt states, and the programs have to say that they are of its version; nothing is replaced
// before. The sums come from where the archive comes from: they prove that it is whole, not who made it.
//
// They are replaced together: a gsw that is killed in the middle is the old one or goes on being replaced when gsw is
// started next. The old ones are kept for SelfRollback.
func (m Manager) SelfUpdate(ctx context.Context, order SelfOrder) (SelfUpdated, error) {
	if err := m.packaged(); err != nil {
		return SelfUpdated{}, err
	}
	place := strings.TrimRight(order.From, "/")
	if strings.HasPrefix(place, "http://") {
		m.Report.Warn("over http anybody on the way can put another release in the place of this one")
	}
	sums, err := m.Client.Get(ctx, place+"/"+release.Sums, release.SumsLimit)
	if err != nil {
		return SelfUpdated{}, err
	}
	archive, err := release.Find(sums, place, m.Host.Target)
	if err != nil {
		return SelfUpdated{}, err
	}
	updated, err := order.compare(m.Edition, archive.Version)
	if err != nil || order.Look || !updated.Changed {
		return updated, err
	}
	if err := m.atHome(); err != nil {
		return updated, err
	}
	h, err := m.handover(ctx)
	if err != nil {
		return updated, err
	}
	defer h.end()
	// Another update may have been faster than this one.
	have, err := m.editionOf(ctx, h.complete())
	if err != nil {
		have = m.Edition // it is damaged, and about to be replaced
	}
	if updated, err = order.compare(have, archive.Version); err != nil || !updated.Changed {
		return updated, err
	}
	m.Report.Phase("downloading " + archive.Name)
	file := filepath.Join(h.dir, archive.Name)
	want := download.Want{SHA256: archive.SHA256, Limit: release.ArchiveLimit}
	if _, _, err := m.Client.Fetch(ctx, place+"/"+archive.Name, file, want, nil); err != nil {
		return updated, err
	}
	dir := filepath.Join(h.dir, "unpacked")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return updated, err
	}
	if err := release.Unpack(file, dir, m.programs(), release.Usual()); err != nil {
		return updated, err
	}
	if err := os.Remove(file); err != nil {
		return updated, err
	}
	return updated, h.replace(ctx, dir, archive.Version)
}

// compare tells what a release comes to for a gsw of some edition, and refuses what was not asked for.
func (o SelfOrder) compare(have, offered string) (SelfUpdated, error) {
	updated := SelfUpdated{Old: have, New: offered, Changed: offered != have}
	switch {
	case o.Version != "" && offered != o.Version:
		return updated, &OtherReleaseError{Want: o.Version, Have: offered}
	case o.Version == "" && semver.IsValid(have) && semver.Compare(offered, have) < 0:
		return updated, &OlderError{Have: have, Offered: offered}
	}
	return updated, nil
}

// SelfRollback puts the programs back that the last SelfUpdate replaced, and keeps those it replaces: twice is as before.
// The one that was kept can do that itself, where the new one does not.
func (m Manager) SelfRollback(ctx context.Context) (SelfUpdated, error) {
	if err := m.packaged(); err != nil {
		return SelfUpdated{}, err
	}
	complete := filepath.Join(m.previous(), m.Host.Target.Exe(local.Front))
	if _, err := os.Stat(complete); errors.Is(err, fs.ErrNotExist) {
		return SelfUpdated{}, &NoPreviousError{Dir: m.previous()}
	} else if err != nil {
		return SelfUpdated{}, err
	}
	if err := m.atHome(); err != nil && !local.Holds(m.previous(), m.Host.Self) {
		return SelfUpdated{}, err
	}
	h, err := m.handover(ctx)
	if err != nil {
		return SelfUpdated{}, err
	}
	defer h.end()
	now, err := m.editionOf(ctx, h.complete())
	if ctx.Err() != nil {
		return SelfUpdated{}, err
	} else if err != nil {
		now = "one that does not run"
	}
	old, err := m.editionOf(ctx, complete)
	if err != nil {
		return SelfUpdated{}, err
	}
	return SelfUpdated{Old: now, New: old, Changed: true}, h.replace(ctx, m.previous(), old)
}

// replace makes the programs in dir, which have to be of the edition, those of GSW_HOME/bin, and keeps what was there.
func (h handover) replace(ctx context.Context, dir, edition string) error {
	complete, small := filepath.Join(dir, h.m.Host.Target.Exe(local.Front)), filepath.Join(dir, h.m.Host.Target.Exe(local.Shim))
	if _, err := os.Stat(small); errors.Is(err, fs.ErrNotExist) {
		small = "" // of a rollback to a gsw that was alone
	}
	for _, file := range []string{complete, small} {
		if file == "" {
			continue
		}
		if have, err := h.m.editionOf(ctx, file); err != nil {
			return err
		} else if have != edition {
			return &PretenderError{Name: filepath.Base(file), Want: edition, Have: have}
		}
	}
	h.m.Report.Phase("replacing gsw by " + edition)
	if err := h.stage(complete, small); err != nil {
		return err
	}
	if err := h.keepPrevious(); err != nil {
		return err
	}
	if err := platform.RemoveTree(filepath.Join(h.dir, "unpacked")); err != nil {
		return err
	}
	if err := h.decide(); err != nil {
		return err
	}
	if err := h.carryOut(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if server := h.m.bin(local.Server); regular(server) {
		h.m.Report.Note(server + " was not replaced: to serve, it has to be of " + edition + " as well")
	}
	return nil
}

// keepPrevious keeps the programs of GSW_HOME/bin, under the names they have in a release.
func (h handover) keepPrevious() error {
	kept := filepath.Join(h.dir, "previous")
	if err := os.Mkdir(kept, 0o755); err != nil {
		return err
	}
	if err := platform.CopyFile(h.complete(), filepath.Join(kept, h.m.Host.Target.Exe(local.Front)), false); err != nil {
		return err
	}
	err := platform.CopyFile(h.m.bin(local.Shim), filepath.Join(kept, h.m.Host.Target.Exe(local.Shim)), false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it serves alone
	}
	return err
}

// complete is the complete program in GSW_HOME/bin, by whichever name it goes there.
func (h handover) complete() string {
	if file := h.m.bin(local.Complete); regular(file) {
		return file
	}
	return h.m.bin(local.Front)
}

func regular(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}

func (m Manager) previous() string { return filepath.Join(m.Host.Home, "previous") }

// programs are the files of a release that GSW_HOME/bin is made from.
func (m Manager) programs() []string {
	return []string{m.Host.Target.Exe(local.Front), m.Host.Target.Exe(local.Shim)}
}

// patience is what a program has to say its version. It takes milliseconds; a virus scanner may look at it first.
const patience = 30 * time.Second

// editionOf asks a program what it is. Both know the word by one name: the flag of the small program.
func (m Manager) editionOf(ctx context.Context, file string) (string, error) {
	words := []string{local.Front, "version"}
	if filepath.Base(file) == m.Host.Target.Exe(local.Shim) {
		words = []string{local.Shim, local.EditionFlag}
	}
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	said := head{most: 1 << 10}
	code, err := platform.Run(waiting, file, words, m.Host.Env, nil, &said, io.Discard)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case waiting.Err() != nil:
		err = fmt.Errorf("it says nothing for %v", patience)
	case err == nil && code != 0:
		err = fmt.Errorf("it ends with exit code %d", code)
	}
	if err != nil {
		return "", &NoStartError{Name: filepath.Base(file), Err: err}
	}
	text := strings.Fields(strings.TrimPrefix(said.String(), "gsw "))
	if len(text) == 0 {
		return "", nil
	}
	return text[0], nil
}

// head keeps the beginning of what a program says.
type head struct {
	bytes.Buffer
	most int
}

func (h *head) Write(p []byte) (int, error) {
	h.Buffer.Write(p[:max(0, min(len(p), h.most-h.Len()))])
	return len(p), nil
}

// atHome refuses where the gsw that runs is not the one that would be replaced: it would stay as it is, and the next
// install would put it back.
func (m Manager) atHome() error {
	if !local.Holds(filepath.Dir(m.bin(local.Front)), m.Host.Self) {
		return &ElsewhereError{File: m.Host.Self, Replaced: m.bin(local.Front)}
	}
	return nil
}
