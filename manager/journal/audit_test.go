package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// sample is a log of twelve lines, with its copy, and the lines.
func sample(t testing.TB) (one, two string, lines []string, head Head) {
	t.Helper()
	dir := t.TempDir()
	one, two = filepath.Join(dir, "one"), filepath.Join(dir, "two")
	j := open(t, one, two)
	for i := range 9 {
		add(t, j, Entry{Operation: "lookup", Module: "example.com/m", Version: fmt.Sprintf("v1.0.%d", i), Source: "origin", Status: 200})
	}
	head = closed(t, j)
	lines = slices.Collect(strings.Lines(read(t, one)))
	if len(lines) != 12 {
		t.Fatalf("%d lines", len(lines))
	}
	return one, two, lines, head
}

// forged are lines with a chain of their own: what one who can compute hashes puts in.
func forged(t testing.TB, n int) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	j := open(t, file)
	for range n {
		add(t, j, Entry{Operation: "lookup", Module: "example.com/forged"})
	}
	closed(t, j)
	return slices.Collect(strings.Lines(read(t, file)))
}

// Each kind of change is found, at its line, and makes no long list of findings.
func TestAuditFinds(t *testing.T) {
	file, _, lines, _ := sample(t)
	other := forged(t, 9)
	for _, test := range []struct {
		name string
		make func(l []string) []string
		want []string // LINE what
	}{
		{"nothing", func(l []string) []string { return l }, nil},
		{"changed", func(l []string) []string { l[4] = strings.Replace(l[4], "v1.0.2", "v1.0.9", 1); return l }, []string{"5 was changed"}},
		{"its hash changed", func(l []string) []string {
			i := strings.Index(l[4], hashKey) + len(hashKey)
			l[4] = l[4][:i] + "00" + l[4][i+2:]
			return l
		}, []string{"5 was changed"}},
		{"its number changed", func(l []string) []string { l[4] = strings.Replace(l[4], `"seq":5`, `"seq":7`, 1); return l }, []string{"5 was changed"}},
		{"two changed", func(l []string) []string {
			l[4], l[8] = strings.Replace(l[4], "v1", "v2", 1), strings.Replace(l[8], "v1", "v2", 1)
			return l
		}, []string{"5 was changed", "9 was changed"}},
		{"changed, with a hash that fits", func(l []string) []string { l[4] = rehashed(l[4], "v1.0.2", "v1.0.9"); return l }, []string{"6 is entry 6, but not the one that followed"}},
		{"written again from there on", func(l []string) []string { return append(l[:4], chainedOnto(l[3], l[4:])...) }, nil},
		{"dropped", func(l []string) []string { return slices.Delete(l, 4, 5) }, []string{"5 is entry 6: entry 5 is missing before it"}},
		{"many dropped", func(l []string) []string { return slices.Delete(l, 4, 8) }, []string{"5 is entry 9: entries 5 to 8 are missing"}},
		{"first dropped", func(l []string) []string { return l[1:] }, []string{"1 is entry 2: entry 1 is missing"}},
		{"reordered", func(l []string) []string { l[4], l[5] = l[5], l[4]; return l }, []string{"5 is entry 6: entry 5 is missing", "6 is entry 5, where entry 7 belongs"}},
		{"moved to the end", func(l []string) []string { return append(slices.Delete(slices.Clone(l), 4, 5), l[4]) }, []string{"5 is entry 6: entry 5 is missing", "12 is entry 5, where entry 13 belongs"}},
		{"twice", func(l []string) []string { return slices.Insert(l, 5, l[4]) }, []string{"6 is entry 5, where entry 6 belongs"}},
		{"inserted", func(l []string) []string { return slices.Insert(l, 4, other[4]) }, []string{"5 is entry 5, but not the one that followed", "6 is entry 5, where entry 6 belongs", "7 is entry 6, but not"}},
		{"inserted from nowhere", func(l []string) []string { return slices.Insert(l, 4, "hello\n") }, []string{"5 is not a line of a journal"}},
		{"an empty line", func(l []string) []string { return slices.Insert(l, 4, "\n") }, []string{"5 is not a line"}},
		{"exchanged for nothing", func(l []string) []string { l[4] = "hello\n"; return l }, []string{"5 is not a line"}},
		{"a long line", func(l []string) []string { return slices.Insert(l, 4, strings.Repeat("x", 3<<20)+"\n") }, []string{"5 is longer than any line"}},
		{"another log", func(l []string) []string { return append(l[:6], other[6:]...) }, []string{"7 is entry 7, but not"}},
		{"a half line", func(l []string) []string { l[11] = l[11][:50]; return l }, []string{"12 has no end"}},
		{"a line without its newline", func(l []string) []string { l[11] = strings.TrimSuffix(l[11], "\n"); return l }, []string{"12 has no end"}},
		{"two lines made one", func(l []string) []string { l[4] = strings.TrimSuffix(l[4], "\n"); return l }, []string{"5 was changed", "6 is entry 7: entry 6 is missing"}},
		{"carriage returns", func(l []string) []string { l[4] = strings.Replace(l[4], "\n", "\r\n", 1); return l }, []string{"5 is not a line"}},
		{"capital digits", func(l []string) []string {
			i := strings.Index(l[4], `"hash"`)
			l[4] = l[4][:i] + strings.NewReplacer("a", "A", "b", "B", "c", "C", "d", "D", "e", "E", "f", "F", `"hASh"`, `"hash"`).Replace(l[4][i:])
			return l
		}, []string{"5 is not a line"}},
		{"all dropped", func(l []string) []string { return nil }, []string{"0 holds no entry"}},
		{"the end cut off, which nothing but a copy or a head shows", func(l []string) []string { return l[:8] }, nil},
	} {
		write(t, file, strings.Join(test.make(slices.Clone(lines)), ""))
		a := audited(t, Inquiry{File: file})
		for i, f := range a.Findings {
			if got := fmt.Sprintf("%d %s", f.Line, f.What); i >= len(test.want) || !strings.HasPrefix(got, test.want[i]) || f.File != file {
				t.Errorf("%s: found %q, want %q", test.name, got, test.want)
			}
		}
		if len(a.Findings) < len(test.want) {
			t.Errorf("%s: %d findings, want %q", test.name, len(a.Findings), test.want)
		}
	}
}

