package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gsw/platform"
	"gsw/scripts"
)

// TestWindowsElvish runs the hook in an elvish for Windows, which .ci/run builds: twice, and as the line of rc.elv loads it.
func TestWindowsElvish(t *testing.T) {
	program := os.Getenv("GSW_TEST_ELVISH_EXE")
	if program == "" {
		cannot(t, "GSW_TEST_ELVISH_EXE names no elvish for Windows")
	}
	s, err := scripts.Find("elvish")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	home := filepath.Join(dir, "it's me", ".gsw")
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(scripts.HookFile(s, home), []byte(scripts.Sourced(s, filepath.Join(home, "bin", "gsw.exe"), home)), 0o644); err != nil {
		t.Fatal(err)
	}
	target := platform.Target{OS: "windows"}
	edits, err := scripts.Install(s, scripts.User{
		Target: target, Env: platform.NewEnv(target, []string{"APPDATA=" + dir}), UserHome: dir, Home: home, ReadFile: os.ReadFile,
	})
	if err != nil || len(edits) != 1 || edits[0].File != filepath.Join(dir, "elvish", "rc.elv") {
		t.Fatalf("%v, %v", edits, err)
	}
	script := filepath.Join(dir, "script.elv")
	text := string(edits[0].New) + string(edits[0].New) + "print $E:PATH\necho\nput (count $paths) $paths[0] | to-lines\n"
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-norc", script)
	const theirs = `C:\Go\bin;C:\windows\system32`
	cmd.Env = append(os.Environ(), "PATH="+theirs)
	said, err := cmd.CombinedOutput()
	shims := filepath.Join(home, "shims")
	want := shims + ";" + filepath.Join(home, "bin") + ";" + theirs + "\n4\n" + shims + "\n"
	if got := strings.ReplaceAll(string(said), "\r", ""); err != nil || got != want {
		t.Errorf("%v: %q, want %q", err, got, want)
	}
}

// TestWindowsNu: PATH is a list of what stands between semicolons, and the colon behind a drive stays in its folder.
func TestWindowsNu(t *testing.T) {
	s, err := scripts.Find("nu")
	if err != nil {
		t.Fatal(err)
	}
	got := s.Export([]platform.Change{{Name: "Path", Is: true, New: `C:\Users\me\.gsw\shims;D:\x y`}, {Name: "GOBIN", Is: true, New: `C:\b`}})
	if want := `{PATH: ['C:\Users\me\.gsw\shims', 'D:\x y'], GOBIN: 'C:\b'}` + "\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
