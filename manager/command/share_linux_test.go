package command

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gsw/manager/dist/disttest"
)

// stranger is a house of somebody who is bound by permissions, as root is not.
type stranger struct {
	*house
	gsw string
}

func newStranger(t *testing.T, share string, trees ...*disttest.Tree) stranger {
	t.Helper()
	s := stranger{house: newHouse(t, trees...)}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	s.gsw = filepath.Join(t.TempDir(), "gsw")
	if err := os.WriteFile(s.gsw, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(s.home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.home, "config.toml"), []byte("share = \""+share+"\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		// t.TempDir is closed to others.
		for _, dir := range []string{filepath.Dir(filepath.Dir(s.gsw)), filepath.Dir(s.gsw)} {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range []string{s.home, filepath.Join(s.home, "config.toml"), s.dir, filepath.Dir(s.home)} {
			if err := os.Chown(path, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// as makes a command the stranger's.
func (s stranger) as(c *exec.Cmd) *exec.Cmd {
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return c
}

func (s stranger) command(args ...string) *exec.Cmd {
	c := s.house.command(args...)
	c.Path, c.Args[0] = s.gsw, s.gsw
	return s.as(c)
}

func (s stranger) run(args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	return finish(s.t, s.command(args...))
}

func (s stranger) must(args ...string) string {
	s.t.Helper()
	stdout, stderr, code := s.run(args...)
	if code != 0 {
		s.t.Fatalf("gsw %s: exit %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

func (s stranger) goroot(tag string) string { return filepath.Join(s.home, "versions", tag, "go") }

// sharedBytes is what the receipt says.
func (s stranger) sharedBytes(tag string) (n int64) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.home, "versions", tag, "receipt.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	var r struct {
		SharedBytes int64 `json:"shared_bytes"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		s.t.Fatal(err)
	}
	return r.SharedBytes
}

// linked tells whether two toolchains have the file in common.
func (s stranger) linked(a, b, name string) bool {
	s.t.Helper()
	x, errX := os.Stat(filepath.Join(s.goroot(a), name))
	y, errY := os.Stat(filepath.Join(s.goroot(b), name))
	if errX != nil || errY != nil {
		s.t.Fatal(errX, errY)
	}
	return os.SameFile(x, y)
}

func patches(t *testing.T) []*disttest.Tree {
	common := disttest.Random("src/random.bin", 3<<20)
	return []*disttest.Tree{disttest.Fake(t, "1.22.3", disttest.Host(), common), disttest.Fake(t, "1.22.4", disttest.Host(), common)}
}

// TestShareForged: a sibling whose file has the size and the checksum of another's content is noticed by the hash of
// the tree, and then nothing is believed any more. Nobody is blamed.
func TestShareForged(t *testing.T) {
	t.Parallel()
	s := newStranger(t, "link", patches(t)...)
	s.extra = []string{"GOPROXY=" + s.server.Proxy()}
	s.must("install", "1.22.3")
	file := filepath.Join(s.goroot("go1.22.3"), "src/random.bin")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, disttest.Forge(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(file, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	s.server.Forget()
	s.must("install", "--via", "module", "1.22.4")
	if n := s.server.Count("/dl/mod/*/*/*/*.zip"); n != 1 {
		t.Errorf("it was fetched %d times", n)
	}
	if s.linked("go1.22.3", "go1.22.4", "src/random.bin") {
		t.Error("the forged file is shared")
	}
	if !s.linked("go1.22.3", "go1.22.4", "LICENSE") || s.sharedBytes("go1.22.4") == 0 {
		t.Error("nothing is shared")
	}
	s.must("verify", "1.22.4")
	if out, _, code := s.run("verify", "1.22.3"); code == 0 {
		t.Errorf("the forged one is intact: %s", out)
	}
}

// TestShareAsRoot: permissions don't hold root back, so it gets files of its own, and is told so once.
func TestShareAsRoot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		disttest.Need(t, "only root can see what root gets")
	}
	s := newStranger(t, "link", patches(t)...)
	_, stderr, code := finish(t, s.house.command("install", "1.22.3", "1.22.4"))
	if code != 0 || strings.Count(stderr, "hard links would not be safe here") != 1 {
		t.Errorf("exit %d, %s", code, stderr)
	}
	if s.linked("go1.22.3", "go1.22.4", "LICENSE") {
		t.Error("files are shared")
	}
	if info, err := os.Stat(filepath.Join(s.goroot("go1.22.4"), "LICENSE")); err != nil || info.Mode()&0o200 == 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestShareOff: by default a file system without clones shares nothing.
func TestShareOff(t *testing.T) {
	t.Parallel()
	for _, share := range []string{"auto", "off"} {
		s := newStranger(t, share, patches(t)...)
		if share == "auto" {
			s.home = filepath.Join(mounted(t, "tmpfs", "tmpfs", "mode=777"), ".gsw")
		}
		s.must("install", "1.22.3", "1.22.4")
		if s.linked("go1.22.3", "go1.22.4", "LICENSE") || s.sharedBytes("go1.22.4") != 0 {
			t.Errorf("%s: files are shared", share)
		}
	}
}

// TestKilledSharing kills installs that share files: what they share with stays whole.
func TestKilledSharing(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	s := newStranger(t, "link", patches(t)...)
	s.must("install", "1.22.3")
	start := time.Now()
	s.must("install", "1.22.4")
	took := time.Since(start)
	hit := 0
	for range 12 {
		s.must("uninstall", "1.22.4")
		if kill(t, s.command("install", "1.22.4"), "", rand.N(took)) {
			hit++
		}
		s.must("verify", "--all")
		s.must("install", "1.22.4")
		s.must("install", "--force", "1.22.4")
		s.must("verify", "--all")
		if !s.linked("go1.22.3", "go1.22.4", "src/random.bin") {
			t.Fatal("nothing is shared")
		}
	}
	if hit == 0 {
		t.Error("no kill hit")
	}
}

// TestShareReal is a life with two patches of Go that share their files by hard links.
func TestShareReal(t *testing.T) {
	t.Parallel()
	disttest.Long(t)
	older, _ := disttest.Real(t, "1.22.3")
	newer, _ := disttest.Real(t, "1.22.4")
	settings, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	s := newStranger(t, "link")
	archives := t.TempDir()
	for _, zip := range []string{older, newer} {
		if out, err := exec.Command("cp", zip, archives).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	environment := []string{"PATH=/usr/bin:/bin", "HOME=" + s.dir, "GSW_HOME=" + s.home, "GOENV=off", "GOPROXY=" + strings.TrimSpace(string(settings)), "CGO_ENABLED=0"}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	try := func(dir, program string, args ...string) (string, int) {
		t.Helper()
		c := s.as(exec.Command(program, args...))
		c.Dir, c.Env = dir, environment
		stdout, stderr, code := finish(t, c)
		return stdout + stderr, code
	}
	must := func(dir, program string, args ...string) {
		t.Helper()
		if out, code := try(dir, program, args...); code != 0 {
			t.Fatalf("%s %q: exit %d\n%s", program, args, code, out)
		}
	}
	install := func(zip string, args ...string) {
		t.Helper()
		must(s.dir, s.gsw, append([]string{"install", "--from", filepath.Join(archives, filepath.Base(zip))}, args...)...)
	}
	install(older)
	install(newer)
	if n := s.sharedBytes("go1.22.4"); n < 90<<20 {
		t.Errorf("%d bytes are shared", n)
	}

	hello := filepath.Join(s.dir, "hello")
	if err := os.Mkdir(hello, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":  "module example.com/hello\n\ngo 1.22\n",
		"main.go": "package main\n\nimport \"runtime\"\n\nfunc main() { println(runtime.Version()) }\n", // little to compile,
	} {
		if err := os.WriteFile(filepath.Join(hello, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tag := range []string{"go1.22.3", "go1.22.4"} {
		goCommand := filepath.Join(s.goroot(tag), "bin", "go")
		must(hello, goCommand, "build", "-o", filepath.Join(s.dir, tag), ".")
		must(hello, goCommand, "vet", ".")
		if out, _ := try(hello, filepath.Join(s.dir, tag)); out != tag+"\n" {
			t.Errorf("built by %s: %s", tag, out)
		}
	}

	// Writing fails; what replaces the file does not reach the other one.
	print := filepath.Join(s.goroot("go1.22.4"), "src", "fmt", "print.go")
	if out, code := try(s.dir, "sh", "-c", "echo '// mine' >> "+print); code == 0 {
		t.Errorf("a shared file could be written to: %s", out)
	}
	must(s.dir, s.gsw, "verify", "--all")
	must(s.dir, "sed", "-i", "1i // mine", print)
	must(s.dir, s.gsw, "verify", "1.22.3")
	if out, code := try(s.dir, s.gsw, "verify", "1.22.4"); code != 1 || !strings.Contains(out, "src/fmt/print.go") {
		t.Errorf("an edited file: exit %d, %s", code, out)
	}

	// An edited file is not shared, even if it has the same size.
	must(s.dir, "sed", "-i", "s/^package/pakcage/", filepath.Join(s.goroot("go1.22.3"), "src", "sort", "sort.go"))
	install(newer, "--force")
	must(s.dir, s.gsw, "verify", "1.22.4")
	if s.linked("go1.22.3", "go1.22.4", "src/sort/sort.go") || !s.linked("go1.22.3", "go1.22.4", "src/fmt/print.go") {
		t.Error("the edited file is shared, or the others are not")
	}

	must(s.dir, s.gsw, "uninstall", "--force", "1.22.3")
	must(s.dir, s.gsw, "verify", "1.22.4")
	must(hello, filepath.Join(s.goroot("go1.22.4"), "bin", "go"), "build", "-o", os.DevNull, ".")
}