// rehashed changes a line and gives it the hash it then has.
func rehashed(line, old, new string) string {
	line = strings.Replace(strings.TrimSuffix(line, "\n"), old, new, 1)
	return line[:len(line)-hashAt] + hashKey + hashOf([]byte(line)) + end + "\n"
}

// chainedOnto writes lines again, behind another one, as one does who can compute hashes.
func chainedOnto(last string, lines []string) (again []string) {
	before, _ := readLine([]byte(strings.TrimSuffix(last, "\n")))
	for _, l := range lines {
		here, _ := readLine([]byte(strings.TrimSuffix(l, "\n")))
		l = rehashed(strings.Replace(l, here.prev, before.hash, 1), "v1.0", "v6.6")
		before, _ = readLine([]byte(strings.TrimSuffix(l, "\n")))
		again = append(again, l)
	}
	return again
}

// Whatever single thing is done to a log is found, unless it is the end that is cut off between two lines; and that is,
// too, where there is a second copy or a head.
func TestAuditFindsEveryChange(t *testing.T) {
	one, two, lines, head := sample(t)
	whole := strings.Join(lines, "")
	checked := 0
	check := func(what, text string) {
		t.Helper()
		if err := os.Remove(one); err != nil { // to overwrite it would be to wait for the disk
			t.Fatal(err)
		}
		write(t, one, text)
		cut := strings.HasPrefix(whole, text) && strings.HasSuffix(text, "\n")
		if a := audited(t, Inquiry{File: one}); len(a.Findings) == 0 && !cut {
			t.Errorf("%s: not found", what)
		}
		if a := audited(t, Inquiry{File: one, Second: two}); len(a.Findings) == 0 {
			t.Errorf("%s: not found with the second copy", what)
		}
		if checked++; checked%5 > 0 && !cut {
			return
		}
		if a := audited(t, Inquiry{File: two, Second: one}); len(a.Findings) == 0 {
			t.Errorf("%s: not found in the second copy", what)
		}
		if a := audited(t, Inquiry{File: one, Heads: []string{head.Hash}}); len(a.Findings) == 0 {
			t.Errorf("%s: not found with the head", what)
		}
	}
	for i := range whole {
		if testing.Short() && i%63 > 0 {
			continue
		}
		bit := byte(1) << (i % 8)
		check(fmt.Sprintf("byte %d flipped", i), whole[:i]+string([]byte{whole[i] ^ bit})+whole[i+1:])
		if i%7 > 0 {
			continue
		}
		check(fmt.Sprintf("byte %d dropped", i), whole[:i]+whole[i+1:])
		check(fmt.Sprintf("a byte put in before %d", i), whole[:i]+"0"+whole[i:])
		check(fmt.Sprintf("cut off at %d", i), whole[:i])
	}
	last := 0
	for _, l := range lines[:11] {
		last += len(l)
		check(fmt.Sprintf("cut off at line end %d", last), whole[:last])
	}
	for i := range lines {
		for k := range lines {
			if i == k {
				continue
			}
			l := slices.Clone(lines)
			l[i], l[k] = l[k], l[i]
			check(fmt.Sprintf("%d and %d exchanged", i, k), strings.Join(l, ""))
			check(fmt.Sprintf("%d put in at %d", i, k), strings.Join(slices.Insert(slices.Clone(lines), k, lines[i]), ""))
			if i < k {
				check(fmt.Sprintf("%d to %d dropped", i, k), strings.Join(slices.Delete(slices.Clone(lines), i, k), ""))
			}
		}
	}
}

