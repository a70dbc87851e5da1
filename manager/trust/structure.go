package trust

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gsw/manager/gover"
	"gsw/platform"
)

// A StructureError says what keeps a tree from being the toolchain it is taken for.
type StructureError struct {
	What string // what was looked at: "VERSION", "bin/go"
	Want string
	Have string
}

func (e *StructureError) Error() string {
	return fmt.Sprintf("%s is %s, not %s", e.What, e.Have, e.Want)
}

// Structure checks that the tree goroot calls itself v and is for t. It proves nothing about who made the tree; it
// keeps a genuine release from passing for another one, where a proof doesn't name the version.
func Structure(goroot string, v gover.Version, t platform.Target) error {
	have, err := versionFile(goroot)
	if err != nil {
		return structureFault("VERSION", "the file that says "+v.Tag(), err)
	}
	if have != v.Tag() {
		return &StructureError{What: "VERSION", Want: v.Tag(), Have: shown(have)}
	}
	tools := "pkg/tool/" + t.OS + "_" + t.Arch
	switch info, err := os.Stat(filepath.Join(goroot, filepath.FromSlash(tools))); {
	case err != nil:
		return structureFault(tools, "the folder with its tools", err)
	case !info.IsDir():
		return &StructureError{What: tools, Want: "the folder with its tools", Have: "a file"}
	}
	program := "bin/" + t.Exe("go")
	format, err := executableFormat(filepath.Join(goroot, filepath.FromSlash(program)))
	if err != nil {
		return structureFault(program, "a program", err)
	}
	if want := formatFor(t); format != want {
		return &StructureError{What: program, Want: want, Have: format}
	}
	return nil
}

// TargetOf tells which of some platforms the go command of a tree is for; the first if it is for none of them. It proves
// nothing: a hash that fits a platform's record does.
func TargetOf(goroot string, among []platform.Target) platform.Target {
	for _, t := range among {
		if format, err := executableFormat(filepath.Join(goroot, "bin", t.Exe("go"))); err == nil && format == formatFor(t) {
			return t
		}
	}
	return among[0]
}

// structureFault tells an absent file, which is a fault of the tree, from one that can't be read.
func structureFault(what, want string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &StructureError{What: what, Want: want, Have: "absent"}
	}
	return fmt.Errorf("checking %s: %w", what, err)
}

// versionFile is the first line of goroot's VERSION; from go1.21 on a second one has the time of the release.
func versionFile(goroot string) (string, error) {
	text, err := readStart(filepath.Join(goroot, "VERSION"), 1<<10)
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), err
}

// shown quotes what a strange file says, within bounds.
func shown(s string) string {
	if v, err := gover.Parse(s); err == nil && v.Tag() == s {
		return s
	}
	return fmt.Sprintf("%q", excerpt([]byte(s)))
}

func readStart(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// executableFormat names the format and processor of an executable from its first bytes. debug/elf and its like would
// read and check every section.
func executableFormat(path string) (string, error) {
	head, err := readStart(path, 4<<10)
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x7fELF")) && len(head) >= 20:
		return elfFormat(head), nil
	case bytes.HasPrefix(head, []byte("MZ")) && len(head) >= 0x40:
		return peFormat(head), nil
	case bytes.HasPrefix(head, []byte("\x01\xf7")):
		return "XCOFF for ppc64", nil
	case len(head) >= 8:
		return machoOrPlan9Format(head), nil
	}
	return "no executable", nil
}

// elfFormat reads e_ident and e_machine (System V ABI, chapter 4).
func elfFormat(head []byte) string {
	little := head[5] == 1
	machine := binary.BigEndian.Uint16(head[18:])
	if little {
		machine = binary.LittleEndian.Uint16(head[18:])
	}
	type kind struct {
		machine uint16
		class   byte // 1: 32 bits, 2: 64 bits
		little  bool
	}
	names := map[kind]string{
		{3, 1, true}: "386", {62, 2, true}: "amd64", {40, 1, true}: "arm", {183, 2, true}: "arm64",
		{8, 1, false}: "mips", {8, 1, true}: "mipsle", {8, 2, false}: "mips64", {8, 2, true}: "mips64le",
		{21, 2, false}: "ppc64", {21, 2, true}: "ppc64le", {243, 2, true}: "riscv64", {22, 2, false}: "s390x",
		{258, 2, true}: "loong64",
	}
	if name, ok := names[kind{machine, head[4], little}]; ok {
		return "ELF for " + name
	}
	return fmt.Sprintf("ELF for processor %d", machine)
}

// peFormat reads the COFF header's machine (Microsoft's PE format).
func peFormat(head []byte) string {
	at := int64(binary.LittleEndian.Uint32(head[0x3c:]))
	if at+6 > int64(len(head)) || string(head[at:at+4]) != "PE\x00\x00" {
		return "no executable"
	}
	machine := binary.LittleEndian.Uint16(head[at+4:])
	names := map[uint16]string{0x14c: "386", 0x8664: "amd64", 0x1c4: "arm", 0xaa64: "arm64"}
	if name, ok := names[machine]; ok {
		return "PE for " + name
	}
	return fmt.Sprintf("PE for processor %#x", machine)
}

// machoOrPlan9Format reads a Mach-O header (mach-o/loader.h) or the magic number of Plan 9's a.out(6).
func machoOrPlan9Format(head []byte) string {
	magic, processor := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
	if magic == 0xfeedface || magic == 0xfeedfacf {
		names := map[uint32]string{7: "386", 0x01000007: "amd64", 12: "arm", 0x0100000c: "arm64"}
		if name, ok := names[processor]; ok {
			return "Mach-O for " + name
		}
		return fmt.Sprintf("Mach-O for processor %#x", processor)
	}
	names := map[uint32]string{0x1eb: "386", 0x8a97: "amd64", 0x647: "arm"}
	if name, ok := names[binary.BigEndian.Uint32(head)]; ok {
		return "Plan 9 a.out for " + name
	}
	return "no executable"
}

// formatFor is what executableFormat says of a program for t.
func formatFor(t platform.Target) string {
	switch t.OS {
	case "windows":
		return "PE for " + t.Arch
	case "darwin", "ios":
		return "Mach-O for " + t.Arch
	case "plan9":
		return "Plan 9 a.out for " + t.Arch
	case "aix":
		return "XCOFF for " + t.Arch
	}
	return "ELF for " + t.Arch
}
