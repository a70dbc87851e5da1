package mirror

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzConditions: whatever a client asks of a file by its headers, it gets the file, parts of it, or a clear no, and
// never much more than the file has.
func FuzzConditions(f *testing.F) {
	dir := f.TempDir()
	body := strings.Repeat("0123456789", 1000)
	for name, text := range map[string]string{"dl/index.json": "[]", "dl/small.zip": body, "dl/large.zip": body + strings.Repeat("x", keepFile)} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	site, err := OpenSite(dir, time.Now, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { site.Close() })
	for _, seed := range []string{"bytes=0-0", "bytes=-1", "bytes=5-", "bytes=0-,1-,2-", "bytes=" + strings.Repeat("0-9999,", 15) + "0-9999", "bytes=9-5", "lines=1", "bytes=,,,",
		"bytes=9223372036854775807-", "bytes=-9223372036854775808", "\"x\"", "*", "W/\"x\", \"y\"", "Mon, 23 Nov 2026 03:04:05 GMT", ""} {
		f.Add(seed, "", "")
		f.Add("bytes=1-2", seed, "")
		f.Add("bytes=1-2", "", seed)
	}
	f.Fuzz(func(t *testing.T, ranges, ifRange, ifNone string) {
		for path, size := range map[string]int{"/dl/small.zip": len(body), "/dl/large.zip": len(body) + keepFile} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Range", ranges)
			if ifRange != "" {
				r.Header.Set("If-Range", ifRange)
			}
			if ifNone != "" {
				r.Header.Set("If-None-Match", ifNone)
			}
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			// net/http serves all of it where parts would be more than the whole.
			if n := w.Body.Len(); n > size+17*300 {
				t.Errorf("%q: %d bytes of %d", ranges, n, size)
			}
			switch w.Code {
			case 200:
				if w.Body.Len() != size {
					t.Errorf("%q: %d bytes of %d", ranges, w.Body.Len(), size)
				}
			case 206:
				var from, to, of int
				if text := w.Header().Get("Content-Range"); text != "" {
					if n, err := fmt.Sscanf(text, "bytes %d-%d/%d", &from, &to, &of); n != 3 || err != nil || to-from+1 != w.Body.Len() || of != size {
						t.Errorf("%q: %s with %d bytes", ranges, text, w.Body.Len())
					}
				} else if !strings.HasPrefix(w.Header().Get("Content-Type"), "multipart/byteranges") {
					t.Errorf("%q: %v", ranges, w.Header())
				}
			case 304, 412, 416:
			default:
				t.Errorf("%q, %q, %q: %d", ranges, ifRange, ifNone, w.Code)
			}
		}
	})
}