// Against one who writes a log again, hashes and all, only what he can't reach helps.
func TestAuditAgainstAnother(t *testing.T) {
	one, two, lines, head := sample(t)
	again := append(slices.Clone(lines[:4]), chainedOnto(lines[3], lines[4:])...)
	write(t, one, strings.Join(again, ""))
	unbroken(t, Inquiry{File: one}) // as it must be: the chain holds
	a := audited(t, Inquiry{File: one, Second: two})
	if len(a.Findings) != 1 || a.Findings[0].Line != 5 || !strings.Contains(a.Findings[0].What, "differs from "+one+":5") ||
		!strings.Contains(a.Findings[0].Evidence, "v6.6") {
		t.Errorf("%+v", a.Findings)
	}
	a = audited(t, Inquiry{File: one, Heads: []string{head.Hash}})
	if len(a.Findings) != 1 || !strings.Contains(a.Findings[0].What, head.Hash) {
		t.Errorf("%+v", a.Findings)
	}
	// An earlier head proves what it covers, and says nothing of what came later.
	early, _ := readLine([]byte(strings.TrimSuffix(lines[3], "\n")))
	unbroken(t, Inquiry{File: one, Heads: []string{early.hash}})

	write(t, one, strings.Join(lines[:8], ""))
	a = audited(t, Inquiry{File: one, Second: two})
	if len(a.Findings) != 1 || a.Findings[0].File != one || a.Findings[0].Line != 8 || !strings.Contains(a.Findings[0].What, two+":9") {
		t.Errorf("%+v", a.Findings)
	}
	write(t, one, strings.Join(lines, ""))
	write(t, two, strings.Join(lines[:8], ""))
	a = audited(t, Inquiry{File: one, Second: two})
	if len(a.Findings) != 1 || a.Findings[0].File != two || a.Findings[0].Line != 8 || a.Entries != 12 {
		t.Errorf("%+v", a)
	}
}

