package zerotrust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/dirhash"
)

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module x\n", "main.go": "package main\n", "same": "same", "rewritten": "same", "gone": "x", "sub/a": "a",
		".git/index": "1", ".gobin/tool": "1", "att.json": "1",
	} {
		write(t, filepath.Join(dir, name), text)
	}
	snap := func() Snapshot {
		s, err := Snap(context.Background(), dir, "att.json")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := snap()
	if outputs := snap().Outputs(before); len(outputs) > 0 {
		t.Errorf("nothing happened: %v", outputs)
	}
	write(t, filepath.Join(dir, "new"), "new")
	write(t, filepath.Join(dir, ".git/index"), "2")
	write(t, filepath.Join(dir, ".gobin/tool"), "2")
	write(t, filepath.Join(dir, "att.json"), "2")
	later := time.Now().Add(time.Hour)
	if err := errors.Join(os.Chtimes(filepath.Join(dir, "rewritten"), later, later), os.Remove(filepath.Join(dir, "gone"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "main.go"), "package evil\n") // as long, and as old
	if err := os.Chtimes(filepath.Join(dir, "main.go"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range snap().Outputs(before) {
		names = append(names, o.Name)
		data, err := os.ReadFile(filepath.Join(dir, o.Name))
		if sum := sha256.Sum256(data); err != nil || o.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s is said to be %s (%v)", o.Name, o.SHA256, err)
		}
	}
	if got, want := strings.Join(names, " "), ".gobin/tool main.go new rewritten"; got != want {
		t.Errorf("made %s, want %s", got, want)
	}

	clean := t.TempDir()
	write(t, filepath.Join(clean, "b", "x"), "1")
	write(t, filepath.Join(clean, "a"), "2")
	s, err := Snap(context.Background(), clean)
	if err != nil {
		t.Fatal(err)
	}
	want, err := dirhash.HashDir(clean, "", dirhash.Hash1)
	if err != nil || s.H1() != want {
		t.Errorf("%s, want %s (%v)", s.H1(), want, err)
	}
	digest, err := DirHash(want)
	if err != nil || len(digest["dirHash"]) != 64 {
		t.Errorf("%v, %v", digest, err)
	}
	for _, bad := range []string{"", "h1:", "h1:x", strings.TrimPrefix(want, "h1:")} {
		if digest, err := DirHash(bad); err == nil {
			t.Errorf("%q: %v", bad, digest)
		}
	}
	if text, err := (Statement{}).Text(); err == nil {
		t.Errorf("a statement about nothing: %s", text)
	}
}
