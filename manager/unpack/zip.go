package unpack

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"gsw/manager/unpack/inflate"
)

const (
	zipWhole   = 256 << 10 // files up to this size are inflated in memory, in one go,
	zipPacked  = 128 << 10 // if they are packed to this size
	zipPart    = 32 << 10  // of what is packed larger
	zipSlack   = 512       // at most window
	zipWorkers = 4         // each takes 0.5 MiB, however many cores there are
	zipBatch   = 64        // how many smaller files a worker takes at a time
	zipLarge   = 256 << 10 // from this size on a file is worth starting early
)

// ModuleZip unpacks the zip of a golang.org/toolchain module into dir, an existing empty
// folder that becomes the GOROOT. prefix is what all its names begin with,
// "golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/". Each _go.mod becomes go.mod.
//
// All cores inflate, hash and write, the largest files first. Zips of releases before
// 1.21 carry no permissions; the files that must be executable are then known by name.
func ModuleZip(ctx context.Context, r io.ReaderAt, size int64, prefix, dir string, with ...Option) (Result, error) {
	p := newPolicy(prefix)
	p.module = true
	return unpackZip(ctx, "module zip", r, size, p, dir, with)
}

// Zip unpacks a zip archive whose names begin with "go/", as those for Windows do.
func Zip(ctx context.Context, r io.ReaderAt, size int64, dir string, with ...Option) (Result, error) {
	return unpackZip(ctx, "zip", r, size, newPolicy("go"), dir, with)
}

// anyZip tells the two kinds of zip apart by the first name.
func anyZip(ctx context.Context, r io.ReaderAt, size int64, dir string, with []Option) (Result, error) {
	members, err := readZipDirectory(r, size)
	if err != nil {
		return Result{}, err
	}
	const modules = "golang.org/toolchain@"
	if rest, ok := strings.CutPrefix(members[0].entry.name, modules); ok {
		version, _, _ := strings.Cut(rest, "/")
		return ModuleZip(ctx, r, size, modules+version, dir, with...)
	}
	return Zip(ctx, r, size, dir, with...)
}

// zipFile is a file to be unpacked.
type zipFile struct {
	*zipMember
	place place
}

func unpackZip(ctx context.Context, format string, r io.ReaderAt, size int64, p *policy, dir string, with []Option) (Result, error) {
	files, err := admitZip(r, size, p)
	if err != nil {
		return Result{}, err
	}
	share := newSharing(with)
	root, err := share.openTree(dir)
	if err != nil {
		return Result{}, err
	}
	defer root.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var wg sync.WaitGroup
	archive := digest{sum: sha256.New()}
	wg.Go(func() {
		if err := archive.readAll(ctx, r, size); err != nil {
			cancel(err)
		}
	})
	batches := make(chan []*zipFile)
	writers := make([]*writer, min(max(runtime.GOMAXPROCS(0), 2), zipWorkers))
	for i := range writers {
		w := newWriter(root, share)
		writers[i] = w
		wg.Go(func() {
			defer w.leave(0)
			defer w.sharer.close()
			if err := newUnzipper(w, r).work(ctx, batches); err != nil {
				cancel(err)
			}
		})
	}
	for _, batch := range batched(files) {
		select {
		case batches <- batch:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(batches)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return Result{}, cause
	}
	res := collect(writers)
	res.Format, res.SHA256, res.Size = format, archive.hex(), archive.size
	return res, nil
}

// admitZip reads the directory of the archive and lets the policy see every member before
// anything is written.
func admitZip(r io.ReaderAt, size int64, p *policy) ([]zipFile, error) {
	if size > maxArchive {
		return nil, &PolicyError{Reason: fmt.Sprintf("the archive is larger than %d MiB", maxArchive>>20)}
	}
	members, err := readZipDirectory(r, size)
	if err != nil {
		return nil, err
	}
	files := make([]zipFile, len(members))
	modes := false
	for i := range members {
		pl, err := p.admit(members[i].entry)
		if err != nil {
			return nil, err
		}
		files[i] = zipFile{&members[i], pl}
		modes = modes || pl.exec && !pl.dir
	}
	if !modes {
		for i := range files {
			files[i].place.exec = executableByName(files[i].place.path)
		}
	}
	return files, nil
}

// batched puts the large files first, each on its own, so that none is left for the end
// when the other cores have run dry; then the rest as they come, by folder.
func batched(files []zipFile) [][]*zipFile {
	var large, rest []*zipFile
	for i := range files {
		if f := &files[i]; f.place.size >= zipLarge {
			large = append(large, f)
		} else {
			rest = append(rest, f)
		}
	}
	slices.SortStableFunc(large, func(a, b *zipFile) int { return cmp.Compare(b.place.size, a.place.size) })
	return slices.AppendSeq(slices.Collect(slices.Chunk(large, 1)), slices.Chunk(rest, zipBatch))
}

// diskName is moduleName of package tree turned round.
func diskName(name string) string {
	if dir, base := path.Split(name); base == "_go.mod" {
		return dir + "go.mod"
	}
	return name
}

// executableByName is the rule for archives without permissions: programs and scripts,
// and the wrappers in lib and misc that run programs for other systems.
func executableByName(name string) bool {
	dir, base := path.Split(name)
	if dir == "bin/" || strings.HasPrefix(dir, "pkg/tool/") {
		return true
	}
	switch path.Ext(base) {
	case ".bash", ".sh", ".pl", ".rc":
		return true
	}
	wrapper, _ := path.Match("go_?*_?*_exec", base)
	return wrapper
}

// readAll hashes the whole archive, beside the workers that pick their parts of it.
func (d *digest) readAll(ctx context.Context, r io.ReaderAt, size int64) error {
	buf := make([]byte, chunkSize)
	for d.size < size {
		if ctx.Err() != nil {
			return nil // whoever ended it has the reason
		}
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-d.size)], d.size)
		d.write(buf[:n])
		if err != nil && d.size < size {
			if err == io.EOF {
				return &CorruptError{Reason: "the zip archive ends early"}
			}
			return err
		}
	}
	return nil
}

