package unpack

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The benchmarks unpack a real toolchain, into a new folder each time: ext4 makes files several
// times slower where many were deleted just before. Compare with `tar xzf` and `unzip -q`:
//
//	go test -run '^$' -bench . -benchtime 5x ./manager/unpack
func BenchmarkTarGz(b *testing.B)     { benchmark(b, func(m module) string { return m.packTarGz(b) }) }
func BenchmarkModuleZip(b *testing.B) { benchmark(b, func(m module) string { return m.zip }) }

func benchmark(b *testing.B, pack func(module) string) {
	archive, parent := pack(realModule(b, "1.22.3")), b.TempDir()
	n := 0
	for b.Loop() {
		n++
		dir := filepath.Join(parent, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		res, err := File(b.Context(), archive, dir)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(res.Bytes)
	}
}
