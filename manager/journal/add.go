package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// file is what the journal needs of an open file.
type file interface {
	io.Writer // at the end
	Sync() error
	Close() error
}

// place is one file, and what it still has to be given.
type place struct {
	name string
	file
	owed []byte
}

// batch is what one write takes: the lines of those who came while the one before was under way.
type batch struct {
	lines []byte
	until Head
	first int64 // of the lines; 0: there are none, and this is only a try
	done  chan struct{}
	err   error
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// errClosed: the server that still asks should have stopped before.
var errClosed = errors.New("the journal is closed")

// Add writes an entry to every file. After an error it is not known to be in all of them, and what it records must not
// be answered: the caller says that it can't. Once a file has room again the lines that are missing there are written
// first, and an entry says so.
func (j *Journal) Add(e Entry) error {
	if e.Time.IsZero() {
		e.Time = j.now()
	}
	for {
		b, tried, err := j.queue(e)
		if err != nil {
			return err
		}
		<-b.done
		if !tried || b.err != nil {
			return b.err
		}
	}
}

// queue puts the entry into the batch that is open; while a file lacks lines the batch is only a try to write those,
// so that no more than one batch is ever owed.
func (j *Journal) queue(e Entry) (b *batch, try bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return nil, false, j.failed
	}
	if try = j.behind != 0; !try {
		j.put(e)
	}
	select {
	case j.wake <- struct{}{}:
	default:
	}
	return j.open, try, nil
}

// put makes the entry the next line of the open batch.
func (j *Journal) put(e Entry) {
	if j.open.first == 0 {
		j.open.first = j.chain.seq
	}
	j.open.lines = j.chain.appendLine(j.open.lines, e)
	j.open.until = Head{j.chain.seq - 1, j.chain.prev}
}

// write writes batches until the journal is closed.
func (j *Journal) write() {
	for range j.wake {
		j.mu.Lock()
		b := j.open
		j.open = newBatch()
		j.mu.Unlock()
		b.err = j.give(b.lines)
		j.settle(b)
		close(b.done)
	}
}

// give hands lines to the system, for every file, after what that is owed.
func (j *Journal) give(lines []byte) error {
	var failures []error
	for _, p := range j.places {
		if err := p.give(lines); err != nil {
			failures = append(failures, fmt.Errorf("writing the journal %s: %w", p.name, err))
		}
	}
	return errors.Join(failures...)
}

func (p *place) give(lines []byte) error {
	if len(p.owed) > 0 {
		lines = append(p.owed, lines...)
	}
	if len(lines) == 0 {
		return nil
	}
	n, err := p.Write(lines)
	if err == nil && n < len(lines) {
		err = io.ErrShortWrite
	}
	if p.owed = nil; err != nil {
		p.owed = bytes.Clone(lines[n:]) // a part of a line, maybe: the rest follows, and completes it
	}
	return err
}

// settle notes what became of a batch.
func (j *Journal) settle(b *batch) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dirty = j.dirty || len(b.lines) > 0
	switch {
	case b.err != nil:
		if j.behind == 0 {
			j.behind = b.first
		}
		j.reason = b.err
	case j.behind != 0:
		first := j.behind
		j.dirty = true
		reason := fmt.Sprintf("entries from %d on were not in every file before this one, and what they record was not answered: %v", first, j.reason)
		j.behind, j.reason = 0, nil
		j.put(Entry{Time: j.now(), Operation: Recovered, Reason: reason})
		select {
		case j.wake <- struct{}{}:
		default:
		}
		fallthrough
	default:
		if b.until.Seq > j.head.Seq {
			j.head = b.until
		}
	}
}

// flush puts what was written on stable storage, every second. After an error nobody knows what is there, whatever a
// later flush says: nothing is added any more.
func (j *Journal) flush() {
	every := time.NewTicker(flushEvery)
	defer every.Stop()
	for {
		select {
		case <-j.stop:
			return
		case <-every.C:
			_ = j.Flush() // Err tells
		}
	}
}

// Flush puts what was added on stable storage now.
func (j *Journal) Flush() error {
	j.mu.Lock()
	dirty := j.dirty
	j.dirty = false
	j.mu.Unlock()
	if !dirty {
		return nil
	}
	var failures []error
	for _, p := range j.places {
		if err := p.Sync(); err != nil {
			failures = append(failures, fmt.Errorf("flushing the journal %s: %w", p.name, err))
		}
	}
	err := errors.Join(failures...)
	if err != nil {
		j.mu.Lock()
		j.failed = err
		j.mu.Unlock()
	}
	return err
}

// Close adds a last entry, flushes, and gives the head, which is worth noting elsewhere. What is added from then on is
// refused. The error says what the files may lack. A second call gives what the first gave.
func (j *Journal) Close() (Head, error) {
	j.closing.Do(func() { j.closed = j.close() })
	return j.Head(), j.closed
}

func (j *Journal) close() error {
	err := j.Add(Entry{Operation: Closed})
	j.mu.Lock()
	if j.failed == nil {
		j.failed = errClosed
	}
	last := j.open
	j.mu.Unlock()
	// Who queued before that is served: the writer takes what is open, and finds the end of its work after it.
	j.wake <- struct{}{}
	<-last.done
	close(j.wake)
	close(j.stop)
	j.done.Wait()
	return errors.Join(err, j.Flush(), j.release())
}

// release lets go of the files and their locks.
func (j *Journal) release() (err error) {
	for _, p := range j.places {
		if p.file != nil {
			err = errors.Join(err, p.Close())
		}
	}
	for _, unlock := range j.unlock {
		err = errors.Join(err, unlock())
	}
	return err
}
