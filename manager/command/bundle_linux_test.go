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
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/dirhash"

	"gsw/manager/dist/disttest"
)

// withoutNetwork runs a program where no network is: in a network namespace of its own, whose one interface is down.
func (u *user) withoutNetwork(dir, program string, args ...string) outcome {
	u.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, append(slices.Clone(u.env), "PWD="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		disttest.Need(u.t, "the kernel gives no network namespace: %v", err)
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// TestBundleWithoutNetwork is the whole way with what is real: a toolchain of the Go project, modules of the module
// proxy, the public checksum database, and then the same on a machine that has nothing and reaches nobody. The go
// command there has its own settings, the checksum database on.
func TestBundleWithoutNetwork(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	_, dir := disttest.Real(t, "1.22.3") // skips where no proxy can be reached
	modules := filepath.Dir(filepath.Dir(dir))
	settings, err := exec.Command("go", "env", "GOPROXY", "GOROOT", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	setting := strings.Split(strings.TrimSpace(string(settings)), "\n")
	proxy, goroot, cache := setting[0], setting[1], setting[2] // each Go keeps its own objects there
	online := newUser(t, "online")
	online.env = []string{
		"HOME=" + online.home, "PATH=" + filepath.Join(goroot, "bin") + ":/usr/bin:/bin", "GOENV=off", "CGO_ENABLED=0", "GOFLAGS=-modcacherw", "GOCACHE=" + cache,
		"GOTOOLCHAIN=local", "GOPROXY=file://" + filepath.Join(modules, "cache", "download") + "," + proxy, testIndex + "=http://127.0.0.1:1/dl",
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			online.env = append(online.env, name+"="+value)
		}
	}
	app := online.project("app", "go.mod", `module example.com/app

go 1.22

require (
	github.com/google/uuid v1.6.0
	golang.org/x/text v0.14.0
	rsc.io/quote v1.5.2
)
`, "main.go", `package main

import (
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/text/language"
	"rsc.io/quote"
)

func Greeting() string { return quote.Hello() }

func main() { fmt.Println(Greeting(), uuid.Nil, language.English) }
`, "main_test.go", `package main

import "testing"

func TestGreeting(t *testing.T) {
	if Greeting() == "" {
		t.Fatal("silence")
	}
}
`)
	if got := online.run(app, "go", "mod", "tidy"); got.code != 0 {
		disttest.Need(t, "the modules cannot be had: %s", got.err)
	}
	sums, err := os.ReadFile(filepath.Join(app, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(online.dir, "app.tar.zst")
	got := online.run(app, online.program, "bundle", "create", "-o", file, "--project", ".", "1.22.3")
	if got.code == exitNetwork {
		disttest.Need(t, "the checksum database cannot be asked: %s", got.err)
	}
	if got.code != 0 || !strings.Contains(got.out, "github.com/google/uuid\tv1.6.0\trecord ") {
		t.Fatalf("bundle create: exit code %d\n%s%s", got.code, got.out, got.err)
	}

	away := newUser(t, "away")
	goroot = filepath.Join(away.gsw, "current", "go")
	away.env = []string{"HOME=" + away.home, "PATH=" + filepath.Join(goroot, "bin") + ":/usr/bin:/bin", "GOCACHE=" + cache}
	goCommand := filepath.Join(goroot, "bin", "go") // by PATH it would be the tests' own
	t.Cleanup(func() { away.run(away.home, goCommand, "clean", "-modcache") })
	there := filepath.Join(away.home, "app")
	if err := os.CopyFS(there, os.DirFS(app)); err != nil {
		t.Fatal(err)
	}
	must := func(program string, args ...string) string {
		t.Helper()
		got := away.withoutNetwork(there, program, args...)
		if got.code != 0 {
			t.Fatalf("%s %q: exit code %d\n%s%s", filepath.Base(program), args, got.code, got.out, got.err)
		}
		return got.out
	}
	if routes := must("cat", "/proc/net/route"); strings.Count(routes, "\n") > 1 {
		t.Fatalf("there is a network: %s", routes)
	}
	if out := must(away.program, "bundle", "import", file); !strings.HasPrefix(out, "go1.22.3\t") || !strings.HasSuffix(out, "\tlog\n") {
		t.Errorf("imported %q", out)
	}
	if out := must(goCommand, "env", "GOVERSION", "GOSUMDB", "GOFLAGS", "GOTOOLCHAIN"); out != "go1.22.3\nsum.golang.org\n\nauto\n" {
		t.Errorf("the go command's settings: %q", out)
	}
	must(goCommand, "build", "./...")
	must(goCommand, "vet", "./...")
	must(goCommand, "test", "./...")
	if out := must(filepath.Join(there, "app")); !strings.HasPrefix(out, "Hello, world") && !strings.HasPrefix(out, "Ahoy, world") {
		t.Errorf("it says %q", out)
	}

	// Without go.sum the go command asks the database for every module: it finds what it was told in its own cache.
	if err := os.Remove(filepath.Join(there, "go.sum")); err != nil {
		t.Fatal(err)
	}
	if got := away.withoutNetwork(there, goCommand, "build", "./..."); got.code == 0 {
		t.Error("it builds without go.sum")
	}
	must(goCommand, "mod", "tidy")
	if again, err := os.ReadFile(filepath.Join(there, "go.sum")); err != nil || !bytes.Equal(again, sums) {
		t.Errorf("go mod tidy makes another go.sum: %v\n%s", err, again)
	}
	must(goCommand, "mod", "verify")
	must(goCommand, "build", "./...")
	if got := away.withoutNetwork(there, goCommand, "get", "rsc.io/quote@v1.5.1"); got.code == 0 {
		t.Error("a module that was not in the bundle can be had")
	}
	gsw := filepath.Join(away.gsw, "bin", "gsw")
	if out := must(gsw, "verify"); !strings.Contains(out, "\tintact\trecord ") {
		t.Errorf("verify says %q", out)
	}
	must(gsw, "lock")
	if out := must(gsw, "bundle", "import", file); !strings.HasPrefix(out, "go1.22.3\t") {
		t.Errorf("imported again %q", out)
	}
}

// TestBundleKilled kills imports at random moments. Whatever is visible then is whole, and the next import brings the rest.
func TestBundleKilled(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	u := newUser(t, "me")
	u.server.Publish(large(t, "1.22.3"))
	proxy := filepath.Join(u.dir, "proxy")
	var requires, imports, uses strings.Builder
	for _, name := range strings.Fields("a b c d e f g h") {
		disttest.WriteModule(t, proxy, "example.com/"+name, "v1.0.0", map[string]string{"x.go": "package " + name + "\n\nconst X = 1\n"})
		requires.WriteString("require example.com/" + name + " v1.0.0\n")
		imports.WriteString("import \"example.com/" + name + "\"\n")
		uses.WriteString("const _ = " + name + ".X\n")
	}
	disttest.RecordModules(t, u.server.SumDB, proxy)
	goroot, _, env := disttest.Local(t, proxy)
	app := u.project("app", "go.mod", "module example.com/app\n\ngo 1.16\n\n"+requires.String(), "app.go", "package app\n\n"+imports.String()+"\n"+uses.String())
	u.env = append(u.env, env...)
	u.env = append(u.env, "PATH="+filepath.Join(goroot, "bin")+":/usr/bin:/bin")
	if got := u.run(app, "go", "mod", "tidy"); got.code != 0 {
		t.Fatal(got.err)
	}
	file := filepath.Join(u.dir, "app.tar.zst")
	u.env = append(u.env, "GOSUMDB=sum.golang.org", "GOPROXY=file://"+proxy)
	if got := u.run(app, u.program, "bundle", "create", "--no-try", "-o", file, "--project", ".", "1.22.3"); got.code != 0 {
		t.Fatal(got.err)
	}

	home := filepath.Join(u.dir, "closed")
	u.env = append(u.env, "HOME="+home, "GSW_HOME="+filepath.Join(home, ".gsw"), "GOPROXY=off", testLogAt+"=http://127.0.0.1:1", testIndex+"=http://127.0.0.1:1/dl")
	clean := func() {
		if err := os.RemoveAll(home); err != nil {
			t.Fatal(err)
		}
		// Without telemetry the go command leaves no process behind that writes there when it has ended.
		telemetry := filepath.Join(home, ".config", "go", "telemetry")
		if err := errors.Join(os.MkdirAll(telemetry, 0o755), os.WriteFile(filepath.Join(telemetry, "mode"), []byte("off 2026-01-01"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	clean()
	start := time.Now()
	if got := u.run(app, u.program, "bundle", "import", file); got.code != 0 {
		t.Fatal(got.err)
	}
	took := time.Since(start)
	kills := 0
	for tries := 0; kills < 10; tries++ {
		if tries > 100 {
			t.Fatalf("only %d kills hit", kills)
		}
		clean()
		if u.killed(app, took*time.Duration(tries%12+1)/12, u.program, "bundle", "import", file) {
			kills++
		}
		u.wholeModules(filepath.Join(home, "go", "pkg", "mod"))
		if got := u.run(app, u.program, "list"); got.code != 0 || strings.Contains(got.out, "unverified") {
			t.Fatalf("list: exit code %d\n%s%s", got.code, got.out, got.err)
		}
		if got := u.run(app, u.program, "bundle", "import", file); got.code != 0 || !strings.HasPrefix(got.out, "go1.22.3\t") {
			t.Fatalf("after a kill: exit code %d\n%s%s", got.code, got.out, got.err)
		}
		if got := u.run(app, u.program, "verify", "--all"); got.code != 0 {
			t.Fatalf("verify: %s%s", got.out, got.err)
		}
		if got := u.run(app, "go", "build", "./..."); got.code != 0 {
			t.Fatalf("go build: %s", got.err)
		}
		for _, pattern := range []string{".gsw/cache/partial/*", "go/pkg/mod/cache/gsw-*"} {
			if left, err := filepath.Glob(filepath.Join(home, pattern)); err != nil || len(left) > 0 {
				t.Fatalf("left: %q, %v", left, err)
			}
		}
	}
}

// wholeModules: what is visible in a module cache is what its .ziphash says, which go mod verify would see too late.
func (u *user) wholeModules(cache string) {
	u.t.Helper()
	_ = filepath.WalkDir(filepath.Join(cache, "cache", "download"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".zip") {
			return nil
		}
		want, missing := os.ReadFile(name + "hash")
		if have, err := dirhash.HashZip(name, dirhash.Hash1); err != nil || missing == nil && have != string(want) {
			u.t.Errorf("%s is visible and not whole: it hashes to %s, not %s (%v)", name, have, want, err)
		}
		return nil
	})
}

// killed starts a program, kills it after some time, and tells whether it ran until then.
func (u *user) killed(dir string, after time.Duration, program string, args ...string) bool {
	u.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, append(slices.Clone(u.env), "PWD="+dir)
	if err := cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
	return !cmd.ProcessState.Exited()
}
