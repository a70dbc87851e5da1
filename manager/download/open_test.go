package download_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/download"
)

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// readAll reads in pieces of an odd size, as a decoder might.
func readAll(b *download.Body) ([]byte, error) {
	var out bytes.Buffer
	_, err := io.CopyBuffer(struct{ io.Writer }{&out}, struct{ io.Reader }{b}, make([]byte, 12345))
	return out.Bytes(), err
}

// TestOpen reads a document once, from servers that lie, with nothing kept before.
func TestOpen(t *testing.T) {
	doc := document()
	size := int64(len(doc))
	known := download.Want{Size: size}
	tests := []struct {
		name     string
		lies     []disttest.Lie
		want     download.Want
		requests int
		err      any
	}{
		{"honest", nil, known, 1, nil},
		{"honest, nothing announced", nil, download.Want{}, 1, nil},
		{"dropped three times", []disttest.Lie{disttest.Drop(300_000)}, known, 4, nil},
		{"dropped three times, nothing announced", []disttest.Lie{disttest.Drop(300_000)}, download.Want{}, 4, nil},
		{"dropped, no ETag", []disttest.Lie{disttest.NoETag(), disttest.Drop(300_000).Times(1)}, known, 2, nil},
		{"dropped, ranges ignored", []disttest.Lie{disttest.IgnoreRange(), disttest.Drop(300_000).Times(1)}, known, 2, nil},
		{"dropped, ranges wrong", []disttest.Lie{disttest.WrongContentRange(), disttest.Drop(300_000).Times(1)}, known, 3, nil},
		{"dropped in the first kilobytes for ever", []disttest.Lie{disttest.Drop(1000)}, known, 4, new(*download.SizeError)},
		{"silent once", []disttest.Lie{disttest.Stall(500_000).Times(1)}, known, 2, nil},
		{"silent for ever", []disttest.Lie{disttest.Stall(0)}, known, 4, new(*download.StalledError)},
		{"500 in the middle", []disttest.Lie{disttest.Status(500, "").Times(1).After(1), disttest.Drop(300_000).Times(1)}, known, 3, nil},
		{"404 in the middle", []disttest.Lie{disttest.Status(404, ""), disttest.Drop(300_000).Times(1)}, known, 2, new(*download.StatusError)},
		{"truncated", []disttest.Lie{disttest.Truncate(300_000)}, known, 4, new(*download.SizeError)},
		{"truncated, nothing announced", []disttest.Lie{disttest.Truncate(300_000)}, download.Want{}, 4, new(*download.SizeError)},
		{"shorter than the index says", []disttest.Lie{disttest.Swap(doc[:1000])}, known, 1, new(*download.SizeError)},
		{"longer than the index says", []disttest.Lie{disttest.Swap(append(doc[:size:size], 0))}, known, 1, new(*download.SizeError)},
		{"endless", []disttest.Lie{disttest.Oversize(1 << 40)}, known, 1, new(*download.SizeError)},
		{"Content-Length too small", []disttest.Lie{disttest.WrongLength(-1)}, known, 1, new(*download.SizeError)},
		{"Content-Length too large", []disttest.Lie{disttest.WrongLength(1)}, known, 1, new(*download.SizeError)},
		{"Content-Length too large, nothing announced", []disttest.Lie{disttest.WrongLength(1)}, download.Want{}, 4, new(*download.SizeError)},
		{"changed in the middle", []disttest.Lie{disttest.Swap(disttest.Random("other", len(doc)).Data), disttest.Drop(300_000).Times(1)}, known, 2, new(*download.ChangedError)},
		{"changed in the middle, If-Range ignored", []disttest.Lie{disttest.IgnoreIfRange(disttest.Random("other", len(doc)).Data), disttest.Drop(300_000).Times(1)}, known, 2, new(*download.ChangedError)},
		{"404", []disttest.Lie{disttest.Status(404, "")}, known, 1, new(*download.StatusError)},
		{"page", []disttest.Lie{disttest.HTMLPage(200)}, known, 1, new(*download.PageError)},
		{"page called an archive", []disttest.Lie{disttest.Swap([]byte("\r\n<!DOCTYPE html><title>no</title>"))}, download.Want{}, 1, new(*download.PageError)},
		{"redirect loop", []disttest.Lie{disttest.Redirect("")}, known, 10, new(*download.NetworkError)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, url := serve(t)
			for _, lie := range test.lies {
				s.Lie("/x", lie)
			}
			var p patience
			o := p.options()
			switch test.name {
			case "silent for ever":
				o.Stall = 300 * time.Millisecond
			case "silent once": // the machine may be busy when it is not
				o.Stall = 2 * time.Second
			}
			partial := filepath.Join(t.TempDir(), "cache", "x.partial")
			body, err := download.New(o).Open(t.Context(), url, partial, test.want)
			var got []byte
			if err == nil {
				got, err = readAll(body)
			}
			if test.err == nil && (err != nil || !bytes.Equal(got, doc)) {
				t.Errorf("%d bytes of %d, %v", len(got), len(doc), err)
			}
			if test.err != nil && (err == nil || !errors.As(err, test.err)) {
				t.Errorf("error %T %v", err, err)
			}
			if n := s.Count("/x"); n != test.requests {
				t.Errorf("%d requests, want %d: %v", n, test.requests, p.causes)
			}
			if body == nil {
				return
			}
			if err == nil && body.Total() != int64(len(doc)) {
				t.Errorf("Total %d", body.Total())
			}
			if err := body.Discard(); err != nil {
				t.Error(err)
			}
			if entries, err := os.ReadDir(filepath.Dir(partial)); err != nil || len(entries) != 0 {
				t.Errorf("Discard left %v, %v", entries, err)
			}
		})
	}
}

