package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gsw/platform"
)

// LockedError says that another process adds to the log.
type LockedError struct{ File string }

func (e *LockedError) Error() string {
	return e.File + " is in use: another process adds to it"
}

// BrokenError says that a log can't be carried on: its end is not what a journal left there.
type BrokenError struct {
	File  string
	Cause string
}

func (e *BrokenError) Error() string {
	return e.File + " can't be carried on: " + e.Cause
}

// Open carries on a log, in one file or in two with the same lines, or begins it. now is the clock of the entries.
//
// The last megabytes are verified (Audit verifies all): *BrokenError if they don't hold, or if the two files differ.
// What a killed process or a power loss left is put right, and an entry tells: a half line is kept in a file named as
// the log with .torn at its end, and what one file lacks at its end is copied from the other. *LockedError if another
// process has either file open.
func Open(now func() time.Time, files ...string) (*Journal, error) {
	j := &Journal{now: now, open: newBatch(), wake: make(chan struct{}, 1), stop: make(chan struct{})}
	entries, err := j.prepare(files)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the journal: %w", err), j.release())
	}
	for _, e := range entries {
		e.Time = now()
		j.put(e)
	}
	j.done.Go(j.write)
	j.done.Go(j.flush)
	first := j.open
	j.wake <- struct{}{}
	<-first.done
	if first.err != nil {
		_, err := j.Close()
		return nil, errors.Join(first.err, err)
	}
	return j, nil
}

// prepare locks the files, verifies and evens out their ends, and gives the entries that tell of it.
func (j *Journal) prepare(files []string) ([]Entry, error) {
	if len(files) < 1 || len(files) > 2 {
		return nil, fmt.Errorf("a journal is kept in one file or in two, not in %d", len(files))
	}
	var ends []*ending
	for _, name := range files {
		e, err := j.take(name)
		if err != nil {
			return nil, err
		}
		defer e.from.Close()
		ends = append(ends, e)
	}
	if len(ends) == 2 && os.SameFile(ends[0].info, ends[1].info) {
		return nil, fmt.Errorf("the two files of a journal are one: %s, %s", files[0], files[1])
	}
	notes, err := repair(ends)
	if err != nil {
		return nil, err
	}
	entries, err := j.resume(ends)
	for _, note := range notes {
		entries = append(entries, Entry{Operation: Recovered, Reason: note})
	}
	return entries, err
}

// resume finds where the chain goes on: behind the last line; behind that of a numbered file, if there is none; or at
// the beginning.
func (j *Journal) resume(ends []*ending) ([]Entry, error) {
	opened := Entry{Operation: Opened}
	if last := ends[0].last; last.seq != 0 {
		j.chain = chain{last.seq + 1, last.hash}
		return []Entry{opened}, nil
	}
	j.chain = chain{1, origin}
	for _, e := range ends {
		older, err := numbered(e.name)
		if err != nil {
			return nil, err
		}
		if len(older) == 0 {
			continue
		}
		last, err := lastLine(older[len(older)-1])
		if err != nil {
			return nil, err
		}
		if last.seq >= j.chain.seq {
			j.chain = chain{last.seq + 1, last.hash}
		}
	}
	if j.chain.seq == 1 {
		return []Entry{{Operation: Begun}, opened}, nil
	}
	return []Entry{{Operation: Continued, Reason: fmt.Sprintf("after entry %d, the last of the file before", j.chain.seq-1)}, opened}, nil
}

// take locks a file, makes it if there is none, and reads its end.
func (j *Journal) take(name string) (*ending, error) {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // by whatever name: one lock
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // to open a pipe would wait for its reader
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	unlock, ok, err := platform.TryLock(name + ".lock")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &LockedError{name}
	}
	j.unlock = append(j.unlock, unlock)
	// Only for appending, and with 0600, because it tells who asked for what. A file that the system lets nobody do
	// anything else to (chattr +a) is as good.
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j.places = append(j.places, &place{name: name, file: to})
	if err := platform.FlushDir(filepath.Dir(name)); err != nil {
		return nil, err
	}
	e, err := openEnding(name)
	if err == nil {
		e.to = to
	}
	return e, err
}

// numbered are the older files of a log, the oldest first.
func numbered(name string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	var older []int
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), filepath.Base(name)+"."); ok && !e.IsDir() {
			if n, err := strconv.Atoi(rest); err == nil && n > 0 && strconv.Itoa(n) == rest {
				older = append(older, n)
			}
		}
	}
	slices.Sort(older)
	var names []string
	for _, n := range older {
		names = append(names, name+"."+strconv.Itoa(n))
	}
	return names, nil
}

// lastLine reads where the chain of an older file ends.
func lastLine(name string) (line, error) {
	e, err := openEnding(name)
	if err != nil {
		return line{}, err
	}
	return e.last, e.from.Close()
}

