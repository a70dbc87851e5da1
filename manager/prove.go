package manager

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/tree"
	"gsw/manager/trust"
)

// prove asks every party about what was measured.
func (m Manager) prove(ctx context.Context, order InstallOrder, log trust.Party, subject trust.Subject, f *fetched, a *dist.Archive) (trust.Verdict, error) {
	parties, err := m.parties(ctx, order, log, f, a)
	if err != nil {
		return trust.Verdict{}, err
	}
	policy := trust.Policy{Parties: parties, Accept: m.Config.Trust, None: order.Unverified}
	verdict, err := policy.Check(ctx, subject)
	if refused := (*trust.RefusedError)(nil); errors.As(err, &refused) {
		// Memory never vouches; that it did not is no news.
		refused.Silences = slices.DeleteFunc(refused.Silences, func(s *trust.SilentError) bool { return s.Party == trust.PartyMemory })
	}
	return verdict, err
}

// askLog asks the log about v, so that its answer is there by the time the bytes
// are. The party it returns waits for it.
func (m Manager) askLog(ctx context.Context, v gover.Version) trust.Party {
	early := &earlyLog{Log: m.Log, done: make(chan struct{})}
	go func() {
		defer close(early.done)
		_, _, _, early.err = m.Log.Record(ctx, v, m.Host.Target)
	}()
	return early
}

// earlyLog is the log, asked ahead of time. What it said stays: a database that
// hangs is waited for once.
type earlyLog struct {
	*trust.Log
	done chan struct{}
	err  error // once done is closed
}

func (l *earlyLog) Vouch(ctx context.Context, s trust.Subject) (trust.Proof, error) {
	select {
	case <-l.done:
	case <-ctx.Done():
		return trust.Proof{}, context.Cause(ctx)
	}
	if l.err != nil {
		return trust.Proof{}, l.err
	}
	return l.Log.Vouch(ctx, s) // the record is cached by now
}

// receipt writes down what was proved.
func (m Manager) receipt(s trust.Subject, f *fetched, verdict trust.Verdict) receipt.Receipt {
	r := trust.ReceiptOf(s, verdict.Proofs)
	r.URL, r.TreeBytes, r.TreeFiles = f.url, f.Bytes, f.Files
	r.SharedBytes = f.Shared.Bytes
	r.InstalledAt, r.GSWVersion = m.Host.Now().UTC(), m.Edition
	for _, silent := range verdict.Silences {
		if silent.Party != trust.PartyMemory { // it never vouches
			r.Notes = append(r.Notes, silent.Error())
		}
	}
	if s.Source == trust.SourceModule {
		r.Notes = append(r.Notes, "the module has no api, doc, misc and test folders")
	}
	return r
}

// leaveOutUnproved removes the folders that no proof covers. A hash of the files,
// as the log and gsw.lock have it, says nothing of api, doc, misc and test; a
// proof of the archive's bytes does. What nobody vouches for does not become visible.
func leaveOutUnproved(goroot string, f *fetched, proofs []trust.Proof) (notes []string, err error) {
	if slices.ContainsFunc(proofs, func(p trust.Proof) bool { return p.Archive }) {
		return nil, nil
	}
	var kept tree.Manifest
	left := map[string]bool{}
	for _, e := range f.Manifest {
		if tree.Covered(e.Name) {
			kept = append(kept, e)
			continue
		}
		top := topFolder(e.Name)
		if !left[top] {
			left[top] = true
			if err := f.leaveOut(filepath.Join(goroot, top)); err != nil {
				return nil, err
			}
			notes = append(notes, "left out "+top+": nobody vouches for the archive as a whole, and the record of the files does not cover that folder")
		}
	}
	f.Manifest = kept
	f.Shared.Bytes, f.Shared.Uncovered = f.Shared.Bytes-f.Shared.Uncovered, 0
	return notes, nil
}

// leaveOut removes a folder that was unpacked, and takes it out of the sums.
func (f *fetched) leaveOut(dir string) error {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			f.Files--
			f.Bytes -= info.Size()
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

func topFolder(name string) string {
	for i := range len(name) {
		if name[i] == '/' {
			return name[:i]
		}
	}
	return name
}

// unreachable tells trouble with reaching a source from what the source said.
func unreachable(err error) bool {
	var u *dist.UnavailableError
	return errors.As(err, &u) || isDownloadFault(err)
}