// TestOpenResumes reads a document whose beginning an earlier process had kept when it died.
func TestOpenResumes(t *testing.T) {
	doc, other := document(), disttest.Random("other", 1<<20).Data
	const kept = 700_000
	tests := []struct {
		name    string
		kept    []byte
		lie     disttest.Lie // told to the second process
		want    download.Want
		resumed int64
		network int64 // bytes at most that the second process may ask for
	}{
		{"from the same file", doc[:kept], disttest.Drop(1 << 40), download.Want{}, kept, 1<<20 - kept + 4096},
		{"size known", doc[:kept], disttest.Drop(1 << 40), download.Want{Size: 1 << 20}, kept, 1<<20 - kept + 4096},
		{"without ETag", doc[:kept], disttest.NoETag(), download.Want{}, kept, 1<<20 - kept + 4096},
		{"without ETag, a few bytes", doc[:10], disttest.NoETag(), download.Want{}, 10, 1 << 20},
		{"complete", doc, disttest.Status(500, ""), download.Want{Size: 1 << 20}, 1 << 20, 0},
		{"complete, but nobody knows", doc, disttest.Drop(1 << 40), download.Want{}, 1 << 20, 4096},
		{"ranges ignored", doc[:kept], disttest.IgnoreRange(), download.Want{}, 0, 1 << 20},
		{"wrong Content-Range", doc[:kept], disttest.WrongContentRange(), download.Want{}, 0, 2 << 20},
		{"416", doc[:kept], disttest.NotSatisfiable(), download.Want{}, 0, 2 << 20},
		{"file changed", doc[:kept], disttest.Swap(other), download.Want{}, 0, 1 << 20},
		{"file changed, If-Range ignored", doc[:kept], disttest.IgnoreIfRange(other), download.Want{}, 0, 2 << 20},
		{"file is shorter now", doc[:kept], disttest.Swap(other[:1000]), download.Want{}, 0, 1 << 20},
		{"the kept part is another file's", other[:kept], disttest.NoETag(), download.Want{}, 0, 2 << 20},
		{"the kept part is too long", append(doc[:1<<20:1<<20], "more"...), disttest.NoETag(), download.Want{Size: 1 << 20}, 0, 1 << 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, url := serve(t)
			var p patience
			c := download.New(p.options())
			partial := filepath.Join(t.TempDir(), "x.partial")

			if strings.HasPrefix(test.name, "without ETag") {
				s.Lie("/x", test.lie) // to the first process, too
			}
			// The first process: it dies by SIGKILL, so nothing is closed before the second one is done. Windows
			// removes no file that is open.
			first, err := c.Open(t.Context(), url, partial, download.Want{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = first.Close() })
			if _, err := io.ReadFull(first, make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(partial, test.kept, 0o644); err != nil {
				t.Fatal(err)
			}

			s.Lie("/x", test.lie)
			s.Forget()
			want := doc
			if strings.Contains(test.name, "changed") {
				want = other
			}
			if strings.Contains(test.name, "shorter") {
				want = other[:1000]
			}
			body, err := c.Open(t.Context(), url, partial, test.want)
			if err != nil {
				t.Fatal(err)
			}
			if body.Resumed() != test.resumed {
				t.Errorf("Resumed %d, want %d", body.Resumed(), test.resumed)
			}
			var last int64
			body.Progress = func(done, total int64) { last = done }
			got, err := readAll(body)
			if err != nil || !bytes.Equal(got, want) || last != int64(len(want)) {
				t.Errorf("%d bytes, progress %d, %v", len(got), last, err)
			}
			if err := body.Close(); err != nil {
				t.Error(err)
			}
			if onDisk, err := os.ReadFile(partial); err != nil || !bytes.Equal(onDisk, want) {
				t.Errorf("the partial file holds %d bytes, %v", len(onDisk), err)
			}
			var asked int64
			for _, r := range s.Requests() {
				asked += requestedBytes(r, int64(len(want)))
			}
			if asked > test.network {
				t.Errorf("%d bytes were asked for, %d would do: %v", asked, test.network, s.Requests())
			}
		})
	}
}

