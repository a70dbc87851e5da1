package inflate

import (
	"math/bits"
	"slices"
)

// forger writes DEFLATE data bit by bit, right or wrong.
type forger struct {
	out  []byte
	acc  uint64
	n    uint
	dice []byte // decides what random calls do; 0 when used up
}

func (f *forger) put(v uint64, n uint) *forger {
	for ; n > 0; n-- {
		f.acc |= v & 1 << f.n
		v >>= 1
		if f.n++; f.n == 8 {
			f.out = append(f.out, byte(f.acc))
			f.acc, f.n = 0, 0
		}
	}
	return f
}

// align fills up the last byte.
func (f *forger) align() *forger {
	for f.n > 0 {
		f.put(0, 1)
	}
	return f
}

func (f *forger) bytes() []byte { return f.align().out }

func (f *forger) head(last bool, typ uint64) *forger {
	if last {
		f.put(1, 1)
	} else {
		f.put(0, 1)
	}
	return f.put(typ, 2)
}

func (f *forger) stored(last bool, content []byte) *forger {
	f.head(last, 0).align()
	f.put(uint64(len(content)), 16).put(uint64(^len(content)), 16)
	for _, c := range content {
		f.put(uint64(c), 8)
	}
	return f
}

// code is a set of codes made from their lengths, complete or not.
type code struct {
	lens  []uint8
	codes []uint16 // reversed
}

func newCode(lens []uint8) code {
	c := code{lens: lens, codes: make([]uint16, len(lens))}
	next := uint16(0)
	for n := uint8(1); n <= maxCode; n++ {
		for s, l := range lens {
			if l == n {
				c.codes[s] = bits.Reverse16(next) >> (16 - n)
				next++
			}
		}
		next <<= 1
	}
	return c
}

func fixedLit() code {
	lens := slices.Concat(slices.Repeat([]uint8{8}, 144), slices.Repeat([]uint8{9}, 112), slices.Repeat([]uint8{7}, 24), slices.Repeat([]uint8{8}, 8))
	return newCode(lens)
}

func fixedDist() code { return newCode(slices.Repeat([]uint8{5}, 32)) }

func (f *forger) sym(c code, s int) *forger {
	return f.put(uint64(c.codes[s]), uint(c.lens[s]))
}

// codes writes the header of a dynamic block, every length as it is: all codes of code lengths have 5
// bits, but for some that make the set complete.
func (f *forger) dynamic(last bool, lit, dist code) *forger {
	meta := newCode([]uint8{4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5})
	return f.dynamicWith(last, lit, dist, meta, func(f *forger, l uint8) { f.sym(meta, int(l)) })
}

func (f *forger) dynamicWith(last bool, lit, dist, meta code, each func(f *forger, l uint8)) *forger {
	f.head(last, 2).put(uint64(len(lit.lens)-257), 5).put(uint64(len(dist.lens)-1), 5).put(15, 4)
	for _, s := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		f.put(uint64(meta.lens[s]), 3)
	}
	for _, l := range slices.Concat(lit.lens, dist.lens) {
		each(f, l)
	}
	return f
}

// lits makes a code of n symbols with the given lengths.
func lits(n int, lens map[int]uint8) code {
	c := make([]uint8, n)
	for s, l := range lens {
		c[s] = l
	}
	return newCode(c)
}

// roll returns a number below n.
func (f *forger) roll(n int) int {
	if len(f.dice) == 0 {
		return 0
	}
	v := int(f.dice[0])
	f.dice = f.dice[1:]
	if n > 256 && len(f.dice) > 0 {
		v |= int(f.dice[0]) << 8
		f.dice = f.dice[1:]
	}
	return v % n
}

// random writes blocks as the dice fall: mostly right, deep codes, all kinds of matches.
func (f *forger) random() []byte {
	written := 0
	for len(f.dice) > 0 && len(f.out) < 1<<16 {
		last := f.roll(8) == 1
		switch f.roll(8) {
		case 0:
			n := f.roll(300)
			n = min(n, len(f.dice))
			f.stored(last, f.dice[:n])
			f.dice = f.dice[n:]
			written += n
		case 1, 2:
			f.head(last, 1)
			written += f.symbols(fixedLit(), fixedDist(), written)
		default:
			lit, dist := f.randomCode(257+f.roll(30), 256), f.randomCode(1+f.roll(30), -1)
			f.dynamic(last, lit, dist)
			written += f.symbols(lit, dist, written)
		}
		if last {
			break
		}
	}
	return f.bytes()
}

// randomCode splits codes until the dice say stop; must is a symbol that has one.
func (f *forger) randomCode(n, must int) code {
	lens := []uint8{1, 1}
	for range f.roll(n) {
		if len(lens) >= n {
			break
		}
		i := f.roll(len(lens))
		if f.roll(3) != 0 {
			i = len(lens) - 1 // deep
		}
		if lens[i] == maxCode {
			continue
		}
		lens[i]++
		lens = append(lens, lens[i])
	}
	if f.roll(16) == 1 {
		lens = lens[:len(lens)-1] // incomplete
	}
	if f.roll(32) == 1 && len(lens) > 0 {
		lens[0] = uint8(f.roll(maxCode + 1))
	}
	all := make([]uint8, n)
	for _, l := range lens {
		s := f.roll(n)
		for range n {
			if all[s] == 0 {
				break
			}
			s = (s + 1) % n
		}
		all[s] = l
	}
	if must >= 0 && all[must] == 0 {
		for s, l := range all {
			if l != 0 {
				all[must], all[s] = l, 0
				break
			}
		}
	}
	return newCode(all)
}

func (f *forger) symbols(lit, dist code, before int) int {
	written := 0
	used := func(c code) (syms []int) {
		for s, l := range c.lens {
			if l != 0 {
				syms = append(syms, s)
			}
		}
		return syms
	}
	syms, dists := used(lit), used(dist)
	for len(f.dice) > 0 && len(syms) > 0 {
		s := syms[f.roll(len(syms))]
		if s == 256 && f.roll(4) != 0 {
			continue
		}
		if s > 256 && len(dists) == 0 {
			continue
		}
		f.sym(lit, s)
		switch {
		case s == 256:
			return written
		case s < 256:
			written++
			continue
		case s >= 286:
			return written
		}
		e := lengths[s-257]
		extra := f.roll(1 << e.total())
		f.put(uint64(extra), e.total())
		d := dists[f.roll(len(dists))]
		for range 8 {
			if d < 30 && int(distances[d]>>valueShift) <= before+written || f.roll(64) == 1 {
				break
			}
			d = dists[f.roll(len(dists))]
		}
		f.sym(dist, d)
		if d >= 30 {
			return written
		}
		n := distances[d].total()
		x := f.roll(1 << n)
		if f.roll(2) == 0 {
			x = max(0, min(x, before+written-int(distances[d]>>valueShift)))
		}
		f.put(uint64(x), n)
		written += int(e>>valueShift) + extra
	}
	if lit.lens[256] != 0 {
		f.sym(lit, 256)
	}
	return written
}
