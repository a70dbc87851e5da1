package unpack

import (
	"context"
	"errors"
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
	blockCount = 12
)

// TarGz unpacks the gzip-compressed tar archive that r yields into dir, an existing empty
// folder that becomes the GOROOT: "go/bin/go" becomes dir/bin/go. It is one pass in
// which reading and hashing, inflating, and writing overlap.
//
// TarGz reads to the end of r unless it fails. Errors of r come through unchanged. It
// returns when nothing of it runs any more, so a Read that blocks holds it up: r
// should give up when ctx does.
func TarGz(ctx context.Context, r io.Reader, dir string, with ...Option) (Result, error) {
	return unpackTar(ctx, "tar.gz", r, dir, with, func(src *source) (filler, error) {
		return newGunzip(src)
	})
}

// unpackTar unpacks the tar stream that open finds in the bytes of r. What open
// returns must read its source to the very end before it says io.EOF.
func unpackTar(ctx context.Context, format string, r io.Reader, dir string, with []Option, open func(*source) (filler, error)) (Result, error) {
	share := newSharing(with)
	root, err := share.openTree(dir)
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
		w := newWriter(root, share)
		writers[i] = w
		wg.Go(func() {
			defer w.leave(0)
			defer w.sharer.close()
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
		if w.sharer != nil {
			res.Shared.add(w.sharer.shared)
		}
	}
	res.Files = len(res.Manifest)
	res.Manifest.Sort()
	return res
}

// block is a part of the tar stream, behind the end of the part before. It is free again when the parser, the files that
// lie whole in it, and every slice of it are done.
type block struct {
	free  chan<- *block
	refs  atomic.Int32
	files []filled // what lies whole in it, for a writer
	from  int      // where its own part begins
	buf   [window + blockSize]byte
}

// filled is a folder, or a file with its content.
type filled struct {
	place   place
	content []byte // in the block
}

func (b *block) release() {
	if b.refs.Add(-1) == 0 {
		b.files = b.files[:0]
		b.free <- b // has room for every block there is
	}
}

// slice is a part of a file's content, in a block.
type slice struct {
	data []byte
	of   *block
}

// job is the files of a block, which come together so that fewer goroutines wake each other, or else one large
// file, only begun, of which the rest comes by more.
//
// This can't lock up for want of blocks if there are two writers: a file is handed on
// before its content, and everything before it is whole, so that whoever waits for
// a block waits for writers that wait for nothing.
type job struct {
	files *block
	place place
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
	held  int   // of its content, at the end of the block before; see data
	more  chan<- slice
}

func (p *pipe) run(src *source, open func(*source) (filler, error)) error {
	stream, err := open(src)
	parser := tarParser{sink: p}
	for n := 0; err == nil; {
		if err = p.nextBlock(n); err != nil {
			break
		}
		n, err = stream.fill(p.block.buf[:], p.block.from)
		if err == nil || err == io.EOF {
			bad := parser.feed(p.block.buf[p.block.from:n])
			if bad == nil {
				bad = p.handOn()
			}
			if bad != nil {
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
func (p *pipe) nextBlock(n int) error {
	var next *block
	if p.made < blockCount && len(p.free) == 0 {
		p.made++
		next = &block{free: p.free}
	} else {
		select {
		case next = <-p.free:
		case <-p.ctx.Done():
			return context.Cause(p.ctx)
		}
	}
	next.refs.Store(1)
	next.from = 0
	if p.block != nil {
		next.from = carry(next.buf[:], p.block.buf[:], n)
		p.block.release()
	}
	p.block = next
	return nil
}

// handOn gives a writer what lies whole in the block.
func (p *pipe) handOn() error {
	if len(p.block.files) == 0 {
		return nil
	}
	p.block.refs.Add(1)
	return p.send(job{files: p.block})
}

func (p *pipe) begin(e entry) error {
	place, err := p.policy.admit(e)
	if err != nil {
		return err
	}
	p.place, p.left, p.held = place, place.size, 0
	if place.size == 0 {
		p.block.files = append(p.block.files, filled{place: place})
	}
	return nil
}

// data hands a file on whole if it lies in one block. That is so for nearly all: each block begins with the end of
// the one before, and where that holds all there was of a file, it becomes whole there.
func (p *pipe) data(part []byte) error {
	first := p.left == p.place.size
	p.left -= int64(len(part))
	switch {
	case first && p.left == 0:
		p.block.files = append(p.block.files, filled{p.place, part})
		return nil
	case first && len(part) <= window && p.left <= blockSize:
		p.held = len(part)
		return nil
	case p.held > 0 && p.left == 0:
		from := p.block.from
		p.block.files = append(p.block.files, filled{p.place, p.block.buf[from-p.held : from+len(part)]})
		return nil
	case p.held > 0:
		return nil // the stream has ended within the file: the parser will say so
	case first:
		more := make(chan slice, 2)
		p.more = more
		if err := p.send(job{place: p.place, more: more}); err != nil {
			return err
		}
	}
	p.block.refs.Add(1)
	select {
	case p.more <- slice{data: part, of: p.block}:
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
		var err error
		if j.more != nil {
			err = w.follow(ctx, j)
		} else {
			err = w.all(ctx, j.files)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// all writes the files of a block.
func (w *writer) all(ctx context.Context, b *block) error {
	defer b.release()
	for _, f := range b.files {
		if ctx.Err() != nil {
			return nil // whoever ended it has the reason
		}
		if err := w.whole(f.place, f.content); err != nil {
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
