package journal

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A half line that a killed process or a power loss left is kept, told of, and not in the way.
func TestHalfLine(t *testing.T) {
	for _, half := range []string{`{"seq":5,"time":"2026-`, "{", strings.Repeat("\x00", 4096), strings.Repeat("x", 3<<20)} {
		dir := t.TempDir()
		file := filepath.Join(dir, "log")
		closed(t, open(t, file))
		whole := read(t, file)
		write(t, file, whole+half)
		closed(t, open(t, file))
		if !strings.HasPrefix(read(t, file), whole+`{"seq":4,`) {
			t.Error("what was there is changed")
		}
		if got := read(t, file+".torn"); got != half+"\n" {
			t.Errorf("%.20q is kept as %.20q", half, got)
		}
		all := entries(t, file)
		if got := operations(all); got != "begun opened closed opened recovered closed" {
			t.Error(got)
		}
		if want := fmt.Sprintf("log ended in a half line of %d bytes, kept in log.torn: ", len(half)); !strings.HasPrefix(all[4].Reason, want) {
			t.Errorf("%.100q, want %q", all[4].Reason, want)
		}
	}
}

// What one file lacks at its end comes from the other.
func TestUneven(t *testing.T) {
	one, two, lines, _ := sample(t)
	whole := strings.Join(lines, "")
	for _, test := range []struct{ one, two, want string }{
		{whole, strings.Join(lines[:8], ""), "entries 9 to 12 were missing at the end of two: copied from one"},
		{strings.Join(lines[:8], ""), whole, "entries 9 to 12 were missing at the end of one: copied from two"},
		{whole, "", "entries 1 to 12 were missing at the end of two: copied from one"},
		{whole, strings.Join(lines[:8], "") + lines[8][:70], "two ended in a half line of 70 bytes, kept in two.torn"},
		{whole + "{", strings.Join(lines[:8], "") + lines[8][:70], "one ended in a half line of 1 bytes"},
		{whole + "{", whole, "one ended in a half line of 1 bytes"},
		{whole + "{", whole + `{"seq":13`, "two ended in a half line of 9 bytes"},
	} {
		write(t, one, test.one)
		write(t, two, test.two)
		closed(t, open(t, one, two))
		a := unbroken(t, Inquiry{File: one, Second: two})
		if got := read(t, one); !strings.HasPrefix(got, whole) || a.Head.Seq < 15 {
			t.Errorf("%q: not all that was in one of the files is there", test.want)
		}
		reasons := ""
		for _, e := range entries(t, one) {
			reasons += e.Reason + "\n"
		}
		if !strings.Contains(reasons, test.want) {
			t.Errorf("%q is not what the log tells: %s", test.want, reasons)
		}
	}
}

// An end that no journal left there is not carried on, and stays as it is.
func TestBroken(t *testing.T) {
	one, two, lines, _ := sample(t)
	whole := strings.Join(lines, "")
	again := strings.Join(append(append([]string{}, lines[:4]...), chainedOnto(lines[3], lines[4:])...), "")
	for _, test := range []struct{ one, two, want string }{
		{strings.Replace(whole, "v1.0.8", "v1.0.7", 1), "", "entry 11 at byte"},
		{strings.Join(append(append([]string{}, lines[:5]...), lines[6:]...), ""), "", "entry 7 at byte"},
		{whole + "hello\n", "", "is not a line of a journal"},
		{strings.Repeat("x", longest+1), "", "hold no line"},
		{whole, again, "one of both was changed"},
		{again, strings.Join(lines[:8], ""), "one of both was changed"},
	} {
		write(t, one, test.one)
		write(t, two, test.two)
		_, err := Open(clock, one, two)
		var broken *BrokenError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
		if read(t, one) != test.one || read(t, two) != test.two {
			t.Errorf("%q: a file was changed", test.want)
		}
	}
	// Nobody holds a lock of it afterwards.
	write(t, one, whole)
	write(t, two, whole)
	closed(t, open(t, one, two))
}

// disk is a file that can be made to fail.
type disk struct {
	mu          sync.Mutex
	text        []byte
	room        int // bytes that it takes; -1: any
	flush       error
	flushed     int
	flushedText int
}

func (d *disk) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(text)
	if d.room >= 0 {
		n = min(n, d.room)
		d.room -= n
	}
	d.text = append(d.text, text[:n]...)
	if n < len(text) {
		return n, &os.PathError{Op: "write", Path: "disk", Err: syscall.ENOSPC}
	}
	return n, nil
}

func (d *disk) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flushed++
	d.flushedText = len(d.text)
	return d.flush
}

func (d *disk) Close() error { return nil }

func (d *disk) set(room int, flush error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room, d.flush = room, flush
}

func (d *disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.text)
}

