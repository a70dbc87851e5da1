package trust

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"gsw/manager/gover"
	"gsw/platform"
)

// LogKey is the verifier key of the public checksum database, as cmd/go has it compiled in
// (cmd/go/internal/modfetch/key.go).
const LogKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

// toolchainModule is the module whose versions are the released toolchains.
const toolchainModule = "golang.org/toolchain"

// ModuleVersion is the version of the golang.org/toolchain module that holds v for t: "v0.0.1-go1.22.3.linux-amd64".
func ModuleVersion(v gover.Version, t platform.Target) string {
	return "v0.0.1-" + v.Tag() + "." + t.String()
}

// A Getter fetches small documents. An error that matches fs.ErrNotExist means that the server answered and has no
// such document (HTTP 404 and 410, a missing file).
type Getter interface {
	Get(ctx context.Context, url string, limit int64) ([]byte, error)
}

// A Way is one base URL under which the checksum database is served. Its answers are proved, so it need not be trusted.
type Way struct {
	URL       string // base URL, without a slash at the end: "https://sum.golang.org", "https://proxy.corp.example/sumdb/sum.golang.org"
	Supported bool   // a module proxy's way, used only if URL + "/supported" answers 200
}

// String is the way's URL as it may be shown: without user and password.
func (w Way) String() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return w.URL[strings.LastIndexByte(w.URL, '@')+1:]
	}
	u.User = nil
	return u.String()
}

// A Log is the public checksum database as a party. Its methods may be called at once, also by several processes
// with the same CacheDir.
//
// No variable or setting of the go command reaches it: neither the key nor which modules are looked up can be
// changed by GOSUMDB, GONOSUMDB, GOPRIVATE or GOFLAGS.
type Log struct {
	Get  Getter
	Ways []Way // tried in this order

	// CacheDir keeps the records and tiles that were proved, so that the same question needs no network, and the
	// newest signed tree head, so that a database that forgets or rewrites its past is noticed.
	CacheDir string

	Key      string        // verifier key; empty: LogKey
	Patience time.Duration // for one answer of one way; zero: 10 seconds
}

func (l *Log) Name() string { return PartyLog }

// Vouch compares the hash of the files with the one in the database.
//
// The archives of go1.20 and older were not built together with their modules, as those of go1.21 and later are
// (cmd/distpack); their files may differ from the record although both are Go. So there a difference says nothing.
func (l *Log) Vouch(ctx context.Context, s Subject) (Proof, error) {
	if s.Tree == "" {
		return Proof{}, &SilentError{Party: PartyLog, Reason: "the files were not measured"}
	}
	h1, id, size, err := l.Record(ctx, s.Version, s.Target)
	if err != nil {
		return Proof{}, err
	}
	record := fmt.Sprintf("record %d of %s", id, l.name())
	if h1 == s.Tree {
		return Proof{Party: PartyLog, Record: id, TreeSize: size, Claim: l.Claim(s.Version, s.Target, h1, id, size)}, nil
	}
	if !builtLikeModule(s) {
		return Proof{}, &SilentError{Party: PartyLog, Reason: fmt.Sprintf(
			"%s is the module's, %s; archives before go1.21 were built separately, and this one's files have %s", record, h1, s.Tree)}
	}
	return Proof{}, contradiction(PartyLog, s, "the hash of its files", h1, s.Tree, record)
}

// Claim is what Record found, in one line.
func (l *Log) Claim(v gover.Version, t platform.Target, h1 string, id, treeSize int64) string {
	return fmt.Sprintf("record %d of %s (tree of %d) names %s for %s %s", id, l.name(), treeSize, h1, toolchainModule, ModuleVersion(v, t))
}

// builtLikeModule reports whether the subject's files have to be those of the module, to the byte.
func builtLikeModule(s Subject) bool {
	return s.Source == SourceModule || ArchivesRecorded(s.Version)
}

// ArchivesRecorded tells whether the record of v fixes the files of its archive, too, and not only those of its module:
// from go1.21rc1 on both are packed from one tree (cmd/distpack).
func ArchivesRecorded(v gover.Version) bool {
	first, err := gover.Parse("go1.21rc1")
	return err == nil && v.Compare(first) >= 0
}

// Forget removes the records and tiles that were proved, which can be had again. The newest tree head that was seen
// stays: without it, a database that forgets or rewrites its past would go unnoticed.
func (l *Log) Forget() error {
	return errors.Join(platform.RemoveTree(filepath.Join(l.CacheDir, l.name(), "lookup")), platform.RemoveTree(filepath.Join(l.CacheDir, l.name(), "tile")))
}

// name is the database's name: the part of the key before its first plus sign.
func (l *Log) name() string {
	name, _, _ := strings.Cut(l.key(), "+")
	return name
}

