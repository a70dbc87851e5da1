package platform

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// playHost prints what Read says, or its error.
func playHost([]string) error {
	h, err := Read()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]string{
		"Dir": h.Dir, "UserHome": h.UserHome, "Home": h.Home, "Self": h.Self,
		"Target": h.Target.String(), "MARK": h.Env.Get("GSW_TEST_MARK"), "Arg": h.Args[1],
	})
}

// hostOf runs Read in another process: there dir is the working directory, and these variables are set.
func hostOf(t *testing.T, dir string, environ ...string) (map[string]string, error) {
	t.Helper()
	cmd := actor(t, "host", "argument")
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "GSW_HOME=", "GSW_TEST_MARK=mark", "PWD="+dir)
	cmd.Env = append(cmd.Env, environ...)
	cmd.Stderr = nil
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, errors.New(string(exit.Stderr))
	}
	if err != nil {
		t.Fatal(err)
	}
	h := map[string]string{}
	if err := json.Unmarshal(out, &h); err != nil {
		t.Fatal(err)
	}
	return h, nil
}

func TestRead(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h, err := hostOf(t, dir, homeVariable+"="+home)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Dir": dir, "UserHome": home, "Home": filepath.Join(home, ".gsw"), "Self": self,
		"Target": runtime.GOOS + "-" + runtime.GOARCH, "MARK": "mark", "Arg": "argument",
	} {
		if h[name] != want {
			t.Errorf("%s is %q, want %q", name, h[name], want)
		}
	}
}

func TestReadFindsGswHome(t *testing.T) {
	dir, home, own := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "own")
	for value, want := range map[string]string{
		own:                                    own,
		own + string(filepath.Separator):       own,
		"":                                     filepath.Join(home, ".gsw"),
		"relative":                             filepath.Join(home, ".gsw"),
		"~" + string(filepath.Separator) + "x": filepath.Join(home, ".gsw"),
	} {
		h, err := hostOf(t, dir, homeVariable+"="+home, "GSW_HOME="+value)
		if err != nil || h["Home"] != want {
			t.Errorf("GSW_HOME=%q: %q, want %q (%v)", value, h["Home"], want, err)
		}
	}
}

func TestReadKeepsTheNameOfTheDirectory(t *testing.T) {
	dir := t.TempDir()
	real, link := mkdir(t, filepath.Join(dir, "real")), filepath.Join(dir, "link")
	if err := os.Symlink(real, link); err != nil {
		skip(t, "no symbolic links: %v", err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("Windows knows no PWD")
	}
	for pwd, want := range map[string]string{link: link, real: real, dir: real, "": real, "link": real} {
		if h, err := hostOf(t, link, "PWD="+pwd); err != nil || h["Dir"] != want {
			t.Errorf("PWD=%q: %q, want %q (%v)", pwd, h["Dir"], want, err)
		}
	}
}

func TestLookPath(t *testing.T) {
	dir := t.TempDir()
	a, b := mkdir(t, filepath.Join(dir, "a")), mkdir(t, filepath.Join(dir, "b"))
	program := func(folder, name string, mode fs.FileMode) string {
		path := filepath.Join(folder, Target{OS: runtime.GOOS}.Exe(name))
		write(t, path, "")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inB := program(b, "both", 0o755)
	program(a, "plain", 0o644)
	inA := program(a, "both2", 0o755)
	program(b, "both2", 0o755)
	program(a, "both", 0o644)
	mkdir(t, filepath.Join(a, Target{OS: runtime.GOOS}.Exe("folder")))
	program(dir, "here", 0o755)
	env := func(entries ...string) Env {
		e := NewEnv(Target{OS: runtime.GOOS}, os.Environ())
		return e.WithPath(entries)
	}
	onUnix := runtime.GOOS != "windows" // where a file's permissions say whether it is a program
	for _, test := range []struct {
		file string
		env  Env
		want string
		err  error
	}{
		{"both2", env(a, b), inA, nil},
		{"nothing", env(a, b), "", exec.ErrNotFound},
		{"", env(a, b), "", exec.ErrNotFound},
		{"folder", env(a, b), "", fs.ErrPermission},
		{"here", env("", ".", a), "", exec.ErrNotFound},
		{"here", env(), "", exec.ErrNotFound},
		{"both2", env("a", "b"), "", exec.ErrNotFound},
		{"." + string(filepath.Separator) + "here", env(a), filepath.Join(dir, Target{OS: runtime.GOOS}.Exe("here")), nil},
		{filepath.Join(a, "both2"), env(), inA, nil},
		{filepath.Join("..", "nothing"), env(), "", exec.ErrNotFound},
	} {
		got, err := LookPath(test.file, test.env, dir)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s in %q: %q, %v; want %q, %v", test.file, test.env.Path(), got, err, test.want, test.err)
		}
	}
	if onUnix {
		if got, err := LookPath("both", env(a, b), dir); got != inB {
			t.Errorf("past a file that is no program: %q, %v", got, err)
		}
		if _, err := LookPath("plain", env(a, b), dir); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "plain") {
			t.Errorf("a file that is no program: %v", err)
		}
	}
}

func TestTarget(t *testing.T) {
	if got := forLinux.String() + " " + forLinux.Exe("go") + " " + forWindows.Exe("go"); got != "linux-amd64 go go.exe" {
		t.Error(got)
	}
}
