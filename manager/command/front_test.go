//go:build unix

package command

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gsw/manager/dist/disttest"
	"gsw/manager/gover"
	"gsw/manager/store"
	"gsw/platform"
)

// buildSmall makes the small program, of the same edition as the test binary, which is the complete one.
func buildSmall(t testing.TB, out string, tags ...string) {
	t.Helper()
	build := exec.Command("go", append([]string{"build", "-buildvcs=false", "-o", out}, append(tags, "gsw/shims/gsw-shim")...)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the small program: %v\n%s", err, text)
	}
}

// unpacked makes the user's gsw a file of its own, as one from a release is: what lies beside it counts.
func (u *user) unpacked() {
	u.t.Helper()
	self, err := os.Executable()
	if err == nil {
		err = os.Remove(u.program)
	}
	if err == nil && os.Link(self, u.program) != nil {
		err = platform.CopyFile(self, u.program, false)
	}
	if err != nil {
		u.t.Fatal(err)
	}
}

// faces is a user whose gsw was installed with both programs.
type faces struct {
	*user
	small string // beside a gsw-full that refuses to do anything
}

// declined is the exit code of a complete program that was to have no part.
const declined = 99

func newFaces(t *testing.T) *faces {
	u := newUser(t, "me", "1.22.3", "1.21.6", "1.20.14", "1.23rc1")
	f := &faces{user: u, small: filepath.Join(u.dir, "alone", "gsw")}
	u.unpacked()
	buildSmall(t, filepath.Join(filepath.Dir(u.program), "gsw-shim"))
	if got := u.run(u.home, u.program, "install", "1.22.3"); got.code != 0 {
		t.Fatal(got.err)
	}
	if got := u.run(u.home, u.program, "init", "bash"); got.code != 0 {
		t.Fatal(got.err)
	}
	if err := os.Mkdir(filepath.Dir(f.small), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := platform.CopyFile(u.bin("gsw"), f.small, false); err != nil {
		t.Fatal(err)
	}
	u.write(f.small+"-full", "#!/bin/sh\nexit 99\n")
	if err := os.Chmod(f.small+"-full", 0o755); err != nil {
		t.Fatal(err)
	}
	return f
}

func (u *user) bin(name string) string { return filepath.Join(u.gsw, "bin", name) }

// use is a default that is there before a case begins.
func (f *faces) use(version string) {
	f.t.Helper()
	host, err := platform.Read()
	if err != nil {
		f.t.Fatal(err)
	}
	host.Home, host.Env = f.gsw, platform.NewEnv(host.Target, nil)
	if err := store.Open(host).Activate(f.t.Context(), gover.MustParse(version)); err != nil {
		f.t.Fatal(err)
	}
}

// start runs a program as gsw.
func (f *faces) start(dir, program string, env, args []string) outcome {
	f.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Args[0] = "gsw"
	cmd.Dir, cmd.Env = dir, append(append(slices.Clone(f.env), "PWD="+dir), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		f.t.Fatalf("running %s: %v", program, err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// TestBothFacesAgree: whether the small program answers or the complete one is nobody's to see.
func TestBothFacesAgree(t *testing.T) {
	t.Parallel()
	f := newFaces(t)
	mirror := "GSW_MIRROR=" + f.server.DL()
	pinned := f.project("pinned", ".go-version", "1.21\n")
	broken := f.project("broken", ".go-version", "\x1b[31mfrob\n")
	lifted := f.project("lifted", "go.mod", "module m\n\ngo 1.22\n")
	empty := filepath.Join(f.dir, "empty")
	receipt := filepath.Join(f.gsw, "versions", "go1.20.14", "receipt.json")
	whole, err := os.ReadFile(receipt)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(f.gsw, "config.toml")
	list := filepath.Join(f.gsw, "cache", "index", "versions")
	kept := func() {
		if got := f.start(f.home, f.bin("gsw-full"), []string{mirror}, []string{"list-remote"}); got.code != 0 {
			t.Fatal(got.err)
		}
	}
	cases := []struct {
		name   string
		served bool // by the small program
		args   string
		dir    string
		env    []string
		before func()
	}{
		{name: "use another", served: true, args: "use 1.21"},
		{name: "use the same", served: true, args: "use go1.22.3"},
		{name: "use quietly", served: true, args: "use -q 1.20.14"},
		{name: "use, quiet after", served: true, args: "default 1.20 --quiet"},
		{name: "use what is asked for", served: true, args: "use", dir: pinned},
		{name: "use where a pin is nearer", served: true, args: "use 1.20", dir: pinned},
		{name: "use where a variable is nearer", served: true, args: "global 1.20", env: []string{"GSW_VERSION=1.21"}},
		{name: "use where a go line lifts", served: true, args: "use 1.20", dir: lifted},
		{name: "use where a pin is broken", served: true, args: "use 1.20", dir: broken},
		{name: "use a pre-release", served: true, args: "use rc"},
		{name: "use an alias", served: true, args: "use old", before: func() { f.write(config, "[alias]\nold = \"1.20\"\n") }},
		{name: "use with no default", served: true, args: "use 1.22", before: func() { _ = os.Remove(filepath.Join(f.gsw, "current")) }},
		{name: "use with a dangling default", served: true, args: "use 1.22", before: func() {
			_ = os.Remove(filepath.Join(f.gsw, "current"))
			_ = os.Symlink("versions/go1.19", filepath.Join(f.gsw, "current"))
		}},
		{name: "use with a folder in the way", args: "use 1.22", before: func() {
			_ = os.Remove(filepath.Join(f.gsw, "current"))
			_ = os.Mkdir(filepath.Join(f.gsw, "current"), 0o755)
		}},
		{name: "use what is missing", args: "use 1.19"},
		{name: "use nonsense", args: "use \x1b[31mfrob"},
		{name: "use nothing", args: "use"},
		{name: "use two", args: "use 1.22 1.21"},
		{name: "use system", args: "use system"},
		{name: "use --json", args: "use --json 1.21"},
		{name: "use, short flags", args: "use -p 1.21", dir: f.project("mine")},
		{name: "list", served: true, args: "list"},
		{name: "list pinned", served: true, args: "ls", dir: pinned},
		{name: "list where a pin is broken", served: true, args: "versions", dir: broken},
		{name: "list with a damaged receipt", served: true, args: "list", before: func() { f.write(receipt, "{\n") }},
		{name: "list of an empty home", served: true, args: "list", env: []string{"GSW_HOME=" + empty}},
		{name: "list of a home that is no path", served: true, args: "list", env: []string{"GSW_HOME=here"}},
		{name: "list quietly", served: true, args: "list -q", env: []string{"GSW_HOME=here"}},
		{name: "list with a system store", served: true, args: "list", env: []string{"GSW_HOME=" + empty, "GSW_SYSTEM=" + f.gsw}},
		{name: "list with a broken mirror", served: true, args: "list", env: []string{"GSW_MIRROR=gopher://x"}},
		{name: "list with a broken setting", args: "list", before: func() { f.write(config, "frob = 1\n") }},
		{name: "list, an argument", args: "list 1.22"},
		{name: "list --json", args: "list --json"},
		{name: "list --help", args: "list --help"},
		{name: "list --color", args: "list --color always"},
		{name: "list, bad flag", args: "list --frob"},
		{name: "current", served: true, args: "current"},
		{name: "current pinned", served: true, args: "current", dir: pinned},
		{name: "current lifted", served: true, args: "current", dir: lifted, before: func() { f.use("1.20.14") }},
		{name: "current broken", args: "current", dir: broken},
		{name: "current of an empty home", args: "current", env: []string{"GSW_HOME=" + empty}},
		{name: "list-remote", served: true, args: "list-remote", env: []string{mirror}, before: kept},
		{name: "list-remote of a line", served: true, args: "ls-remote 1.21", env: []string{mirror}, before: kept},
		{name: "list-remote rc", served: true, args: "list-remote rc", env: []string{mirror}, before: kept},
		{name: "list-remote, no such", args: "list-remote 1.9", env: []string{mirror}, before: kept},
		{name: "list-remote, damaged", args: "list-remote", env: []string{mirror}, before: func() { kept(); f.write(list, "gsw versions 1 0\n\n") }},
		{name: "list-remote of another mirror", args: "list-remote", env: []string{"GSW_MIRROR=" + f.server.DL() + "/"}, before: kept},
		{name: "list-remote --all", args: "list-remote --all", env: []string{mirror}, before: kept},
		{name: "no command", args: ""},
		{name: "a typing mistake", args: "lst"},
		{name: "the version", args: "version"},
		{name: "help", args: "help"},
		{name: "another Go", args: "+1.21 go version"},
		{name: "another verb", args: "where 1.22"},
	}
	for _, c := range cases {
		begin := func() {
			_ = os.RemoveAll(filepath.Join(f.gsw, "cache", "index"))
			if info, err := os.Lstat(filepath.Join(f.gsw, "current")); err == nil && info.IsDir() {
				_ = os.Remove(filepath.Join(f.gsw, "current"))
			}
			if err := os.Remove(config); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			f.write(receipt, string(whole))
			f.use("1.22.3")
			if c.before != nil {
				c.before()
			}
		}
		dir := c.dir
		if dir == "" {
			dir = f.home
		}
		args := strings.Fields(c.args)
		begin()
		want := f.start(dir, f.bin("gsw-full"), c.env, args)
		after, _ := os.Readlink(filepath.Join(f.gsw, "current"))
		begin()
		got := f.start(dir, f.bin("gsw"), c.env, args)
		if got != want {
			t.Errorf("%s: the small program gives %+v\nthe complete one %+v", c.name, got, want)
		}
		if now, _ := os.Readlink(filepath.Join(f.gsw, "current")); now != after {
			t.Errorf("%s: the default is %s, with the complete program %s", c.name, now, after)
		}
		begin()
		if alone := f.start(dir, f.small, c.env, args); c.served && alone != want || !c.served && alone != (outcome{code: declined}) {
			t.Errorf("%s: alone, the small program gives %+v", c.name, alone)
		}
	}
}

// What lies in GSW_HOME/bin is of one edition, whatever was there before.
func TestPrograms(t *testing.T) {
	t.Parallel()
	u := newUser(t, "me", "1.22.3")
	u.unpacked()
	beside := filepath.Join(filepath.Dir(u.program), "gsw-shim")
	settle := func(want ...string) {
		t.Helper()
		if got := u.run(u.home, u.program, "init", "bash"); got.code != 0 {
			t.Fatal(got.err)
		}
		if got := u.run(u.home, u.program, "install", "1.22.3"); got.code != 0 {
			t.Fatal(got.err)
		}
		var have []string
		for _, name := range []string{"gsw", "goswitch", "gsw-full", "gsw-shim"} {
			if _, err := os.Stat(u.bin(name)); err == nil {
				have = append(have, name)
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("in bin: %q, want %q", have, want)
		}
		u.wantWorking()
	}
	alone := []string{"gsw", "goswitch"}
	both := []string{"gsw", "goswitch", "gsw-full", "gsw-shim"}
	settle(alone...)

	buildSmall(t, beside)
	settle(both...)
	if small, complete := u.size("gsw"), u.size("gsw-full"); small != u.size("gsw-shim") || small >= complete {
		t.Errorf("gsw has %d bytes, gsw-full %d", small, complete)
	}
	if got := u.run(u.home, u.bin("gsw"), "install", "1.22.3"); got.code != 0 { // the copy itself, started again
		t.Error(got.err)
	}
	settle(both...)

	// The complete one alone was renewed: a small one from before goes away, also where it lies beside.
	if err := os.Remove(beside); err != nil {
		t.Fatal(err)
	}
	settle(alone...)
	for what, script := range map[string]string{"of another edition": "echo v0.1.0", "that knows no edition": "exit 126"} {
		buildSmall(t, beside)
		settle(both...)
		u.write(beside, "#!/bin/sh\n"+script+"\n")
		settle(alone...)
		if err := os.Remove(beside); err != nil {
			t.Fatal(err, what)
		}
	}

	// A home that an older gsw made: gsw is complete there, shims are links to gsw-shim.
	u.write(u.bin("gsw-shim"), "#!/bin/sh\nexit 126\n")
	for _, name := range []string{"go", "gofmt"} {
		if err := platform.PointFile(filepath.Join(u.gsw, "shims", name), "../bin/gsw-shim"); err != nil {
			t.Fatal(err)
		}
	}
	settle(alone...)
	buildSmall(t, beside)
	settle(both...)
}

// wantWorking starts everything that GSW_HOME offers.
func (u *user) wantWorking() {
	u.t.Helper()
	for _, program := range []string{"bin/gsw", "bin/goswitch"} {
		if got := u.run(u.home, filepath.Join(u.gsw, program), "current"); got.out != "go1.22.3 (the default)\n" || got.err != "" {
			u.t.Errorf("%s current: %+v", program, got)
		}
		if got := u.run(u.home, filepath.Join(u.gsw, program), "version"); got.code != 0 || !strings.HasPrefix(got.out, "gsw ") {
			u.t.Errorf("%s version: %+v", program, got)
		}
	}
	want := "go version go1.22.3 " + strings.ReplaceAll(disttest.Host().String(), "-", "/") + "\n"
	if got := u.run(u.home, filepath.Join(u.gsw, "shims", "go"), "version"); got.out != want || got.err != "" {
		u.t.Errorf("shims/go version: %+v", got)
	}
}

func (u *user) size(name string) int64 {
	u.t.Helper()
	info, err := os.Stat(u.bin(name))
	if err != nil {
		u.t.Fatal(err)
	}
	return info.Size()
}

// Without its complete program the small one still serves what it can, and says what is wrong with the rest.
func TestCompleteProgramMissing(t *testing.T) {
	t.Parallel()
	f := newFaces(t)
	if err := os.Remove(f.bin("gsw-full")); err != nil {
		t.Fatal(err)
	}
	if got := f.run(f.home, f.bin("gsw"), "use", "1.22.3"); got.code != 0 || !strings.Contains(got.err, "go1.22.3 is the default") {
		t.Errorf("%+v", got)
	}
	got := f.run(f.home, f.bin("gsw"), "why")
	if got.code != 126 || !strings.Contains(got.err, "gsw: gsw-full is missing in ") || !strings.Contains(got.err, "install gsw again") {
		t.Errorf("%+v", got)
	}
	// A copy of the small one in its place does not become itself for ever.
	if err := platform.CopyFile(f.bin("gsw"), f.bin("gsw-full"), false); err != nil {
		t.Fatal(err)
	}
	if got := f.run(f.home, f.bin("gsw"), "why"); got.code != 126 || !strings.Contains(got.err, "gsw-full is not the complete program") {
		t.Errorf("%+v", got)
	}
}
