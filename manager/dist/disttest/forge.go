package disttest

import "hash/crc32"

// Forge gives other content of the same length, at least 8 bytes, and the same CRC-32. The checksum is linear, so among 33
// ways to change one bit some change nothing together.
func Forge(content []byte) []byte {
	zero := crc32.ChecksumIEEE(make([]byte, len(content)))
	type row struct {
		sum  uint32
		bits uint64
	}
	var basis []row
	for bit := range 33 {
		flip := make([]byte, len(content))
		flip[bit/8] = 1 << (bit % 8)
		r := row{crc32.ChecksumIEEE(flip) ^ zero, 1 << bit}
		for _, b := range basis {
			if r.sum^b.sum < r.sum {
				r.sum, r.bits = r.sum^b.sum, r.bits^b.bits
			}
		}
		if r.sum != 0 {
			basis = append(basis, r)
			continue
		}
		forged := append([]byte(nil), content...)
		for bit := range 33 {
			forged[bit/8] ^= byte(r.bits>>bit&1) << (bit % 8)
		}
		return forged
	}
	panic("33 vectors of 32 bits are dependent")
}
