package platform

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// TestMain makes the test program its own supporting cast: what needs a process of its own runs the same file with a role.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == ConfinedWord {
		os.Exit(Confined())
	}
	role := os.Getenv("GSW_TEST_ROLE")
	if role == "" {
		os.Exit(m.Run())
	}
	play, ok := roles()[role]
	if !ok {
		fmt.Fprintf(os.Stderr, "no role %q\n", role)
		os.Exit(99)
	}
	if err := play(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// roles maps the names to what a process in that role does with its arguments.
func roles() map[string]func([]string) error {
	all := map[string]func([]string) error{
		"count": playCount,
		"hold":  playHold,
		"host":  playHost,
		"exec":  playExec,
	}
	for name, play := range systemRoles() {
		all[name] = play
	}
	return all
}

// actor prepares a process that plays a role. It starts with this process's environment.
func actor(t testing.TB, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), "GSW_TEST_ROLE="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// skip ends a test that this machine can't run. GSW_TEST_REQUIRE=all says that it should be able to.
func skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("GSW_TEST_REQUIRE") == "all" {
		t.Fatalf("GSW_TEST_REQUIRE=all, but: "+format, args...)
	}
	t.Skipf(format, args...)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t testing.TB, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// noLeftovers looks for what a verb prepared beside its result and forgot.
func noLeftovers(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if of, ok := Leftover(entry.Name()); ok {
			t.Errorf("%s is left over from %s", entry.Name(), of)
		}
	}
}
