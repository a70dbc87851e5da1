package manager

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gsw/manager/dist"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/tree"
	"gsw/manager/trust"
)

// prove asks every party about what was measured.
func (m Manager) prove(ctx context.Context, order InstallOrder, subject trust.Subject, f fetched, a *dist.Archive) (trust.Verdict, error) {
	parties, err := m.parties(ctx, order, f, a)
	if err != nil {
		return trust.Verdict{}, err
	}
	policy := trust.Policy{Parties: parties, Accept: m.Config.Trust, None: order.Unverified}
	return policy.Check(ctx, subject)
}

// warmLog asks the log ahead of time; its answer is cached, its errors come
// again when they count.
func (m Manager) warmLog(ctx context.Context, v gover.Version) {
	_, _, _, _ = m.Log.Record(ctx, v, m.Host.Target)
}

// receipt writes down what was proved.
func (m Manager) receipt(s trust.Subject, f fetched, verdict trust.Verdict) receipt.Receipt {
	r := trust.ReceiptOf(s, verdict.Proofs)
	r.URL, r.TreeBytes, r.TreeFiles = f.url, f.Bytes, f.Files
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

// leaveOutUnproved removes the folders that no proof covers. The log's record
// says nothing of api, doc, misc and test; a party that vouches for the archive
// as a whole does. What nobody vouches for does not become visible.
func leaveOutUnproved(goroot string, f *fetched, proofs []trust.Proof) (notes []string, err error) {
	for _, p := range proofs {
		if p.Party != trust.PartyLog {
			return nil, nil
		}
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
			notes = append(notes, "left out "+top+": only the log vouches for this archive, and its record does not cover that folder")
		}
	}
	f.Manifest = kept
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
