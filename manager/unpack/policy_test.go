package unpack

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	file := func(names ...string) []entry {
		var es []entry
		for _, n := range names {
			e := entry{name: n, kind: aFile, size: 1}
			if strings.HasSuffix(n, "/") {
				e.kind, e.size = aFolder, 0
			}
			es = append(es, e)
		}
		return es
	}
	sized := func(sizes ...int64) []entry {
		var es []entry
		for i, size := range sizes {
			es = append(es, entry{name: "go/f" + string(rune('a'+i)), kind: aFile, size: size})
		}
		return es
	}
	deep := strings.Repeat("d/", maxDepth)
	for _, test := range []struct {
		name    string
		entries []entry
		says    string // of the last entry; the others must pass
	}{
		{"folders may come again", file("go/", "go/bin/", "go/bin/go", "go/bin/"), ""},
		{"a folder known from its file", file("go/bin/go", "go/bin/"), ""},
		{"non-ASCII", file("go/test/Äfoo.go", "go/test/Ämain.go"), ""},
		{"odd but harmless", file("go/a b", "go/-x", "go/.x", "go/~", "go/com10", "go/console", "go/a..b", "go/...x"), ""},
		{"as deep as may be", file("go/" + deep + "f"), `it lies more than 24 folders deep`},
		{"one less", file("go/" + deep[2:] + "f"), ""},
		{"as long as may be", file("go/" + strings.Repeat("x", maxPath)), ""},
		{"one more", file("go/" + strings.Repeat("x", maxPath+1)), "its path is longer than 240 bytes"},
		{"far more", file("go/" + strings.Repeat("x", 1<<16)), "its path is longer than 240 bytes"},
		{"no name", file(""), "it has no name"},
		{"not UTF-8", file("go/\xff"), "its name is not UTF-8"},
		{"the prefix as a file", file("go"), "it does not lie below go/"},
		{"prefix of the prefix", file("gopher/x"), "it does not lie below go/"},
		{"another case of the prefix", file("Go/x"), "it does not lie below go/"},
		{"dot", file("./go/x"), "its path is not clean"},
		{"dot inside", file("go/./x"), "its path is not clean"},
		{"dot dot at the end", file("go/.."), "its path leads out of the folder"},
		{"dot dot inside", file("go/a/../b"), "its path leads out of the folder"},
		{"empty part", file("go//x"), "its path is not clean"},
		{"a file with a slash at its end", []entry{{name: "go/x/", kind: aFile}}, "its path is not clean"},
		{"two slashes", file("go/x//"), "its path is not clean"},
		{"trailing blank in a folder", file("go/a /b"), "a name may not end in a dot or blank"},
		{"right-to-left override", file("go/\u202etxt.exe"), `'\u202e' may not be in a name`},
		{"zero width", file("go/a\u200bb"), `'\u200b' may not be in a name`},
		{"NUL", file("go/a\x00b"), `'\x00' may not be in a name`},
		{"device with extension", file("go/NUL.tar.gz"), `"NUL.tar.gz" is a device on Windows`},
		{"device with blank", file("go/con .txt"), `"con .txt" is a device on Windows`},
		{"device as folder", file("go/lpt1/x"), `"lpt1" is a device on Windows`},
		{"superscript device", file("go/COM²"), `"COM\u00b2" is a device on Windows`},
		{"case of a folder", file("go/Bin/a", "go/bin/b"), `on some systems its name is the same as that of "Bin"`},
		{"case of a file", file("go/a", "go/A"), `on some systems its name is the same as that of "a"`},
		{"full case folding", file("go/straße", "go/STRASSE"), `on some systems its name is the same as that of "stra\u00dfe"`},
		{"Kelvin", file("go/k", "go/\u212a"), `on some systems its name is the same as that of "k"`},
		{"a folder over a file", file("go/a", "go/a/"), `"a" is both a file and a folder`},
		{"a file over a folder", file("go/a/b", "go/a"), `"a" is both a file and a folder`},
		{"a file at its limit", sized(maxFile), ""},
		{"a file above it", sized(maxFile + 1), "536870913 bytes are more than the 512 MiB that a file may have"},
		{"10 GB", sized(10 << 30), "10737418240 bytes are more than the 512 MiB that a file may have"},
		{"a negative size", sized(-1), "-1 bytes are more than the 512 MiB that a file may have"},
		{"all at their limit", sized(maxFile, maxFile, maxFile, maxFile), ""},
		{"and one more byte", sized(maxFile, maxFile, maxFile, maxFile, 1), "with it the archive unpacks to more than 2048 MiB"},
		{"a setgid file", []entry{{name: "go/x", kind: aFile, setid: true}}, "it has the setuid, setgid or sticky bit"},
		{"a setgid folder", []entry{{name: "go/x/", kind: aFolder, setid: true}}, ""},
		{"a folder with content", []entry{{name: "go/x/", kind: aFolder, size: 3}}, "it is a folder with content"},
		{"a socket", []entry{{name: "go/x", kind: aSocket}}, "it is a socket; an archive of Go holds only files and folders"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPolicy("go")
			for i, e := range test.entries {
				_, err := p.admit(e)
				says := ""
				if err != nil {
					says = err.(*PolicyError).Reason
				}
				if i < len(test.entries)-1 && says != "" {
					t.Fatalf("%q: %s", e.name, says)
				}
				if i == len(test.entries)-1 && says != test.says {
					t.Errorf("%q: %q, want %q", e.name, says, test.says)
				}
			}
		})
	}
}

