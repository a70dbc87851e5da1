package unpack

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// What is in flight at once. Together with the writers' needs this is all the memory
// that unpacking takes, however large the archive.
const (
	chunkSize  = 128 << 10 // of the archive as it comes in
	chunkCount = 8
	blockSize  = 128 << 10 // of the tar stream; a multiple of tarBlock
	blockCount = 32
)

// TarGz unpacks the gzip-compressed tar archive that r yields into dir, an existing empty
// folder that becomes the GOROOT: "go/bin/go" becomes dir/bin/go. It is one pass in
// which reading and hashing, inflating, and writing overlap.
//
// TarGz reads to the end of r unless it fails. Errors of r come through unchanged. It
// returns when nothing of it runs any more, so a Read that blocks holds it up: r
// should give up when ctx does.
func TarGz(ctx context.Context, r io.Reader, dir string) (Result, error) {
	return unpackTar(ctx, "tar.gz", r, dir, func(src *bufio.Reader) (filler, error) {
		return newGunzip(src)
	})
}

// unpackTar unpacks the tar stream that open finds in the bytes of r. What open
// returns must read its source to the very end before it says io.EOF.
func unpackTar(ctx context.Context, format string, r io.Reader, dir string, open func(*bufio.Reader) (filler, error)) (Result, error) {
	root, err := openTree(dir)
	if err != nil {
		return Result{}, err
	}
	defer root.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var wg sync.WaitGroup
	src := newSource(ctx)
	wg.Go(func() { src.fill(r) })

	writers := make([]*writer, min(max(runtime.GOMAXPROCS(0), 2), 4))
	jobs := make(chan job, blockCount)
	for i := range writers {
		w := newWriter(root)
		writers[i] = w
		wg.Go(func() {
			defer w.leave(0)
			if err := w.work(ctx, jobs); err != nil {
				cancel(err)
			}
		})
	}
	p := pipe{ctx: ctx, policy: newPolicy("go"), jobs: jobs, free: make(chan *block, blockCount)}
	if err := p.run(src, open); err != nil {
		cancel(err)
	}
	close(jobs)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return Result{}, cause
	}
	res := collect(writers)
	res.Format, res.SHA256, res.Size = format, src.digest.hex(), src.digest.size
	return res, nil
}

// collect adds up what the writers did.
func collect(writers []*writer) Result {
	var res Result
	for _, w := range writers {
		res.Manifest = append(res.Manifest, w.manifest...)
		res.Bytes += w.bytes
	}
	res.Files = len(res.Manifest)
	return res
}

// source hands the bytes of a reader from the goroutine that reads and hashes them to the
// one that inflates.
type source struct {
	ctx    context.Context
	full   chan []byte
	empty  chan []byte
	digest digest // after fill returned
	err    error  // why full was closed; nil for the end of the data
	part   []byte // what is left of
	chunk  []byte // the chunk being read
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

func (s *source) Read(p []byte) (int, error) {
	for len(s.part) == 0 {
		if s.chunk != nil {
			s.empty <- s.chunk
			s.chunk = nil
		}
		select {
		case chunk, more := <-s.full:
			if !more {
				return 0, s.end()
			}
			s.chunk, s.part = chunk, chunk
		case <-s.ctx.Done():
			return 0, context.Cause(s.ctx)
		}
	}
	n := copy(p, s.part)
	s.part = s.part[n:]
	return n, nil
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

// block is a part of the tar stream, behind the end of the part before. It is free again when the parser and every job that has
// a slice of it are done.
type block struct {
	buf  [window + blockSize]byte
	refs atomic.Int32
	free chan<- *block
}

func (b *block) release() {
	if b.refs.Add(-1) == 0 {
		b.free <- b // has room for every block there is
	}
}

// slice is a part of a file's content, in a block.
type slice struct {
	data []byte
	of   *block
}

// job is one file or folder for a writer. Nearly all files lie in one block and come
// whole; of the others, only begun, the rest comes by more.
//
// This can't lock up for want of blocks if there are two: a file is handed on
// before its content, and everything before it is whole, so that whoever waits for
// a block waits for writers that wait for nothing.
type job struct {
	place place
	whole slice
	more  <-chan slice
}

// pipe inflates and parses: it is the tarSink between the blocks and the writers.
type pipe struct {
	ctx    context.Context
	policy *policy
	jobs   chan<- job
	free   chan *block
	made   int
	block  *block // being parsed

	place place // the current file
	left  int64 // of its content
	more  chan<- slice
}

func (p *pipe) run(src *source, open func(*bufio.Reader) (filler, error)) error {
	stream, err := open(bufio.NewReaderSize(src, chunkSize))
	parser := tarParser{sink: p}
	for at, n := 0, 0; err == nil; {
		if at, err = p.nextBlock(n); err != nil {
			break
		}
		n, err = stream.fill(p.block.buf[:], at)
		if err == nil || err == io.EOF {
			if bad := parser.feed(p.block.buf[at:n]); bad != nil {
				err = bad
			}
		}
	}
	if p.block != nil {
		p.block.release()
	}
	if err == io.EOF {
		err = parser.end()
	}
	// If reading failed, that is the reason, whatever came of it.
	if read := (*readError)(nil); errors.As(err, &read) {
		return read.error
	}
	return err
}

// nextBlock exchanges the block, filled up to n, for one that begins with its end.
func (p *pipe) nextBlock(n int) (at int, err error) {
	var next *block
	if p.made < blockCount && len(p.free) == 0 {
		p.made++
		next = &block{free: p.free}
	} else {
		select {
		case next = <-p.free:
		case <-p.ctx.Done():
			return 0, context.Cause(p.ctx)
		}
	}
	next.refs.Store(1)
	if p.block != nil {
		at = carry(next.buf[:], p.block.buf[:], n)
		p.block.release()
	}
	p.block = next
	return at, nil
}

func (p *pipe) begin(e entry) error {
	place, err := p.policy.admit(e)
	if err != nil {
		return err
	}
	p.place, p.left = place, place.size
	if place.size == 0 {
		return p.send(job{place: place})
	}
	return nil
}

func (p *pipe) data(part []byte) error {
	first := p.left == p.place.size
	p.left -= int64(len(part))
	s := slice{data: part, of: p.block}
	p.block.refs.Add(1)
	switch {
	case first && p.left == 0:
		return p.send(job{place: p.place, whole: s})
	case first:
		more := make(chan slice, 2)
		p.more = more
		if err := p.send(job{place: p.place, more: more}); err != nil {
			return err
		}
	}
	select {
	case p.more <- s:
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
	if p.left == 0 {
		close(p.more)
		p.more = nil
	}
	return nil
}

func (p *pipe) send(j job) error {
	select {
	case p.jobs <- j:
		return nil
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// work writes jobs until there are no more or ctx ends.
func (w *writer) work(ctx context.Context, jobs <-chan job) error {
	for j := range jobs {
		if ctx.Err() != nil {
			return nil // whoever ended it has the reason
		}
		if j.more != nil {
			if err := w.follow(ctx, j); err != nil {
				return err
			}
			continue
		}
		err := w.whole(j.place, j.whole.data)
		if j.whole.of != nil {
			j.whole.of.release()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// follow writes a file whose content comes in slices.
func (w *writer) follow(ctx context.Context, j job) error {
	if err := w.begin(j.place); err != nil {
		return err
	}
	for {
		select {
		case s, more := <-j.more:
			if !more {
				return w.end()
			}
			err := w.write(s.data)
			s.of.release()
			if err != nil {
				return err
			}
		case <-ctx.Done():
			w.file.Close()
			return context.Cause(ctx)
		}
	}
}
