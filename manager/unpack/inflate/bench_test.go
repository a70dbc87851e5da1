package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"os"
	"testing"

	kflate "github.com/klauspost/compress/flate"
)

// benchData is DEFLATE data of the kind gsw unpacks: those of the tar.gz that GSW_BENCH_TARGZ names,
// or else this program, compressed as Go's releases are.
func benchData(b *testing.B) (data []byte, content int64) {
	b.Helper()
	path := os.Getenv("GSW_BENCH_TARGZ")
	if path == "" {
		var z bytes.Buffer
		w, err := flate.NewWriter(&z, flate.BestCompression)
		if err != nil {
			b.Fatal(err)
		}
		self, err := os.Executable()
		if err != nil {
			b.Fatal(err)
		}
		program, err := os.ReadFile(self)
		if err != nil {
			b.Fatal(err)
		}
		w.Write(program)
		w.Close()
		return z.Bytes(), int64(len(program))
	}
	file, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	r := bytes.NewReader(file)
	z, err := gzip.NewReader(r) // a bytes.Reader is left where the header ends
	if err != nil {
		b.Fatal(err)
	}
	data = file[len(file)-r.Len():]
	if content, err = io.Copy(io.Discard, z); err != nil {
		b.Fatal(err)
	}
	return data, content
}

// BenchmarkInflate compares with the decoders it replaces. Run them interleaved, with -count.
func BenchmarkInflate(b *testing.B) {
	data, content := benchData(b)
	drop := struct{ io.Writer }{io.Discard} // without its ReadFrom
	buf := make([]byte, 5*Window)
	b.Run("own", func(b *testing.B) {
		b.SetBytes(content)
		var d Decoder
		for b.Loop() {
			d.ResetBytes(data)
			for at, err := 0, error(nil); err != io.EOF; {
				if at, err = d.Inflate(buf, at); err != nil && err != io.EOF {
					b.Fatal(err)
				}
				at = copy(buf, buf[max(0, at-Window):at])
			}
		}
	})
	b.Run("compress-flate", func(b *testing.B) {
		b.SetBytes(content)
		for b.Loop() {
			if _, err := io.CopyBuffer(drop, flate.NewReader(bytes.NewReader(data)), buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("klauspost", func(b *testing.B) {
		b.SetBytes(content)
		for b.Loop() {
			// Without its WriteTo, which the tar parser could not use either.
			r := struct{ io.Reader }{kflate.NewReader(bytes.NewReader(data))}
			if _, err := io.CopyBuffer(drop, r, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
