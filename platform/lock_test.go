package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// playCount adds to the number in a file, some times, from some goroutines; without the lock sums get lost.
func playCount(args []string) error {
	path, counter := args[0], args[1]
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	failures := make(chan error, 2)
	for range cap(failures) {
		go func() { failures <- count(path, counter, times) }()
	}
	return errors.Join(<-failures, <-failures)
}

func count(path, counter string, times int) error {
	for i := range times {
		unlock, err := Lock(context.Background(), path, nil)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(counter)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(text))
		if err != nil {
			return err
		}
		if err := os.WriteFile(counter, []byte(strconv.Itoa(n+1)), 0o666); err != nil {
			return err
		}
		// The file of a lock may vanish while it is held: those who wait for the old one must not be let in with
		// those who find a new one. Windows refuses, which is as good.
		if i%5 == 0 {
			os.Remove(path)
		}
		if err := unlock(); err != nil {
			return err
		}
	}
	return nil
}

// playHold takes a lock, says so, and keeps it until it is killed or its input ends.
func playHold(args []string) error {
	if _, err := Lock(context.Background(), args[0], nil); err != nil {
		return err
	}
	fmt.Println("held")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func TestLockExcludes(t *testing.T) {
	dir := t.TempDir()
	path, counter := filepath.Join(dir, "locks", "x.lock"), filepath.Join(dir, "counter")
	write(t, counter, "0")
	const processes, times = 4, 25
	var all sync.WaitGroup
	for range processes {
		cmd := actor(t, "count", path, counter, strconv.Itoa(times))
		all.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		if err := playCount([]string{path, counter, strconv.Itoa(times)}); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if got, want := read(t, counter), strconv.Itoa((processes+1)*2*times); got != want {
		t.Errorf("counted to %s, want %s", got, want)
	}
}

func TestLockOfKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	holder := startHolder(t, path)
	if _, ok, err := TryLock(path); ok || err != nil {
		t.Fatalf("taken twice: %v, %v", ok, err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	holder.Wait()
	unlock, ok, err := TryLock(path)
	if !ok || err != nil {
		t.Fatalf("a killed process keeps its lock: %v, %v", ok, err)
	}
	if err := errors.Join(unlock(), unlock()); err != nil {
		t.Errorf("unlocking twice: %v", err)
	}
}

func startHolder(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	holder := actor(t, "hold", path)
	if _, err := holder.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the holder said %q, %v", line, err)
	}
	return holder
}

func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, err := Lock(t.Context(), path, func() { t.Error("waits for a free lock") })
	if err != nil {
		t.Fatal(err)
	}
	waits, taken := make(chan bool, 100), make(chan error)
	go func() {
		unlock, err := Lock(context.Background(), path, func() { waits <- true })
		if err == nil {
			err = unlock()
		}
		taken <- err
	}()
	<-waits
	select {
	case err := <-taken:
		t.Fatalf("taken twice: %v", err)
	default:
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	if len(waits) > 0 {
		t.Errorf("said %d times more that it waits", len(waits))
	}
}

func TestLockIsCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, err := Lock(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	_, err = Lock(ctx, path, cancel)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if waited := time.Since(start); waited > 5*time.Second {
		t.Errorf("noticed after %v", waited)
	}
	if _, err := Lock(ctx, filepath.Join(t.TempDir(), "free"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a free lock, cancelled before: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestLockFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "")
	if _, err := Lock(t.Context(), filepath.Join(file, "x.lock"), nil); err == nil || errors.Is(err, fs.ErrExist) {
		t.Errorf("below a file: %v", err)
	}
	if _, _, err := TryLock(dir); err == nil {
		t.Error("locked a folder")
	}
}

// TestLockThatIsKept: who waits for a lock that is held for moments does not wait for ever, and who says that it waits does.
func TestLockThatIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	synctest.Test(t, func(t *testing.T) {
		unlock, err := Lock(t.Context(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = Lock(t.Context(), path, nil)
		if kept, ok := errors.AsType[*LockedError](err); !ok || kept.Path != path {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		said := 0
		if _, err := Lock(ctx, path, func() { said++ }); !errors.Is(err, context.DeadlineExceeded) || said != 1 {
			t.Errorf("said %d times, and then %v", said, err)
		}
		if err := unlock(); err != nil {
			t.Error(err)
		}
	})
}
