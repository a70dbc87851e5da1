package unpack

import (
	"bufio"
	"context"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mholt/archives"
)

// Go publishes tar.gz and zip; other formats exist because people and mirrors repack. Their
// decompressors come from mholt/archives. Its extractors are not used: they know no
// policy for paths, and that for 7z can be made to ask for 200 GB by an archive of
// 300 bytes, which no program survives.
//
// Linking mholt/archives costs 1 ms at each start and 4 MB. This file is the only one
// that knows it, and what must start fast links none of this package.

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

// decompressor gives methods of the one type that is asked for. Called through the interface archives.Decompressor, every
// format that mholt/archives registers would be linked with them: 0.4 MB of what gsw never opens.
func decompressor(f format) (name string, open func(io.Reader) (io.ReadCloser, error)) {
	switch f {
	case formatXz:
		return "xz", archives.Xz{}.OpenReader
	case formatBzip2:
		return "bz2", archives.Bz2{}.OpenReader
	case formatZstd:
		return "zst", archives.Zstd{DecoderOptions: []zstd.DOption{zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1)}}.OpenReader
	case formatLz4:
		return "lz4", archives.Lz4{}.OpenReader
	}
	return "lz", archives.Lzip{}.OpenReader
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