func requestedBytes(r disttest.Request, size int64) int64 {
	var from int64
	for _, c := range r.Header.Get("Range") {
		if c >= '0' && c <= '9' {
			from = from*10 + int64(c-'0')
		}
	}
	return max(size-from, 0)
}

func TestIfRangeIsSent(t *testing.T) {
	s, url := serve(t)
	s.Lie("/x", disttest.Drop(500_000).Times(1))
	var p patience
	if _, _, err := download.New(p.options()).Fetch(t.Context(), url, filepath.Join(t.TempDir(), "x"), download.Want{}, nil); err != nil {
		t.Fatal(err)
	}
	requests := s.Requests()
	last := requests[len(requests)-1].Header
	if last.Get("Range") != "bytes=495904-" || last.Get("If-Range") == "" || last.Get("Accept-Encoding") != "identity" {
		t.Errorf("the second request has %v", last)
	}
}

// TestPartialsCleared: who clears the cache while a download begins does not break it. Windows lets nobody do so.
func TestPartialsCleared(t *testing.T) {
	s, url := serve(t)
	s.Lie("/x", disttest.Status(500, "").Times(1))
	partial := filepath.Join(t.TempDir(), "partial", "x")
	var p patience
	options := p.options()
	options.Retrying = func(string, error, time.Duration) { _ = os.RemoveAll(filepath.Dir(partial)) }
	body, err := download.New(options).Open(t.Context(), url, partial, download.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readAll(body); err != nil || !bytes.Equal(got, document()) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := body.Discard(); err != nil {
		t.Error(err)
	}
}

func TestOpenWithoutPartial(t *testing.T) {
	for _, test := range []struct {
		name string
		lies []disttest.Lie
		err  any
	}{
		{"resumed by ETag", []disttest.Lie{disttest.Drop(300_000).Times(1)}, nil},
		{"changed", []disttest.Lie{disttest.Swap(disttest.Random("other", 1<<20).Data), disttest.Drop(300_000).Times(1)}, new(*download.ChangedError)},
		{"not provable", []disttest.Lie{disttest.NoETag(), disttest.Drop(300_000).Times(1)}, new(*download.ChangedError)},
	} {
		s, url := serve(t)
		for _, lie := range test.lies {
			s.Lie("/x", lie)
		}
		var p patience
		body, err := download.New(p.options()).Open(t.Context(), url, "", download.Want{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(body)
		if test.err == nil && (err != nil || !bytes.Equal(got, document())) || test.err != nil && !errors.As(err, test.err) {
			t.Errorf("%s: %d bytes, %v", test.name, len(got), err)
		}
		body.Discard()
	}
}

func TestCancellationKeepsThePartial(t *testing.T) {
	s, url := serve(t)
	s.Lie("/x", disttest.Stall(300_000).Times(1))
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "x")
	var p patience
	c := download.New(p.options())
	_, _, err := c.Fetch(ctx, url, file, download.Want{}, func(done, _ int64) {
		if done == 300_000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if info, err := os.Stat(file + ".partial"); err != nil || info.Size() != 300_000 {
		t.Fatalf("the partial file: %v, %v", info, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
	s.Forget()
	hash, size, err := c.Fetch(t.Context(), url, file, download.Want{SHA256: sum(document())}, nil)
	if err != nil || hash != sum(document()) || size != 1<<20 {
		t.Errorf("%s %d %v", hash, size, err)
	}
	if n := len(s.Requests()); n != 1 || s.Requests()[0].Header.Get("Range") == "" {
		t.Errorf("not resumed: %v", s.Requests())
	}
}

func TestFetch(t *testing.T) {
	doc := document()
	want := download.Want{SHA256: sum(doc), Size: int64(len(doc))}
	other := disttest.Random("other", len(doc)).Data
	for _, test := range []struct {
		name string
		lies []disttest.Lie
		kept []byte
		err  any
	}{
		{"honest", nil, nil, nil},
		{"flipped", []disttest.Lie{disttest.Flip(12345)}, nil, new(*download.SumError)},
		{"swapped", []disttest.Lie{disttest.Swap(other)}, nil, new(*download.SumError)},
		{"changed in the middle, then stays", []disttest.Lie{disttest.Swap(other).After(1).Times(1), disttest.Drop(300_000).Times(1)}, nil, nil},
		{"the kept part is wrong inside", nil, append(other[:400_000:400_000], doc[400_000:700_000]...), nil},
		{"the kept whole is wrong", nil, other, nil},
		{"404", []disttest.Lie{disttest.Status(404, "")}, nil, new(*download.StatusError)},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, url := serve(t)
			for _, lie := range test.lies {
				s.Lie("/x", lie)
			}
			file := filepath.Join(t.TempDir(), "x")
			if test.kept != nil {
				if err := os.WriteFile(file+".partial", test.kept, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var p patience
			hash, size, err := download.New(p.options()).Fetch(t.Context(), url, file, want, nil)
			if test.err == nil {
				data, readErr := os.ReadFile(file)
				if err != nil || hash != want.SHA256 || size != want.Size || !bytes.Equal(data, doc) {
					t.Errorf("%s %d %v; %d bytes, %v", hash, size, err, len(data), readErr)
				}
			} else if err == nil || !errors.As(err, test.err) {
				t.Errorf("error %T %v", err, err)
			}
			entries, _ := os.ReadDir(filepath.Dir(file))
			if n := len(entries); n > 1 || n == 1 && entries[0].Name() != "x" {
				t.Errorf("left over: %v", entries)
			}
		})
	}
}

// TestFetchFile goes through the same code without a network: GOPROXY=file:// and --from.
func TestFetchFile(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source.zip")
	if err := os.WriteFile(source, document(), 0o644); err != nil {
		t.Fatal(err)
	}
	url := "file://" + filepath.ToSlash(source)
	if runtime.GOOS == "windows" {
		url = "file:///" + filepath.ToSlash(source)
	}
	file := filepath.Join(dir, "x")
	if err := os.WriteFile(file+".partial", document()[:500_000], 0o644); err != nil {
		t.Fatal(err)
	}
	var p patience
	hash, _, err := download.New(p.options()).Fetch(t.Context(), url, file, download.Want{}, nil)
	if err != nil || hash != sum(document()) {
		t.Error(hash, err)
	}
}

func TestEmptyDocument(t *testing.T) {
	s, _ := serve(t)
	s.Serve("/empty", "text/plain", nil)
	file := filepath.Join(t.TempDir(), "x")
	var p patience
	if _, size, err := download.New(p.options()).Fetch(t.Context(), s.URL+"/empty", file, download.Want{}, nil); err != nil || size != 0 {
		t.Error(size, err)
	}
}

// TestUnwritablePartial: what cannot be kept is an error of the file system, not of the network.
func TestUnwritablePartial(t *testing.T) {
	_, url := serve(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cache"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var p patience
	_, err := download.New(p.options()).Open(t.Context(), url, filepath.Join(dir, "cache", "x"), download.Want{})
	var path *fs.PathError
	if !errors.As(err, &path) || len(p.waits) != 0 {
		t.Errorf("%v after %v", err, p.waits)
	}
}
