package platform

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// What is pure of Windows' bodies is tested on every system.

func TestJunctionBuffer(t *testing.T) {
	for target, want := range map[string]string{
		`C:\g`: "030000a0 2400 0000 0000 1000 1200 0800 5c003f003f005c0043003a005c0067000000 43003a005c0067000000",
		// Outside the basic plane: two units a rune.
		`d:\😀`: "030000a0 2800 0000 0000 1200 1400 0a00 5c003f003f005c0064003a005c003dd800de0000 64003a005c003dd800de0000",
	} {
		got, err := junctionBuffer(target)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(want, " ", ""); hex.EncodeToString(got) != want {
			t.Errorf("%s:\n got %x\nwant %s", target, got, want)
		}
	}
}

func TestSymlinkBuffer(t *testing.T) {
	for target, want := range map[string]string{
		`C:\g`:  "0c0000a0 2400 0000 0000 1000 1000 0800 00000000 5c003f003f005c0043003a005c006700 43003a005c006700",
		`\\s\t`: "0c0000a0 2c00 0000 0000 1600 1600 0a00 00000000 5c003f003f005c0055004e0043005c0073005c007400 5c005c0073005c007400",
	} {
		got, err := symlinkBuffer(target)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(want, " ", ""); hex.EncodeToString(got) != want {
			t.Errorf("%s:\n got %x\nwant %s", target, got, want)
		}
	}
}

func TestLinkBuffersRefuse(t *testing.T) {
	for _, target := range []string{
		"", "go", `\go`, `C:`, `C:go`, `C:/go`, `C:\go/bin`, `\\?\C:\go`, `\\.\pipe\x`, `C:\go\..\x`, `C:\.\go`, `\\server\share\..\x`, "C:\\g\x00o",
		`C:\` + strings.Repeat("x", 5000),
	} {
		if b, err := junctionBuffer(target); err == nil {
			t.Errorf("a junction to %.40q: got %d bytes", target, len(b))
		}
		if b, err := symlinkBuffer(target); err == nil {
			t.Errorf("a symbolic link to %.40q: got %d bytes", target, len(b))
		}
	}
	if b, err := junctionBuffer(`\\server\share`); err == nil {
		t.Errorf("a junction to a share: got %d bytes", len(b))
	}
	long := `C:\` + strings.Repeat("x", 4080)
	for _, build := range []func(string) ([]byte, error){junctionBuffer, symlinkBuffer} {
		if b, err := build(long); err != nil || len(b) > 16384 {
			t.Errorf("a long path: %d bytes, %v", len(b), err)
		}
	}
}

func TestParsed(t *testing.T) {
	for path, want := range map[string]string{
		`C:\x`: `C:\x`, `\\?\C:\x`: `C:\x`, `\\?\UNC\server\share`: `\\server\share`, `\\server\share`: `\\server\share`,
		`\\?\Volume{1}\x`: `\\?\Volume{1}\x`, "": "",
	} {
		if got := parsed(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestWindowsExtensions(t *testing.T) {
	for _, test := range []struct {
		file, list string
		want       []string
	}{
		{"go", "", []string{".com", ".exe", ".bat", ".cmd"}},
		{"go", ".EXE;;ps1", []string{".exe", ".ps1"}},
		{"go.exe", ".EXE;.BAT", []string{"", ".exe", ".bat"}},
		{"GO.Bat", ".EXE;.BAT", []string{"", ".exe", ".bat"}},
		{"python3.11", ".EXE", []string{".exe"}},
		{".exe", ".EXE", []string{".exe"}},
	} {
		got := windowsExtensions(test.file, NewEnv(forWindows, []string{"PathExt=" + test.list}))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s with %q: got %q, want %q", test.file, test.list, got, test.want)
		}
	}
}

func TestBatchCommandLine(t *testing.T) {
	if !isBatch(`C:\x.BAT`) || !isBatch("x.cmd") || isBatch("cmd.exe") || isBatch("bat") {
		t.Error("takes the wrong files for batch files")
	}
	got, err := batchCommandLine(`C:\a b\x.cmd`, []string{"", "a b", "x&calc", `C:\dir\`, "^1.0"})
	want := `cmd.exe /e:ON /v:OFF /d /c ""C:\a b\x.cmd" "" "a b" "x&calc" "C:\dir\\" "^1.0""`
	if err != nil || got != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	for _, argument := range []string{`"&calc`, "%PATH%", "a\nb", "a\rb", "\x00"} {
		if line, err := batchCommandLine("x.bat", []string{argument}); err == nil {
			t.Errorf("%q: got %s", argument, line)
		}
	}
}
