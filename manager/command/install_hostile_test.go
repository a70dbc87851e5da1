package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
)

// TestHostileArchives serves what attackers would as the archive of go1.22.3, with an index that agrees, and gives the
// same to --from.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	dir := filepath.Join("..", "unpack", "testdata", "hostile")
	archives, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) < 30 {
		t.Fatalf("only %d archives", len(archives))
	}
	for _, a := range archives {
		t.Run(a.Name(), func(t *testing.T) {
			if testing.Short() && a.Name() == "25-many.tar.gz" {
				t.Skip("it makes 5,000 folders")
			}
			t.Parallel()
			h := newHouse(t, tree)
			body, err := os.ReadFile(filepath.Join(dir, a.Name()))
			if err != nil {
				t.Fatal(err)
			}
			h.server.Serve("/files/"+tree.ArchiveName(), "application/x-gzip", body)
			file := filepath.Join(h.dir, a.Name())
			if err := os.WriteFile(file, body, 0o644); err != nil {
				t.Fatal(err)
			}
			refused(t, h, "install", "1.22.3")
			if n := h.server.Count("/files/*"); n != 1 {
				t.Errorf("asked for it %d times", n)
			}
			if a.Name() == "25-many.tar.gz" {
				return // once is enough
			}
			refused(t, h, "install", "--from", file, "--trust", "none", "1.22.3")
		})
	}
}

// TestZeros: ten gigabytes that fit into ten megabytes.
func TestZeros(t *testing.T) {
	t.Parallel()
	tree := disttest.Fake(t, "1.22.3", disttest.Host())
	h := newHouse(t, tree)
	h.server.Lie("/files/*", disttest.Zeros(10<<30))
	if said := refused(t, h, "install", "1.22.3"); !strings.Contains(said, `entry "go/src/zeros" refused: 10737418240 bytes are more than the 512 MiB that a file may have`) {
		t.Error(said)
	}
}

// refused runs a gsw that must end with exit code 5, a clear word, and nothing left.
func refused(t *testing.T, h *house, args ...string) string {
	t.Helper()
	stdout, stderr, code := h.run(args...)
	if code != exitRefused || stdout != "" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if lines := strings.Split(strings.TrimSpace(stderr), "\n"); len(lines) < 2 || !strings.HasPrefix(lines[len(lines)-1], "gsw: hint: ") {
		t.Errorf("said %s", stderr)
	}
	if strings.ContainsAny(stderr, "\x1b\x00") {
		t.Errorf("control characters: %q", stderr)
	}
	if left := append(h.visible(), h.parts()...); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	entries, err := os.ReadDir(filepath.Dir(h.home))
	if err != nil || len(entries) != 1 {
		t.Errorf("escaped: %v, %v", entries, err)
	}
	return stderr
}
