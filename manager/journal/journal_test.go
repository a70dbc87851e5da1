package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/platform/platformtest"
)

// clock is a clock that always shows the same.
func clock() time.Time { return time.Date(2026, 11, 23, 3, 4, 5, 678901234, time.FixedZone("", 3600)) }

func open(t testing.TB, files ...string) *Journal {
	t.Helper()
	j, err := Open(clock, files...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func add(t testing.TB, j *Journal, e Entry) {
	t.Helper()
	if err := j.Add(e); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, j *Journal) Head {
	t.Helper()
	h, err := j.Close()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// audited audits without waiting for anybody.
func audited(t testing.TB, q Inquiry) Audited {
	t.Helper()
	a, err := Audit(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// unbroken fails for a log with which something is wrong.
func unbroken(t testing.TB, q Inquiry) Audited {
	t.Helper()
	a := audited(t, q)
	for _, f := range a.Findings {
		t.Errorf("%s:%d %s\n%s", f.File, f.Line, f.What, f.Evidence)
	}
	return a
}

// entries are those of a log, with their operations alone if they are the journal's own.
func entries(t testing.TB, file string) (all []Entry) {
	t.Helper()
	unbroken(t, Inquiry{File: file, Each: func(_ string, _ int64, e Entry) error {
		all = append(all, e)
		return nil
	}})
	return all
}

func operations(all []Entry) string {
	var names []string
	for _, e := range all {
		names = append(names, e.Operation)
	}
	return strings.Join(names, " ")
}

func TestLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	j := open(t, file)
	want := Entry{Seq: 3, Time: clock().UTC().Truncate(time.Microsecond), Operation: "lookup", Module: "golang.org/toolchain",
		Version: "v0.0.1-go1.22.3.linux-amd64", Go: "go1.22", Source: "origin", Status: 200, Client: "192.0.2.7"}
	add(t, j, want)
	head := closed(t, j)
	all := entries(t, file)
	if got := operations(all); got != "begun opened lookup closed" {
		t.Fatal(got)
	}
	if all[2] != want {
		t.Errorf("read back as %+v, want %+v", all[2], want)
	}
	lines := strings.Split(read(t, file), "\n")
	const text = `{"seq":3,"time":"2026-11-23T02:04:05.678901Z","operation":"lookup","module":"golang.org/toolchain",` +
		`"version":"v0.0.1-go1.22.3.linux-amd64","go":"go1.22","source":"origin","status":200,"client":"192.0.2.7","prev":"`
	if !strings.HasPrefix(lines[2], text) {
		t.Errorf("line 3 is %s", lines[2])
	}
	if !strings.HasSuffix(lines[3], `,"hash":"`+head.Hash+`"}`) || head.Seq != 4 {
		t.Errorf("line 4 is %s, the head %v", lines[3], head)
	}
	info, err := os.Stat(file)
	// Windows: who may read it the folder says.
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read who asked for what: %v, %v", info.Mode(), err)
	}
}

// Whatever a client sends stays inside of its field, and reads back as it was.
func TestNoInjection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	j := open(t, file)
	texts := []string{"a\nb", "a\r\n{\"seq\":1}", `","hash":"`, "\x00\x1b[2J\x7f", "\u0085\u2028\u009b", "日本 😀", `\`, `\u0041`, "<&>", "\ufffd"}
	for _, text := range texts {
		add(t, j, Entry{Operation: "lookup", Module: text, Version: text, Path: text, Go: text, Source: text, Reason: text, Client: text})
	}
	add(t, j, Entry{Operation: "lookup", Path: "a\xffb"})
	add(t, j, Entry{Operation: "lookup", Path: "a\xfeb"})
	add(t, j, Entry{Operation: "lookup", Path: strings.Repeat("é", 1<<20), Reason: strings.Repeat("\x00", 1<<20)})
	closed(t, j)
	for _, b := range []byte(read(t, file)) {
		if b != '\n' && (b < ' ' || b > '~') {
			t.Fatalf("the log has a byte %#x", b)
		}
	}
	all := entries(t, file)
	for i, text := range texts {
		if e := all[2+i]; e.Module != text || e.Reason != text || e.Client != text {
			t.Errorf("%q read back as %q", text, e.Module)
		}
	}
	rest := all[2+len(texts):]
	if a, b := rest[0].Path, rest[1].Path; a != `"a\xffb"` || b != `"a\xfeb"` {
		t.Errorf("no UTF-8: %s, %s", a, b)
	}
	if p := rest[2].Path; len(p) > longText || !strings.HasSuffix(p, "é… (2097152 bytes)") {
		t.Errorf("cut to %q", p)
	}
	if n := len(strings.Split(read(t, file), "\n")[2+len(texts)+2]); n > longest {
		t.Errorf("a line of %d bytes, more than %d", n, longest)
	}
}

func TestTogether(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	j := open(t, one, two)
	var all sync.WaitGroup
	for g := range 32 {
		all.Go(func() {
			for i := range 50 {
				if err := j.Add(Entry{Operation: "tile", Path: fmt.Sprint(g, "/", i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := strings.Count(read(t, one), "\n"); n != 2+32*50 {
		t.Errorf("%d lines before the end", n)
	}
	head := closed(t, j)
	a := unbroken(t, Inquiry{File: one, Second: two, Heads: []string{head.Hash}})
	if a.Entries != 3+32*50 || a.Head != head || a.First != 1 {
		t.Errorf("%+v, head %v", a, head)
	}
	if read(t, one) != read(t, two) {
		t.Error("the two files differ")
	}
	seen := map[string]bool{}
	for _, e := range entries(t, one) {
		if e.Operation == "tile" && seen[e.Path] {
			t.Errorf("%s twice", e.Path)
		}
		seen[e.Path] = true
	}
}

func TestCarriedOn(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	for range 3 {
		j := open(t, one, two)
		add(t, j, Entry{Operation: "lookup"})
		closed(t, j)
	}
	if got := operations(entries(t, one)); got != "begun opened lookup closed opened lookup closed opened lookup closed" {
		t.Error(got)
	}
	unbroken(t, Inquiry{File: one, Second: two})
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	one, two, three := filepath.Join(dir, "one"), filepath.Join(dir, "two"), filepath.Join(dir, "three")
	j := open(t, one, two)
	var locked *LockedError
	for _, files := range [][]string{{one}, {two}, {three, one}, {two, one}} {
		if _, err := Open(clock, files...); !errors.As(err, &locked) {
			t.Errorf("%v: %v", files, err)
		}
	}
	if platformtest.Symlink(t, one, filepath.Join(dir, "link")) {
		if _, err := Open(clock, filepath.Join(dir, "link")); !errors.As(err, &locked) {
			t.Errorf("by another name: %v", err)
		}
	}
	closed(t, j)
	closed(t, open(t, two, one))
	if _, err := Open(clock, one, one); err == nil {
		t.Error("the same file twice")
	}
	if err := os.Link(one, filepath.Join(dir, "hard")); err == nil {
		if _, err := Open(clock, one, filepath.Join(dir, "hard")); err == nil || !strings.Contains(err.Error(), "are one") {
			t.Errorf("the same file by two names: %v", err)
		}
	}
	if _, err := Open(clock); err == nil {
		t.Error("no file")
	}
	if _, err := Open(clock, dir); err == nil {
		t.Error("a folder")
	}
}

func TestClosed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	j := open(t, file)
	first := closed(t, j)
	if again := closed(t, j); again != first {
		t.Errorf("%v, then %v", first, again)
	}
	if err := j.Add(Entry{Operation: "lookup"}); !errors.Is(err, errClosed) {
		t.Errorf("added after the end: %v", err)
	}
	unbroken(t, Inquiry{File: file, Heads: []string{first.Hash}})
}

// Those who add while it is closed get an error or are in the log.
func TestClosedMeanwhile(t *testing.T) {
	for range 20 {
		file := filepath.Join(t.TempDir(), "log")
		j := open(t, file)
		var all sync.WaitGroup
		var mu sync.Mutex
		added := 0
		for range 8 {
			all.Go(func() {
				for j.Add(Entry{Operation: "tile"}) == nil {
					mu.Lock()
					added++
					mu.Unlock()
				}
			})
		}
		all.Go(func() {
			if _, err := j.Close(); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if n := bytes.Count([]byte(read(t, file)), []byte(`"operation":"tile"`)); n != added {
			t.Errorf("%d of %d", n, added)
		}
		unbroken(t, Inquiry{File: file})
	}
}
