package trust

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/gover"
	"gsw/platform"
)

// FuzzSignature: a signature comes from the same place as the archive, and is read by a library that knows a hundred
// kinds of packet. Nothing that is made up verifies, and none of it panics.
func FuzzSignature(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.asc"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("-----BEGIN PGP SIGNATURE-----\n\niQ==\n=AAAA\n-----END PGP SIGNATURE-----\n"))
	keys, err := GoogleKeys()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, armored []byte) {
		d, err := parseSignature(armored)
		if err != nil {
			return
		}
		began := time.Now()
		if err := d.verify(strings.NewReader("what nobody signed"), keys); err == nil {
			t.Errorf("%q verifies", armored)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q took %v", armored, took)
		}
	})
}

// FuzzStructure reads what an archive says of itself: its VERSION, and the first bytes of its go command.
func FuzzStructure(f *testing.F) {
	f.Add([]byte("go1.22.3\ntime 2024-05-01T19:49:47Z\n"), []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00"))
	f.Add([]byte("go1.22.3"), []byte("MZ"+strings.Repeat("\x00", 0x3a)+"\x40\x00\x00\x00PE\x00\x00\x64\x86"))
	f.Add([]byte("go1.22.3\r\n"), []byte("\xcf\xfa\xed\xfe\x07\x00\x00\x01"))
	f.Add([]byte("devel go1.23-abc\n"), []byte("\x01\xf7"))
	f.Add([]byte("go1.22.3\x00"), []byte("MZ"+strings.Repeat("\x00", 0x3a)+"\xff\xff\xff\xff"))
	linux := platform.Target{OS: "linux", Arch: "amd64"}
	v := gover.MustParse("1.22.3")
	f.Fuzz(func(t *testing.T, version, program []byte) {
		goroot := t.TempDir()
		for name, text := range map[string][]byte{"VERSION": version, "bin/go": program, "pkg/tool/linux_amd64/compile": nil} {
			file := filepath.Join(goroot, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		first, _, _ := bytes.Cut(version, []byte("\n"))
		right := string(bytes.TrimSuffix(first, []byte("\r"))) == "go1.22.3" &&
			len(program) >= 20 && bytes.HasPrefix(program, []byte("\x7fELF\x02\x01")) && string(program[18:20]) == "\x3e\x00"
		if err := Structure(goroot, v, linux); (err == nil) != right {
			t.Errorf("%q, %.20q: %v", version, program, err)
		}
	})
}
