package inflate

import "math/bits"

// An entry of a decoding table tells what the next bits are, which index the table.
//
//	bits 0–5    how many bits it takes: its code and the extra bits that follow
//	bits 8–11   how many of them are the code
//	bits 12–15  flags
//	bits 16–30  a literal, or the lowest length or distance of the code
//	bit 31      flag for a literal
//
// Codes longer than a table's index are found in two steps. In the entry for their first
// bits (isTable), bits 16–30 are where in the same array their own table begins, and bits 8–11 by how many bits
// that is indexed.
type entry uint32

const (
	isLiteral entry = 1 << 31
	isSpecial entry = 1 << 15 // in all of the following
	isTable   entry = 1<<14 | isSpecial
	isEnd     entry = 1<<13 | isSpecial
	isWrong   entry = 1<<12 | isSpecial

	lengthShift = 8
	valueShift  = 16
)

func (e entry) total() uint        { return uint(e & 63) }
func (e entry) length() uint       { return uint(e >> lengthShift & 15) }
func (e entry) is(flag entry) bool { return e&flag == flag }

// The tables' indexes. With all their second tables they are no larger than 2342 and 402
// entries (zlib's enough.c for 286 symbols and 11 bits, 30 and 8); the arrays are powers of two so that
// a mask proves an index in range.
const (
	litBits  = 11
	litSize  = 4096
	distBits = 8
	distSize = 512
	metaBits = 7 // the codes of code lengths

	maxLit  = 286
	maxDist = 30
	maxCode = 15
)

// Lengths and distances, RFC 1951 section 3.2.5: the lowest, and the number of extra bits.
// The last two of each are reserved, and appear in fixed codes only.
var (
	lengths = [31]entry{
		3 << 16, 4 << 16, 5 << 16, 6 << 16, 7 << 16, 8 << 16, 9 << 16, 10 << 16,
		11<<16 | 1, 13<<16 | 1, 15<<16 | 1, 17<<16 | 1, 19<<16 | 2, 23<<16 | 2, 27<<16 | 2, 31<<16 | 2,
		35<<16 | 3, 43<<16 | 3, 51<<16 | 3, 59<<16 | 3, 67<<16 | 4, 83<<16 | 4, 99<<16 | 4, 115<<16 | 4,
		131<<16 | 5, 163<<16 | 5, 195<<16 | 5, 227<<16 | 5, 258 << 16, isWrong, isWrong,
	}
	distances = [32]entry{
		1 << 16, 2 << 16, 3 << 16, 4 << 16, 5<<16 | 1, 7<<16 | 1, 9<<16 | 2, 13<<16 | 2,
		17<<16 | 3, 25<<16 | 3, 33<<16 | 4, 49<<16 | 4, 65<<16 | 5, 97<<16 | 5, 129<<16 | 6, 193<<16 | 6,
		257<<16 | 7, 385<<16 | 7, 513<<16 | 8, 769<<16 | 8, 1025<<16 | 9, 1537<<16 | 9, 2049<<16 | 10, 3073<<16 | 10,
		4097<<16 | 11, 6145<<16 | 11, 8193<<16 | 12, 12289<<16 | 12, 16385<<16 | 13, 24577<<16 | 13, isWrong, isWrong,
	}
)

// The symbols of the three alphabets.
func litSymbol(s int) entry {
	switch {
	case s < 256:
		return isLiteral | entry(s)<<valueShift
	case s == 256:
		return isEnd
	}
	return lengths[s-257]
}

func distSymbol(s int) entry { return distances[s] }
func metaSymbol(s int) entry { return entry(s) << valueShift }

// build fills table, indexed by tableBits bits, for the code in which symbol s has a code of
// lens[s] bits, 0 for none. It returns the length of the shortest code.
//
// The code must use up all there is (be complete). As in zlib and compress/flate it may also have no symbol at
// all, or one of one bit; what is left is then filled with isWrong.
func build(table []entry, tableBits int, lens []uint8, symbol func(int) entry) (least uint, ok bool) {
	var count [maxCode + 1]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	var start [maxCode + 2]int
	used := 0
	for n := 1; n <= maxCode; n++ {
		start[n+1] = start[n] + count[n]
		used += count[n] << (maxCode - n)
		if least == 0 && count[n] > 0 {
			least = uint(n)
		}
	}
	total := start[maxCode+1]
	if used != 1<<maxCode && total != 0 && !(total == 1 && least == 1) {
		return 0, false
	}
	var sorted [maxLit + 2]uint16 // symbols by the length of their codes
	for s, n := range lens {
		if n != 0 {
			sorted[start[n]] = uint16(s)
			start[n]++
		}
	}
	if total <= 1 {
		wrong := isWrong | entry(least)<<lengthShift | entry(least)
		table[0], table[1] = wrong, wrong
		if total == 1 {
			table[0] = symbol(int(sorted[0])) + 1<<lengthShift + 1
		}
		double(table, 2, 1<<tableBits)
		return least, true
	}
	b := builder{table: table, bits: tableBits, count: count, symbol: symbol}
	b.fill(sorted[:total])
	return least, true
}

// double repeats the first have entries until there are want.
func double(table []entry, have, want int) {
	for ; have < want; have *= 2 {
		copy(table[have:2*have], table[:have])
	}
}

type builder struct {
	table  []entry
	bits   int
	count  [maxCode + 1]int // of codes of each length
	symbol func(int) entry
}

