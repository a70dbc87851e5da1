package trust

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/tlog"
)

// Proven is a record of the database that was shown to be in its signed tree.
type Proven struct {
	Module, Version string

	ID       int64  // number of the record
	Text     []byte // the record's lines, as they were hashed into the tree
	H1       string // the hash of the module's files: "h1:…"
	GoMod    string // the hash of its go.mod, as far as the record names one
	Head     []byte // the newest signed tree head known, the one by which the record was proved
	TreeSize int64  // number of records in that head's tree

	Cached bool // nobody had to be asked
}

// Answer is the record as a checksum database answers a lookup: with a signed tree head, of any tree that holds it.
func (p Proven) Answer(head []byte) ([]byte, error) {
	record, err := tlog.FormatRecord(p.ID, p.Text)
	if err != nil {
		return nil, fmt.Errorf("record %d of %s %s: %w", p.ID, p.Module, p.Version, err)
	}
	return slices.Concat(record, head), nil
}

// LookupPath is where a checksum database has the record of a module, relative to its URL: "lookup/github.com/!burnt!sushi/toml@v1.4.0".
func LookupPath(modulePath, version string) (string, error) {
	escapedPath, err := module.EscapePath(modulePath)
	if err != nil {
		return "", err
	}
	escapedVersion, err := module.EscapeVersion(version)
	if err != nil {
		return "", fmt.Errorf("version of %s: %w", modulePath, err)
	}
	return "lookup/" + escapedPath + "@" + escapedVersion, nil
}

// Prove returns the record of a module's version. It is proved each time, also if it was cached.
//
// The first way that can answer completely decides. A way that has no such record or can't be reached is passed
// over; if all are, the error is a *SilentError that says why for each. A way whose answer can't be proved is not
// passed over: that is a *ForgedError, and two histories of the database are a *TreeHeadError.
func (l *Log) Prove(ctx context.Context, modulePath, version string) (Proven, error) {
	lookup, err := LookupPath(modulePath, version)
	if err != nil {
		return Proven{}, err
	}
	var proven Proven
	about := modulePath + " " + version
	err = l.ask(ctx, question{about: about, missing: "record of " + about}, func(a *asking) error {
		proven, err = a.record(modulePath, version, lookup)
		return err
	})
	if err != nil {
		return Proven{}, err
	}
	return proven, nil
}

// record asks for a record and proves it.
func (a *asking) record(modulePath, version, lookup string) (Proven, error) {
	if _, err := sumdb.NewClient(a).Lookup(modulePath, version); err != nil {
		return Proven{}, a.explain(err)
	}
	id, text, _, err := tlog.ParseRecord(a.answer)
	if err != nil {
		return Proven{}, a.explain(err)
	}
	h1, goMod, err := a.hashes(id, text, modulePath, version)
	if err != nil {
		return Proven{}, err
	}
	// Only now is the record known to be ours. x/mod would have kept an unrelated one, and believed it for ever.
	if a.unsaved != nil {
		a.write(a.cacheFile(path.Join(a.verifier.Name(), lookup)), a.unsaved)
	}
	return Proven{
		Module: modulePath, Version: version,
		ID: id, Text: text, H1: h1, GoMod: goMod, Head: a.signed, TreeSize: a.head, Cached: !a.asked,
	}, nil
}

// hashes picks the module's hashes from the proved record. No line about its files, no proof: the database did sign
// that record, but for something else.
func (a *asking) hashes(id int64, text []byte, modulePath, version string) (h1, goMod string, err error) {
	for line := range strings.Lines(string(text)) {
		about, hash, ok := cutLast(strings.TrimSuffix(line, "\n"), " ")
		if !ok || !strings.HasPrefix(hash, "h1:") {
			continue
		}
		found := &h1
		switch about {
		case modulePath + " " + version:
		case modulePath + " " + version + "/go.mod":
			found = &goMod
		default:
			continue
		}
		if *found != "" && *found != hash {
			return "", "", a.forged(fmt.Sprintf("record %d names two hashes", id), string(text))
		}
		*found = hash
	}
	if h1 == "" {
		return "", "", a.forged(fmt.Sprintf("record %d does not name it", id), string(text))
	}
	return h1, goMod, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