// onDisks is a journal that writes to disks.
func onDisks(disks ...*disk) *Journal {
	j := &Journal{now: clock, open: newBatch(), wake: make(chan struct{}, 1), stop: make(chan struct{}), chain: chain{1, origin}}
	for i, d := range disks {
		d.room = -1
		j.places = append(j.places, &place{name: fmt.Sprint("disk ", i), file: d})
	}
	j.done.Go(j.write)
	j.done.Go(j.flush)
	return j
}

// A full disk is an error for all who add, whatever the other file has; once there is room the log goes on, with
// nothing missing, and tells.
func TestFullDisk(t *testing.T) {
	for room := range 700 {
		if testing.Short() && room%11 > 0 {
			continue
		}
		one, two := &disk{}, &disk{}
		j := onDisks(one, two)
		add(t, j, Entry{Operation: "lookup", Version: "v1"})
		two.set(room, nil)
		failures := 0
		var err error
		for range 4 {
			if err = j.Add(Entry{Operation: "lookup", Version: "v2"}); err != nil {
				failures++
			}
		}
		if failures == 0 || !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "writing the journal disk 1: ") || j.Err() == nil {
			t.Fatalf("room for %d: %d failures, %v, %v", room, failures, err, j.Err())
		}
		if n := strings.Count(one.String(), "\n"); n > 1+4-failures+1 {
			t.Errorf("room for %d: %d lines in the file that works, with %d failures", room, n, failures)
		}
		two.set(-1, nil)
		add(t, j, Entry{Operation: "lookup", Version: "v3"})
		if err := j.Err(); err != nil {
			t.Error(err)
		}
		head := closed(t, j)
		if one.String() != two.String() {
			t.Fatalf("room for %d: the files differ:\n%s\n%s", room, one, two)
		}
		file := filepath.Join(t.TempDir(), "log")
		write(t, file, one.String())
		all := entries(t, file)
		if got := operations(all[len(all)-3:]); got != "recovered lookup closed" && got != "lookup recovered closed" {
			t.Errorf("room for %d: %s", room, got)
		}
		reason := all[len(all)-3].Reason + all[len(all)-2].Reason
		if !strings.Contains(reason, "were not in every file before this one") || !strings.Contains(reason, "no space left") {
			t.Errorf("room for %d: %q", room, reason)
		}
		if last := all[len(all)-1].Seq; head.Seq != last {
			t.Errorf("the head is %v, the last entry %d", head, last)
		}
	}
}

// What failed to be flushed may be gone, whatever a later flush says: nothing is added any more.
func TestFlushFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &disk{}, &disk{}
		j := onDisks(one, two)
		add(t, j, Entry{Operation: "lookup"})
		time.Sleep(flushEvery)
		synctest.Wait()
		if one.flushed != 1 || two.flushed != 1 || one.flushedText != len(one.text) {
			t.Errorf("flushed %d and %d times, %d of %d bytes", one.flushed, two.flushed, one.flushedText, len(one.text))
		}
		time.Sleep(3 * flushEvery)
		if one.flushed != 1 {
			t.Errorf("flushed %d times, with nothing to flush", one.flushed)
		}
		two.set(-1, syscall.EIO)
		add(t, j, Entry{Operation: "lookup"})
		time.Sleep(flushEvery)
		synctest.Wait()
		two.set(-1, nil)
		for range 2 {
			if err := j.Add(Entry{Operation: "lookup"}); !errors.Is(err, syscall.EIO) || !strings.HasPrefix(err.Error(), "flushing the journal disk 1") {
				t.Errorf("added after that: %v", err)
			}
			time.Sleep(flushEvery)
		}
		if _, err := j.Close(); !errors.Is(err, syscall.EIO) {
			t.Errorf("closed: %v", err)
		}
	})
}

// TestKilled kills a process that adds entries, again and again: none of those it acknowledged is missing, both files
// hold the same, and the log goes on.
func TestKilled(t *testing.T) {
	if files := os.Getenv("JOURNAL_TEST_FILES"); files != "" {
		addUntilKilled(files)
		return
	}
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	acknowledged := 0
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
		cmd.Env = append(os.Environ(), "JOURNAL_TEST_FILES="+one+string(os.PathListSeparator)+two)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 50*(round+1) && lines.Scan(); n++ {
			acknowledged++
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			acknowledged++
		}
		cmd.Wait()
	}
	closed(t, open(t, one, two))
	a := unbroken(t, Inquiry{File: one, Second: two})
	tiles := 0
	for _, e := range entries(t, one) {
		if e.Operation == "tile" {
			tiles++
		}
	}
	if acknowledged < 50*rounds || tiles < acknowledged {
		t.Errorf("%d entries of %d that were acknowledged; %+v", tiles, acknowledged, a)
	}
}

func addUntilKilled(files string) {
	j, err := Open(time.Now, filepath.SplitList(files)...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := j.Add(Entry{Operation: "tile", Path: strings.Repeat("x", 1500)}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println("added")
			})
		}
		all.Wait()
	}
}