// fill enters the symbols of a complete code. DEFLATE sends codes highest bit first, so
// that a table is indexed by reversed codes: next counts them in that order. A table of n bits becomes one of n+1
// by doubling.
func (b *builder) fill(sorted []uint16) {
	n, next, size := 1, 0, 2
	for ; n <= b.bits && len(sorted) > 0; n++ {
		unit := entry(n)<<lengthShift | entry(n)
		for _, s := range sorted[:b.count[n]] {
			b.table[next] = b.symbol(int(s)) + unit
			next = increment(next, n)
		}
		sorted = sorted[b.count[n]:]
		if n < b.bits {
			copy(b.table[size:2*size], b.table[:size])
			size *= 2
		}
	}
	double(b.table, size, 1<<b.bits)
	if len(sorted) > 0 {
		b.fillSecond(sorted, next)
	}
}

// fillSecond enters the symbols whose codes are longer than the index.
func (b *builder) fillSecond(sorted []uint16, next int) {
	mask := 1<<b.bits - 1
	end, width, at := 1<<b.bits, 0, -1 // of the second table at hand
	for n := b.bits + 1; len(sorted) > 0; n++ {
		unit := entry(n-b.bits)<<lengthShift | entry(n-b.bits)
		for ; b.count[n] > 0; b.count[n]-- {
			if next&mask != at {
				at = next & mask
				width = b.width(n)
				b.table[at] = isTable | entry(end)<<valueShift | entry(width)<<lengthShift | entry(b.bits)
				end += 1 << width
			}
			e := b.symbol(int(sorted[0])) + unit
			sorted = sorted[1:]
			for i := end - 1<<width + next>>b.bits; i < end; i += 1 << (n - b.bits) {
				b.table[i] = e
			}
			next = increment(next, n)
		}
	}
}

// width is by how many bits a second table is indexed whose first code is the next one, of
// n bits: enough for the codes to come to use it up.
func (b *builder) width(n int) int {
	width := n - b.bits
	for used := b.count[n]; used < 1<<width; {
		width++
		used = used<<1 + b.count[b.bits+width]
	}
	return width
}

// increment adds one to a reversed code of n bits. After the last it is 0.
func increment(code, n int) int {
	free := uint(code) ^ (1<<n - 1)
	if free == 0 {
		// All ones: the code is used up, or the next is longer than this.
		return code
	}
	top := 1 << (bits.Len(free) - 1)
	return code&(top-1) | top
}

// fixedCodes makes the tables of section 3.2.6.
func (d *Decoder) fixedCodes() {
	d.state = inCodes
	if d.fixed {
		return
	}
	var lens [maxLit + 2]uint8
	for s := range lens {
		switch {
		case s < 144:
			lens[s] = 8
		case s < 256:
			lens[s] = 9
		case s < 280:
			lens[s] = 7
		default:
			lens[s] = 8
		}
	}
	d.litMin, _ = build(d.lit[:], litBits, lens[:], litSymbol)
	for s := range maxDist + 2 {
		lens[s] = 5
	}
	d.distMin, _ = build(d.dist[:], distBits, lens[:maxDist+2], distSymbol)
	d.fixed = true
}

// dynamicCodes reads the codes of a block, section 3.2.7.
func (d *Decoder) dynamicCodes() {
	if !d.need(14) {
		return
	}
	lits, dists, metas := d.take(5)+257, d.take(5)+1, d.take(4)+4
	if lits > maxLit || dists > maxDist {
		d.damaged("a block with more symbols than there are")
		return
	}
	var metaLens [19]uint8
	order := [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	for _, s := range order[:metas] {
		if !d.need(3) {
			return
		}
		metaLens[s] = uint8(d.take(3))
	}
	var meta [1 << metaBits]entry
	least, ok := build(meta[:], metaBits, metaLens[:], metaSymbol)
	if !ok {
		d.damaged(badCode)
		return
	}
	var lens [maxLit + maxDist]uint8
	if !d.codeLengths(lens[:lits+dists], meta[:], least) {
		return
	}
	d.fixed = false
	litMin, ok := build(d.lit[:], litBits, lens[:lits], litSymbol)
	if ok {
		d.distMin, ok = build(d.dist[:], distBits, lens[lits:lits+dists], distSymbol)
	}
	if !ok {
		d.damaged(badCode)
		return
	}
	// The end of the block comes in any case: see code.
	d.litMin = max(litMin, uint(lens[256]))
	d.state = inCodes
}

const badCode = "a set of codes that is not complete, or more than that"

func (d *Decoder) codeLengths(lens []uint8, meta []entry, least uint) bool {
	for i := 0; i < len(lens); {
		e, ok := d.code(meta, metaBits, least)
		if !ok {
			return false
		}
		s := int(e >> valueShift)
		if s < 16 {
			lens[i] = uint8(s)
			i++
			continue
		}
		repeat, extra, value := 3, uint(2), uint8(0)
		switch {
		case s == 17:
			extra = 3
		case s == 18:
			repeat, extra = 11, 7
		case i == 0:
			d.damaged("a repeated length without one before it")
			return false
		default:
			value = lens[i-1]
		}
		if !d.need(extra) {
			return false
		}
		if repeat += d.take(extra); repeat > len(lens)-i {
			d.damaged("more code lengths than symbols")
			return false
		}
		for range repeat {
			lens[i] = value
			i++
		}
	}
	return true
}
