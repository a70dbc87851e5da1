package platform

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"
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
			runs, in := waiting(t, program)
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

// noFolders is the system's way with files, and Windows' way with a folder that something runs out of, which wine renames.
type noFolders struct{ SystemPieces }

func (n noFolders) Rename(old, new string) error {
	if info, err := os.Lstat(old); err != nil || info.IsDir() {
		return &os.LinkError{Op: "rename", Old: old, New: new, Err: windows.ERROR_ACCESS_DENIED}
	}
	return n.SystemPieces.Rename(old, new)
}

// TestMoveWhatRuns: the folder of a program that runs is taken apart; what can't be removed then is after it has ended.
func TestMoveWhatRuns(t *testing.T) {
	dir := t.TempDir()
	old, new := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	program := filepath.Join(mkdir(t, filepath.Join(old, "go", "bin")), "tool.exe")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := CopyFile(self, program, false); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(old, "go", "VERSION"), "text")
	runs, in := waiting(t, program)
	if err := MoveTreeInPieces(noFolders{}, old, new); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(old); err == nil {
		t.Error("the old folder is there still")
	}
	if kept, err := ClearTree(new); !kept || err != nil {
		t.Errorf("of a program that runs: kept %v, %v", kept, err)
	}
	if got := below(t, new); got != "go/ go/bin/ go/bin/tool.exe" {
		t.Errorf("left %s", got)
	}
	in.Close()
	if err := runs.Wait(); err != nil {
		t.Errorf("what ran was disturbed: %v", err)
	}
	// The file is let go of a moment after its process has ended.
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		kept, err := ClearTree(new)
		if !kept && err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it stays: %v", err)
		}
	}
}

// TestRenameWhatRuns: where Windows refuses because of a program that runs, there is nothing to wait for. Wine renames.
func TestRenameWhatRuns(t *testing.T) {
	if onWine() {
		t.Skip("Wine renames a folder out of which a program runs")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(self)
	start := time.Now()
	err = RenameTree(dir, dir+"-elsewhere")
	var heldBy *HeldError
	if err == nil {
		if err := os.Rename(dir+"-elsewhere", dir); err != nil {
			t.Fatal(err)
		}
		t.Skip("this Windows renames a folder out of which a program runs")
	}
	if !errors.As(err, &heldBy) || len(heldBy.By) == 0 {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it waited for %v", took)
	}
}

// waiting starts a copy of this program, which runs until its input is closed.
func waiting(t *testing.T, program string) (runs *exec.Cmd, in io.Closer) {
	t.Helper()
	runs = exec.CommandContext(t.Context(), program)
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
	return runs, in
}
