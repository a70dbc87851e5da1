package trust

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/gover"
	"gsw/platform"
)

// plant makes the files of a tree.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// header is the start of an empty program that go1.26 built for the platform.
func header(t *testing.T, platform string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/headers/" + platform)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestStructure(t *testing.T) {
	program := header(t, "linux-amd64")
	windows := platform.Target{OS: "windows", Arch: "amd64"}
	old := gover.MustParse("go1.20")
	tests := []struct {
		name    string
		version gover.Version
		target  platform.Target
		files   map[string]string
		want    string
	}{
		{"today's", go1223, linux, map[string]string{"VERSION": "go1.22.3\ntime 2024-05-01T19:49:47Z\n", "bin/go": program, "pkg/tool/linux_amd64/compile": ""}, ""},
		{"an old one", old, linux, map[string]string{"VERSION": "go1.20", "bin/go": program, "pkg/tool/linux_amd64/compile": ""}, ""},
		{"of Windows", go1223, windows, map[string]string{"VERSION": "go1.22.3\r\n", "bin/go.exe": header(t, "windows-amd64"), "pkg/tool/windows_amd64/compile.exe": ""}, ""},
		{"another version", go1223, linux, map[string]string{"VERSION": "go1.19.8"}, "VERSION is go1.19.8, not go1.22.3"},
		{"a longer version", go1223, linux, map[string]string{"VERSION": "go1.22.31\n"}, "VERSION is go1.22.31, not go1.22.3"},
		{"a vendor's version", go1223, linux, map[string]string{"VERSION": "go1.22.3 X:boringcrypto\n"}, `VERSION is "go1.22.3 X:boringcrypto", not go1.22.3`},
		{"no version", go1223, linux, nil, "VERSION is absent, not the file that says go1.22.3"},
		{"an empty version", go1223, linux, map[string]string{"VERSION": ""}, `VERSION is "", not go1.22.3`},
		{"an endless version", go1223, linux, map[string]string{"VERSION": strings.Repeat("\x1b[", 1<<20)}, `VERSION is "` + strings.Repeat(`\x1b[`, 30) + `…", not go1.22.3`},
		{"another platform's tools", go1223, linux, map[string]string{"VERSION": "go1.22.3", "bin/go": program, "pkg/tool/linux_arm64/compile": ""},
			"pkg/tool/linux_amd64 is absent, not the folder with its tools"},
		{"a file for tools", go1223, linux, map[string]string{"VERSION": "go1.22.3", "pkg/tool/linux_amd64": ""}, "pkg/tool/linux_amd64 is a file, not the folder with its tools"},
		{"no go", go1223, linux, map[string]string{"VERSION": "go1.22.3", "pkg/tool/linux_amd64/compile": ""}, "bin/go is absent, not a program"},
		{"go of another processor", go1223, linux, map[string]string{"VERSION": "go1.22.3", "bin/go": header(t, "linux-arm64"), "pkg/tool/linux_amd64/compile": ""},
			"bin/go is ELF for arm64, not ELF for amd64"},
		{"a script for go", go1223, linux, map[string]string{"VERSION": "go1.22.3", "bin/go": "#!/bin/sh\nexec evil\n", "pkg/tool/linux_amd64/compile": ""},
			"bin/go is no executable, not ELF for amd64"},
		{"an empty go", go1223, linux, map[string]string{"VERSION": "go1.22.3", "bin/go": "", "pkg/tool/linux_amd64/compile": ""}, "bin/go is no executable, not ELF for amd64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := plant(t, test.files)
			got := ""
			if err := Structure(root, test.version, test.target); err != nil {
				got = strings.ReplaceAll(err.Error(), root, "ROOT")
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestStructureUnreadable: what can't be read is not called absent. A folder stands in for a file without permission.
func TestStructureUnreadable(t *testing.T) {
	root := plant(t, map[string]string{"VERSION": "go1.22.3", "bin/go/go": "", "pkg/tool/linux_amd64/compile": ""})
	err := Structure(root, go1223, linux)
	var structure *StructureError
	if err == nil || errors.As(err, &structure) || !strings.HasPrefix(err.Error(), "checking bin/go: read ") {
		t.Error(err)
	}
}

// TestExecutableFormat: what is read from a real program of each platform is what is expected there.
func TestExecutableFormat(t *testing.T) {
	files, err := os.ReadDir("testdata/headers")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		target, _ := parseTarget(file.Name())
		got, err := executableFormat("testdata/headers/" + file.Name())
		if want := formatFor(target); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", file.Name(), got, err, want)
		}
	}
	for text, want := range map[string]string{
		"MZ": "no executable", "MZ" + strings.Repeat("\xff", 100): "no executable", "\x7fELF": "no executable", "\x01\xf7": "XCOFF for ppc64",
		"\x7fELF\x02\x01" + strings.Repeat("\x00", 12) + "\x63\x00": "ELF for processor 99",
		"\xcf\xfa\xed\xfe\x63\x00\x00\x00":                          "Mach-O for processor 0x63",
	} {
		file := filepath.Join(plant(t, map[string]string{"program": text}), "program")
		if got, err := executableFormat(file); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
