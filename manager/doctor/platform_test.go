package doctor

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/config"
	"gsw/manager/selection"
	"gsw/manager/store"
	"gsw/platform"
)

// program writes a go command into a new GOROOT and gives a patient whose PATH starts it.
func patientWith(t *testing.T, target platform.Target, program []byte) (p *Patient, goroot string) {
	t.Helper()
	goroot = t.TempDir()
	bin := filepath.Join(goroot, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, target.Exe("go")), program, 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	host := platform.Host{
		Target: target, Env: platform.NewEnv(target, []string{"PATH=" + bin}), Dir: home, UserHome: home,
		Home: filepath.Join(home, ".gsw"), Self: filepath.Join(home, "gsw"),
	}
	p = NewPatient(host, store.Open(host), config.Config{}, filepath.Join(home, "etc"))
	p.Path = func() []selection.Hit {
		return []selection.Hit{{File: filepath.Join(bin, target.Exe("go")), GOROOT: goroot}}
	}
	return p, goroot
}

func findings(t *testing.T, p *Patient, m Machine) []Finding {
	t.Helper()
	p.Machine = func() Machine { return m }
	found, err := platformTrouble(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// asking is a program for 64-bit Linux that asks for a loader, and is nothing else.
func asking(loader string) []byte {
	b := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	order := binary.LittleEndian
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 2), 62), 1)
	for _, field := range []uint64{0, 64, 0} { // entry, program headers, section headers
		b = order.AppendUint64(b, field)
	}
	b = order.AppendUint32(b, 0)
	for _, field := range []uint16{64, 56, 1, 64, 0, 0} {
		b = order.AppendUint16(b, field)
	}
	text := loader + "\x00"
	b = order.AppendUint32(order.AppendUint32(b, 3), 4) // PT_INTERP, readable
	for _, field := range []uint64{64 + 56, 0, 0, uint64(len(text)), uint64(len(text)), 1} {
		b = order.AppendUint64(b, field)
	}
	return append(b, text...)
}

func TestMusl(t *testing.T) {
	linux := platform.Target{OS: "linux", Arch: "amd64"}
	loader := filepath.Join(t.TempDir(), "ld-linux-x86-64.so.2")
	p, goroot := patientWith(t, linux, asking(loader))
	musl := Machine{Loader: "/lib/ld-musl-x86_64.so.1"}
	found := findings(t, p, musl)
	want := []string{
		filepath.Join(goroot, "bin", "go") + ": asks for " + loader + ", which is not there", "/bin/sh: asks for /lib/ld-musl-x86_64.so.1",
	}
	if len(found) != 1 || found[0].Level != Red || found[0].Fix != "apk add gcompat" || !slices.Equal(found[0].Evidence, want) {
		t.Fatalf("%+v", found)
	}
	if found := findings(t, p, Machine{Loader: "/lib64/ld-linux-x86-64.so.2"}); found != nil {
		t.Errorf("with glibc: %+v", found)
	}
	if err := os.WriteFile(loader, nil, 0o755); err != nil { // what the fix does
		t.Fatal(err)
	}
	if found := findings(t, p, musl); found != nil {
		t.Errorf("with gcompat: %+v", found)
	}
	p, _ = patientWith(t, linux, []byte("\x7fELF")) // since go1.21 there is no loader
	if found := findings(t, p, musl); found != nil {
		t.Errorf("a go command that asks for none: %+v", found)
	}
}

