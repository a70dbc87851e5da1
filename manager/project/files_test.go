package project

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"gsw/manager/gover"
)

func TestParseVersionFile(t *testing.T) {
	for _, test := range []struct {
		data, text string
		line       int
	}{
		{"1.22.3", "1.22.3", 1},
		{"1.22.3\n", "1.22.3", 1},
		{"\r\n# a comment\r\n \t1.22.3 \r\n1.21.0\r\n", "1.22.3", 3},
		{"\xef\xbb\xbf1.22.3\r\n", "1.22.3", 1},
		{"\xef\xbb\xbf# x\n>=1.21 <1.23\n", ">=1.21 <1.23", 2},
		{"\xff\xfe1\x00.\x002\x002\x00.\x003\x00\r\x00\n\x00", "1.22.3", 1},
		{"\xff\xfe1\x00.\x002\x00x", "1.2", 1},
		{"\n\n", "", 0},
		{"", "", 0},
		{"\xff\xfe", "", 0},
	} {
		p, err := parseVersionFile([]byte(test.data))
		if p.text != test.text || p.line != test.line || (err != nil) != (test.text == "") {
			t.Errorf("%q: %+v, %v; want %q in line %d", test.data, p, err, test.text, test.line)
		}
	}
}

func TestParseToolVersions(t *testing.T) {
	for _, test := range []struct {
		data, text string
		line       int
		err        string
	}{
		{"golang 1.22.3", "1.22.3", 1, ""},
		{"nodejs 20.1\r\n# golang 1.1\r\n  golang\t1.22.3   1.21.0 system # ours\r\ngo 1.20.1", "1.22.3", 3, ""},
		{"go 1.22", "1.22", 1, ""},
		{"\xef\xbb\xbfgolang 1.22.3", "1.22.3", 1, ""},
		{"golang latest", "latest", 1, ""},
		{"golang latest:1.22", "1.22", 1, ""},
		{"golang prefix:1.22", "1.22", 1, ""},
		{"golang-ci 1.2.3\ngopls 0.1\ngolangci-lint 1.60\nxgo 1.1", "", 0, ""},
		{"", "", 0, ""},
		{"golang", "", 1, "names no version of golang"},
		{"golang #1.22", "", 1, "names no version of golang"},
		{"go path:~/go", "", 1, `"path:~/go" is not a release of Go, and gsw has nothing else`},
		{"golang ref:master 1.22.3", "", 1, `"ref:master" is not a release of Go, and gsw has nothing else`},
	} {
		p, err := parseToolVersions([]byte(test.data))
		if err == nil {
			err = errors.New("")
		}
		if test.err == "" && p.text != test.text || p.line != test.line || err.Error() != test.err {
			t.Errorf("%q: %+v, %v; want %q in line %d, %s", test.data, p, err, test.text, test.line, test.err)
		}
	}
}

func TestParseModFile(t *testing.T) {
	for _, test := range []struct {
		name, data         string
		goText             string
		goLine             int
		toolchain          string
		toolchainLine      int
		toolchainSpec, err string
	}{
		{name: "ordinary", data: "module m\n\ngo 1.22.0\n\ntoolchain go1.22.3\n", goText: "1.22.0", goLine: 3, toolchain: "go1.22.3", toolchainLine: 5, toolchainSpec: "go1.22.3"},
		{name: "CRLF and comments", data: "// go 1.1\r\nmodule m // go 1.2\r\n\tgo  1.22 // indirect\r\ntoolchain\tgo1.22.3//x\r\n", goText: "1.22", goLine: 3, toolchain: "go1.22.3", toolchainLine: 4, toolchainSpec: "go1.22.3"},
		{name: "last line", data: "require (\n\tx v1\n)\nrequire y v1\ngo 1.13", goText: "1.13", goLine: 5},
		{name: "quoted", data: "go \"1.22\"\ntoolchain `go1.22.3`", goText: "1.22", goLine: 1, toolchain: "go1.22.3", toolchainLine: 2, toolchainSpec: "go1.22.3"},
		{name: "in a block", data: "require ( // go\n\tgo 1.1\n\ttoolchain go1.1\n) // x\ngo 1.22\n", goText: "1.22", goLine: 5},
		{name: "an empty block", data: "require ()\ngo 1.22\n", goText: "1.22", goLine: 2},
		{name: "the first counts", data: "go 1.21\ngo 1.22\ntoolchain go1.21.1\ntoolchain go1.22.1", goText: "1.21", goLine: 1, toolchain: "go1.21.1", toolchainLine: 3, toolchainSpec: "go1.21.1"},
		{name: "other verbs", data: "godebug default=go1.21\ngopher 1.2\ngo1.22\ntoolchains go1.1\ngo", goLine: 0},
		{name: "default", data: "toolchain default", toolchain: "default", toolchainLine: 1},
		{name: "custom", data: "toolchain go1.22.3-corp", toolchain: "go1.22.3-corp", toolchainLine: 1, toolchainSpec: "go1.22.3"},
		{name: "experiments", data: "toolchain go1.22.3 X:rangefunc", toolchain: "go1.22.3 X:rangefunc", toolchainLine: 1, toolchainSpec: "go1.22.3"},
		{name: "not a toolchain", data: "toolchain 1.22.3", toolchain: "1.22.3", toolchainLine: 1, toolchainSpec: "1.22.3", err: `toolchain "1.22.3" is not the name of a toolchain`},
		{name: "BOM", data: "\xef\xbb\xbfgo 1.22", goText: "1.22", goLine: 1},
		{name: "an unclosed quote", data: "go \"1.22", goText: `"1.22`, goLine: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := parseModFile([]byte(test.data))
			if m.goVersion.text != test.goText || m.goVersion.line != test.goLine || m.toolchain.text != test.toolchain || m.toolchain.line != test.toolchainLine {
				t.Errorf("%+v", m)
			}
			p, err := m.pin()
			if err == nil {
				err = errors.New("")
			}
			if p.text != test.toolchainSpec || err.Error() != test.err {
				t.Errorf("pin %+v, %v", p, err)
			}
		})
	}
}

