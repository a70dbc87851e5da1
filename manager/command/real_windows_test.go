package command

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/platform"
)

// TestRealGo is the whole job with the go.exe that runs the tests, packed as the Go project does for Windows: installed,
// chosen by a directory, started by the shim, building and running.
func TestRealGo(t *testing.T) {
	disttest.Long(t)
	goroot, v, settings := disttest.Local(t, t.TempDir())
	h := newHouse(t)
	archive := filepath.Join(h.dir, v.Tag()+".windows-"+disttest.Host().Arch+".zip")
	packGo(t, goroot, archive)
	said := h.must("install", "--trust", "none", "--from", archive)
	at := filepath.Join(h.home, "versions", v.Tag(), "go")
	if want := v.Tag() + "\t" + at + "\tunverified\n"; said != want {
		t.Fatalf("%q, want %q", said, want)
	}
	w := realWorld{house: h, env: append(settings, "GOPROXY=off", "GOTOOLCHAIN=auto", "GOCACHE="+filepath.Join(h.dir, "cache"))}
	w.shim, w.temp = filepath.Join(h.home, "shims", "go.exe"), t.TempDir()

	w.project("main.go", argumentsProgram, "go.mod", "module example.com/arguments\n\ngo 1.21\n", ".go-version", v.Number()+"\n")
	w.says("go version "+v.Tag()+" windows/"+disttest.Host().Arch+"\n", 0, w.shim, "version")
	w.says(at+"\n"+filepath.Join(h.home, "versions", v.Tag(), "bin")+"\n", 0, w.shim, "env", "GOROOT", "GOBIN")
	w.says("", 0, w.shim, "build", "-o", "arguments.exe", ".")
	t.Run("arguments", w.arguments)
	t.Run("streams", w.streams)
	t.Run("killed", w.killed)
	t.Run("switching", func(t *testing.T) { w.switching(t, v.Tag()) })

	// What go install builds is found by its shim after the next gsw command, and goes with its version.
	w.says("", 0, w.shim, "install", ".")
	h.must("list")
	w.says("x\n", 3, filepath.Join(h.home, "shims", "arguments.exe"), "-code=3", "x")
	if _, errs, code := h.run("uninstall", v.Number()); code != exitBusy {
		t.Errorf("uninstalling the default: exit code %d, %s", code, errs)
	}
	h.must("uninstall", "--force", v.Number())
	if left := h.visible(); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// argumentsProgram prints what it was given, a line each, then its input, and ends with the code in -code=N.
const argumentsProgram = `package main

import (
	"io"
	"os"
)

func main() {
	code := 0
	for _, arg := range os.Args[1:] {
		if len(arg) == 7 && arg[:6] == "-code=" {
			code = int(arg[6] - '0')
		} else if arg == "-input" {
			io.Copy(os.Stdout, os.Stdin)
			os.Stderr.WriteString("read\n")
		} else if arg == "-stay" {
			os.Stdout.WriteString("ready\n")
			select {}
		} else {
			os.Stdout.WriteString(arg + "\n")
		}
	}
	os.Exit(code)
}
`

// realWorld is a house, and what programs started in it see.
type realWorld struct {
	*house
	env  []string
	shim string
	temp string // the go command passes over a go.mod right there
}

// in is the world for a part of a test.
func (w realWorld) in(t *testing.T) realWorld {
	h := *w.house
	h.t = t
	w.house = &h
	return w
}

func (w realWorld) project(files ...string) {
	w.t.Helper()
	for pair := range slices.Chunk(files, 2) {
		if err := os.WriteFile(filepath.Join(w.dir, pair[0]), []byte(pair[1]), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

// started is a program with the environment of a user whose PATH begins with the shims.
func (w realWorld) started(program string, args ...string) *exec.Cmd {
	cmd := w.command()
	cmd.Path, cmd.Args = program, append([]string{program}, args...)
	cmd.Env = append(cmd.Env, w.env...)
	cmd.Env = append(cmd.Env, "PATH="+filepath.Join(w.house.home, "shims")+";"+os.Getenv("SystemRoot")+`\System32`,
		"USERPROFILE="+w.dir, "LOCALAPPDATA="+w.dir, "APPDATA="+w.dir, "TEMP="+w.temp, "TMP="+w.temp)
	return cmd
}

func (w realWorld) says(want string, code int, program string, args ...string) {
	w.t.Helper()
	got, errs, ended := finish(w.t, w.started(program, args...))
	if got != want || ended != code {
		w.t.Errorf("%s %q: exit code %d, %q, want %d, %q\n%s", filepath.Base(program), args, ended, got, code, want, errs)
	}
}

// arguments and exit codes pass through go.exe behind the shim, and through a shim of a tool.
func (w realWorld) arguments(t *testing.T) {
	w = w.in(t)
	args := []string{
		"a b", "", `"`, `say "hi"`, `\`, `tail\`, `C:\Program Files\`, `a\"b`, `\\\"`, "%PATH%", "100%", "^", "a^b", "&", "|", "<x>", "!x!", "*", "?.go",
		"ünï", "日本語", "\U0001f600", "'", "(", ";", ",", "=", "\t",
	}
	want := strings.Join(args, "\n") + "\n"
	w.says(want, 0, w.shim, append([]string{"run", "."}, args...)...)
	w.says(want, 0, filepath.Join(w.dir, "arguments.exe"), args...)
	w.says("x\n", 1, w.shim, "run", ".", "-code=4", "x") // go run ends with 1, whatever the program ends with
	w.says("", 2, w.shim, "no-such-command")
}

// streams: input, output and errors are the program's own.
func (w realWorld) streams(t *testing.T) {
	w = w.in(t)
	cmd := w.started(w.shim, "run", ".", "-input")
	cmd.Stdin = strings.NewReader("in\r\n\x00\x1aout")
	out, errs, code := finish(t, cmd)
	if out != "in\r\n\x00\x1aout" || errs != "read\n" || code != 0 {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
}

// killed: the end of a shim is the end of what it started.
func (w realWorld) killed(t *testing.T) {
	w = w.in(t)
	w.says("", 0, w.shim, "install", ".")
	w.must("list")
	shim := w.started(filepath.Join(w.house.home, "shims", "arguments.exe"), "-stay")
	out, err := shim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shim.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	// While it runs its toolchain is held, and by whom is told.
	if _, errs, code := w.run("uninstall", "--force", "nothing"); code != exitUsage {
		t.Errorf("exit code %d: %s", code, errs)
	}
	versions := filepath.Join(w.house.home, "versions")
	if held, err := platform.Running(versions); err != nil || len(held) != 1 {
		all, _ := platform.Running(`C:\`)
		t.Errorf("running: %v, %v, %v", held, err, all)
	}
	if err := shim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, lines)
		ended <- err
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("what the shim started outlives it")
	}
	_ = shim.Wait()
}

// switching: the go command finds a release by its name among the shims, and asks nobody.
func (w realWorld) switching(t *testing.T, tag string) {
	w = w.in(t)
	w.env = append(w.env, "GOTOOLCHAIN="+tag+"+path")
	w.says("go version "+tag+" windows/"+disttest.Host().Arch+"\n", 0, filepath.Join(w.house.home, "shims", tag+".exe"), "version")
	w.env = append(w.env, "GOTOOLCHAIN=go1.99.1+path")
	_, errs, code := finish(t, w.started(w.shim, "version"))
	if code == 0 || !strings.Contains(errs, "go1.99.1") {
		t.Errorf("a release that is not there: exit code %d, %s", code, errs)
	}
}

// packGo packs a GOROOT, without what only those need who work on Go itself.
func packGo(t *testing.T, goroot, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	zw := zip.NewWriter(f)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	err = filepath.WalkDir(goroot, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(goroot, path)
		name = filepath.ToSlash(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "src/cmd" || name == "test" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		entry, err := zw.CreateHeader(&zip.FileHeader{Name: "go/" + name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = entry.Write(data)
		return err
	})
	if err := errors.Join(err, zw.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}
