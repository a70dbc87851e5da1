package kept_test

import (
	"os"
	"path/filepath"
	"testing"

	"gsw/manager/kept"
)

func TestDamageIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "folder", "file")
	const text = "go1.22.3\ngo1.21.6\n"
	if _, ok := kept.Read(file, "list 1"); ok {
		t.Fatal("a file that is not there was read")
	}
	if err := kept.Write(file, "list 1", text); err != nil {
		t.Fatal(err)
	}
	if got, ok := kept.Read(file, "list 1"); !ok || got != text {
		t.Fatalf("%q, %v", got, ok)
	}
	if _, ok := kept.Read(file, "list 2"); ok {
		t.Error("a file of another form was read")
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 0x20
		for what, damaged := range map[string][]byte{"truncated": whole[:i], "flipped": flipped} {
			if err := os.WriteFile(file, damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			if got, ok := kept.Read(file, "list 1"); ok {
				t.Fatalf("%s at %d: %q was read", what, i, got)
			}
		}
	}
}
