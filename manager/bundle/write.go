package bundle

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A File is what becomes an entry. Write is called twice, and must write the same.
type File struct {
	Name  string
	Write func(w io.Writer) error
}

// Write writes a bundle: the manifest, whose Entries it fills in, and the files. The same manifest and files make the
// same bytes. tell hears how much of the total was written, and may be nil.
func Write(ctx context.Context, w io.Writer, m Manifest, files []File, tell func(done, total int64)) (Manifest, error) {
	byName := make(map[string]File, len(files))
	m.Entries = make([]Entry, 0, len(files))
	total := int64(0)
	for _, f := range files {
		e, err := measure(ctx, f)
		if err != nil {
			return m, err
		}
		byName[f.Name] = f
		m.Entries = append(m.Entries, e)
		total += e.Size
	}
	m.Sort()
	m.SchemaVersion = Schema
	if err := m.check(); err != nil {
		return m, fmt.Errorf("making the manifest: %w", err)
	}
	text, err := m.text()
	if err != nil {
		return m, err
	}
	encoder, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithWindowSize(window), zstd.WithEncoderCRC(true), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return m, err
	}
	a := &archive{ctx: ctx, tar: tar.NewWriter(encoder), tell: tell, total: total}
	err = a.add(Entry{Name: manifestName, Size: int64(len(text))}, func(w io.Writer) error { _, err := w.Write(text); return err })
	for i := 0; err == nil && i < len(m.Entries); i++ {
		err = a.add(m.Entries[i], byName[m.Entries[i].Name].Write)
	}
	return m, errors.Join(err, a.tar.Close(), encoder.Close())
}

// measure is the entry that a file will be.
func measure(ctx context.Context, f File) (Entry, error) {
	sum := sha256.New()
	size := counter{}
	if err := f.Write(io.MultiWriter(&size, stopping{ctx, sum})); err != nil {
		return Entry{}, fmt.Errorf("reading %s: %w", f.Name, err)
	}
	return Entry{Name: f.Name, Size: size.n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// archive is a bundle in the making.
type archive struct {
	ctx         context.Context
	tar         *tar.Writer
	tell        func(done, total int64)
	done, total int64
}

// add appends an entry. What was measured must be what is written.
func (a *archive) add(e Entry, write func(io.Writer) error) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: e.Name, Size: e.Size, Mode: 0o644, ModTime: time.Unix(0, 0).UTC()}
	if err := a.tar.WriteHeader(header); err != nil {
		return fmt.Errorf("writing %s: %w", e.Name, err)
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(a.tar, stopping{a.ctx, sum})); err != nil {
		return fmt.Errorf("writing %s: %w", e.Name, err)
	}
	if e.SHA256 != "" && hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
		return fmt.Errorf("writing %s: it was changed meanwhile", e.Name)
	}
	if e.Name != manifestName && a.tell != nil {
		a.done += e.Size
		a.tell(a.done, a.total)
	}
	return nil
}

// stopping is a writer that ends with its context.
type stopping struct {
	ctx context.Context
	io.Writer
}

func (s stopping) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Writer.Write(p)
}
