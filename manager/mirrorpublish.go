package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gsw/manager/mirror"
	"gsw/manager/trust"
)

// publish makes what was fetched visible, with what proves it, and removes what is no longer selected.
func (s *mirroring) publish(ctx context.Context) (MirrorReport, error) {
	kept, err := s.keeps()
	if err != nil {
		return MirrorReport{}, err
	}
	s.next = mirror.State{Selection: s.selection, Heads: s.state.Heads}
	for _, w := range s.wanted {
		if w.have.Archive != nil || w.have.Module != nil {
			s.next.Toolchains = append(s.next.Toolchains, w.have)
		}
	}
	s.next.Toolchains = append(s.next.Toolchains, kept...)
	if len(s.next.Toolchains) == 0 && len(s.state.Files) == 0 {
		s.clearStaging()
		return s.report(), nil
	}
	if err := s.vouch(ctx); err != nil {
		return MirrorReport{}, err
	}
	s.change.Next = s.next
	if s.next, err = s.tree.Publish(ctx, s.state, s.change); err != nil {
		return MirrorReport{}, err
	}
	s.clearStaging()
	return s.report(), nil
}

// clearStaging removes what was staged for nothing. The mirror is as it should be: that this fails is only told.
func (s *mirroring) clearStaging() {
	if err := s.tree.ClearStaging(s.staged()); err != nil {
		s.Report.Warn(fmt.Sprintf("downloads that are not needed any more stay: %v", err))
	}
}

// keeps are the toolchains that are no longer selected and stay: because they were to, or because on their platform something
// of that kind is missing that may be there to replace them.
func (s *mirroring) keeps() (kept []mirror.Toolchain, err error) {
	for _, old := range s.dropped {
		have, err := s.intact(old, mirror.Toolchain{Version: old.Version, Target: old.Target})
		if err != nil {
			return nil, err
		}
		if !s.order.Keep {
			if !s.lacks(old, "archive") {
				have.Archive = nil
			}
			if !s.lacks(old, "module") {
				have.Module = nil
			}
		}
		if have.Archive != nil || have.Module != nil {
			kept = append(kept, have)
		}
	}
	return kept, nil
}

// lacks tells whether something that is selected for a toolchain's platform could not be had.
func (s *mirroring) lacks(old mirror.Toolchain, what string) bool {
	return slices.ContainsFunc(s.wanted, func(w *wanted) bool {
		return w.target == old.Target && slices.ContainsFunc(w.gaps, func(g MirrorGap) bool { return g.What == what })
	})
}

// vouch adds what proves the toolchains: for all of them a lookup, with one and the same tree head, and the tiles by which
// it and every head that was published before include them. Where all of that is there already, nobody is asked.
func (s *mirroring) vouch(ctx context.Context) error {
	there, err := s.vouched()
	if there || err != nil {
		return err
	}
	s.Report.Phase("proving the records of the checksum database")
	records, err := s.records(ctx)
	if err != nil || len(records) == 0 {
		return err
	}
	var ids []int64
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	head, err := s.Log.Snapshot(ctx, ids, s.state.Heads, func(path string, data []byte) error {
		s.change.Documents[mirror.DatabasePath(path)] = data
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range records {
		answer, err := r.Answer(head)
		if err != nil {
			return err
		}
		s.change.Documents[mirror.DatabasePath("lookup/"+toolchainModule+"@"+r.Version)] = answer
	}
	s.change.Documents[mirror.DatabasePath("supported")] = []byte{}
	size, err := mirror.HeadSize(head)
	if err != nil {
		return err
	}
	if !slices.Contains(s.next.Heads, size) {
		s.next.Heads = append(slices.Clone(s.next.Heads), size)
	}
	return nil
}

// vouched tells whether everything that proves the toolchains is there.
func (s *mirroring) vouched() (bool, error) {
	names := []string{mirror.DatabasePath("supported"), mirror.DatabasePath("latest")}
	for _, c := range s.next.Toolchains {
		names = append(names, mirror.LookupPath(c.Version, c.Target))
	}
	return s.tree.Intact(s.state, s.order.Exact, append(names, s.state.Tiles()...)...)
}

// records proves the record of every toolchain. One that is known without its record, because others vouch for the archive,
// goes without.
func (s *mirroring) records(ctx context.Context) ([]trust.Proven, error) {
	for again := true; ; again = false {
		records, newest, err := s.proveAll(ctx)
		last := len(s.state.Heads) - 1
		if err != nil || last < 0 || newest >= s.state.Heads[last] || !again {
			return records, err
		}
		// Somebody else made the tree by a newer head than this user ever saw: ask for one.
		if err := s.Log.Forget(); err != nil {
			return nil, err
		}
	}
}

func (s *mirroring) proveAll(ctx context.Context) (records []trust.Proven, newest int64, err error) {
	for _, c := range s.next.Toolchains {
		r, err := s.Log.Prove(ctx, toolchainModule, trust.ModuleVersion(c.Version, c.Target))
		var silent *trust.SilentError
		if errors.As(err, &silent) && c.Module == nil {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		records, newest = append(records, r), max(newest, r.TreeSize)
	}
	return records, newest, nil
}

// report tells what the mirror holds, or would hold, and what became of it.
func (s *mirroring) report() MirrorReport {
	r := MirrorReport{Dir: s.order.Dir, Selection: s.selection}
	for _, w := range s.wanted {
		t := Mirrored{Version: w.version, Target: w.target, State: MirrorThere, Archive: w.size[0], Module: w.size[1], Missing: w.gaps}
		if a := w.have.Archive; a != nil {
			t.Archive = a.Size
		}
		if mod := w.have.Module; mod != nil {
			t.Module = mod.Size
		}
		switch {
		case t.Archive == 0 && t.Module == 0:
			t.State = MirrorMissing
		case w.got, w.size[0] != 0, w.size[1] != 0:
			t.State = MirrorFetched
		}
		r.Fetched += max(w.size[0], 0) + max(w.size[1], 0)
		r.Toolchains = append(r.Toolchains, t)
	}
	for _, staged := range s.change.Payload {
		r.Fetched += staged.Size
	}
	for _, old := range s.dropped {
		r.Toolchains = append(r.Toolchains, s.dropping(old, &r))
	}
	heads := s.next.Heads
	if s.order.DryRun {
		heads = s.state.Heads
	}
	if len(heads) > 0 {
		r.TreeSize = slices.Max(heads)
	}
	return r
}

// dropping tells what became of a toolchain that is no longer selected.
func (s *mirroring) dropping(old mirror.Toolchain, r *MirrorReport) Mirrored {
	t := Mirrored{Version: old.Version, Target: old.Target, State: MirrorRemoved}
	left, _ := s.next.Find(old.Version, old.Target)
	if s.order.DryRun && s.order.Keep {
		left = old
	}
	if left.Archive != nil {
		t.State, t.Archive = MirrorKept, left.Archive.Size
	} else if old.Archive != nil {
		r.Removed += old.Archive.Size
	}
	if left.Module != nil {
		t.State, t.Module = MirrorKept, left.Module.Size
	} else if old.Module != nil {
		r.Removed += old.Module.Size
	}
	return t
}
