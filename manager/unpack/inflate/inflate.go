// Package inflate decompresses DEFLATE data (RFC 1951) faster than the general libraries, into
// buffers that its caller owns and need not copy from.
//
// It yields the same bytes as compress/flate and refuses what that refuses, after the same
// bytes; they are fuzzed against each other. It is safe Go, reads no byte beyond the end of
// the compressed data, and allocates nothing while it works: a Decoder is 22 KB.
package inflate

import (
	"fmt"
	"io"
)

// Window is how far back DEFLATE reaches: what Inflate must find before the place it
// writes to.
const Window = 32 << 10

// Source lends a Decoder the compressed data. *bufio.Reader is one.
type Source interface {
	// Peek returns the next n bytes without taking them; they stay as they are until
	// the next call. It may return more than there are with an error.
	Peek(n int) ([]byte, error)
	// Buffered is how many bytes Peek can return at once.
	Buffered() int
	// Discard takes n bytes.
	Discard(n int) (int, error)
}

// Decoder decompresses one stream after the other. It must be Reset first.
type Decoder struct {
	src Source // nil where in is all there is
	in  []byte // lent by src, or the data itself
	pos int    // of the next byte in in
	off int64  // of in[0] in the stream

	bits  uint64 // bits of the bytes before pos, the next one lowest; zeros above
	nbits uint   // how many

	state state
	last  bool // the block at hand is the last
	left  int  // of a stored block, or of a match that did not fit
	back  int  // distance of that match
	err   error

	litMin, distMin uint // shortest codes, see code
	fixed           bool // the tables are those of fixed blocks
	lit             [litSize]entry
	dist            [distSize]entry
}

type state uint8

const (
	atBlock  state = iota // a block header comes next
	inStored              // left bytes of a stored block do
	inCodes               // a symbol does
	inMatch               // left bytes of a match have to be copied first
	atEnd
)

// Reset starts on a new stream, read from src. From then to the end of the stream
// nobody else may read src, which afterwards stands behind the stream's last byte.
func (d *Decoder) Reset(src Source) { d.reset(src, nil) }

// ResetBytes starts on a new stream at the beginning of data.
func (d *Decoder) ResetBytes(data []byte) { d.reset(nil, data) }

func (d *Decoder) reset(src Source, data []byte) {
	d.src, d.in, d.pos, d.off = src, data, 0, 0
	d.bits, d.nbits = 0, 0
	d.state, d.last, d.left, d.back, d.err = atBlock, false, 0, 0, nil
}

// Offset is how many bytes of the stream have been used; at its end, its length.
func (d *Decoder) Offset() int64 { return d.off + int64(d.pos) - int64(d.nbits/8) }

// Inflate decompresses into buf[at:] and returns how far it got. buf[:at] must hold what
// the stream yielded last: Window bytes of it, or all there was.
//
// Inflate fills buf entirely unless there is an error. At the end of the stream the error
// is io.EOF, and where the data end before it, io.ErrUnexpectedEOF; both may come with
// bytes. An error of the source comes as it is. Any other error says that the data are
// damaged. Errors stay until the next Reset.
//
// What buf holds beyond the returned place may have been written to.
func (d *Decoder) Inflate(buf []byte, at int) (int, error) {
	for d.err == nil && at < len(buf) {
		switch d.state {
		case inCodes:
			if at = d.fast(buf, at); d.err == nil && d.state == inCodes && at < len(buf) {
				at = d.symbol(buf, at)
			}
		case inMatch:
			at = d.match(buf, at)
		case inStored:
			at = d.stored(buf, at)
		case atBlock:
			d.block()
		case atEnd:
			d.end()
		}
	}
	return at, d.err
}

// damaged is data that are not DEFLATE.
type damaged struct {
	what string
	off  int64
}

func (e *damaged) Error() string {
	return fmt.Sprintf("%s at byte %d of the compressed data", e.what, e.off)
}

func (d *Decoder) damaged(what string) {
	d.err = &damaged{what: what, off: d.Offset()}
}

// end gives back what was not used.
func (d *Decoder) end() {
	d.unread()
	if d.src != nil {
		if _, err := d.src.Discard(d.pos); err != nil {
			d.err = err
			return
		}
		d.off += int64(d.pos)
		d.in, d.pos = nil, 0
	}
	d.err = io.EOF
}

// unread gives whole bytes back to in and drops the bits before them. They are in's
// and not of what the source lent before: more is called only when the
// bits at hand are too few for what they begin.
func (d *Decoder) unread() {
	d.pos -= int(d.nbits / 8)
	d.bits, d.nbits = 0, 0
}

