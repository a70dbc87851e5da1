package trust

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"gsw/manager/gover"
	"gsw/platform"
)

const (
	sumA  = "8920ea521bad8f6b7bc377b4824982e011c19af27df88a815e3586ea895f1b36"
	sumB  = "63d339f0da5ab53635a56f2490a7984dfe12dfcff22ad749f63edaf590168445"
	treeA = "h1:LqXmlW4rn/rqR5z8Sz3hri+dYqwQ73YKgkSjm31jRFM="
	treeB = "h1:3KdvVGC+x7YH2ZhgsiqdUmmrciX/uMjuuaAzbLiYgfk="
)

func TestLockText(t *testing.T) {
	file := LockFile{Name: "gsw.lock"}
	for _, e := range []LockEntry{
		{Version: go1223, Target: platform.Target{OS: "windows", Arch: "amd64"}, Tree: treeB},
		{Version: go1223, Target: linux, SHA256: sumA},
		{Version: gover.MustParse("go1.20"), Target: linux, SHA256: sumB, Size: 12},
		{Version: go1223, Target: linux, Tree: treeA, SHA256: sumA, Size: 68964131, Record: 25587261},
	} {
		file = file.With(e)
	}
	const want = "# What this project accepts as Go. Every install of these versions must match; `gsw lock` writes it.\n" +
		"gsw.lock 1\n" +
		"go1.20 linux-amd64 sha256=" + sumB + " size=12\n" +
		"go1.22.3 linux-amd64 tree=" + treeA + " sha256=" + sumA + " size=68964131 record=25587261\n" +
		"go1.22.3 windows-amd64 tree=" + treeB + "\n"
	if got := string(file.Text()); got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
	windows := "\ufeff\r\n" + strings.ReplaceAll(want, "\n", "\r\n")
	read, err := ParseLock("gsw.lock", []byte(windows))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(read.Text()); got != want {
		t.Errorf("read back:\n%s\nwant:\n%s", got, want)
	}
}

func TestParseLockErrors(t *testing.T) {
	const header = "gsw.lock 1\n"
	const line = "go1.22.3 linux-amd64 "
	tests := []struct{ text, want string }{
		{"", `gsw.lock:1: a gsw.lock begins with the line "gsw.lock 1"`},
		{"# nothing\n\n", `gsw.lock:2: a gsw.lock begins with the line "gsw.lock 1"`},
		{"\ngsw.lock 2\n", `gsw.lock:2: "gsw.lock 2": a gsw.lock begins with the line "gsw.lock 1"`},
		{header + "go1.22.3 linux-amd64", `gsw.lock:2: "go1.22.3 linux-amd64": want a version, a platform and what they must match, like "go1.22.3 linux-amd64 tree=h1:…"`},
		{header + "1.22.3 linux-amd64 x", `gsw.lock:2: "1.22.3" is not the published name of a version, like "go1.22.3"`},
		{header + "go1.22 linux-amd64 x", `gsw.lock:2: "go1.22" is not the published name of a version, like "go1.22.3"`},
		{header + "go1.22.3 ../x x", `gsw.lock:2: "../x" is not a platform, like "linux-amd64"`},
		{header + line + "tree=h1:x", `gsw.lock:2: "h1:x" is not a tree hash: want h1: and 44 base64 digits`},
		{header + line + "sha256=" + strings.ToUpper(sumA), `gsw.lock:2: "` + strings.ToUpper(sumA) + `" is not a SHA-256: want 64 lower-case hex digits`},
		{header + line + "sha256=", `gsw.lock:2: "" is not a SHA-256: want 64 lower-case hex digits`},
		{header + line + "size=-1", `gsw.lock:2: "-1" is not a size in bytes`},
		{header + line + "record=+7", `gsw.lock:2: "+7" is not the number of a record`},
		{header + line + "size=7 size=7", `gsw.lock:2: size= stands there twice`},
		{header + line + "shake=7", `gsw.lock:2: the field "shake" is not known here`},
		{header + line + "size=7", `gsw.lock:2: go1.22.3 for linux-amd64 has neither tree= nor sha256=`},
		{header + line + "tree=" + treeA + "\n#\n" + line + "tree=" + treeB, `gsw.lock:4: go1.22.3 for linux-amd64 stands in line 2 already`},
		{header + "\xff", `gsw.lock:2: not UTF-8 text`},
	}
	for _, test := range tests {
		_, err := ParseLock("gsw.lock", []byte(test.text))
		var syntax *LockSyntaxError
		if !errors.As(err, &syntax) || err.Error() != test.want {
			t.Errorf("%q:\n%v\nwant\n%s", test.text, err, test.want)
		}
	}
}

