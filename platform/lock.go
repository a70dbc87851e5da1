package platform

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// LockedError says that a process keeps what is meant to be held for moments.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return "another process has had it for a minute: one that was stopped, or hangs"
}

func lock(ctx context.Context, path string, waiting func()) (func() error, error) {
	const soon, seldom = time.Millisecond, 25 * time.Millisecond
	brief, start := waiting == nil, time.Now()
	// The systems' waiting calls can't be cancelled, so this asks again and again, at most forty times a second.
	for pause := soon; ; pause = min(2*pause, seldom) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		unlock, ok, err := tryLock(path)
		if ok || err != nil {
			return unlock, err
		}
		if brief && time.Since(start) > time.Minute {
			return nil, &LockedError{Path: path}
		}
		if waiting != nil {
			waiting()
			waiting = nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func tryLock(path string) (unlock func() error, ok bool, err error) {
	for {
		f, err := openLock(path)
		if err != nil {
			return nil, false, err
		}
		ok, err := lockFile(f)
		if err != nil || !ok {
			return nil, false, errors.Join(err, f.Close())
		}
		if current(f, path) {
			return sync.OnceValue(func() error { return errors.Join(unlockFile(f), f.Close()) }), true, nil
		}
		f.Close()
	}
}

func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	}
	if StorageFault(err) {
		// Made by root, say, in a run with sudo, or on a read-only volume. Reading is enough to lock.
		if readable, readErr := os.Open(path); readErr == nil {
			return readable, nil
		}
	}
	return f, err
}

// current tells whether path still is the file f: a lock on one that was removed excludes nobody.
func current(f *os.File, path string) bool {
	locked, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(locked, now)
}