// more makes in[pos:] begin with the next byte of the stream, of which there is none left.
func (d *Decoder) more() bool {
	if d.src == nil {
		d.err = io.ErrUnexpectedEOF
		return false
	}
	used := d.pos
	d.off += int64(used)
	d.in, d.pos = nil, 0
	_, err := d.src.Discard(used)
	if err == nil {
		if _, err = d.src.Peek(1); err == nil {
			d.in, err = d.src.Peek(d.src.Buffered())
		}
	}
	switch {
	case err == io.EOF:
		d.err = io.ErrUnexpectedEOF
	case err != nil:
		d.err = err
	}
	return d.err == nil
}

// need makes at least n bits available, and takes no more bytes than that takes.
func (d *Decoder) need(n uint) bool {
	for d.nbits < n {
		if d.pos >= len(d.in) && !d.more() {
			return false
		}
		d.bits |= uint64(d.in[d.pos]) << (d.nbits & 63)
		d.pos++
		d.nbits += 8
	}
	return true
}

// take returns the next n bits, which are there.
func (d *Decoder) take(n uint) int {
	v := d.bits & (1<<(n&63) - 1)
	d.bits >>= n & 63
	d.nbits -= n
	return int(v)
}

// block reads the beginning of a block.
func (d *Decoder) block() {
	if d.last {
		d.state = atEnd
		return
	}
	if !d.need(3) {
		return
	}
	d.last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		d.storedHeader()
	case 1:
		d.fixedCodes()
	case 2:
		d.dynamicCodes()
	default:
		d.damaged("a block of no known type")
	}
}

func (d *Decoder) storedHeader() {
	d.unread()
	if !d.need(32) {
		return
	}
	n, inverse := d.take(16), d.take(16)
	if n^inverse != 0xffff {
		d.damaged("a stored block with a wrong length")
		return
	}
	d.left, d.state = n, inStored
}

func (d *Decoder) stored(buf []byte, at int) int {
	for d.left > 0 && at < len(buf) {
		if d.pos >= len(d.in) && !d.more() {
			return at
		}
		n := copy(buf[at:], d.in[d.pos:min(len(d.in), d.pos+d.left)])
		at += n
		d.pos += n
		d.left -= n
	}
	if d.left == 0 {
		d.state = atBlock
	}
	return at
}

// symbol decodes one literal or match, with as few bytes of input and as little room for
// output as that takes.
func (d *Decoder) symbol(buf []byte, at int) int {
	e, ok := d.code(d.lit[:], litBits, d.litMin)
	if !ok {
		return at
	}
	switch {
	case e&isLiteral != 0:
		buf[at] = byte(e >> valueShift)
		return at + 1
	case e.is(isEnd):
		d.state = atBlock
		return at
	}
	length, ok := d.value(e)
	if !ok {
		return at
	}
	if e, ok = d.code(d.dist[:], distBits, d.distMin); !ok {
		return at
	}
	if d.back, ok = d.value(e); !ok {
		return at
	}
	if d.back > at {
		d.damaged(tooFar)
		return at
	}
	d.left, d.state = length, inMatch
	return d.match(buf, at)
}

const (
	tooFar    = "a distance to before the beginning"
	badSymbol = "a code that stands for nothing"
)

// code reads a code and returns its entry.
//
// least is the length of the shortest code; compress/flate asks for that many bits
// before it looks at them. It makes no difference but between the two errors of data that are both
// damaged and cut short.
func (d *Decoder) code(table []entry, tableBits, least uint) (entry, bool) {
	if !d.need(least) {
		return 0, false
	}
	for {
		e, n := table[d.bits&(1<<tableBits-1)], uint(0)
		if e.is(isTable) {
			n = tableBits
			e = table[uint64(e>>valueShift)+d.bits>>tableBits&(1<<e.length()-1)]
		}
		if n += e.length(); n > d.nbits {
			if !d.need(d.nbits + 1) {
				return 0, false
			}
			continue
		}
		d.take(n)
		if e.is(isWrong) {
			d.damaged(badSymbol)
			return 0, false
		}
		return e, true
	}
}

// value is the length or distance that e and the bits after its code make.
func (d *Decoder) value(e entry) (int, bool) {
	n := e.total() - e.length()
	if !d.need(n) {
		return 0, false
	}
	return int(e>>valueShift) + d.take(n), true
}

// match copies what is left of a match.
func (d *Decoder) match(buf []byte, at int) int {
	end := min(len(buf), at+d.left)
	d.left -= end - at
	for at < end {
		// The bytes from back to at repeat; each round copies all there are by now.
		at += copy(buf[at:end], buf[at-d.back:at])
	}
	if d.left == 0 {
		d.state = inCodes
	}
	return at
}