// FuzzParseLock: what is accepted prints, and what is printed parses back to the same.
func FuzzParseLock(f *testing.F) {
	f.Add([]byte("gsw.lock 1\ngo1.22.3 linux-amd64 tree=" + treeA + " sha256=" + sumA + " size=68964131 record=25587261\n"))
	f.Add([]byte("\ufeff# x\r\n\r\ngsw.lock 1\r\ngo1.20 windows-386 sha256=" + sumB + "\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := ParseLock("gsw.lock", data)
		if err != nil {
			return
		}
		text := first.Text()
		second, err := ParseLock("gsw.lock", text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if again := second.Text(); !bytes.Equal(text, again) {
			t.Fatalf("%q\n%q", text, again)
		}
		for _, e := range first.Entries {
			found, ok := second.Find(e.Version, e.Target)
			e.Line, found.Line = 0, 0
			if !ok || e != found {
				t.Fatalf("%+v became %+v", e, found)
			}
		}
	})
}

// word is what a party said: its claim or its error.
func wordOf(proof Proof, err error) string {
	if err != nil {
		if !reflect.ValueOf(proof).IsZero() {
			return "a proof and an error"
		}
		return err.Error()
	}
	return proof.Party + " proves: " + proof.Claim
}

func TestLockVouch(t *testing.T) {
	file, err := ParseLock("app/gsw.lock", []byte("gsw.lock 1\n"+
		"go1.22.3 linux-amd64 tree="+treeA+" sha256="+sumA+" size=7\n"+
		"go1.22.4 linux-amd64 tree="+treeA+"\n"+
		"go1.22.5 linux-amd64 sha256="+sumA+"\n"+
		"go1.20 linux-amd64 tree="+treeA+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := ParseSum("  " + strings.ToUpper(sumA) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	subject := func(version, source, sha256, tree string) Subject {
		return Subject{Version: gover.MustParse(version), Target: linux, Source: source, SHA256: sha256, Size: 7, Tree: tree}
	}
	const not = " for linux-amd64 is not the release: "
	tests := []struct {
		party   Party
		subject Subject
		want    string
	}{
		{Lock{file}, subject("go1.22.3", SourceDL, sumA, treeA), "lock proves: app/gsw.lock:2 names SHA-256 " + sumA + " and tree " + treeA},
		{Lock{file}, subject("go1.22.3", SourceDL, sumB, treeA), "go1.22.3" + not + "the SHA-256 of the archive is " + sumB + ", but lock says " + sumA + " (app/gsw.lock:2)"},
		{Lock{file}, subject("go1.22.3", SourceDL, sumA, treeB), "go1.22.3" + not + "the hash of its files is " + treeB + ", but lock says " + treeA + " (app/gsw.lock:2)"},
		{Lock{file}, Subject{Version: go1223, Target: linux, Source: SourceDL, SHA256: sumA, Size: 8}, "go1.22.3" + not + "the size of the archive is 8, but lock says 7 (app/gsw.lock:2)"},
		{Lock{file}, subject("go1.22.3", SourceModule, sumB, treeA), "lock proves: app/gsw.lock:2 names tree " + treeA},
		{Lock{file}, subject("go1.22.3", SourceModule, sumB, treeB), "go1.22.3" + not + "the hash of its files is " + treeB + ", but lock says " + treeA + " (app/gsw.lock:2)"},
		{Lock{file}, subject("go1.22.3", SourceFile, sumB, treeA), "lock proves: app/gsw.lock:2 names tree " + treeA},
		{Lock{file}, subject("go1.22.3", "", "", treeA), "lock proves: app/gsw.lock:2 names tree " + treeA},
		{Lock{file}, subject("go1.22.4", SourceDL, sumB, treeA), "lock proves: app/gsw.lock:3 names tree " + treeA},
		{Lock{file}, subject("go1.22.5", SourceDL, sumA, treeB), "lock proves: app/gsw.lock:4 names SHA-256 " + sumA},
		{Lock{file}, subject("go1.22.5", SourceFile, sumB, treeB), "go1.22.5" + not + "the SHA-256 of the archive is " + sumB + ", but lock says " + sumA + " (app/gsw.lock:4)"},
		{Lock{file}, subject("go1.22.5", SourceModule, sumB, treeB), "lock: app/gsw.lock:4 names nothing that was measured"},
		{Lock{file}, subject("go1.20", SourceDL, sumB, treeB), "lock: app/gsw.lock:5 names the files of the module; archives before go1.21 were built separately"},
		{Lock{file}, subject("go1.22.6", SourceDL, sumA, treeA), "lock: app/gsw.lock does not name go1.22.6 for linux-amd64"},
		{sum, subject("go1.22.3", SourceFile, sumA, treeB), "lock proves: --sha256 names SHA-256 " + sumA},
		{sum, subject("go1.22.3", SourceModule, sumB, treeB), "go1.22.3" + not + "the SHA-256 of the archive is " + sumB + ", but lock says " + sumA + " (--sha256)"},
		{sum, subject("go1.22.3", "", "", treeB), "lock: there is no archive to compare with --sha256"},

		{Index{Place: "https://go.dev/dl", Origin: true, SHA256: sumA, Size: 7}, subject("go1.22.3", SourceDL, sumA, treeA), "index proves: https://go.dev/dl lists SHA-256 " + sumA + " for the archive"},
		{Index{Place: "https://go.dev/dl", Origin: true, SHA256: sumB, Size: 7}, subject("go1.22.3", SourceDL, sumA, treeA), "go1.22.3" + not + "the SHA-256 of the archive is " + sumA + ", but index says " + sumB + " (https://go.dev/dl)"},
		{Index{Place: "https://go.dev/dl", Origin: true, SHA256: sumA, Size: 8}, subject("go1.22.3", SourceDL, sumA, treeA), "go1.22.3" + not + "the size of the archive is 7, but index says 8 (https://go.dev/dl)"},
		{Index{Place: "https://go.dev/dl", Origin: true}, subject("go1.22.3", SourceDL, sumA, treeA), "index: https://go.dev/dl has no SHA-256 for this archive"},
		{Index{Place: "https://mirror.example", SHA256: sumA}, subject("go1.22.3", SourceDL, sumA, treeA), "index: the index came from the mirror that served the archive, https://mirror.example"},
		{Index{Place: "https://mirror.example", SHA256: sumB}, subject("go1.22.3", SourceDL, sumA, treeA), "go1.22.3" + not + "the SHA-256 of the archive is " + sumA + ", but index says " + sumB + " (https://mirror.example)"},
		{Index{Place: "https://go.dev/dl", Origin: true, SHA256: sumA}, subject("go1.22.3", SourceModule, sumA, treeA), "index: it lists archives, not modules"},
		{Index{Place: "https://go.dev/dl", Origin: true, SHA256: sumA}, subject("go1.22.3", SourceDL, "", treeA), "index: there is no archive to compare"},
	}
	for _, test := range tests {
		if got := wordOf(test.party.Vouch(t.Context(), test.subject)); got != test.want {
			t.Errorf("%s, %s, %s:\n%s\nwant\n%s", test.party.Name(), test.subject, test.subject.Source, got, test.want)
		}
	}
	if _, err := ParseSum("h1:x"); err == nil || err.Error() != `"h1:x" is not a SHA-256: want 64 hex digits` {
		t.Error(err)
	}
}
