package bundle

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// oneFrame tells whether a file is one frame of zstd and nothing else: decoders go on with the next frame, and pass
// over those that are marked to be skipped, so that what follows a bundle would go unseen.
//
// The layout is that of RFC 8878, 3.1.1: a header, blocks with a header of three bytes each, a checksum.
func oneFrame(r io.ReaderAt, size int64) error {
	head := make([]byte, zstd.HeaderMaxSize)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	var h zstd.Header
	if err := h.Decode(head[:n]); errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zstd.ErrMagicMismatch) || h.Skippable {
		return refused("", "not a bundle: it does not begin as zstd does")
	} else if err != nil {
		return refused("", "not a bundle: %v", err)
	}
	if h.WindowSize > window || h.DictionaryID != 0 || !h.HasCheckSum {
		return refused("", "not a bundle: it is compressed in another way")
	}
	at := int64(h.HeaderSize)
	for last := false; !last; {
		var b [4]byte
		if _, err := r.ReadAt(b[:3], at); err == io.EOF {
			return refused("", "the file ends early")
		} else if err != nil {
			return err
		}
		block := binary.LittleEndian.Uint32(b[:])
		last = block&1 != 0
		length := int64(block >> 3)
		if block>>1&3 == 1 { // one byte, to be repeated
			length = 1
		}
		at += 3 + length
	}
	const checksum = 4
	switch at += checksum; {
	case at > size:
		return refused("", "the file ends early")
	case at < size:
		return refused("", "%d bytes follow the end of the archive", size-at)
	}
	return nil
}
