package platform

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReplaceWhatRuns: a program gets new content while it runs, and runs on.
func TestReplaceWhatRuns(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, replace := range map[string]func(from, to string) error{
		"copied": func(from, to string) error { return CopyFile(from, to, false) },
		"linked": func(from, to string) error { return PointFile(to, from) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			program, other := filepath.Join(dir, "tool.exe"), filepath.Join(dir, "other.exe")
			if err := CopyFile(self, program, false); err != nil {
				t.Fatal(err)
			}
			write(t, other, "another program")
			runs := exec.CommandContext(t.Context(), program)
			runs.Env = append(os.Environ(), "GSW_TEST_ROLE=wait")
			in, err := runs.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := runs.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := runs.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatalf("%q, %v", line, err)
			}
			if err := replace(other, program); err != nil {
				t.Error(err)
			}
			if got, err := os.ReadFile(program); err != nil || string(got) != "another program" {
				t.Errorf("%.20q, %v", got, err)
			}
			in.Close()
			if err := runs.Wait(); err != nil {
				t.Errorf("what ran was disturbed: %v", err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				of, left := Leftover(e.Name())
				if e.Name() != "tool.exe" && e.Name() != "other.exe" && !(left && of == "tool.exe") {
					t.Errorf("%s is left, and nobody would know it", e.Name())
				}
			}
			if len(entries) != 3 {
				t.Errorf("there are %v; the program that ran had to go aside", entries)
			}
		})
	}
}
