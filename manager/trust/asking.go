package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"gsw/platform"
)

// answerLimit bounds one answer: a full tile has 8 KiB, a record with its tree head less than 1.
const answerLimit = 1 << 20

// asking is one question to the database through one way: the outside world of one x/mod client.
//
// One client a way, rather than one client that tries all of them for each document, so that an answer that can't be
// proved has exactly one author. x/mod has no context; asking carries the question's.
type asking struct {
	log      *Log
	ctx      context.Context
	way      Way
	verifier note.Verifier
	about    string // what is asked for, in errors
	afresh   bool   // don't read the cache

	supported sync.Once
	refusal   error // why the way can't be used at all

	mu       sync.Mutex
	answer   []byte            // the answer to the lookup, cached or fresh
	answered bool              // there is such an answer, if only an empty one
	fresh    bool              // the way gave it
	unsaved  map[string][]byte // what is to be cached once the whole answer is proved
	cached   bool              // something was read from the cache
	asked    bool              // the way was asked for something
	head     int64             // size of the newest tree head seen, now or earlier
	signed   []byte            // that head
	failures []error           // of the way: documents it didn't give
	fault    error             // of this machine: the tree head can't be read or kept
	fork     string            // x/mod's evidence of two histories
}

// ask puts the question. What was cached and can't be proved any more (a damaged disk) is asked for afresh before
// anybody is blamed.
func (a *asking) ask(put func(*asking) error) error {
	err := put(a)
	if err == nil {
		a.save()
	}
	if !a.cached || !unproved(err) {
		return err
	}
	again := &asking{log: a.log, ctx: a.ctx, way: a.way, verifier: a.verifier, about: a.about, afresh: true}
	err = put(again)
	if err == nil {
		again.save()
	}
	var failure *wayError
	if errors.As(err, &failure) && !failure.senseless {
		failure.reason += ", and what is cached is damaged"
	}
	return err
}

// unproved reports whether an answer was there but proved nothing.
func unproved(err error) bool {
	var forged *ForgedError
	var failure *wayError
	return errors.As(err, &forged) || errors.As(err, &failure) && failure.senseless
}

// explain turns x/mod's error, which is only text, into what asking saw happen.
func (a *asking) explain(err error) error {
	switch {
	case a.fork != "":
		e := &TreeHeadError{Way: "the cache", Log: a.verifier.Name(), File: a.log.headFile(), Evidence: a.fork}
		if a.fresh {
			e.Way = a.way.String()
		}
		return e
	case a.ctx.Err() != nil:
		return fmt.Errorf("asking %s about %s: %w", a.verifier.Name(), a.about, context.Cause(a.ctx))
	case a.fault != nil:
		return a.fault
	}
	for _, failure := range a.failures {
		if strings.Contains(err.Error(), failure.Error()) {
			return a.passed(failure)
		}
	}
	if _, _, _, malformed := tlog.ParseRecord(a.answer); malformed != nil && a.answered {
		// A login page, an empty answer: nothing that claims to be the database's.
		return &wayError{way: a.way, reason: fmt.Sprintf("what it answers is not a record: %q", excerpt(a.answer)), senseless: true}
	}
	text := strings.TrimPrefix(err.Error(), strings.Replace(a.about, " ", "@", 1)+": ")
	text = strings.TrimPrefix(text, "initializing sumdb.Client: ")
	reason, evidence, _ := strings.Cut(text, "\n")
	return a.forged(reason, evidence)
}

// passed says why the way is passed over for want of a document.
func (a *asking) passed(failure error) *wayError {
	e := &wayError{way: a.way, reason: failure.Error(), absent: errors.Is(failure, errNoRecord)}
	if errors.Is(failure, fs.ErrNotExist) {
		// A mirror that lags behind what was seen elsewhere looks like a database that lost records. Neither proves anything.
		e.reason = fmt.Sprintf("it has no proof from the tree of %d, the newest seen (%v)", a.head, failure)
	}
	return e
}

// evidenceLimit is more than a true record with its tree head has. What a way answers instead may be a megabyte.
const evidenceLimit = 4 << 10

func (a *asking) forged(reason, evidence string) *ForgedError {
	if len(evidence) > evidenceLimit {
		evidence = evidence[:evidenceLimit] + "…"
	}
	return &ForgedError{Way: a.way.String(), Module: a.about, Reason: reason, Evidence: evidence}
}

func excerpt(b []byte) []byte {
	const most = 60
	if len(b) > most {
		return append(b[:most:most], "…"...)
	}
	return b
}

// errNoRecord: the way answered that it has no record of the module.
var errNoRecord = errors.New("it has no such record")

// ReadRemote fetches one document through the way.
func (a *asking) ReadRemote(path string) ([]byte, error) {
	a.mu.Lock()
	a.asked = true
	a.mu.Unlock()
	a.supported.Do(func() { a.refusal = a.support() })
	if a.refusal != nil {
		return nil, a.failed(a.refusal)
	}
	body, err := a.get(path)
	isRecord := strings.HasPrefix(path, "/lookup/")
	if isRecord && errors.Is(err, fs.ErrNotExist) {
		err = errNoRecord
	}
	if err != nil {
		return nil, a.failed(err)
	}
	if isRecord {
		a.see(body, true)
	}
	return body, nil
}

