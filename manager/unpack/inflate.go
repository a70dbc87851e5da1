package unpack

import (
	"io"

	"github.com/klauspost/compress/flate"
)

// byteSource is what DEFLATE is read from. With a ReadByte, an inflater takes no byte
// beyond the end of the compressed data.
type byteSource interface {
	io.Reader
	io.ByteReader
}

// inflater decompresses DEFLATE data (RFC 1951). All of this package's inflating goes
// through it. What comes out is never trusted: checksums and hashes decide.
//
// The three kinds of byteSource in use, *bufio.Reader, *bytes.Reader and *bytes.Buffer, have
// fast paths in klauspost's decoder.
type inflater struct {
	z io.ReadCloser
}

// reset starts on new data.
func (i *inflater) reset(src byteSource) {
	if i.z == nil {
		i.z = flate.NewReader(src)
		return
	}
	// The error is that of a preset dictionary, of which there is none.
	_ = i.z.(flate.Resetter).Reset(src, nil)
}

// Read returns io.EOF at the end of the compressed data, and truncated where its source
// ends before: never io.ErrUnexpectedEOF, which io.ReadFull says of a good end.
func (i *inflater) Read(p []byte) (int, error) {
	n, err := i.z.Read(p)
	if err == io.ErrUnexpectedEOF {
		err = truncated{}
	}
	return n, err
}

// truncated says that compressed data ends too early.
type truncated struct{}

func (truncated) Error() string { return "compressed data ends early" }