// unzipper is a worker: it inflates members and has its writer write them.
type unzipper struct {
	*writer
	r   io.ReaderAt
	z   inflate.Decoder
	raw []byte // of a small member, compressed
	out []byte // what was inflated, in parts behind the window
	buf *bufio.Reader
}

func newUnzipper(w *writer, r io.ReaderAt) *unzipper {
	return &unzipper{
		writer: w,
		r:      r,
		raw:    make([]byte, zipPacked),
		out:    make([]byte, window+zipWhole),
		buf:    bufio.NewReaderSize(nil, zipPart),
	}
}

func (u *unzipper) work(ctx context.Context, batches <-chan []*zipFile) error {
	for batch := range batches {
		for _, f := range batch {
			if ctx.Err() != nil {
				return nil // whoever ended it has the reason
			}
			if err := u.unzip(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *unzipper) unzip(ctx context.Context, f *zipFile) error {
	if shared, err := u.shareUnread(f.place, f.crc); shared || err != nil {
		return err
	}
	offset, err := f.dataOffset(u.r)
	if err != nil {
		return err
	}
	switch {
	case f.place.dir:
		return u.whole(f.place, nil)
	case f.place.size <= zipWhole && f.packed <= zipPacked:
		return u.unzipWhole(f, offset)
	}
	return u.unzipParts(ctx, f, offset)
}

func (u *unzipper) unzipWhole(f *zipFile, offset int64) error {
	raw := u.raw[:f.packed]
	if n, err := u.r.ReadAt(raw, offset); n < len(raw) {
		return zipRead(f, err)
	}
	content := raw
	if f.deflated {
		u.z.ResetBytes(raw)
		// More than there may be, to see the end, and that inflating slows down only behind it.
		n, err := u.z.Inflate(u.out[:f.place.size+zipSlack], 0)
		switch {
		case int64(n) > f.place.size:
			return f.corrupt("is longer than the archive says")
		case err != io.EOF:
			return asCorrupt(f.quoted(), err)
		case int64(n) < f.place.size:
			return f.corrupt("ends early")
		case u.z.Offset() < f.packed:
			return f.corrupt("is followed by bytes that belong to nothing")
		}
		content = u.out[:n]
	}
	if crc32.ChecksumIEEE(content) != f.crc {
		return f.corrupt("is damaged: its checksum does not fit")
	}
	return u.whole(f.place, content)
}

func (u *unzipper) unzipParts(ctx context.Context, f *zipFile, offset int64) error {
	section := io.NewSectionReader(u.r, offset, f.packed)
	u.buf.Reset(readErrors{section})
	var content filler = plain{u.buf}
	if f.deflated {
		u.z.Reset(u.buf)
		content = inflated{&u.z}
	}
	if err := u.begin(f.place); err != nil {
		return err
	}
	var crc uint32
	for n, end := 0, error(nil); end == nil; {
		at := carry(u.out, u.out, n)
		n, end = content.fill(u.out, at)
		crc = crc32.Update(crc, crc32.IEEETable, u.out[at:n])
		if err := u.write(u.out[at:n]); err != nil {
			return err
		}
		if end == nil && ctx.Err() != nil {
			end = context.Cause(ctx)
		}
		if end != nil && end != io.EOF || end == io.EOF && u.left > 0 {
			u.file.Close()
			return zipRead(f, end)
		}
	}
	if crc != f.crc {
		u.file.Close()
		return f.corrupt("is damaged: its checksum does not fit")
	}
	if _, err := u.buf.ReadByte(); err != io.EOF {
		u.file.Close()
		return f.corrupt("is followed by bytes that belong to nothing")
	}
	return u.end()
}

// readErrors marks errors of the archive's reader, so that they are not taken for a damaged
// archive.
type readErrors struct{ r io.Reader }

func (r readErrors) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}

// zipRead is what an error while reading f means.
func zipRead(f *zipFile, err error) error {
	if read := (*readError)(nil); errors.As(err, &read) {
		return read.error
	}
	return asCorrupt(f.quoted(), err)
}

func (m zipMember) quoted() string { return quoteEntry(m.entry.name) }

func (m zipMember) corrupt(what string) error {
	return &CorruptError{Reason: m.quoted() + " " + what}
}
