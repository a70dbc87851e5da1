//go:build !race

package unpack

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mostMemory is what a process that unpacks may take, its own program included.
const mostMemory = 32 << 20

// TestPeakMemory unpacks archives with as many files as a Go, in processes of their own on two cores and on sixteen.
func TestPeakMemory(t *testing.T) {
	if archive := os.Getenv("GSW_TEST_UNPACK"); archive != "" {
		if _, err := File(t.Context(), archive, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("peak %d\n", peakMemory(t))
		return
	}
	if testing.Short() {
		t.Skip("writes 70 MB twice for each format")
	}
	dir := t.TempDir()
	archives := []string{filepath.Join(dir, "large.tar.gz"), filepath.Join(dir, "large.zip")}
	packLargeTarGz(t, archives[0])
	packLargeZip(t, archives[1])
	for _, archive := range archives {
		for _, cores := range []int{2, 16} {
			cmd := exec.Command(os.Args[0], "-test.run=^TestPeakMemory$", "-test.v")
			cmd.Env = append(os.Environ(), "GSW_TEST_UNPACK="+archive, fmt.Sprintf("GOMAXPROCS=%d", cores), "GOMEMLIMIT=", "GOGC=")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			_, after, _ := strings.Cut(string(out), "peak ")
			var peak int64
			if _, err := fmt.Sscan(after, &peak); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s on %d cores: %.1f MiB", filepath.Base(archive), cores, float64(peak)/(1<<20))
			if peak > mostMemory {
				t.Errorf("%s on %d cores took %.1f MiB", filepath.Base(archive), cores, float64(peak)/(1<<20))
			}
		}
	}
}

// peakMemory is this process's largest resident size. The rusage of a child would count its parent's, too.
func peakMemory(t *testing.T) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// eachLarge gives the files of a tree of 70 MB: 10,000 small ones and some far larger than any buffer.
func eachLarge(t *testing.T, add func(name string, content []byte)) {
	noise := make([]byte, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.IntN(16)) // half of it is left when it is packed
	}
	for i := range 10_000 {
		add(fmt.Sprintf("go/src/package%d/file%d.go", i/20, i), noise[i:i+1000+i%4000])
	}
	for i := range 3 {
		add(fmt.Sprintf("go/pkg/tool/large%d", i), []byte(strings.Repeat(string(noise), 12+i)))
	}
}

func packLargeTarGz(t *testing.T, path string) {
	create(t, path, func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		packed := tar.NewWriter(z)
		eachLarge(t, func(name string, content []byte) {
			if err := packed.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
				t.Fatal(err)
			}
			if _, err := packed.Write(content); err != nil {
				t.Fatal(err)
			}
		})
		if err := packed.Close(); err != nil {
			return err
		}
		return z.Close()
	})
}

func packLargeZip(t *testing.T, path string) {
	create(t, path, func(w io.Writer) error {
		packed := zip.NewWriter(w)
		eachLarge(t, func(name string, content []byte) {
			f, err := packed.Create(name)
			if err == nil {
				_, err = f.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		return packed.Close()
	})
}

func create(t *testing.T, path string, write func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	buffered := bufio.NewWriter(f)
	for _, err := range []error{write(buffered), buffered.Flush(), f.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
