package disttest

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"gsw/platform"
)

//go:embed testdata/fakego/main.go
var fakeSource []byte

// Host is the platform the tests run on.
func Host() platform.Target { return platform.Target{OS: runtime.GOOS, Arch: runtime.GOARCH} }

// program is the executable that serves as bin/go of a fake distribution: a real one for the platform the tests run
// on, and for every other only the header that says which it is for.
func program(t testing.TB, target platform.Target) []byte {
	t.Helper()
	if target != Host() {
		return header(t, target)
	}
	// One that was built for these tests where that is quicker: under wine there is no compiler of this system.
	if file := os.Getenv("GSW_TEST_FAKE_GO"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	dir := cacheDir(t)
	key := sha256.Sum256(append([]byte(runtime.Version()+target.String()), fakeSource...))
	file := filepath.Join(dir, target.Exe("fakego-"+hex.EncodeToString(key[:8])))
	if data, err := os.ReadFile(file); err == nil {
		return data
	}
	work := t.TempDir()
	source := filepath.Join(work, "main.go")
	if err := os.WriteFile(source, fakeSource, 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(work, target.Exe("fakego"))
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, source)
	build.Dir = work
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GO111MODULE=", "GOOS="+target.OS, "GOARCH="+target.Arch)
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the fake go: %v\n%s", err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := platform.ReplaceFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return data
}

// cacheDir is where what is dear to make is kept between test processes.
func cacheDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("gsw-disttest-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if foreign, err := platform.OwnedByAnother(dir); err != nil || foreign {
		t.Fatalf("%s belongs to somebody else (%v)", dir, err)
	}
	return dir
}

// header is the beginning of an executable for target, valid as far as debug/elf, debug/macho and debug/pe look.
func header(t testing.TB, target platform.Target) []byte {
	t.Helper()
	type ids struct {
		elf       uint16
		big, wide bool
		macho     uint32
		pe        uint16
	}
	table := map[string]ids{
		"386": {elf: 3, macho: 7, pe: 0x14c}, "amd64": {elf: 62, wide: true, macho: 0x1000007, pe: 0x8664},
		"arm": {elf: 40, macho: 12, pe: 0x1c4}, "arm64": {elf: 183, wide: true, macho: 0x100000c, pe: 0xaa64},
		"loong64": {elf: 258, wide: true}, "mips": {elf: 8, big: true}, "mipsle": {elf: 8},
		"mips64": {elf: 8, big: true, wide: true}, "mips64le": {elf: 8, wide: true}, "ppc64": {elf: 21, big: true, wide: true},
		"ppc64le": {elf: 21, wide: true}, "riscv64": {elf: 243, wide: true}, "s390x": {elf: 22, big: true, wide: true},
	}
	id, ok := table[target.Arch]
	if !ok {
		t.Fatalf("no executable header known for %s", target)
	}
	var order binary.AppendByteOrder = binary.LittleEndian
	switch target.OS {
	case "darwin":
		magic := uint32(0xfeedface)
		if id.wide {
			magic = 0xfeedfacf
		}
		var b []byte
		for _, word := range []uint32{magic, id.macho, 0, 2 /* executable */, 0, 0, 0, 0} {
			b = order.AppendUint32(b, word)
		}
		return b
	case "windows":
		b := make([]byte, 0x40, 0x400)
		b[0], b[1], b[0x3c] = 'M', 'Z', 0x40
		b = append(b, 'P', 'E', 0, 0)
		b = order.AppendUint16(b, id.pe)
		b = append(b, make([]byte, 18)...)
		return b[:cap(b)]
	}
	if id.big {
		order = binary.BigEndian
	}
	b := []byte{0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	size := 52
	if id.wide {
		b[4], size = 2, 64
	}
	if id.big {
		b[5] = 2
	}
	b = order.AppendUint16(b, 2) // executable
	b = order.AppendUint16(b, id.elf)
	b = order.AppendUint32(b, 1)
	b = append(b, make([]byte, size-len(b))...)
	at := size - 12
	for i, field := range []uint16{uint16(size), 0, 0, uint16(map[bool]int{true: 64, false: 40}[id.wide]), 0, 0} {
		if order == binary.AppendByteOrder(binary.BigEndian) {
			binary.BigEndian.PutUint16(b[at+2*i:], field)
		} else {
			binary.LittleEndian.PutUint16(b[at+2*i:], field)
		}
	}
	return b
}
