package unpack

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/bodgit/sevenzip"
	"github.com/mholt/archives"
)

// Go publishes tar.gz and zip; other formats exist because people and mirrors repack.
// They are read by mholt/archives, which has no policy for paths of its own: it only
// decompresses here, and lists 7z archives. Linking it costs 1 ms at each start and
// 4 MB, so this file is the only one that knows it and the shims link none of it.

// plainTar unpacks a tar archive without compression.
func plainTar(ctx context.Context, r io.Reader, dir string) (Result, error) {
	return unpackTar(ctx, "tar", r, dir, func(src *bufio.Reader) (filler, error) {
		return plain{src}, nil
	})
}

// compressedTar unpacks a tar archive in one of the rarer compressions.
func compressedTar(ctx context.Context, r io.Reader, f format, dir string) (Result, error) {
	name, compression := decompressors(f)
	return unpackTar(ctx, "tar."+name, r, dir, func(src *bufio.Reader) (filler, error) {
		z, err := compression.OpenReader(src)
		if err != nil {
			return nil, asCorrupt("the "+name+" archive", err)
		}
		return plain{&decompressed{name: name, src: src, z: z}}, nil
	})
}

func decompressors(f format) (name string, z archives.Decompressor) {
	switch f {
	case formatXz:
		return "xz", archives.Xz{}
	case formatBzip2:
		return "bz2", archives.Bz2{}
	case formatZstd:
		return "zst", archives.Zstd{}
	case formatLz4:
		return "lz4", archives.Lz4{}
	}
	return "lz", archives.Lzip{}
}

// decompressed reads to the end of its source and takes nothing that follows the
// compressed data.
type decompressed struct {
	name string
	src  *bufio.Reader
	z    io.ReadCloser
}

func (d *decompressed) Read(p []byte) (int, error) {
	n, err := d.z.Read(p)
	if err == nil || n > 0 {
		return n, nil // an error comes again
	}
	if err != io.EOF {
		return 0, asCorrupt("the "+d.name+" archive", err)
	}
	d.z.Close()
	switch _, err := d.src.ReadByte(); err {
	case nil:
		return 0, &PolicyError{Reason: "bytes after the archive's end"}
	default:
		return 0, err
	}
}

// sevenZip unpacks a 7z archive, one file after the other: its members are compressed
// together.
func sevenZip(ctx context.Context, f *os.File, size int64, dir string) (Result, error) {
	archive := digest{sum: sha256.New()}
	if size > maxArchive {
		return Result{}, &PolicyError{Reason: fmt.Sprintf("the archive is larger than %d MiB", maxArchive>>20)}
	}
	if err := archive.readAll(ctx, f, size); err != nil {
		return Result{}, err
	}
	root, err := openTree(dir)
	if err != nil {
		return Result{}, err
	}
	defer root.Close()
	x := listed{policy: newPolicy("go"), writer: newWriter(root), buf: make([]byte, blockSize)}
	defer x.writer.leave(0)
	err = archives.SevenZip{}.Extract(ctx, f, x.take)
	switch {
	case ctx.Err() != nil:
		return Result{}, context.Cause(ctx)
	case x.err != nil:
		return Result{}, x.err
	case err != nil:
		return Result{}, asCorrupt("the 7z archive", err)
	case x.policy.files == 0:
		return Result{}, &CorruptError{Reason: "the 7z archive is empty"}
	}
	res := collect([]*writer{x.writer})
	res.Format, res.SHA256, res.Size = "7z", archive.hex(), archive.size
	return res, nil
}

// listed takes the files that an archives.Extractor lists.
type listed struct {
	policy *policy
	writer *writer
	buf    []byte
	err    error // ours, as opposed to the extractor's
}

func (x *listed) take(ctx context.Context, info archives.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	mode := info.Mode()
	place, err := x.policy.admit(entry{
		name:  info.NameInArchive,
		kind:  kindOf(mode),
		exec:  mode&0o111 != 0,
		setid: mode&(os.ModeSetuid|os.ModeSetgid|os.ModeSticky) != 0,
		size:  info.Size(),
		mtime: info.ModTime(),
		link:  info.LinkTarget,
	})
	if err != nil {
		x.err = err
		return err
	}
	if place.dir {
		x.err = x.writer.whole(place, nil)
		return x.err
	}
	content, err := info.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return x.copy(ctx, place, content, info.Header)
}

// copy writes the content and compares its checksum, which sevenzip leaves to others.
func (x *listed) copy(ctx context.Context, place place, content io.Reader, header any) error {
	if x.err = x.writer.begin(place); x.err != nil {
		return x.err
	}
	crc := crc32.NewIEEE()
	for ctx.Err() == nil {
		n, err := content.Read(x.buf)
		if n > 0 {
			crc.Write(x.buf[:n])
			if x.err = x.writer.write(x.buf[:n]); x.err != nil {
				return x.err
			}
		}
		if err == io.EOF {
			if h, is := header.(sevenzip.FileHeader); is && h.CRC32 != crc.Sum32() {
				x.writer.file.Close()
				x.err = &CorruptError{Reason: quoteEntry(place.path) + " is damaged: its checksum does not fit"}
				return x.err
			}
			x.err = x.writer.end()
			return x.err
		}
		if err != nil {
			x.writer.file.Close()
			return err
		}
	}
	x.writer.file.Close()
	return ctx.Err()
}