func TestReadBounds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	for size, fails := range map[int]bool{0: false, 1023: false, 1024: false, 1025: true, 5000: true} {
		if err := os.WriteFile(file, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
		data, err := read(file, 1024)
		if (err != nil) != fails || err == nil && (data == nil || len(data) != size) {
			t.Errorf("%d bytes: %d, %v", size, len(data), err)
		}
	}
	if data, err := read(file+".absent", 1024); data != nil || err != nil {
		t.Errorf("an absent file: %v, %v", data, err)
	}
}

func FuzzParseVersionFile(f *testing.F) {
	for _, s := range []string{"1.22.3", "\xef\xbb\xbf# x\r\n\r\n ~1.22 \r\n", "\xff\xfe1\x00.\x002\x002\x00", "", "#", "\n\n\n1.22\nx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseVersionFile(data)
		if (err == nil) != (p.text != "") || (p.line > 0) != (p.text != "") || strings.ContainsAny(p.text, "\n") {
			t.Fatalf("%+v, %v", p, err)
		}
		if err != nil {
			return
		}
		spec, err := gover.ParseSpec(p.text, nil)
		if err != nil {
			return
		}
		again, err := parseVersionFile([]byte(spec.String() + "\n"))
		if back, specErr := gover.ParseSpec(again.text, nil); err != nil || specErr != nil || back != spec {
			t.Fatalf("%q is written as %s and read as %+v, %v, %v", p.text, spec, again, err, specErr)
		}
	})
}

func FuzzParseToolVersions(f *testing.F) {
	for _, s := range []string{"golang 1.22.3 1.21", "go latest:1.22", "nodejs 1\n#\ngolang ref:x", "go", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseToolVersions(data)
		if p.line == 0 && (err != nil || p.text != "") || p.line > 0 && err == nil && p.text == "" && p.written == "" || strings.ContainsAny(p.text, " \t\r\n") {
			t.Fatalf("%+v, %v", p, err)
		}
	})
}

// For files the go command accepts, the lines found are those it finds.
func FuzzParseModFile(f *testing.F) {
	for _, s := range []string{
		"module m\n\ngo 1.22.0\n\ntoolchain go1.22.3\n", "// x\nmodule m // go 1.2\r\n\tgo  \"1.22\" // y\r\n", "module m\nrequire (\n\tx.y/z v1.0.0\n)\ngo 1.13",
		"module m\ngo `1.22`", "module m\nretract (\n v1.0.0 // go 1.1\n)\ntoolchain default", "module m\ngodebug (\n go=1 // )\n)\n go 1.20",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := parseModFile(data)
		if p, err := m.pin(); err == nil && p.text != "" {
			_, _ = gover.ParseSpec(p.text, nil)
		}
		parsed, err := modfile.Parse("go.mod", data, nil)
		if err != nil {
			return
		}
		var want modFile
		if parsed.Go != nil {
			want.goVersion = pin{text: parsed.Go.Version, line: parsed.Go.Syntax.Start.Line}
		}
		if parsed.Toolchain != nil {
			want.toolchain = pin{text: parsed.Toolchain.Name, line: parsed.Toolchain.Syntax.Start.Line}
		}
		if m != want {
			t.Fatalf("%q\n%+v\nthe go command reads %+v", data, m, want)
		}
	})
}
