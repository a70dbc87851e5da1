package inflate

import "encoding/binary"

// What fast may use up between two looks at how much there is.
const (
	inSlack  = 16       // two times eight bytes
	outSlack = 258 + 32 // literals, the longest match, and what copying in sixteens writes beyond it
)

// fast decodes symbols while there is plenty of input and room, which is nearly always, and
// leaves the rest to symbol: the end of input and output, the end of the block, wrong codes. It is one loop on
// local variables because calls and fields would cost as much as the work.
func (d *Decoder) fast(buf []byte, at int) int {
	in, pos := d.in, d.pos
	b, n := d.bits, d.nbits
	lit, dist := &d.lit, &d.dist
	wrong := ""
	for pos <= len(in)-inSlack && at <= len(buf)-outSlack {
		// Fill up to 56 bits or more. Bits above n are those of in[pos:] already.
		b |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56

		e := lit[b&(1<<litBits-1)]
		if e&isLiteral != 0 {
			buf[at] = byte(e >> valueShift)
			at++
			b >>= e & 63
			n -= uint(e & 63)
			e = lit[b&(1<<litBits-1)]
			if e&isLiteral != 0 {
				buf[at] = byte(e >> valueShift)
				at++
				b >>= e & 63
				n -= uint(e & 63)
				e = lit[b&(1<<litBits-1)]
				if e&isLiteral != 0 {
					buf[at] = byte(e >> valueShift)
					at++
					b >>= e & 63
					n -= uint(e & 63)
					continue
				}
			}
		}
		if e&isSpecial != 0 {
			if !e.is(isTable) {
				break
			}
			e2 := lit[(uint64(e>>valueShift)+b>>litBits&(1<<(e>>lengthShift&15)-1))&(litSize-1)]
			if e2&isSpecial != 0 {
				break
			}
			b >>= litBits
			n -= litBits
			e = e2
			if e&isLiteral != 0 {
				buf[at] = byte(e >> valueShift)
				at++
				b >>= e & 63
				n -= uint(e & 63)
				continue
			}
		}
		length := int(e>>valueShift) + int(b&(1<<(e&63)-1)>>(e>>lengthShift&15))
		b >>= e & 63
		n -= uint(e & 63)

		if n < maxCode+13 {
			b |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		e = dist[b&(1<<distBits-1)]
		if e&isSpecial != 0 {
			if e.is(isTable) {
				b >>= distBits
				n -= distBits
				e = dist[(uint64(e>>valueShift)+b&(1<<(e>>lengthShift&15)-1))&(distSize-1)]
			}
			if e&isSpecial != 0 {
				wrong = badSymbol
				break
			}
		}
		back := int(e>>valueShift) + int(b&(1<<(e&63)-1)>>(e>>lengthShift&15))
		b >>= e & 63
		n -= uint(e & 63)
		if back > at {
			wrong = tooFar
			break
		}

		from, end := at-back, at+length
		switch {
		case back >= 16:
			*(*[16]byte)(buf[at:]) = *(*[16]byte)(buf[from:])
			for length > 16 {
				at += 16
				from += 16
				length -= 16
				*(*[16]byte)(buf[at:]) = *(*[16]byte)(buf[from:])
			}
		case back == 1:
			v := uint64(buf[from]) * 0x0101010101010101
			for ; at < end; at += 8 {
				binary.LittleEndian.PutUint64(buf[at:], v)
			}
		default:
			for i := at; i < end; {
				i += copy(buf[i:end], buf[from:i])
			}
		}
		at = end
	}
	d.pos, d.bits, d.nbits = pos, b&(1<<n-1), n
	if wrong != "" {
		d.damaged(wrong)
	}
	return at
}
