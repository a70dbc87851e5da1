package inflate

import (
	"bytes"
	"compress/flate"
	"io"
	"os"
	"testing"

	kflate "github.com/klauspost/compress/flate"
)

func raw(b *testing.B) []byte {
	p := os.Getenv("UB_GZ")
	if p == "" {
		b.Skip()
	}
	z, err := os.ReadFile(p)
	if err != nil {
		b.Fatal(err)
	}
	h := 10
	if z[3]&8 != 0 {
		for z[h] != 0 {
			h++
		}
		h++
	}
	return z[h : len(z)-8]
}

func BenchmarkOwn(b *testing.B) {
	z := raw(b)
	b.ResetTimer()
	buf := make([]byte, 160<<10)
	var d Decoder
	for range b.N {
		d.ResetBytes(z)
		total, at := int64(0), 0
		for {
			n, err := d.Inflate(buf, at)
			total += int64(n - at)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			at = copy(buf, buf[n-Window:n])
		}
		b.SetBytes(total)
	}
}

func BenchmarkStd(b *testing.B) {
	z := raw(b)
	b.ResetTimer()
	buf := make([]byte, 128<<10)
	for range b.N {
		r := flate.NewReader(bytes.NewReader(z))
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buf)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
}

func BenchmarkKlauspost(b *testing.B) {
	z := raw(b)
	b.ResetTimer()
	buf := make([]byte, 128<<10)
	for range b.N {
		r := kflate.NewReader(bytes.NewReader(z))
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, buf)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
}
