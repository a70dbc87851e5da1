package unpack

import (
	"io"

	"gsw/manager/unpack/inflate"
)

// window is what a block of content begins with, from the second on: the end of the one before.
// DEFLATE refers back to it, so that a block can be inflated where it will be written from.
const window = inflate.Window

// filler yields content by the block.
type filler interface {
	// fill puts the next part into buf[at:], all of it unless there is an error, and returns where
	// the part ends. buf[:at] is the last of what came before. At the end of the content the error is
	// io.EOF, which may come with a part.
	fill(buf []byte, at int) (int, error)
}

// carry begins next with the end of block, which was filled up to n, and returns where in next its
// own part starts.
func carry(next, block []byte, n int) int {
	return copy(next, block[max(0, n-window):n])
}

// plain is content that is not compressed with DEFLATE.
type plain struct{ io.Reader }

func (p plain) fill(buf []byte, at int) (int, error) {
	n, err := io.ReadFull(p, buf[at:])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return at + n, err
}

// inflated is content compressed with DEFLATE. What comes out is never trusted: checksums and
// hashes decide.
type inflated struct{ *inflate.Decoder }

func (z inflated) fill(buf []byte, at int) (int, error) { return z.Inflate(buf, at) }