// ending is the end of a file.
type ending struct {
	name string
	from *os.File
	to   *os.File // to append to it
	info fs.FileInfo
	size int64
	full int64 // up to which the lines are whole
	last line  // seq 0: there is none
}

// window is how much of a file's end is verified when it is opened: more than a second's entries, which is what a power
// loss may have spoilt.
const window = 8 << 20

// openEnding verifies the lines at the end of a file, which stays open for reading.
func openEnding(name string) (*ending, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	e := &ending{name: name, from: f}
	if err := e.read(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return e, nil
}

func (e *ending) read() (err error) {
	if e.info, err = e.from.Stat(); err != nil {
		return err
	}
	e.size = e.info.Size()
	start := max(0, e.size-window)
	text := make([]byte, e.size-start)
	if _, err := e.from.ReadAt(text, start); err != nil {
		return err
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	e.full = start + int64(whole)
	if text = text[:whole]; start > 0 {
		text = text[bytes.IndexByte(text, '\n')+1:] // the first may be a part of a line
	}
	if len(text) == 0 && e.size > 0 && (start > 0 || e.size > longest) {
		return &BrokenError{e.name, fmt.Sprintf("its last %d bytes hold no line", e.size-start)}
	}
	return e.verify(text)
}

// verify holds the last lines against each other.
func (e *ending) verify(text []byte) error {
	at := e.full - int64(len(text))
	for whole := range bytes.Lines(text) {
		l, err := readLine(whole[:len(whole)-1])
		switch {
		case err != nil:
			return &BrokenError{e.name, fmt.Sprintf("at byte %d is %v", at, err)}
		case !l.intact:
			return &BrokenError{e.name, fmt.Sprintf("entry %d at byte %d was changed", l.seq, at)}
		case e.last.seq != 0 && (l.seq != e.last.seq+1 || l.prev != e.last.hash):
			return &BrokenError{e.name, fmt.Sprintf("entry %d at byte %d does not continue entry %d", l.seq, at, e.last.seq)}
		}
		e.last = l
		at += int64(len(whole))
	}
	return nil
}

// repair makes files end alike, with a whole line, and tells what it did.
func repair(ends []*ending) (notes []string, err error) {
	long := ends[0]
	for _, e := range ends[1:] {
		if e.full > long.full {
			long = e
		}
	}
	for _, e := range ends {
		if err := sameLast(e, long); err != nil {
			return nil, err
		}
	}
	for _, e := range ends {
		if e.size > e.full {
			note, err := setAside(e)
			if err != nil {
				return nil, fmt.Errorf("setting aside the half line at the end of %s: %w", e.name, err)
			}
			notes = append(notes, note)
		}
		if e.full < long.full {
			if err := e.copyFrom(long); err != nil {
				return nil, fmt.Errorf("copying what %s lacks from %s: %w", e.name, long.name, err)
			}
			notes = append(notes, fmt.Sprintf("entries %d to %d were missing at the end of %s: copied from %s",
				e.last.seq+1, long.last.seq, filepath.Base(e.name), filepath.Base(long.name)))
			e.last = long.last
		}
	}
	return notes, nil
}

// sameLast: the last line of the shorter file stands at the same place in the longer one. As each line has the hash of
// the one before it, all before it is the same, too, in files whose chains hold.
func sameLast(e, long *ending) error {
	if e == long || e.full == 0 {
		return nil
	}
	start := max(0, e.full-longest)
	have, want := make([]byte, e.full-start), make([]byte, e.full-start)
	if _, err := e.from.ReadAt(have, start); err != nil {
		return err
	}
	if _, err := long.from.ReadAt(want, start); err != nil {
		return err
	}
	if !bytes.Equal(have, want) {
		return &BrokenError{e.name, fmt.Sprintf("its last entry, %d, is not what %s has at that place: one of both was changed", e.last.seq, long.name)}
	}
	return nil
}

// setAside moves a half line out of the log, into a file beside it. It is there before it is gone from the log.
func setAside(e *ending) (note string, err error) {
	half := make([]byte, e.size-e.full)
	if _, err := e.from.ReadAt(half, e.full); err != nil {
		return "", err
	}
	aside := e.name + ".torn"
	f, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(append(bytes.Clone(half), '\n'))
	if err := errors.Join(err, f.Sync(), f.Close(), platform.FlushDir(filepath.Dir(aside))); err != nil {
		return "", err
	}
	if err := errors.Join(os.Truncate(e.name, e.full), e.to.Sync()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s ended in a half line of %d bytes, kept in %s: %q", filepath.Base(e.name), len(half), filepath.Base(aside),
		half[:min(len(half), 512)]), nil
}

func (e *ending) copyFrom(long *ending) error {
	if _, err := io.Copy(e.to, io.NewSectionReader(long.from, e.full, long.full-e.full)); err != nil {
		return err
	}
	return e.to.Sync()
}
