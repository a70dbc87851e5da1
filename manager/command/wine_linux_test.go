package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/platform/platformtest"
)

// stubbornGo is a go.exe that takes Ctrl-C for what a test runner does: it finishes, and says so by its exit code.
const stubbornGo = `package main

import (
	"os"
	"os/signal"
	"time"
)

func main() {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	os.Stdout.WriteString("ready\n")
	select {
	case <-interrupts:
		time.Sleep(300 * time.Millisecond) // a shim that does not wait has ended by then
		os.Stdout.WriteString("interrupted\n")
		os.Exit(42)
	case <-time.After(time.Minute):
		os.Exit(1)
	}
}
`

// TestWineInterrupt types Ctrl-C on a console of Windows in which the small program is go.exe: the real go.exe gets it,
// the shim outlives it, and its exit code is the shim's.
func TestWineInterrupt(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	wine := wineProgram(t)
	home, work := filepath.Join(t.TempDir(), ".gsw"), t.TempDir()
	toolchain := filepath.Join(home, "versions", "go1.22.3")
	for _, dir := range []string{filepath.Join(toolchain, "go", "bin"), filepath.Join(toolchain, "bin"), filepath.Join(home, "shims")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{
		filepath.Join(toolchain, "receipt.json"): `{"schema_version": 1, "version": "go1.22.3"}`,
		filepath.Join(home, "default"):           `versions\go1.22.3` + "\n",
		filepath.Join(work, "main.go"):           stubbornGo,
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	crossBuild(t, filepath.Join(work, "main.go"), filepath.Join(toolchain, "go", "bin", "go.exe"))
	crossBuild(t, "gsw/shims/gsw-shim", filepath.Join(home, "shims", "go.exe"))

	shown, code := interruptedBy(t, wine, home, filepath.Join(home, "shims", "go.exe"))
	if code != 42 || !strings.Contains(shown, "interrupted") {
		t.Errorf("exit code %d: %q", code, shown)
	}
}

// interruptedBy runs a program of Windows on a terminal, and types Ctrl-C once it has said that it is ready.
func interruptedBy(t *testing.T, wine, home, program string) (shown string, code int) {
	t.Helper()
	cmd := exec.Command(wine, program)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GSW_HOME=Z:"+strings.ReplaceAll(home, "/", `\`))
	text := shownBy(t, platformtest.Session{Patience: 2 * time.Minute, Keys: []platformtest.Keys{{After: "ready", Typed: "\x03"}}}, cmd)
	return string(text), cmd.ProcessState.ExitCode()
}

// wineProgram starts programs of Windows: the go command's way, if that is on PATH, else the project's own.
func wineProgram(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		disttest.Need(t, "a tree with wine is entered by root only")
	}
	wine, err := exec.LookPath("go_windows_amd64_exec")
	if err != nil {
		if wine, err = filepath.Abs(filepath.Join("..", "..", "scripts", "wine", "go_windows_amd64_exec")); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := exec.Command(wine, "cmd", "/c", "exit 0").CombinedOutput(); err != nil {
		disttest.Need(t, "no wine: %v, %s; scripts/wine/setup.sh makes it", err, said)
	}
	return wine
}

func crossBuild(t *testing.T, from, to string) {
	t.Helper()
	build := exec.Command("go", "build", "-trimpath", "-o", to, from)
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s for Windows: %v\n%s", from, err, said)
	}
}
