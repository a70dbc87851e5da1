package unpack

import (
	"encoding/binary"
	"hash/crc32"
	"io"

	"gsw/manager/unpack/inflate"
)

// gunzip reads a file of exactly one gzip member (RFC 1952). Unlike the usual readers it
// takes neither a second member nor bytes after the trailer, where something could hide
// from one unpacker and be seen by another.
type gunzip struct {
	src  *source
	z    inflate.Decoder
	crc  uint32
	size uint32
}

// The flags of a gzip header.
const (
	gzipHeaderCRC = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
	gzipReserved  = 0xe0

	maxGzipText = 4 << 10 // for a file name or comment
)

func newGunzip(src *source) (*gunzip, error) {
	if err := readGzipHeader(src); err != nil {
		return nil, err
	}
	g := &gunzip{src: src}
	g.z.Reset(src)
	return g, nil
}

func readGzipHeader(src *source) error {
	head, err := src.Peek(sniffLen)
	if err != nil && err != io.EOF {
		return err
	}
	if sniff(head) != formatGzip {
		return notAnArchive(head)
	}
	var fixed [10]byte
	if _, err := io.ReadFull(src, fixed[:]); err != nil {
		return asCorrupt("the gzip header", err)
	}
	flags := fixed[3]
	if fixed[2] != 8 || flags&gzipReserved != 0 {
		return &CorruptError{Reason: "the gzip header is damaged"}
	}
	if flags&gzipExtra != 0 {
		var n [2]byte
		if _, err := io.ReadFull(src, n[:]); err != nil {
			return asCorrupt("the gzip header", err)
		}
		if _, err := src.Discard(int(binary.LittleEndian.Uint16(n[:]))); err != nil {
			return asCorrupt("the gzip header", err)
		}
	}
	for _, text := range []byte{gzipName, gzipComment} {
		if flags&text != 0 {
			if err := skipText(src); err != nil {
				return err
			}
		}
	}
	if flags&gzipHeaderCRC != 0 {
		if _, err := src.Discard(2); err != nil {
			return asCorrupt("the gzip header", err)
		}
	}
	return nil
}

func skipText(src *source) error {
	for range maxGzipText {
		c, err := src.ReadByte()
		if err != nil {
			return asCorrupt("the gzip header", err)
		}
		if c == 0 {
			return nil
		}
	}
	return &PolicyError{Reason: "a gzip header without end"}
}

// fill returns io.EOF only after the trailer was checked and nothing follows it.
func (g *gunzip) fill(buf []byte, at int) (int, error) {
	n, err := g.z.Inflate(buf, at)
	g.crc = crc32.Update(g.crc, crc32.IEEETable, buf[at:n])
	g.size += uint32(n - at)
	switch {
	case err == io.EOF:
		err = g.trailer()
	case err != nil:
		err = asCorrupt("the archive", err)
	}
	return n, err
}

// trailer returns io.EOF if all is well.
func (g *gunzip) trailer() error {
	var t [8]byte
	if _, err := io.ReadFull(g.src, t[:]); err != nil {
		return asCorrupt("the archive", err)
	}
	if binary.LittleEndian.Uint32(t[:4]) != g.crc {
		return &CorruptError{Reason: "the archive is damaged: its gzip checksum does not fit"}
	}
	if binary.LittleEndian.Uint32(t[4:]) != g.size {
		return &CorruptError{Reason: "the archive is damaged: its gzip length does not fit"}
	}
	after, err := g.src.Peek(2)
	switch {
	case string(after) == "\x1f\x8b":
		return &PolicyError{Reason: "a second gzip member after the archive's end"}
	case len(after) > 0:
		return &PolicyError{Reason: "bytes after the archive's end"}
	}
	return err
}
