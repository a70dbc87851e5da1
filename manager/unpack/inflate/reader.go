package inflate

import (
	"bufio"
	"io"
)

// NewReader returns a reader of the data that r holds compressed. Where r is a Source
// it takes no byte behind them. It is the plain way in, which copies once more than
// Inflate does.
func NewReader(r io.Reader) io.ReadCloser {
	src, is := r.(Source)
	if !is {
		src = bufio.NewReader(r)
	}
	z := &reader{}
	z.d.Reset(src)
	return z
}

type reader struct {
	d    Decoder
	buf  [4 * Window]byte
	from int // what was inflated and not yet read
	to   int
	err  error
}

func (z *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if z.from == z.to {
		if z.err != nil {
			return 0, z.err
		}
		z.to = copy(z.buf[:], z.buf[max(0, z.to-Window):z.to])
		z.from = z.to
		z.to, z.err = z.d.Inflate(z.buf[:], z.to)
	}
	n := copy(p, z.buf[z.from:z.to])
	z.from += n
	if n == 0 {
		return 0, z.err
	}
	return n, nil
}

// Close does nothing; there is nothing to let go of.
func (z *reader) Close() error { return nil }
