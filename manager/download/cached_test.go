package download_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/download"
)

func TestGetCached(t *testing.T) {
	s := disttest.NewServer(t)
	s.Serve("/index", "application/json", []byte("one"))
	file := filepath.Join(t.TempDir(), "cache", "index")
	now := time.Date(2026, 8, 6, 12, 0, 0, 0, time.UTC)
	start := now
	var p patience
	o := p.options()
	o.Retries = -1
	o.Now = func() time.Time { return now }
	c := download.New(o)
	notTwo := func(b []byte) error {
		if string(b) == "nonsense" {
			return errors.New("this is nonsense")
		}
		return nil
	}

	steps := []struct {
		name     string
		before   func()
		body     string
		at       time.Time
		stale    bool
		requests int
	}{
		{"fetched", func() {}, "one", start, false, 1},
		{"fresh", func() { now = now.Add(9 * time.Minute) }, "one", start, false, 0},
		{"revalidated", func() { now = now.Add(2 * time.Minute) }, "one", start.Add(11 * time.Minute), false, 1},
		{"fresh again", func() { now = now.Add(9 * time.Minute) }, "one", start.Add(11 * time.Minute), false, 0},
		{"out of order", func() { now = now.Add(time.Hour); s.Lie("/index", disttest.Status(503, "")) }, "one", start.Add(11 * time.Minute), true, 1},
		{"a portal's page", func() { s.Lie("/index", disttest.HTMLPage(200)) }, "one", start.Add(11 * time.Minute), true, 1},
		{"nonsense", func() { s.Lie("/index", disttest.Swap([]byte("nonsense"))) }, "one", start.Add(11 * time.Minute), true, 1},
		{"new", func() { s.Honest(); s.Serve("/index", "application/json", []byte("two")) }, "two", start.Add(80 * time.Minute), false, 1},
		{"the clock went back", func() { now = start }, "two", start, false, 1},
		{"damaged", func() {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)-1] ^= 1
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "two", start, false, 1},
		{"emptied by a power loss", func() {
			if err := os.Truncate(file, 0); err != nil {
				t.Fatal(err)
			}
		}, "two", start, false, 1},
	}
	for _, step := range steps {
		step.before()
		s.Forget()
		body, at, stale, err := c.GetCached(t.Context(), s.URL+"/index", file, 100, 10*time.Minute, notTwo)
		if err != nil || string(body) != step.body || !at.Equal(step.at) || (stale != nil) != step.stale {
			t.Errorf("%s: %q at %v, stale: %v, %v", step.name, body, at, stale, err)
		}
		if n := len(s.Requests()); n != step.requests {
			t.Errorf("%s: %d requests, want %d", step.name, n, step.requests)
		}
	}

	// The copy of one URL is not another's.
	s.Lie("/other", disttest.Status(404, ""))
	var status *download.StatusError
	if _, _, _, err := c.GetCached(t.Context(), s.URL+"/other", file, 100, time.Hour, nil); !errors.As(err, &status) {
		t.Errorf("another URL: %v", err)
	}
	// Who cancels wants no copy.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := c.GetCached(ctx, s.URL+"/index", file, 100, 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Nothing to fall back on.
	s.Lie("/index", disttest.Swap([]byte("nonsense")))
	if _, _, _, err := c.GetCached(t.Context(), s.URL+"/index", filepath.Join(t.TempDir(), "new"), 100, 0, notTwo); err == nil || err.Error() != "this is nonsense" {
		t.Errorf("nonsense at first: %v", err)
	}
}

// TestCacheNotWritable: the document is there all the same.
func TestCacheNotWritable(t *testing.T) {
	s := disttest.NewServer(t)
	s.Serve("/index", "application/json", []byte("one"))
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var p patience
	body, _, _, err := download.New(p.options()).GetCached(t.Context(), s.URL+"/index", filepath.Join(blocked, "index"), 100, time.Hour, nil)
	if err != nil || string(body) != "one" {
		t.Errorf("%q, %v", body, err)
	}
}

// TestNoETagIsAskedForWhole: a 304 to an unconditional request would be no answer.
func TestNoETagIsAskedForWhole(t *testing.T) {
	s := disttest.NewServer(t)
	s.Serve("/index", "application/json", []byte("one"))
	s.Lie("/index", disttest.NoETag())
	file := filepath.Join(t.TempDir(), "index")
	var p patience
	c := download.New(p.options())
	for range 2 {
		if body, _, stale, err := c.GetCached(t.Context(), s.URL+"/index", file, 100, 0, nil); err != nil || stale != nil || string(body) != "one" {
			t.Errorf("%q %v %v", body, stale, err)
		}
	}
	s.Lie("/index", disttest.Status(304, ""))
	if _, _, stale, err := c.GetCached(t.Context(), s.URL+"/index", file, 100, 0, nil); err != nil || stale == nil {
		t.Errorf("304 unasked: stale %v, %v", stale, err)
	}
}