func TestModulePolicy(t *testing.T) {
	const prefix = "golang.org/toolchain@v0.0.1-go1.22.3.linux-amd64/"
	p := newPolicy(prefix)
	p.module = true
	for name, want := range map[string]string{"src/_go.mod": "src/go.mod", "VERSION": "VERSION", "x_go.mod": "x_go.mod"} {
		if got, err := p.admit(entry{name: prefix + name, kind: aFile}); err != nil || got.path != want {
			t.Errorf("%s becomes %q (%v), want %q", name, got.path, err, want)
		}
	}
	if _, err := p.admit(entry{name: prefix + "src/go.mod", kind: aFile}); err == nil {
		t.Error("both src/_go.mod and src/go.mod are admitted")
	}
}

func TestExecutableByName(t *testing.T) {
	for name, want := range map[string]bool{
		"bin/go": true, "bin/gofmt": true, "pkg/tool/linux_amd64/vet": true, "src/make.bash": true, "src/run.rc": true,
		"lib/wasm/go_js_wasm_exec": true, "misc/android/go_android_arm_exec": true, "src/bin/go": false, "go_exec": false,
		"src/os/exec.go": false, "bin": false, "VERSION": false, "pkg/include/asm_amd64.h": false,
	} {
		if got := executableByName(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzEntryName: whatever is admitted stays below its folder, on every system, and can be
// told from everything admitted before.
func FuzzEntryName(f *testing.F) {
	for _, name := range []string{
		"go/bin/go", "go/../x", "/go", "go//", "go/a\\b", "go/C:x", "go/\u00e9", "go/e\u0301", "go/NUL", "go/x.", "go/\u2126",
		"go/İ", "go/ı", "go/ﬁ", "go/FI", "go/\ufb01", "go/..\u2215x", "go/a/b/c/../../../..",
	} {
		f.Add(name, "go/bin/gofmt", false)
		f.Add("go/BIN", name, true)
	}
	f.Fuzz(func(t *testing.T, first, second string, dir bool) {
		p := newPolicy("go")
		var paths []string
		for _, e := range []entry{{name: first, kind: aFile}, {name: second, kind: aFile}} {
			if dir {
				e.kind = aFolder
			}
			pl, err := p.admit(e)
			if err != nil || pl.path == "" {
				continue
			}
			if strings.TrimSuffix(e.name, "/") != "go/"+pl.path {
				t.Errorf("%q becomes %q", e.name, pl.path)
			}
			if !filepath.IsLocal(filepath.FromSlash(pl.path)) || strings.ContainsAny(pl.path, "\\:\x00\n") || len(pl.path) > maxPath {
				t.Errorf("%q is admitted as %q", e.name, pl.path)
			}
			paths = append(paths, pl.path)
		}
		if len(paths) == 2 && !dir && strings.EqualFold(paths[0], paths[1]) {
			t.Errorf("%q and %q are both admitted", paths[0], paths[1])
		}
	})
}
