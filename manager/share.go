package manager

import (
	"errors"
	"fmt"
	"slices"

	"gsw/manager/config"
	"gsw/manager/gover"
	"gsw/manager/receipt"
	"gsw/manager/store"
	"gsw/manager/trust"
	"gsw/manager/unpack"
	"gsw/platform"
)

// errUnread: files were shared by their checksum, and nobody vouches for the
// hash of the tree, which alone tells whether they were the right ones.
var errUnread = errors.New("files were taken for equal that nobody vouches for")

// sharing says how the files of v may be shared with an installed toolchain; nil:
// not at all. Clones are as good as copies. Hard links are for who asked for
// them and is held back by permissions.
func (m Manager) sharing(v gover.Version, order InstallOrder, staging *store.Staging) *unpack.Sharing {
	link := m.Config.Share == config.ShareLink
	if !link && m.Config.Share != config.ShareAuto {
		return nil
	}
	s := &unpack.Sharing{Exact: order.Unverified || !slices.ContainsFunc(m.Config.Trust, mayProveTree)}
	near, found := m.Store.Neighbour(v)
	if found {
		s.GOROOT = near.GOROOT()
	}
	if !found && !link {
		return nil
	}
	if platform.Clones(staging.Dir()) {
		return s
	}
	if !link {
		return nil
	}
	if err := platform.SafeLinks(staging.Dir()); err != nil {
		m.once(fmt.Sprintf("share is %s, but hard links would not be safe here: %v; toolchains get files of their own", config.ShareLink, err))
		return nil
	}
	s.Link = true
	return s
}

// once gives a note that holds for the whole run.
func (m Manager) once(note string) {
	if !m.Told[note] {
		m.Report.Note(note)
	}
	if m.Told != nil {
		m.Told[note] = true
	}
}

func options(share *unpack.Sharing) []unpack.Option {
	if share == nil {
		return nil
	}
	return []unpack.Option{unpack.Share(*share)}
}

// mayProveTree tells whether a party's word can be about the hash of the tree.
func mayProveTree(party string) bool { return party == trust.PartyLog || party == trust.PartyLock }

// provesTree tells whether one of the proofs is about the hash of the tree, and
// not only about the archive.
func provesTree(proofs []receipt.Proof) bool {
	return slices.ContainsFunc(proofs, func(p receipt.Proof) bool { return mayProveTree(p.Party) && !p.Archive })
}

// unvouched tells whether err is only that nobody vouches for what was measured.
func unvouched(err error) bool {
	var refused *trust.RefusedError
	return errors.Is(err, errUnread) || errors.As(err, &refused)
}