// Files that were moved away carry their chain on.
func TestAuditNumberedFiles(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	for i := range 3 {
		j := open(t, one, two)
		add(t, j, Entry{Operation: "lookup"})
		closed(t, j)
		if i < 2 {
			for _, file := range []string{one, two} {
				if err := os.Rename(file, fmt.Sprintf("%s.%d", file, 9+i)); err != nil { // 10 comes after 9
					t.Fatal(err)
				}
			}
		}
	}
	a := unbroken(t, Inquiry{File: one, Second: two})
	if a.First != 1 || a.Entries != 12 || len(a.Files) != 3 || a.Files[0] != one+".9" || a.Files[1] != one+".10" {
		t.Errorf("%+v", a)
	}
	if got := operations(entries(t, one)); got != "begun opened lookup closed continued opened lookup closed continued opened lookup closed" {
		t.Error(got)
	}
	found := func(want string, q Inquiry) {
		t.Helper()
		if a := audited(t, q); len(a.Findings) != 1 || !strings.Contains(a.Findings[0].What, want) {
			t.Errorf("%+v, want %s", a.Findings, want)
		}
	}
	// The end of an older file is cut off; a file in the middle, and the first one, are taken away.
	text := read(t, one+".10")
	write(t, one+".10", text[:strings.Index(text, "\n")+1])
	found("is entry 9: entries 6 to 8 are missing", Inquiry{File: one})
	if err := os.Rename(one+".10", filepath.Join(dir, "10")); err != nil {
		t.Fatal(err)
	}
	found("entries 5 to 8 are missing", Inquiry{File: one})
	if err := os.Rename(one+".9", filepath.Join(dir, "9")); err != nil {
		t.Fatal(err)
	}
	found("carries on the chain of an older file, with the entries up to 8", Inquiry{File: one})
	if a := unbroken(t, Inquiry{File: one, Partial: true}); a.First != 9 {
		t.Errorf("%+v", a)
	}
	// A line in the middle does not count as a beginning.
	text = read(t, one)
	write(t, one, text[strings.Index(text, "\n")+1:])
	found("is entry 10: entries 1 to 9 are missing", Inquiry{File: one, Partial: true})
}

// A log is audited while it is written: no half line, and no copy that lags behind, is taken for a change.
func TestAuditMeanwhile(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	j := open(t, one, two)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				if err := j.Add(Entry{Operation: "tile", Path: strings.Repeat("x", 1000)}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	written := make(chan struct{})
	go func() {
		all.Wait()
		close(written)
	}()
	last, during := int64(0), 0
	for done := false; !done; during++ {
		select {
		case <-written:
			done = true
		default:
		}
		a := unbroken(t, Inquiry{File: one, Second: two, Patience: time.Minute})
		if a.Head.Seq < last {
			t.Errorf("entry %d after %d", a.Head.Seq, last)
		}
		last = a.Head.Seq
		unbroken(t, Inquiry{File: one, Patience: time.Minute})
	}
	if closed(t, j); last != 2002 || during < 2 {
		t.Errorf("the last of %d audits ended with entry %d", during, last)
	}
}

func TestAuditFails(t *testing.T) {
	one, two, _, _ := sample(t)
	missing := filepath.Join(t.TempDir(), "missing")
	for _, q := range []Inquiry{{File: missing}, {File: one, Second: missing}, {File: t.TempDir()}, {File: one, Second: t.TempDir()}} {
		if a, err := Audit(t.Context(), q); err == nil {
			t.Errorf("%+v: %+v", q, a)
		}
	}
	stop := errors.New("stop")
	if _, err := Audit(t.Context(), Inquiry{File: one, Second: two, Each: func(string, int64, Entry) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Audit(over, Inquiry{File: one}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzAudit: a log that is not the one that was written is found, whatever was done to it, with a head; and an audit
// never fails over what a file holds.
func FuzzAudit(f *testing.F) {
	_, two, lines, head := sample(f)
	whole := strings.Join(lines, "")
	f.Add(whole)
	f.Add(strings.Join(slices.Concat(lines[:3], lines[4:]), ""))
	f.Add(strings.Join(forged(f, 3), ""))
	f.Add(strings.Repeat(lines[0], 3))
	f.Add("{\"seq\":1,\n\n{}")
	f.Add(strings.Repeat("\x00", 5000))
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "log")
		write(t, file, text)
		audited(t, Inquiry{File: file, Each: func(string, int64, Entry) error { return nil }})
		if a := audited(t, Inquiry{File: file, Heads: []string{head.Hash}}); len(a.Findings) == 0 && !strings.HasPrefix(text, whole) {
			t.Errorf("not found")
		}
		if a := audited(t, Inquiry{File: file, Second: two}); (len(a.Findings) == 0) != (text == whole) {
			t.Errorf("with a second copy: %+v", a.Findings)
		}
	})
}