func (l *Log) key() string {
	if l.Key == "" {
		return LogKey
	}
	return l.Key
}

// Record returns what the database holds for v on t: the hash of its files ("h1:…"), the number of the record, and
// the size of the signed tree that was shown to include it. Its errors are Prove's.
func (l *Log) Record(ctx context.Context, v gover.Version, t platform.Target) (h1 string, id int64, treeSize int64, err error) {
	proven, err := l.Prove(ctx, toolchainModule, ModuleVersion(v, t))
	return proven.H1, proven.ID, proven.TreeSize, err
}

// A question is what ways are asked for, in the words of the errors that they cause.
type question struct {
	about   string // "golang.org/toolchain v0.0.1-go1.22.3.linux-amd64"
	missing string // what there is none of if nobody answers: "record of " + about
}

// ask puts the question to one way after the other, by put.
//
// The first way that can answer completely decides. A way that has no such answer or can't be reached is passed
// over; if all are, the error is a *SilentError that says why for each. A way whose answer can't be proved is not
// passed over: that is a *ForgedError, and two histories of the database are a *TreeHeadError.
func (l *Log) ask(ctx context.Context, q question, put func(*asking) error) error {
	verifier, err := note.NewVerifier(l.key())
	if err != nil {
		return fmt.Errorf("checksum database key %q: %w", l.key(), err)
	}
	ways := l.Ways
	if len(ways) == 0 {
		ways = []Way{{}} // what is cached needs no way
	}
	var failures []*wayError
	for _, way := range ways {
		a := &asking{log: l, ctx: ctx, way: way, verifier: verifier, about: q.about}
		err := a.ask(put)
		var failure *wayError
		if !errors.As(err, &failure) {
			return err
		}
		failures = append(failures, failure)
	}
	return silence(q, failures)
}

// silence says what each way said.
func silence(q question, failures []*wayError) *SilentError {
	said := make([]string, len(failures))
	for i, f := range failures {
		said[i] = f.Error()
	}
	return &SilentError{
		Party:  PartyLog,
		Reason: fmt.Sprintf("no %s: %s", q.missing, strings.Join(said, "; ")),
		Absent: slices.ContainsFunc(failures, func(f *wayError) bool { return f.absent }),
	}
}

// A wayError says why one way gave no answer.
type wayError struct {
	way       Way
	reason    string
	absent    bool // it answered that there is no such record
	senseless bool // it answered something that isn't even a record
}

func (e *wayError) Error() string {
	if e.way.URL == "" || strings.Contains(e.reason, e.way.String()) {
		return e.reason
	}
	return e.way.String() + ": " + e.reason
}

// A ForgedError says that a way gave an answer that isn't the database's: a record, a tile or a tree head that the
// signed tree doesn't include, or a record of something else.
type ForgedError struct {
	Way      string // base URL
	Module   string // what was asked for: path and version; tiles or a tree head
	Reason   string
	Evidence string // what there is to show, of several lines or empty
}

func (e *ForgedError) Error() string {
	return withEvidence(fmt.Sprintf("%s gave a forged or damaged answer about %s: %s", e.Way, e.Module, e.Reason), e.Evidence)
}

// A TreeHeadError says that the database has shown two histories: a signed tree head, seen now, doesn't continue the
// one in File, seen earlier, or the other way round. One of them was made to deceive.
type TreeHeadError struct {
	Way      string // through which the newer answer came
	Log      string // name of the database
	File     string // the newest tree head seen earlier
	Evidence string // both signed heads and the proof that they exclude each other
}

func (e *TreeHeadError) Error() string {
	return withEvidence(fmt.Sprintf("%s has shown two histories, now through %s, earlier as kept in %s", e.Log, e.Way, e.File), e.Evidence)
}

// A HeadFileError says that the newest tree head seen earlier can't be used: without it, a database that forgets or
// rewrites its past would go unnoticed.
type HeadFileError struct {
	File string
	Log  string // name of the database
	Err  error
}

func (e *HeadFileError) Error() string {
	return fmt.Sprintf("%s is not a tree head signed by %s: %v", e.File, e.Log, e.Err)
}

func (e *HeadFileError) Unwrap() error { return e.Err }

// withEvidence appends evidence, indented, to what it is evidence of.
func withEvidence(message, evidence string) string {
	evidence = strings.Trim(evidence, "\n")
	if evidence == "" {
		return message
	}
	for line := range strings.SplitSeq(evidence, "\n") {
		message += strings.TrimRight("\n\t"+line, "\t ")
	}
	return message
}

// headFile is where the newest tree head is kept.
func (l *Log) headFile() string {
	return filepath.Join(l.CacheDir, filepath.FromSlash(l.name()), "latest")
}
