package journal

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Inquiry is what an audit is about.
type Inquiry struct {
	File    string
	Second  string   // the other copy; "": there is none
	Heads   []string // hashes of entries that must be in the log: what Close gave, or an earlier audit
	Partial bool     // the older files, whose chain File carries on, are elsewhere
	// Each gets every line of File that is where it belongs; may be nil.
	Each func(file string, number int64, e Entry) error
	// Patience is how long to wait for the end of a line, or of the second copy, that a server writes at this moment.
	Patience time.Duration
}

// Finding is something that is wrong with a log.
type Finding struct {
	File     string
	Line     int64 // from 1; 0: the file as a whole
	What     string
	Evidence string // may be ""
}

// Audited is what an audit came to.
type Audited struct {
	Files    []string  // the numbered ones before File whose chain it carries on, and File
	Entries  int64     // in Files, of those that are where they belong
	First    int64     // the first of them
	Head     Head      // the last of them
	Findings []Finding // the first hundred: one cause may spoil every line
	More     int64     // findings that are not listed
}

const mostFindings = 100

// Audit reads a log from its beginning, numbered files before it included, and the second copy line by line beside it,
// in constant memory. It finds every line that was changed, dropped, reordered or inserted, by its number. That lines
// were cut off at the end, or that the log was written again with new hashes from some line on, is found if the second
// copy has them still, or Heads has one of them. A log may be audited while it grows.
func Audit(ctx context.Context, q Inquiry) (Audited, error) {
	a := &audit{Inquiry: q, wanted: map[string]bool{}}
	for _, h := range q.Heads {
		a.wanted[h] = true
	}
	limit, err := settled(ctx, q.Patience, q.File, q.Second)
	if err != nil {
		return Audited{}, err
	}
	one, err := a.walker(q.File, limit)
	if err != nil {
		return Audited{}, err
	}
	defer one.close()
	one.sound = a.entry
	a.Files = one.names
	if q.Second == "" {
		err = one.rest(ctx)
	} else {
		err = a.both(ctx, one, limit)
	}
	if a.Entries == 0 {
		a.find(Finding{File: q.File, What: "holds no entry"})
	}
	for _, h := range q.Heads {
		if a.wanted[h] {
			delete(a.wanted, h)
			a.find(Finding{File: q.File, What: "no entry has the hash " + h + ": it was cut off, or the log was written again"})
		}
	}
	return a.Audited, err
}

// audit is one that is under way.
type audit struct {
	Inquiry
	Audited
	wanted map[string]bool // heads that were not met yet
}

func (a *audit) find(f Finding) {
	if len(a.Findings) == mostFindings {
		a.More++
		return
	}
	a.Findings = append(a.Findings, f)
}

// both goes through the two copies at once. Where they differ each one's own chain tells which of them was changed.
func (a *audit) both(ctx context.Context, one *walker, limit int64) error {
	two, err := a.walker(a.Second, limit)
	if err != nil {
		return err
	}
	defer two.close()
	for {
		more, err := one.next(ctx)
		if err != nil {
			return err
		}
		other, err := two.next(ctx)
		switch {
		case err != nil || !more && !other:
			return err
		case !more:
			a.cutOff(one, two)
			return two.rest(ctx)
		case !other:
			a.cutOff(two, one)
			return one.rest(ctx)
		case !bytes.Equal(one.text, two.text):
			a.find(Finding{two.file(), two.number, "differs from " + one.where() + "; from here on the two are not compared",
				"here:  " + excerpt(two.text) + "\nthere: " + excerpt(one.text)})
			if err := one.rest(ctx); err != nil {
				return err
			}
			return two.rest(ctx)
		}
	}
}

// cutOff: one copy ends where the other goes on.
func (a *audit) cutOff(short, long *walker) {
	a.find(Finding{short.file(), short.number, "is the last line; the other copy goes on, with " + long.where(), excerpt(long.text)})
}

// entry counts a line that is where it belongs.
func (a *audit) entry(file string, number int64, l line, text []byte) error {
	e, err := readEntry(text)
	if err != nil {
		a.find(Finding{file, number, "is in the chain, but no journal wrote it: " + err.Error(), excerpt(text)})
		return nil
	}
	if a.Entries++; a.First == 0 {
		a.First = l.seq
	}
	a.Head = Head{l.seq, l.hash}
	delete(a.wanted, l.hash)
	if a.Each == nil {
		return nil
	}
	return a.Each(file, number, e)
}

// excerpt shows a line as evidence: as it is if it is one that a journal could have written.
func excerpt(text []byte) string {
	const most = 1000
	shown := string(text[:min(len(text), most)])
	if strings.ContainsFunc(shown, func(r rune) bool { return r < ' ' || r > '~' }) {
		shown = strconv.QuoteToASCII(shown)
	}
	if len(text) > most {
		shown += fmt.Sprintf("… (%d bytes)", len(text))
	}
	return shown
}
