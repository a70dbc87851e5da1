package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// look is the pause between two looks at a log that is being written.
const look = 5 * time.Millisecond

// settled gives how much of the newest file of each copy belongs together: all that the longer one holds when it is
// first looked at, to the end of a line, once the other one has that, too. A server writes one file after the other,
// and a line in more than one piece. If it does not come to that for as long as patience says, no server is at work:
// -1, everything that is there is to be read, and the difference is a finding.
func settled(ctx context.Context, patience time.Duration, names ...string) (int64, error) {
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	limit := int64(0)
	for _, name := range names {
		if name == "" {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		files = append(files, f)
		info, err := f.Stat()
		if err != nil {
			return 0, err
		}
		if !info.Mode().IsRegular() {
			return 0, &fs.PathError{Op: "audit", Path: name, Err: errors.New("not a regular file")}
		}
		limit = max(limit, info.Size())
	}
	pause := time.NewTicker(look)
	defer pause.Stop()
	for waited := time.Duration(0); ; waited += look {
		whole, err := have(files, &limit)
		switch {
		case err != nil:
			return 0, err
		case whole:
			return limit, nil
		case waited >= patience:
			return -1, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-pause.C:
		}
	}
}

// have tells whether all files are as long as limit, which it moves to the end of a line.
func have(files []*os.File, limit *int64) (bool, error) {
	for _, f := range files {
		info, err := f.Stat()
		if err != nil {
			return false, err
		}
		if info.Size() < *limit {
			return false, nil
		}
	}
	if *limit == 0 {
		return true, nil
	}
	i, err := toNewline(files[0], *limit-1)
	if err != nil || i < 0 {
		return false, err
	}
	if *limit += i; i > 0 {
		return have(files, limit)
	}
	return true, nil
}

// toNewline tells how far behind this byte the line ends, at it or later; -1: it has no end yet.
func toNewline(f *os.File, from int64) (int64, error) {
	for _, size := range []int{1, longest + 1} {
		text := make([]byte, size)
		n, err := f.ReadAt(text, from)
		if err != nil && err != io.EOF {
			return 0, err
		}
		if i := bytes.IndexByte(text[:n], '\n'); i >= 0 {
			return int64(i), nil
		}
	}
	return -1, nil
}
