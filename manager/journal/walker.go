package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// walker goes through one copy of a log, file by file, and holds every line against the one before it.
type walker struct {
	names []string // of the files, the oldest first
	limit int64    // how much of the last one is read; -1: all
	find  func(Finding)
	sound func(file string, number int64, l line, text []byte) error // gets what is where it belongs; may be nil

	at     int // of names: the open one
	open   *os.File
	lines  *bufio.Reader
	number int64  // of the line, in its file
	text   []byte // of the line, until the next one is read
	want   chain  // where the next line belongs
	or     string // what may stand there instead of want.prev; "": nothing
	doubt  int64  // how many lines before this one could not be read
}

// walker opens a copy of a log: a file that carries on another's chain has numbered ones before it.
func (a *audit) walker(name string, limit int64) (*walker, error) {
	w := &walker{names: []string{name}, limit: limit, find: a.find, at: -1, want: chain{1, origin}}
	first, operation, err := firstLine(name)
	if err != nil {
		return nil, err
	}
	older, err := numbered(name)
	if err != nil {
		return nil, err
	}
	for i := len(older) - 1; i >= 0 && operation == Continued; i-- {
		w.names = append([]string{older[i]}, w.names...)
		if first, operation, err = firstLine(older[i]); err != nil {
			return nil, err
		}
	}
	switch {
	case operation == Continued && a.Partial:
		w.want = chain{first.seq, first.prev}
	case operation == Continued:
		a.find(Finding{w.names[0], 1, fmt.Sprintf("carries on the chain of an older file, with the entries up to %d, which is not here", first.seq-1), ""})
		w.want = chain{first.seq, first.prev}
	}
	return w, nil
}

// firstLine reads how a file begins, if that is an entry.
func firstLine(name string) (l line, operation string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return line{}, "", err
	}
	defer f.Close()
	text, err := bufio.NewReader(io.LimitReader(f, longest+1)).ReadBytes('\n')
	if err != nil && err != io.EOF {
		return line{}, "", fmt.Errorf("reading %s: %w", name, err)
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	if l, err = readLine(text); err != nil || !l.intact {
		return line{}, "", nil
	}
	e, err := readEntry(text)
	if err != nil {
		return line{}, "", nil
	}
	return l, e.Operation, nil
}

func (w *walker) close() {
	if w.open != nil {
		w.open.Close()
	}
}

func (w *walker) file() string { return w.names[max(w.at, 0)] }

func (w *walker) where() string { return fmt.Sprintf("%s:%d", w.file(), w.number) }

// rest goes through all that is left.
func (w *walker) rest(ctx context.Context) error {
	for {
		if more, err := w.next(ctx); err != nil || !more {
			return err
		}
	}
}

// next reads a line and checks it; false after the last one.
func (w *walker) next(ctx context.Context) (bool, error) {
	for {
		if w.open == nil {
			if w.at+1 == len(w.names) {
				return false, nil
			}
			if err := errors.Join(ctx.Err(), w.begin()); err != nil {
				return false, err
			}
		}
		if w.number%1024 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		text, err := w.lines.ReadSlice('\n')
		if len(text) == 0 && err == io.EOF {
			w.open.Close()
			w.open = nil
			continue
		}
		w.number++
		return true, w.line(text, err)
	}
}

// begin opens the next file.
func (w *walker) begin() error {
	f, err := os.Open(w.names[w.at+1])
	if err != nil {
		return err
	}
	w.at++
	w.number, w.open = 0, f
	r := io.Reader(f)
	if w.at+1 == len(w.names) && w.limit >= 0 {
		r = io.LimitReader(f, w.limit)
	}
	w.lines = bufio.NewReaderSize(r, longest+1)
	return nil
}

// line takes what ReadSlice gave.
func (w *walker) line(text []byte, err error) error {
	switch {
	case err == nil:
		w.text = text[:len(text)-1]
		return w.check()
	case err == io.EOF:
		w.text = text
		w.bad("has no end: the rest was cut off, or its writer was killed")
		return nil
	case err == bufio.ErrBufferFull:
		w.text = bytes.Clone(text)
		w.bad("is longer than any line of a journal")
		for err == bufio.ErrBufferFull {
			_, err = w.lines.ReadSlice('\n')
		}
		if err == io.EOF {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", w.file(), err)
	}
	return nil
}

// bad is a line that says nothing of its place. The one after it may belong where this stands, or one further.
func (w *walker) bad(what string) {
	w.find(Finding{w.file(), w.number, what, excerpt(w.text)})
	w.doubt++
}

// check holds a line against the one before it. After a finding it goes on from what the line says of itself, so that
// one cause makes one finding, or two.
func (w *walker) check() error {
	l, err := readLine(w.text)
	switch {
	case err != nil:
		w.bad("is " + err.Error())
		return nil
	case !l.intact:
		w.find(Finding{w.file(), w.number, "was changed: its bytes have the hash " + hashOf(w.text), excerpt(w.text)})
		w.want = chain{w.want.seq + 1 + w.doubt, l.hash}
		w.or, w.doubt = hashOf(w.text), 0
		return nil
	case l.seq < w.want.seq:
		w.find(Finding{w.file(), w.number, fmt.Sprintf("is entry %d, where entry %d belongs: moved here, or written twice", l.seq, w.want.seq), excerpt(w.text)})
		return nil
	case l.seq > w.want.seq+w.doubt:
		w.find(Finding{w.file(), w.number, fmt.Sprintf("is entry %d: %s missing before it", l.seq, span(w.want.seq, l.seq-1)), excerpt(w.text)})
	case l.seq == w.want.seq && l.prev != w.want.prev && l.prev != w.or:
		w.find(Finding{w.file(), w.number, fmt.Sprintf("is entry %d, but not the one that followed entry %d", l.seq, l.seq-1),
			"the hash before it:  " + w.want.prev + "\nwhat it says of it:  " + l.prev})
	case w.sound != nil:
		err = w.sound(w.file(), w.number, l, w.text)
	}
	w.want = chain{l.seq + 1, l.hash}
	w.or, w.doubt = "", 0
	return err
}

func span(from, to int64) string {
	if from == to {
		return fmt.Sprintf("entry %d is", from)
	}
	return fmt.Sprintf("entries %d to %d are", from, to)
}
