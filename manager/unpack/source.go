package unpack

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
)

// source hands the bytes of a reader from the goroutine that reads and hashes them to the
// one that inflates.
type source struct {
	ctx    context.Context
	full   chan []byte
	empty  chan []byte
	digest digest // after fill returned
	err    error  // why full was closed; nil for the end of the data
	part   []byte // what is left of what is being read
	chunk  []byte // that it is in; nil if it is a copy
}

func newSource(ctx context.Context) *source {
	s := &source{
		ctx:    ctx,
		full:   make(chan []byte, chunkCount),
		empty:  make(chan []byte, chunkCount),
		digest: digest{sum: sha256.New()},
	}
	for range chunkCount {
		s.empty <- nil // made when first needed: small archives need one
	}
	return s
}

// fill reads r to its end, or until ctx ends.
func (s *source) fill(r io.Reader) {
	defer close(s.full)
	for {
		var chunk []byte
		select {
		case chunk = <-s.empty:
		case <-s.ctx.Done():
			return
		}
		if chunk == nil {
			chunk = make([]byte, chunkSize)
		}
		n, err := readSome(r, chunk[:chunkSize])
		s.digest.write(chunk[:n])
		if s.digest.size > maxArchive {
			err = &PolicyError{Reason: fmt.Sprintf("the archive is larger than %d MiB", maxArchive>>20)}
		}
		if n > 0 {
			s.full <- chunk[:n] // has room for every chunk there is
		}
		if err != nil {
			if err != io.EOF {
				s.err = err
			}
			return
		}
	}
}

// readSome waits for at least one byte. It does not wait for more: on a slow connection
// what has come is worked on while the rest comes.
func readSome(r io.Reader, p []byte) (n int, err error) {
	for range 100 {
		if n, err = r.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// Read, ReadByte, Peek, Buffered and Discard lend the chunks on, without a copy but for what lies across two
// of them: source is a bufio.Reader as far as its readers need one.
func (s *source) Read(p []byte) (int, error) {
	if len(s.part) == 0 {
		if err := s.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.part)
	s.part = s.part[n:]
	return n, nil
}

func (s *source) ReadByte() (byte, error) {
	if len(s.part) == 0 {
		if err := s.more(); err != nil {
			return 0, err
		}
	}
	c := s.part[0]
	s.part = s.part[1:]
	return c, nil
}

// Peek returns the next n bytes, which stay as they are until the next call, or fewer and why.
func (s *source) Peek(n int) ([]byte, error) {
	for len(s.part) < n {
		if err := s.more(); err != nil {
			return s.part, err
		}
	}
	return s.part[:n], nil
}

func (s *source) Buffered() int { return len(s.part) }

func (s *source) Discard(n int) (int, error) {
	left := n
	for {
		k := min(left, len(s.part))
		s.part = s.part[k:]
		if left -= k; left == 0 {
			return n, nil
		}
		if err := s.more(); err != nil {
			return n - left, err
		}
	}
}

// more adds a chunk to part, which is nearly always used up by then.
func (s *source) more() error {
	if len(s.part) == 0 {
		s.giveBack()
	}
	select {
	case chunk, more := <-s.full:
		if !more {
			return s.end()
		}
		if len(s.part) == 0 {
			s.chunk, s.part = chunk, chunk
			return nil
		}
		s.part = slices.Concat(s.part, chunk)
		s.giveBack()
		s.empty <- chunk
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

// giveBack returns the chunk that part is of, of which nothing is needed any more.
func (s *source) giveBack() {
	if s.chunk != nil {
		s.empty <- s.chunk // has room for every chunk there is
		s.chunk = nil
	}
}

// end is why there are no more bytes. full was closed before, so err is settled.
func (s *source) end() error {
	if s.err != nil {
		return &readError{s.err}
	}
	if cause := context.Cause(s.ctx); cause != nil {
		return cause
	}
	return io.EOF
}

// readError carries an error of the archive's reader past the decompressors, whose
// own errors mean that the archive is damaged.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }
