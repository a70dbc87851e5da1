package shims_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
	"gsw/manager/receipt"
	"gsw/manager/store"
	"gsw/platform"
	"gsw/shims"
)

// TestMain makes the test binary a shim, by the name it is started with.
func TestMain(m *testing.M) {
	if !strings.Contains(os.Args[0], ".test") {
		host, err := platform.Read()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(shims.Run(host))
	}
	os.Exit(m.Run())
}

// world is a user's home with toolchains whose go is a real program.
type world struct {
	t     *testing.T
	dir   string
	home  string
	store store.Store
	env   []string
}

func newWorld(t *testing.T, versions ...string) *world {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "a b'ü")}
	w.home = filepath.Join(w.dir, ".gsw")
	host, err := platform.Read()
	if err != nil {
		t.Fatal(err)
	}
	host.Home, host.Env = w.home, platform.NewEnv(host.Target, nil)
	w.store = store.Open(host)
	for i, version := range versions {
		tree := disttest.Fake(t, version, disttest.Host())
		st, err := w.store.Begin(t.Context(), tree.Version, nil)
		if err != nil {
			t.Fatal(err)
		}
		tree.Write(t, st.Go())
		if _, err := st.Commit(t.Context(), receipt.Receipt{Version: tree.Version, Target: disttest.Host().String()}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := w.store.Activate(t.Context(), tree.Version); err != nil {
				t.Fatal(err)
			}
		}
	}
	shim := filepath.Join(w.store.Bin(), "gsw-shim")
	if err := os.MkdirAll(w.store.Bin(), 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Link(self, shim) != nil {
		if err := platform.CopyFile(self, shim, false); err != nil {
			t.Fatal(err)
		}
	}
	w.refresh()
	w.env = []string{"HOME=" + w.dir, "PATH=" + w.store.Shims() + ":/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	return w
}

// project makes a folder with files, given as name and content.
func (w *world) project(name string, files ...string) string {
	w.t.Helper()
	dir := filepath.Join(w.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		w.write(filepath.Join(dir, files[i]), files[i+1], 0o644)
	}
	return dir
}

func (w *world) write(file, text string, mode os.FileMode) string {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// tool puts a program into a version's GOBIN and gives it a shim.
func (w *world) tool(version, name string) {
	w.t.Helper()
	gobin := filepath.Join(w.home, "versions", version, "bin")
	w.write(filepath.Join(gobin, name), "#!/bin/sh\necho "+name+" of "+version+" \"$@\"\n", 0o755)
	w.refresh()
}

func (w *world) refresh() {
	w.t.Helper()
	if err := w.store.Refresh(w.t.Context(), "../bin/gsw-shim"); err != nil {
		w.t.Fatal(err)
	}
}

type result struct {
	out, err string
	code     int
}

// command is a shim about to run, started by its absolute path unless name is
// one, in dir.
func (w *world) command(dir, name string, args ...string) *exec.Cmd {
	file := name
	if !filepath.IsAbs(name) {
		file = filepath.Join(w.store.Shims(), name)
	}
	cmd := exec.Command(file, args...)
	cmd.Dir, cmd.Env = dir, append(slices.Clone(w.env), "PWD="+dir)
	return cmd
}

func (w *world) run(dir, name string, args ...string) result {
	w.t.Helper()
	return w.finish(w.command(dir, name, args...))
}

func (w *world) finish(cmd *exec.Cmd) result {
	w.t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		w.t.Fatalf("running %s: %v", cmd, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func (w *world) want(got result, code int, out string, err ...string) {
	w.t.Helper()
	if got.code != code || got.out != out {
		w.t.Errorf("exit code %d, stdout %q; want %d and %q\nstderr: %s", got.code, got.out, code, out, got.err)
	}
	if len(err) == 0 && got.err != "" {
		w.t.Errorf("stderr: %s", got.err)
	}
	for _, text := range err {
		if !strings.Contains(got.err, text) {
			w.t.Errorf("stderr lacks %q:\n%s", text, got.err)
		}
	}
}

func version(number string) string {
	return "go version go" + number + " " + strings.ReplaceAll(disttest.Host().String(), "-", "/") + "\n"
}

func TestDirectoryChooses(t *testing.T) {
	w := newWorld(t, "1.22.3", "1.21.6", "1.20.14")
	for _, v := range []string{"go1.21.6", "go1.22.3"} {
		w.tool(v, "lint")
	}
	w.tool("go1.21.6", "old")
	for _, test := range []struct {
		name  string
		files []string
		want  string
	}{
		{"none", nil, "1.22.3"},
		{"exact", []string{".go-version", "1.21.6\n"}, "1.21.6"},
		{"exact/inner", nil, "1.21.6"},
		{"line", []string{".go-version", "\ufeff# ours\r\n\r\n go1.20.x \r\n"}, "1.20.14"},
		{"asdf", []string{".tool-versions", "nodejs 20\ngolang 1.21.6 # why\n"}, "1.21.6"},
		{"toolchain", []string{"go.mod", "module m\n\ngo 1.20\n\ntoolchain go1.21.6\n"}, "1.21.6"},
		{"toolchain/older", []string{".go-version", "1.20", "go.mod", "module m\n\ngo 1.21.0\n"}, "1.22.3"},
		{"exact/range", []string{".go-version", ">=1.20 <1.21"}, "1.20.14"},
		{"name with 'blanks' and \"ünï\"\n", []string{".go-version", "1.21.6"}, "1.21.6"},
	} {
		dir := w.project(test.name, test.files...)
		w.want(w.run(dir, "go", "version"), 0, version(test.want))
		w.want(w.run(dir, "gofmt"), 0, "gofmt of go"+test.want+"\n")
		w.want(w.run(dir, "go", "env", "GOROOT", "GOBIN"), 0,
			w.home+"/versions/go"+test.want+"/go\n"+w.home+"/versions/go"+test.want+"/bin\n")
	}
	exact := w.project("exact")
	w.want(w.run(exact, "lint", "a b"), 0, "lint of go1.21.6 a b\n")
	w.want(w.run(w.project("none"), "lint"), 0, "lint of go1.22.3\n")
	w.want(w.run(exact, "go", "+1.20", "version"), 0, version("1.20.14"))
	w.want(w.run(exact, "go", "+latest", "version"), 0, version("1.22.3"))
	w.want(w.run(exact, "lint", "+1.22", "+x"), 0, "lint of go1.22.3 +x\n")
	w.want(w.run(exact, "go", "+1.22.3"), 2, "", "fake go: no command") // the program's own exit code
	w.want(w.run(exact, "go", "args", "+1.22.3"), 0, "+1.22.3\n")       // only the first argument chooses
	w.env = append(w.env, "GSW_VERSION=1.20")
	w.want(w.run(exact, "go", "version"), 0, version("1.20.14"))
}

func TestArgumentsAndExitCode(t *testing.T) {
	w := newWorld(t, "1.22.3")
	args := []string{"", " ", "a b", `"quoted"`, "it's", "new\nline", "ünï 中", "\xff\xfe", "$HOME", "*", `\`, "-x", "--", "+1", "+"}
	w.want(w.run(w.dir, "go", append([]string{"args"}, args...)...), 0, strings.Join(args, "\n")+"\n")
	w.want(w.run(w.dir, "go", "args", "+"), 0, "+\n")
	w.want(w.run(w.dir, "go"), 2, "", "fake go: no command")
	for _, code := range []int{0, 1, 2, 3, 126, 127, 130, 255} {
		w.want(w.run(w.dir, "go", "exit", fmt.Sprint(code)), code, "")
	}
}

// The program is the shim's own process: whoever has its number has the
// program, and no signal needs to be passed on.
func TestSameProcess(t *testing.T) {
	w := newWorld(t, "1.22.3")
	signals := []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, signals...) // what is ignored here, as under nohup, would be ignored by what is started
	defer signal.Stop(heard)
	for _, sent := range signals {
		cmd := w.command(w.dir, "go", "sleep", "30s")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		exe := fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid)
		want := filepath.Join(w.home, "versions", "go1.22.3", "go", "bin", "go")
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			file, err := os.Readlink(exe)
			if file == want {
				break
			}
			if errors.Is(err, os.ErrNotExist) || time.Now().After(deadline) {
				t.Fatalf("process %d never became %s: %s, %v", cmd.Process.Pid, want, file, err)
			}
		}
		if err := cmd.Process.Signal(sent); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != sent {
			t.Errorf("%v: the program ended with %v", sent, cmd.ProcessState)
		}
	}
}

// nohup relies on what a program inherits. Of the signals a parent ignored these are the two that Go's runtime leaves
// alone; the others are as they are by default when a shim becomes its program.
func TestInheritsWhatItsParentSet(t *testing.T) {
	w := newWorld(t, "1.22.3")
	ask := func(file string) string {
		cmd := w.command(w.dir, "/bin/sh", "-c", `trap '' HUP INT; ulimit -Sn 77; umask 027; exec "$1" "$2" 9</dev/null`, "sh", file, "x")
		cmd.Env = append(cmd.Env, "GSW_VERSION=")
		return w.finish(cmd).out
	}
	// Builtins alone: a shell that is just starting a process blocks all signals.
	report := "#!/bin/sh\nwhile read -r line; do case $line in SigIgn* | SigBlk*) echo \"$line\" ;; esac; done </proc/$$/status\nulimit -Sn; umask; test -e /proc/$$/fd/9 && echo open\n"
	w.tool("go1.22.3", "report")
	direct := w.write(filepath.Join(w.home, "versions", "go1.22.3", "bin", "report"), report, 0o755)
	if through, straight := ask(filepath.Join(w.store.Shims(), "report")), ask(direct); through != straight || straight == "" {
		t.Errorf("through the shim:\n%s\nwithout:\n%s", through, straight)
	}
}

func TestWhatIsMissing(t *testing.T) {
	w := newWorld(t, "1.22.3", "1.21.6")
	w.tool("go1.21.6", "lint")
	pinned := w.project("pinned", ".go-version", "# ours\n1.19.1\n")
	w.want(w.run(pinned, "go", "version"), 3, "",
		"gsw: go1.19.1 is not installed (set by "+pinned+"/.go-version:2)\n", "gsw: hint: gsw install 1.19.1\n")
	w.want(w.run(w.dir, "go", "+1.18", "version"), 3, "",
		"gsw: no installed Go is 1.18 (given on the command line)\n", "gsw: hint: gsw install 1.18\n")
	w.want(w.run(w.project("line", ".go-version", "1.19"), "go", "build"), 3, "", "no installed Go is 1.19", "gsw install 1.19\n")
	w.want(w.run(w.dir, "lint"), 127, "",
		"gsw: lint is not installed under go1.22.3\n", "gsw: hint: ", "gsw +1.21.6 lint\n")
	broken := w.project("broken", ".go-version", "1.22.3; rm -rf /\n")
	w.want(w.run(broken, "go", "version"), 2, "", "gsw: "+broken+"/.go-version:1: \"1.22.3; rm -rf /\" ", "gsw: hint: ")
	w.want(w.run(w.dir, "go", "+../../x", "version"), 2, "", "gsw: ", "../../x")
}

func TestWhatCannotRun(t *testing.T) {
	w := newWorld(t, "1.22.3")
	w.tool("go1.22.3", "lint")
	w.tool("go1.22.3", "folder")
	gobin := filepath.Join(w.home, "versions", "go1.22.3", "bin")
	w.write(filepath.Join(gobin, "lint"), "#!/nowhere/sh\n", 0o755)
	w.want(w.run(w.dir, "lint"), 126, "", "gsw: running "+gobin+"/lint: no such file or directory")
	if err := os.Chmod(filepath.Join(gobin, "lint"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.want(w.run(w.dir, "lint"), 126, "", "gsw: running "+gobin+"/lint: permission denied")
	if err := errors.Join(os.Remove(filepath.Join(gobin, "folder")), os.Mkdir(filepath.Join(gobin, "folder"), 0o755)); err != nil {
		t.Fatal(err)
	}
	w.want(w.run(w.dir, "folder"), 127, "", "gsw: folder is not installed under go1.22.3")
}

func TestBrokenSettings(t *testing.T) {
	w := newWorld(t, "1.22.3")
	file := w.write(filepath.Join(w.home, "config.toml"), "pin = \"strict\"\nauto_install = perhaps\n", 0o644)
	w.want(w.run(w.dir, "go", "version"), 2, "", "gsw: "+file+":2: ", "gsw: hint: ")
}

func TestAutoInstall(t *testing.T) {
	w := newWorld(t, "1.22.3")
	asked := filepath.Join(w.dir, "asked")
	other := newWorld(t, "1.21.6")
	gsw := w.write(filepath.Join(w.home, "bin", "gsw"), `#!/bin/sh
echo "$*" >>'`+strings.ReplaceAll(asked, "'", `'\''`)+`'
echo go1.21.6 from far away
case $2 in 1.21.6) exec cp -r '`+strings.ReplaceAll(other.home, "'", `'\''`)+`'/versions/go1.21.6 "$HOME/.gsw/versions/" ;; esac
exit 4
`, 0o755)
	pinned := w.project("pinned", ".go-version", "1.21.6")
	w.want(w.run(pinned, "go", "version"), 3, "", "go1.21.6 is not installed")
	if _, err := os.Stat(asked); err == nil {
		t.Fatalf("%s was started without being allowed to", gsw)
	}
	w.write(filepath.Join(w.home, "config.toml"), "auto_install = true\n", 0o644)
	// What the installation says goes to stderr: stdout is the program's.
	w.want(w.run(pinned, "go", "version"), 0, version("1.21.6"), "go1.21.6 from far away")
	w.want(w.run(pinned, "go", "version"), 0, version("1.21.6"))
	w.want(w.run(w.dir, "go", "+1.20.1", "version"), 4, "", "go1.21.6 from far away\ngsw: go1.20.1 is not installed (given on the command line), and installing it ended with exit code 4\n")
	if text, err := os.ReadFile(asked); string(text) != "install 1.21.6\ninstall 1.20.1\n" {
		t.Errorf("gsw was asked %q, %v", text, err)
	}
}

// cron, units and containers start programs with next to nothing.
func TestBareEnvironment(t *testing.T) {
	w := newWorld(t, "1.22.3", "1.21.6")
	pinned := w.project("pinned", ".go-version", "1.21.6")
	for _, env := range [][]string{
		{"GSW_HOME=" + w.home},
		{"HOME=" + w.dir},
		{"HOME=" + w.dir, "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "LOGNAME=x"},
		{"HOME=" + w.dir, "PATH=", "PWD=/nonsense"},
		{"HOME=" + w.dir, "GSW_HOME=relative"},
	} {
		cmd := w.command(pinned, "go", "version")
		cmd.Env = env
		w.want(w.finish(cmd), 0, version("1.21.6"))
	}
	cmd := w.command(pinned, "go", "getenv", "PATH", "GOBIN")
	cmd.Env = []string{"HOME=" + w.dir, "PATH=" + w.store.Shims() + ":/usr/bin:/bin"}
	dir := w.home + "/versions/go1.21.6"
	w.want(w.finish(cmd), 0, dir+"/go/bin:"+dir+"/bin:"+w.home+"/bin:/usr/bin:/bin\n"+dir+"/bin\n")
}

// sudo, cron and units start a shim by its path, with a HOME that is not its user's and no GSW_HOME.
func TestKnowsItsHome(t *testing.T) {
	w := newWorld(t, "1.22.3", "1.21.6")
	pinned := w.project("pinned", ".go-version", "1.21.6")
	empty := t.TempDir()
	w.env = []string{"HOME=" + empty, "PATH=/usr/bin:/bin"}
	w.want(w.run(pinned, "go", "version"), 0, version("1.21.6"))
	w.want(w.run(w.dir, "go", "getenv", "GSW_HOME"), 0, w.home+"\n")
	// A GSW_HOME that is set is believed.
	other := newWorld(t, "1.20.14")
	w.env = []string{"HOME=" + empty, "PATH=/usr/bin:/bin", "GSW_HOME=" + other.home}
	w.want(w.run(w.dir, "go", "version"), 0, version("1.20.14"))
	// And a home that is reached by a link keeps the name that its user gave it.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(w.dir, link); err != nil {
		t.Fatal(err)
	}
	w.env = []string{"HOME=" + link, "PATH=/usr/bin:/bin"}
	w.want(w.run(w.dir, "go", "getenv", "GOBIN", "GSW_HOME"), 0, link+"/.gsw/versions/go1.22.3/bin\n\n")
}

func TestReadOnlyHome(t *testing.T) {
	w := newWorld(t, "1.22.3", "1.21.6")
	pinned := w.project("pinned", ".go-version", "1.21")
	before := listing(t, w.home)
	var closed []string
	err := filepath.WalkDir(w.home, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			closed = append(closed, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Backward(closed) {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for _, dir := range closed {
			_ = os.Chmod(dir, 0o755)
		}
	})
	w.want(w.run(pinned, "go", "version"), 0, version("1.21.6"))
	w.want(w.run(w.dir, "go", "version"), 0, version("1.22.3"))
	// Root may write all the same: it is shown that nobody does.
	if after := listing(t, w.home); after != before {
		t.Errorf("a shim changed gsw's home:\n%s\nbefore:\n%s", after, before)
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&all, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// What a program is called is up to who starts it.
func TestOddNames(t *testing.T) {
	w := newWorld(t, "1.22.3")
	w.tool("go1.22.3", "lint")
	w.tool("go1.22.3", "-dash")
	shim := filepath.Join(w.store.Shims(), "go")
	for name, want := range map[string]result{
		"go":                      {out: version("1.22.3")},
		"./go":                    {out: version("1.22.3")},
		"/nowhere/go":             {out: version("1.22.3")},
		"go.exe":                  {out: version("1.22.3")},
		"lint":                    {out: "lint of go1.22.3 version\n"},
		"a b/\n/lint":             {out: "lint of go1.22.3 version\n"},
		"-dash":                   {out: "-dash of go1.22.3 version\n"},
		"":                        {code: 126, err: "gsw: a shim is started as go, gofmt or a tool, not as "},
		"/":                       {code: 126, err: "gsw: a shim is started as go, gofmt or a tool, not as "},
		".":                       {code: 126, err: "gsw: a shim is started as go, gofmt or a tool, not as "},
		"..":                      {code: 126, err: "gsw: a shim is started as go, gofmt or a tool, not as "},
		"gsw-shim":                {code: 126, err: "gsw: a shim is started as go, gofmt or a tool, not as "},
		"x/gsw-shim.exe":          {code: 126, err: "gsw: a shim is started as go, gofmt or a tool, not as "},
		"nothing":                 {code: 127, err: "gsw: nothing is not installed under go1.22.3"},
		"\x1b[31mred":             {code: 127, err: `gsw: "\x1b[31mred" is not installed under go1.22.3`},
		"../../../../../bin/bash": {code: 127, err: "gsw: bash is not installed under go1.22.3"},
	} {
		cmd := w.command(w.dir, shim, "version")
		cmd.Args[0] = name
		var also []string
		if want.err != "" {
			also = []string{want.err}
		}
		w.want(w.finish(cmd), want.code, want.out, also...)
	}
}

// A wrapper that leads back to the shim is found on PATH as the system's Go.
func TestCircle(t *testing.T) {
	w := newWorld(t)
	wrapper := w.write(filepath.Join(w.dir, "tools", "bin", "go"), "#!/bin/sh\nexec \"$HOME/.gsw/shims/go\" \"$@\"\n", 0o755)
	w.env = []string{"HOME=" + w.dir, "PATH=" + filepath.Dir(wrapper) + ":/usr/bin:/bin"}
	cmd := w.command(w.dir, wrapper, "version")
	got := w.finish(cmd)
	shim := filepath.Join(w.store.Shims(), "go")
	w.want(got, 126, "", "gsw: shims call each other in a circle: "+shim+" -> "+wrapper+" -> "+shim+"\n", "gsw: hint: ")

	// A program that calls itself through a shim again and again, each time for a reason, is none.
	w = newWorld(t, "1.22.3")
	w.tool("go1.22.3", "again")
	w.write(filepath.Join(w.home, "versions", "go1.22.3", "bin", "again"), `#!/bin/sh
test "$1" = 0 && exec "$HOME/.gsw/shims/go" version
exec "$HOME/.gsw/shims/again" $(($1 - 1))
`, 0o755)
	w.want(w.run(w.dir, "again", "10"), 0, version("1.22.3"))
	w.want(w.run(w.dir, "again", "1000"), 126, "", "gsw: shims call each other in a circle: ")
}

// Another gsw's shims on PATH are no Go of the system.
func TestAnotherHome(t *testing.T) {
	other := newWorld(t, "1.22.3")
	w := newWorld(t)
	w.env = []string{"HOME=" + w.dir, "PATH=" + w.store.Shims() + ":" + other.store.Shims() + ":/usr/bin:/bin"}
	if _, err := os.Stat("/usr/bin/go"); err == nil {
		t.Skip("there is a Go in /usr/bin")
	}
	w.want(w.run(w.dir, "go", "version"), 3, "", "there is no Go", "gsw install --use latest")
}

func TestSystemGo(t *testing.T) {
	w := newWorld(t, "1.22.3")
	system := filepath.Join(w.dir, "lib", "go-1.19")
	disttest.Fake(t, "1.19.8", disttest.Host()).Write(t, system)
	link := filepath.Join(w.dir, "usr", "bin")
	if err := os.MkdirAll(link, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go", "gofmt"} {
		if err := os.Symlink("../../lib/go-1.19/bin/"+name, filepath.Join(link, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.env = []string{"HOME=" + w.dir, "PATH=" + w.store.Shims() + ":" + link + ":/usr/bin:/bin"}
	dir := w.project("system", ".go-version", "system")
	w.want(w.run(dir, "go", "version"), 0, version("1.19.8"))
	w.want(w.run(dir, "gofmt"), 0, "gofmt of go1.19.8\n")
	w.want(w.run(dir, "go", "getenv", "PATH", "GOBIN"), 0, link+":/usr/bin:/bin:"+w.home+"/bin\n\n")
	lint := w.command(dir, "go")
	lint.Args[0] = "lint"
	w.want(w.finish(lint), 127, "", "lint is not installed under the system's Go")
	if err := w.store.Deactivate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.want(w.run(w.dir, "go", "version"), 0, version("1.19.8"))
	newer := w.project("newer", "go.mod", "module m\n\ngo 1.21\n")
	w.want(w.run(newer, "go", "version"), 0, version("1.22.3"))
}

// No tool, whatever it is called, gets a shim that hides a command of the system.
func TestNothingEssentialIsHidden(t *testing.T) {
	w := newWorld(t, "1.22.3")
	for _, name := range []string{"git", "sudo", "sh", "ls", "gsw", "goswitch", "go1.22.3", "Sudo", "lint", ".hidden"} {
		w.tool("go1.22.3", name)
	}
	var have []string
	entries, err := os.ReadDir(w.store.Shims())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if want := []string{"go", "gofmt", "lint"}; !slices.Equal(have, want) {
		t.Errorf("shims %q, want %q", have, want)
	}
}
