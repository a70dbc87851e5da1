package journal

import (
	"path/filepath"
	"testing"
)

// BenchmarkAdd is what one entry costs a server that writes two files, with many clients at once.
func BenchmarkAdd(b *testing.B) {
	dir := b.TempDir()
	j := open(b, filepath.Join(dir, "one"), filepath.Join(dir, "two"))
	e := Entry{Operation: "lookup", Module: "golang.org/toolchain", Version: "v0.0.1-go1.22.3.linux-amd64", Go: "go1.22",
		Source: "cache", Status: 200, Client: "192.0.2.7"}
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := j.Add(e); err != nil {
				b.Error(err)
			}
		}
	})
	closed(b, j)
}

// BenchmarkAudit reads a log of as many entries as there are iterations, and its copy.
func BenchmarkAudit(b *testing.B) {
	dir := b.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	j := open(b, one, two)
	var lines []byte
	for range b.N {
		lines = j.chain.appendLine(lines, Entry{Time: clock(), Operation: "lookup", Module: "golang.org/toolchain",
			Version: "v0.0.1-go1.22.3.linux-amd64", Go: "go1.22", Source: "cache", Status: 200, Client: "192.0.2.7"})
		if len(lines) > 1<<20 {
			if err := j.give(lines); err != nil {
				b.Fatal(err)
			}
			lines = lines[:0]
		}
	}
	if err := j.give(lines); err != nil {
		b.Fatal(err)
	}
	closed(b, j)
	b.ReportAllocs()
	b.ResetTimer()
	if a := unbroken(b, Inquiry{File: one, Second: two}); a.Entries != int64(b.N)+3 {
		b.Errorf("%d entries", a.Entries)
	}
}