// support asks a module proxy whether it passes on questions to the database.
func (a *asking) support() error {
	if a.way.URL == "" {
		return errors.New("it is not cached, and there is no way to ask")
	}
	if !a.way.Supported {
		return nil
	}
	if _, err := a.get("/supported"); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return errors.New("it does not serve the checksum database")
		}
		return err
	}
	return nil
}

// get fetches one document, with patience.
func (a *asking) get(path string) ([]byte, error) {
	patience := a.log.Patience
	if patience == 0 {
		patience = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(a.ctx, patience)
	defer cancel()
	body, err := a.log.Get.Get(ctx, a.way.URL+path, answerLimit)
	if err != nil && ctx.Err() != nil && a.ctx.Err() == nil {
		return nil, fmt.Errorf("no answer to %s within %v", path, patience)
	}
	return body, err
}

// failed remembers a document that the way didn't give.
func (a *asking) failed(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures = append(a.failures, err)
	return err
}

// see remembers the record and the size of its tree head.
func (a *asking) see(record []byte, fresh bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer, a.answered, a.fresh = record, true, fresh
	if _, _, head, err := tlog.ParseRecord(record); err == nil {
		a.seeHead(head)
	}
}

// seeHead remembers a tree head if it is signed and newer than those seen. The caller holds a.mu.
func (a *asking) seeHead(head []byte) {
	if size := headSize(head, a.verifier); size > a.head {
		a.head, a.signed = size, head
	}
}

// headSize is the size of the tree that a signed tree head describes; 0 if it isn't one.
func headSize(head []byte, verifier note.Verifier) int64 {
	n, err := note.Open(head, note.VerifierList(verifier))
	if err != nil {
		return 0
	}
	tree, err := tlog.ParseTree([]byte(n.Text))
	if err != nil {
		return 0
	}
	return tree.N
}

// ReadConfig returns the key that is compiled in, or the newest tree head seen so far.
func (a *asking) ReadConfig(file string) ([]byte, error) {
	if file == "key" {
		return []byte(a.log.key()), nil
	}
	head, err := a.readHead()
	if err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.fault = err
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seeHead(head)
	return head, nil
}

// readHead reads the newest tree head. That there is none yet is the empty tree. One that isn't signed is an error of
// this machine, not of the way: x/mod would blame the server for it.
func (a *asking) readHead() ([]byte, error) {
	file := a.log.headFile()
	head, err := platform.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(head) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the newest tree head: %w", err)
	}
	if _, err := note.Open(head, note.VerifierList(a.verifier)); err != nil {
		return nil, &HeadFileError{File: file, Log: a.verifier.Name(), Err: err}
	}
	return head, nil
}

// WriteConfig replaces the newest tree head, unless another process has done so since it was read. x/mod then reads
// and merges the other's. It is flushed: after a power cut the past must not look shorter than it was.
func (a *asking) WriteConfig(file string, old, new []byte) error {
	// The tiles by which the new head continues the old one come first: without them, what is cached could not be proved
	// by the new head, should the question fail later on.
	a.saveTiles()
	err := a.replaceHead(old, new)
	if err != nil && err != sumdb.ErrWriteConflict {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.fault = fmt.Errorf("keeping the newest tree head: %w", err)
	}
	return err
}

func (a *asking) replaceHead(old, new []byte) (err error) {
	file := a.log.headFile()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	unlock, err := platform.Lock(a.ctx, file+".lock", nil)
	if err != nil {
		return err
	}
	defer func() {
		if failed := unlock(); err == nil { // x/mod compares with ==: a conflict must not be wrapped
			err = failed
		}
	}()
	have, err := a.readHead()
	if err != nil {
		return err
	}
	if !bytes.Equal(have, old) {
		return sumdb.ErrWriteConflict
	}
	return platform.WriteDurable(file, new, 0o644)
}

// WriteCache keeps what is proved, for save. x/mod gives tiles as soon as they fit a signed tree head, also if that head
// turns out to be of another history: what was cached of the true one must not be lost to it. And it gives a record
// before anybody looked whether it is the one that was asked for.
func (a *asking) WriteCache(file string, data []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unsaved == nil {
		a.unsaved = map[string][]byte{}
	}
	a.unsaved[file] = data
}

// save caches what the question needed, now that its answer is proved.
func (a *asking) save() {
	a.saveTiles()
	for file, data := range a.unsaved {
		a.write(file, data)
	}
}

// saveTiles caches the tiles alone.
func (a *asking) saveTiles() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for file, data := range a.unsaved {
		if !strings.Contains(file, "/lookup/") {
			a.write(file, data)
			delete(a.unsaved, file)
		}
	}
}

// Log is x/mod's chatter.
func (a *asking) Log(string) {}

// SecurityError keeps x/mod's evidence that the database has shown two histories, without its headline.
func (a *asking) SecurityError(evidence string) {
	_, evidence, _ = strings.Cut(evidence, "\n\n")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fork = evidence
}
