package bundle

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// A Reader reads a bundle, once, from its beginning to its end.
type Reader struct {
	Manifest Manifest

	file    io.Closer
	decoder *zstd.Decoder
	passed  counter // what the decoder gave
	tar     *tar.Reader
}

// Open reads a bundle's manifest and holds it to the rules of the format. The caller owes a Close. What is no bundle is
// a *FormatError.
func Open(file string) (*Reader, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = refused("", "not a file")
	}
	if err == nil {
		err = r.start(f, info.Size())
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) start(file io.ReaderAt, size int64) (err error) {
	if err := oneFrame(file, size); err != nil {
		return err
	}
	r.decoder, err = zstd.NewReader(io.NewSectionReader(file, 0, size),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return err
	}
	r.tar = tar.NewReader(io.TeeReader(r.decoder, &r.passed))
	header, err := r.next(manifestName)
	if err != nil {
		return err
	}
	if header.Size > maxManifest {
		return refused(manifestName, "%d bytes are more than the %d that it may have", header.Size, maxManifest)
	}
	text, err := io.ReadAll(r.tar)
	if err != nil {
		return damaged(manifestName, err)
	}
	if r.Manifest, err = parse(text); err != nil {
		return err
	}
	if total := r.Manifest.total(); total > anyRatio+maxRatio*size {
		return refused("", "it would unpack to %d MiB, which is more than what is in %d bytes can honestly be", total>>20, size)
	}
	return nil
}

// next is the header of the entry called name, which must be the next one.
func (r *Reader) next(name string) (*tar.Header, error) {
	header, err := r.tar.Next()
	if err == io.EOF {
		return nil, refused(name, "the archive ends before it")
	}
	if err != nil {
		return nil, damaged(name, err)
	}
	if header.Name != name {
		return nil, refused(header.Name, "%q should be here", name)
	}
	if header.Typeflag != tar.TypeReg || header.Linkname != "" {
		return nil, refused(name, "it is not a plain file")
	}
	for key := range header.PAXRecords {
		if key != "path" { // of a long name
			return nil, refused(name, "it has the attribute %.40q", key)
		}
	}
	return header, nil
}

// Each calls use with every entry, in order, and then holds the archive's end to the rules. use reads the entry to its
// end; what it read was the manifest's only if Each goes on: nothing may be believed before Each has returned nil.
func (r *Reader) Each(ctx context.Context, use func(e Entry, content io.Reader) error) error {
	for _, e := range r.Manifest.Entries {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		header, err := r.next(e.Name)
		if err != nil {
			return err
		}
		if header.Size != e.Size {
			return refused(e.Name, "it has %d bytes, the manifest says %d", header.Size, e.Size)
		}
		sum := sha256.New()
		content := &content{ctx: ctx, r: io.TeeReader(r.tar, sum), name: e.Name}
		if err := use(e, content); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return err
		}
		if have := hex.EncodeToString(sum.Sum(nil)); have != e.SHA256 {
			return refused(e.Name, "its SHA-256 is %s, the manifest says %s", have, e.SHA256)
		}
	}
	return r.end()
}

// end: the tar reader stops at the mark of the end, two blocks of zeros, or at the end of the file without one, whatever
// follows.
func (r *Reader) end() error {
	const block = 512
	last := (r.passed.n + block - 1) / block * block
	header, err := r.tar.Next()
	switch {
	case err == nil:
		return refused(header.Name, "the manifest does not name it")
	case err != io.EOF:
		return damaged("", err)
	case r.passed.n != last+2*block:
		return refused("", "the archive has no end")
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r.decoder, 1))
	switch {
	case err != nil:
		return damaged("", err)
	case n > 0:
		return refused("", "something follows the end of the archive")
	}
	return nil
}

// Close may be called at any time.
func (r *Reader) Close() error {
	if r.decoder != nil {
		r.decoder.Close()
	}
	return r.file.Close()
}

// content is an entry's bytes. An error of theirs is the bundle's fault, but for the context's and the disk's.
type content struct {
	ctx  context.Context
	r    io.Reader
	name string
}

func (c *content) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(c.name, err)
	}
	return n, err
}

// damaged says what a decoder's error means: the disk's stays as it is.
func damaged(entry string, err error) error {
	if disk := (*os.PathError)(nil); errors.As(err, &disk) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return refused(entry, "the file ends early")
	}
	return refused(entry, "the file is damaged: %v", err)
}
