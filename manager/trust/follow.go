package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Followed is where a database stands.
type Followed struct {
	Head     []byte // the newest signed tree head known now
	TreeSize int64

	Way       string // who was asked
	Shown     []byte // the head it showed
	ShownSize int64  // less than TreeSize: an old copy, or a database that lost its end. The two can't be told apart
}

// Follow asks the database for its tree head, and keeps it if it is newer than the newest known and continues it. One
// that is older, but of the same history, changes nothing. Its errors are Prove's.
func (l *Log) Follow(ctx context.Context) (Followed, error) {
	var followed Followed
	err := l.ask(ctx, question{about: "its tree head", missing: "tree head"}, func(a *asking) error {
		head, err := a.latest()
		if err != nil {
			return err
		}
		shown, err := a.merge(head)
		followed = Followed{Head: a.signed, TreeSize: a.head, Way: a.way.String(), Shown: head, ShownSize: shown.N}
		return err
	})
	return followed, err
}

// Merge is Follow with a head that was seen elsewhere. Only the proof that both are of one history is asked for.
func (l *Log) Merge(ctx context.Context, head []byte) error {
	return l.ask(ctx, question{about: "a tree head seen elsewhere", missing: "proof of a tree head seen elsewhere"}, func(a *asking) error {
		_, err := a.merge(head)
		return err
	})
}

// Head is the newest signed tree head known, without asking anybody; none gives ErrNoHead.
func (l *Log) Head(ctx context.Context) (head []byte, treeSize int64, err error) {
	verifier, err := note.NewVerifier(l.key())
	if err != nil {
		return nil, 0, fmt.Errorf("checksum database key %q: %w", l.key(), err)
	}
	tree, head, err := (&asking{log: l, ctx: ctx, verifier: verifier}).known()
	if err == nil && head == nil {
		err = ErrNoHead
	}
	return head, tree.N, err
}

// latest fetches the way's tree head.
func (a *asking) latest() ([]byte, error) {
	head, err := a.ReadRemote("/latest")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &wayError{way: a.way, reason: "it shows no tree head"}
	case err != nil:
		return nil, a.explain(err)
	case !bytes.HasPrefix(head, []byte("go.sum database tree\n")):
		return nil, &wayError{way: a.way, reason: fmt.Sprintf("what it answers is not a tree head: %q", excerpt(head)), senseless: true}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fresh = true
	return head, nil
}

// merge makes head the newest known one, if it is newer and of the same history.
func (a *asking) merge(head []byte) (shown tlog.Tree, err error) {
	shown, err = openHead(head, a.verifier)
	if err != nil {
		return shown, a.forged("reading tree note: "+err.Error(), string(head))
	}
	for {
		known, knownHead, err := a.known()
		if err != nil {
			return shown, err
		}
		older, newer, olderHead, newerHead := known, shown, knownHead, head
		if shown.N <= known.N {
			older, newer, olderHead, newerHead = shown, known, head, knownHead
		}
		if err := a.continues(older, newer, olderHead, newerHead); err != nil {
			return shown, err
		}
		if shown.N <= known.N {
			return shown, nil
		}
		switch err := a.WriteConfig(a.verifier.Name()+"/latest", knownHead, head); err {
		case nil:
			a.mu.Lock()
			defer a.mu.Unlock()
			a.seeHead(head)
			return shown, nil
		case sumdb.ErrWriteConflict: // another process was faster: merge with its head
		default:
			return shown, a.explain(err)
		}
	}
}

// continues proves that one tree is the beginning of the other. The empty tree is everybody's.
func (a *asking) continues(older, newer tlog.Tree, olderHead, newerHead []byte) error {
	if older.N == 0 {
		return nil
	}
	hashes := tlog.TileHashReader(newer, &tiles{asking: a})
	hash, err := tlog.TreeHash(older.N, hashes)
	if err != nil {
		return a.explain(fmt.Errorf("checking tree#%d against tree#%d: %w", older.N, newer.N, err))
	}
	if hash == older.Hash {
		return nil
	}
	a.mu.Lock()
	a.fork = exclusion(older.N, newer, hash, olderHead, newerHead, hashes)
	a.mu.Unlock()
	return a.explain(sumdb.ErrSecurity)
}

// exclusion is x/mod's evidence that two signed heads exclude each other: the newer tree has another hash for its first
// records than the older head says, and the newer head's hash follows from it.
func exclusion(size int64, newer tlog.Tree, hash tlog.Hash, olderHead, newerHead []byte, hashes tlog.HashReader) string {
	indent := func(head []byte) string { return strings.ReplaceAll(string(head), "\n", "\n\t") }
	text := fmt.Sprintf("old database:\n\t%s\nnew database:\n\t%s\nproof of misbehavior:\n\t%v", indent(olderHead), indent(newerHead), hash)
	proof, err := tlog.ProveTree(newer.N, size, hashes)
	if err == nil {
		err = tlog.CheckTree(proof, newer.N, newer.Hash, size, hash)
	}
	if err != nil {
		return text + "\n\tno proof: " + err.Error()
	}
	for _, h := range proof {
		text += "\n\t" + h.String()
	}
	return text
}