func TestRosetta(t *testing.T) {
	intel := binary.LittleEndian.AppendUint32(nil, 0xfeedfacf)
	for _, word := range []uint32{0x1000007, 3, 2, 0, 0, 0, 0} {
		intel = binary.LittleEndian.AppendUint32(intel, word)
	}
	apple := slices.Clone(intel)
	binary.LittleEndian.PutUint32(apple[4:], 0x100000c)
	mac := platform.Target{OS: "darwin", Arch: "arm64"}

	old := platform.Target{OS: "darwin", Arch: "amd64"}
	named := func(goroot, version string) {
		if err := os.WriteFile(filepath.Join(goroot, "VERSION"), []byte(version), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	p, goroot := patientWith(t, mac, intel)
	p.Host.Also = old
	evidence := filepath.Join(goroot, "bin", "go") + ": for darwin-amd64, on darwin-arm64"
	found := findings(t, p, Machine{Translates: true})
	if len(found) != 1 || found[0].Level != Yellow || found[0].Fix != "gsw install --use latest\neval \"$(gsw env)\"" ||
		!slices.Equal(found[0].Evidence, []string{evidence}) {
		t.Errorf("Intel's go: %+v", found)
	}
	found = findings(t, p, Machine{})
	if len(found) != 1 || found[0].Level != Red || found[0].Fix != "softwareupdate --install-rosetta --agree-to-license" ||
		!slices.Equal(found[0].Evidence, []string{evidence, rosetta + " is not there"}) {
		t.Errorf("Intel's go, and no Rosetta: %+v", found)
	}
	named(goroot, "go1.15.15")
	if found := findings(t, p, Machine{Translates: true}); found != nil {
		t.Errorf("there is no other: %+v", found)
	}
	if found := findings(t, p, Machine{}); len(found) != 1 || found[0].Level != Red {
		t.Errorf("there is no other, and no Rosetta: %+v", found)
	}
	named(goroot, "go1.16")
	if found := findings(t, p, Machine{Translates: true}); len(found) != 1 {
		t.Errorf("there is another: %+v", found)
	}
	p, _ = patientWith(t, mac, apple)
	p.Host.Also = old
	for _, m := range []Machine{{}, {Translates: true}} {
		if found := findings(t, p, m); found != nil {
			t.Errorf("Apple's go, %+v: %+v", m, found)
		}
	}
	p.Host.Own = old
	found = findings(t, p, Machine{Translates: true})
	if len(found) != 1 || found[0].Level != Yellow || !strings.Contains(found[0].Message, "this gsw is the one for darwin-amd64, which Rosetta translates") ||
		found[0].Evidence[0] != p.Host.Self+" is for darwin-amd64: the one for darwin-arm64 takes its place" {
		t.Errorf("translated: %+v", found)
	}
	p, _ = patientWith(t, old, intel)
	if found := findings(t, p, Machine{}); found != nil {
		t.Errorf("on Intel's processor: %+v", found)
	}
}

// TestWindowsOnARM: go.exe for the processors that Windows translates, by the header of a program that has no more.
func TestWindowsOnARM(t *testing.T) {
	program := func(machine uint16) []byte {
		return append(binary.LittleEndian.AppendUint16(nil, machine), make([]byte, 94)...)
	}
	arm, x64 := platform.Target{OS: "windows", Arch: "arm64"}, platform.Target{OS: "windows", Arch: "amd64"}
	for _, test := range []struct {
		what    string
		machine uint16
		also    platform.Target
		version string
		found   int
	}{
		{"amd64 on Windows 11", 0x8664, x64, "go1.22.3", 1},
		{"before the first for ARM", 0x8664, x64, "go1.16.15", 0},
		{"arm64", 0xaa64, x64, "go1.22.3", 0},
		{"386 on Windows 10", 0x14c, platform.Target{OS: "windows", Arch: "386"}, "go1.22.3", 1},
		{"nothing is translated", 0x8664, platform.Target{}, "go1.22.3", 0},
	} {
		p, goroot := patientWith(t, arm, program(test.machine))
		p.Host.Also = test.also
		if err := os.WriteFile(filepath.Join(goroot, "VERSION"), []byte(test.version), 0o644); err != nil {
			t.Fatal(err)
		}
		found := findings(t, p, Machine{Translates: true})
		if len(found) != test.found {
			t.Errorf("%s: %+v", test.what, found)
		}
		for _, f := range found {
			if f.Level != Yellow || f.Message != "the go command that is used here is for "+test.also.String()+": Windows translates it, and it builds for that" ||
				!slices.Equal(f.Evidence, []string{filepath.Join(goroot, "bin", "go.exe") + ": for " + test.also.String() + ", on windows-arm64"}) {
				t.Errorf("%s: %+v", test.what, f)
			}
		}
	}
}

// Of each tree and each program of gsw's it is said once, with what releases it.
func TestQuarantine(t *testing.T) {
	p, goroot := patientWith(t, platform.Target{OS: "darwin", Arch: "arm64"}, []byte("go"))
	shim := filepath.Join(p.Host.Home, "bin", "gsw-shim")
	held := map[string]bool{}
	m := Machine{Translates: true, Quarantined: func(file string) bool { return held[file] }}
	if found := findings(t, p, m); found != nil {
		t.Errorf("nothing is held: %+v", found)
	}
	for _, file := range []string{p.Host.Self, shim, filepath.Join(goroot, "bin", "go"), filepath.Join(goroot, "bin", "gofmt")} {
		held[file] = true
	}
	found := findings(t, p, m)
	want := []string{p.Host.Self, shim, filepath.Join(goroot, "bin", "go")}
	for i := range want {
		want[i] += ": has com.apple.quarantine"
	}
	fix := "xattr -dr com.apple.quarantine " + selection.Word(p.Host.Self) + "\nxattr -dr com.apple.quarantine " + selection.Word(shim) +
		"\nxattr -dr com.apple.quarantine " + selection.Word(goroot)
	if len(found) != 1 || found[0].Level != Yellow || !slices.Equal(found[0].Evidence, want) || found[0].Fix != fix {
		t.Errorf("%+v", found)
	}
}

// The probe itself, on whatever machine this is.
func TestThisMachine(t *testing.T) {
	host, err := platform.Read()
	if err != nil {
		t.Fatal(err)
	}
	m := ThisMachine(host)
	if host.OS != "linux" {
		if m.Loader != "" || m.Kernel != "" {
			t.Errorf("%+v is of Linux", m)
		}
		return
	}
	if m.Translates || m.Quarantined(host.Self) {
		t.Errorf("a Mac's words on Linux: %+v", m)
	}
	if m.Loader != "" {
		if _, err := os.Stat(m.Loader); err != nil {
			t.Errorf("/bin/sh runs without its loader: %v", err)
		}
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil && m.Kernel != strings.TrimSpace(string(kernel)) {
		t.Errorf("kernel %q", m.Kernel)
	}
}
