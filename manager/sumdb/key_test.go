package sumdb

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

func TestOpenKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "key")
	var all sync.WaitGroup
	keys := make([]Key, 8)
	made := make([]bool, 8)
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], made[i], err = OpenKey(t.Context(), file, "proxy.example"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := 0
	for i, k := range keys {
		if k.Verifier != keys[0].Verifier || !strings.HasPrefix(k.Verifier, "proxy.example+") {
			t.Errorf("%q and %q", k.Verifier, keys[0].Verifier)
		}
		if made[i] {
			count++
		}
	}
	if count != 1 {
		t.Errorf("made %d times", count)
	}
	info, err := os.Stat(file)
	if err != nil || disttest.Host().OS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(keys[0].Verifier, "PRIVATE") || !strings.HasPrefix(string(text), "PRIVATE+KEY+proxy.example+") {
		t.Errorf("%v", err)
	}

	other, _, err := OpenKey(t.Context(), filepath.Join(t.TempDir(), "key"), "proxy.example")
	if err != nil {
		t.Fatal(err)
	}
	private, _, _ := strings.Cut(string(text), "\n")
	for name, damaged := range map[string]string{
		"empty": "", "junk": "junk", "only private": private + "\n", "another public": private + "\n" + other.Verifier + "\n",
		"public first": keys[0].Verifier + "\n" + private + "\n",
	} {
		if err := os.WriteFile(file, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		_, made, err := OpenKey(t.Context(), file, "proxy.example")
		var wrong *KeyError
		if !errors.As(err, &wrong) || wrong.File != file || made {
			t.Errorf("%s: %v", name, err)
		}
		if have, err := os.ReadFile(file); err != nil || string(have) != damaged {
			t.Errorf("%s: it was replaced: %v", name, err)
		}
	}
	for _, name := range []string{"", "a b", "a+b"} {
		file := filepath.Join(t.TempDir(), "key")
		if k, _, err := OpenKey(t.Context(), file, name); err == nil {
			t.Errorf("name %q: %s", name, k.Verifier)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("name %q left a file", name)
		}
	}
}

// savedBy is what curl -i would have saved.
func savedBy(t *testing.T, k Key, eol string) string {
	t.Helper()
	signature, err := k.sign(Statement{Method: "GET", Path: "/lookup/a.b/c d@v1.0.0", Status: 200, Time: time.Date(2026, 11, 23, 3, 40, 0, 0, time.UTC)}, []byte("HTTP/1.1 is in the body\n\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join([]string{"HTTP/1.1 200 OK", "Content-Type: text/plain", "x-go-sumdb-signature:  " + signature, "", "HTTP/1.1 is in the body\n\n\n"}, eol)
}

func TestParseResponse(t *testing.T) {
	k, _, err := OpenKey(t.Context(), filepath.Join(t.TempDir(), "key"), "proxy.example")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"crlf": savedBy(t, k, "\r\n"), "lf": savedBy(t, k, "\n"),
		"a proxy's tunnel first": "HTTP/1.1 200 Connection established\r\n\r\n" + savedBy(t, k, "\r\n"),
		"a redirect first":       "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + savedBy(t, k, "\r\n"),
		"http/2":                 strings.Replace(savedBy(t, k, "\r\n"), "HTTP/1.1 200 OK", "HTTP/2 200 ", 1),
	} {
		r, err := ParseResponse([]byte(text))
		if err != nil || string(r.Body) != "HTTP/1.1 is in the body\n\n\n" {
			t.Errorf("%s: %q, %v", name, r.Body, err)
			continue
		}
		for _, path := range []string{"", "/lookup/a.b/c d@v1.0.0"} {
			if s, err := r.Verify(k.Verifier, path); err != nil || s.Path != "/lookup/a.b/c%20d@v1.0.0" || s.Status != 200 {
				t.Errorf("%s: %+v, %v", name, s, err)
			}
		}
	}
	whole := savedBy(t, k, "\r\n")
	for name, text := range map[string]string{
		"empty": "", "a body": "hello", "no end": "HTTP/1.1 200 OK\r\nA: b", "no status": "HTTP/1.1\r\n\r\n", "words": "HTTP/1.1 OK OK\r\n\r\n",
		"two signatures": strings.Replace(whole, "Content-Type:", SignatureHeader+":", 1),
	} {
		if r, err := ParseResponse([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestVerifyChanged changes a saved answer one byte at a time: it never verifies, but where the byte means nothing.
func TestVerifyChanged(t *testing.T) {
	k, _, err := OpenKey(t.Context(), filepath.Join(t.TempDir(), "key"), "proxy.example")
	if err != nil {
		t.Fatal(err)
	}
	whole := savedBy(t, k, "\r\n")
	from := strings.Index(whole, "x-go-sumdb-signature:  ") + len("x-go-sumdb-signature:  ")
	for i := from; i < len(whole); i++ {
		changed := []byte(whole)
		changed[i] ^= 1
		r, err := ParseResponse(changed)
		if err != nil {
			continue
		}
		if s, err := r.Verify(k.Verifier, ""); err == nil {
			t.Fatalf("byte %d changed to %q: %+v", i, changed[i], s)
		}
	}
	r, err := ParseResponse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	var wrong *SignatureError
	for name, change := range map[string]func(r *Response) (key, path string){
		"status":    func(r *Response) (string, string) { r.Status = 404; return k.Verifier, "" },
		"body":      func(r *Response) (string, string) { r.Body = append(r.Body, '\n'); return k.Verifier, "" },
		"path":      func(r *Response) (string, string) { return k.Verifier, "/lookup/a.b/c@v1.0.0" },
		"signature": func(r *Response) (string, string) { r.Signature = ""; return k.Verifier, "" },
		"base64":    func(r *Response) (string, string) { r.Signature = "*"; return k.Verifier, "" },
		"note":      func(r *Response) (string, string) { r.Signature = "aGVsbG8K"; return k.Verifier, "" },
	} {
		changed := r
		changed.Body = append([]byte(nil), r.Body...)
		key, path := change(&changed)
		if s, err := changed.Verify(key, path); !errors.As(err, &wrong) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	var noKey *KeyError
	if _, err := r.Verify("x", ""); !errors.As(err, &noKey) {
		t.Errorf("%v", err)
	}
}

// FuzzParseResponse: whatever was saved, nothing panics, and nothing verifies by a key that signed nothing.
func FuzzParseResponse(f *testing.F) {
	k, _, err := OpenKey(f.Context(), filepath.Join(f.TempDir(), "key"), "proxy.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("HTTP/1.1 200 OK\r\nX-Go-Sumdb-Signature: aGVsbG8K\r\n\r\nbody"))
	f.Add([]byte("HTTP/1.1 100 Continue\n\nHTTP/2 200\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseResponse(data)
		if err != nil {
			return
		}
		if s, err := r.Verify(k.Verifier, ""); err == nil {
			t.Errorf("%q: %+v", data, s)
		}
	})
}
