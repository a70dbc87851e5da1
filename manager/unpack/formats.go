package unpack

import (
	"bufio"
	"compress/bzip2"
	"context"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
	"github.com/sorairolake/lzip-go"
)

// Go publishes tar.gz and zip; other formats exist because people and mirrors repack. Their
// decompressors are those that mholt/archives chose, each linked by itself: that library links
// writers and formats that nobody needs here, 7z and rar among them. Its extractors would not do:
// they know no policy for paths, and that for 7z can be made to ask for 200 GB by an archive of
// 300 bytes, which no program survives.
//
// What must start fast links none of this package.

// maxWindow bounds the memory that a zstd archive may ask for: what zstd itself grants.
const maxWindow = 128 << 20

// plainTar unpacks a tar archive without compression.
func plainTar(ctx context.Context, r io.Reader, dir string, with []Option) (Result, error) {
	return unpackTar(ctx, "tar", r, dir, with, func(src *source) (filler, error) {
		return plain{src}, nil
	})
}

// compressedTar unpacks a tar archive in one of the rarer compressions.
func compressedTar(ctx context.Context, r io.Reader, f format, dir string, with []Option) (Result, error) {
	name, open := decompressor(f)
	return unpackTar(ctx, "tar."+name, r, dir, with, func(chunks *source) (filler, error) {
		src := bufio.NewReaderSize(chunks, chunkSize) // what decompressors know not to read beyond what they need
		z, err := open(src)
		if err != nil {
			return nil, asCorrupt("the "+name+" archive", err)
		}
		return plain{&decompressed{name: name, src: src, z: z}}, nil
	})
}

// decompressor gives a compression's name, and what opens it.
func decompressor(f format) (name string, open func(io.Reader) (io.Reader, error)) {
	switch f {
	case formatXz:
		return "xz", func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, 0) }
	case formatBzip2:
		return "bz2", func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }
	case formatZstd:
		return "zst", func(r io.Reader) (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		}
	case formatLz4:
		return "lz4", func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }
	}
	return "lz", func(r io.Reader) (io.Reader, error) { return lzip.NewReader(r) }
}

// decompressed reads to the end of its source and takes nothing that follows the
// compressed data.
type decompressed struct {
	name string
	src  *bufio.Reader
	z    io.Reader // with one thread, zstd's holds nothing that has to be closed
}

func (d *decompressed) Read(p []byte) (int, error) {
	n, err := d.z.Read(p)
	if err == nil || n > 0 {
		return n, nil // an error comes again
	}
	if err != io.EOF {
		return 0, asCorrupt("the "+d.name+" archive", err)
	}
	switch _, err := d.src.ReadByte(); err {
	case nil:
		return 0, &PolicyError{Reason: "bytes after the archive's end"}
	default:
		return 0, err
	}
}
